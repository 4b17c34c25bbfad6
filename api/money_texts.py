"""Amounts as other programs read them: digits in major units, without grouping or sign of money."""

from ledger.core.money import Money


def major(amount_minor: int | None, currency: str | None) -> str:
    """
    Return an amount in major units; "" where there is none.

    >>> major(-123456, "USD"), major(110000, "JPY"), major(None, None)
    ('-1234.56', '110000', '')
    """
    if amount_minor is None or currency is None:
        return ""
    return f"{Money(amount_minor, currency).to_decimal():f}"
