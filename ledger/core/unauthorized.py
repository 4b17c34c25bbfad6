"""
What is claimed for use that nobody had permitted: kept apart from royalty (無許諾利用).

It is not a royalty: it enters no royalty line, no invoice for one, no waterfall and no split, but a
demand of its own, at a multiple of what a permitted use would have cost. Use is unauthorized
when its generation was refused; what was held may still turn out to be permitted.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ledger.core.money import Rounding
from ledger.core.period import Month
from ledger.core.reason import Reason
from ledger.core.refusal import Refusal
from ledger.core.royalty import Charge, ChargeStep, price, total
from ledger.core.terms import RateLine


@dataclass(frozen=True, kw_only=True)
class UnauthorizedUse:
    """
    A month's use of one subject that was refused, and what is claimed for it.

    ``claim`` is None where it cannot be told: no multiple was agreed, a quantity is unknown, or
    nothing is charged by use.
    """

    month: Month
    licensee: str
    holder: str
    subject: str
    title_ja: str
    title_en: str
    license: str
    clause_reference: str
    reason: Reason
    generation_count: int
    quantity: Decimal
    currency: str
    claim_multiple: Decimal | None
    claim: Charge | None


class MultipleOutOfRange(Refusal):
    """A claim below the price of a permitted use would make it cheaper not to ask."""

    code = "claim_multiple_out_of_range"
    field = "claim_multiple"

    def __init__(self, multiple: Decimal) -> None:
        super().__init__(value=multiple)


def unauthorized_claim(
    *,
    line: RateLine,
    quantity: Decimal,
    multiple: Decimal,
    currency: str = "JPY",
    rounding: Rounding = Rounding.TRUNCATE,
) -> Charge:
    """
    Return what is claimed for a quantity: its price at the plain rate, multiplied, rounded once.

    Tiers, floors and caps are for those who have a license, and are not applied.

    >>> from ledger.core.terms import Basis
    >>> voice = RateLine(basis=Basis.PER_1K_CHARS, rate=Decimal(35))
    >>> unauthorized_claim(line=voice, quantity=Decimal(9_050), multiple=Decimal(2)).amount_minor
    633

    :raises MultipleOutOfRange: the multiple is below 1.
    """
    if not (multiple.is_finite() and multiple >= 1):
        raise MultipleOutOfRange(multiple)
    permitted = price(line, quantity, currency=currency)
    unit = ChargeStep(code="unit", quantity=quantity, rate=line.rate, exact=permitted)
    more = permitted * (Fraction(multiple) - 1)
    claimed = ChargeStep(code="claim_multiple", quantity=None, rate=multiple, exact=more)
    return total([unit, claimed], rounding=rounding)
