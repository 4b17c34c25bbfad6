"""Exchange rates in words: how much, of which source and day, and that it is an earlier day's."""

from decimal import Decimal
from fractions import Fraction

from ledger.core.exchange import RateCopy
from ledger.core.money import Rounding, round_to_minor
from ledger.core.statement import Translated
from locales import formats
from locales.catalogues import message

#: The decimals of an exchange rate that is shown; a mean or a cross may have any number.
_DECIMALS = 6


def rate_shown(language: str, rate: Fraction) -> str:
    """Write a rate; one that has more decimals than are shown says so."""
    text = _figure(language, rate)
    return text if _is_whole(rate) else f"≈{text}"


def rate_of_day(language: str, copy: RateCopy) -> str:
    """Say at which rate into yen something was worked out, and whose and which day's it is."""
    key = "document.rate_carried" if copy.is_carried else "document.rate_of_day"
    return message(
        language,
        key,
        currency=copy.currency,
        equals="=" if _is_whole(copy.rate) else "≈",
        rate=_figure(language, copy.rate),
        source=copy.source,
        day=formats.day(language=language, on=copy.rate_on),
        asked=formats.day(language=language, on=copy.asked_on),
    )


def translated(language: str, part: Translated) -> str:
    """Say what an amount was in its own currency, and at which rate it is in yen."""
    return message(
        language,
        "usage.translated",
        amount=formats.money(
            language=language, amount_minor=part.amount_foreign, currency=part.rate.currency
        ),
        rate=rate_of_day(language, part.rate),
    )


def tax_in_yen_note(language: str, copy: RateCopy) -> str:
    """Say how the tax of a document in another currency was stated in yen."""
    return message(language, "note.tax_in_yen", rate=rate_of_day(language, copy))


def _figure(language: str, rate: Fraction) -> str:
    value = Decimal(_rounded(rate)).scaleb(-_DECIMALS)
    return formats.quantity(language=language, value=value)


def _is_whole(rate: Fraction) -> bool:
    return Fraction(_rounded(rate), 10**_DECIMALS) == rate


def _rounded(rate: Fraction) -> int:
    return round_to_minor(rate * 10**_DECIMALS, Rounding.HALF_UP)
