"""
One license, one currency: its rates, caps, guarantees, advances and fees are all in it, for life.

What an advance was paid in and what is set off against it have to be the same money, and so have
the units of a month and the minimum they are held to.
"""

from ledger.core.fields import FieldRefusal
from ledger.core.terms import TermsVersion


class LicenseCurrencyDiffers(FieldRefusal):
    """Terms are in another currency than their license. Carries both, and the clause."""

    code = "license_currency_differs"


def check_currency(terms: TermsVersion, *, agreed: str, field: str) -> None:
    """
    Refuse terms that are not in the currency of their license; ``field`` is where they were sent.

    :raises LicenseCurrencyDiffers: they are in another.
    """
    if terms.currency != agreed:
        raise LicenseCurrencyDiffers(
            field=f"{field}.currency",
            value=terms.currency,
            agreed=agreed,
            clause=terms.clause_reference,
        )
