"""
What the house buys of a rights holder in order to sell it for itself, and the tax on that.

As a principal the house licenses on under its own name. What it pays the holder is its own
purchase: the royalty less its margin, with consumption tax where the holder is registered. A
holder that is not registered, or is abroad, is paid the amount alone; what the house may deduct
of it is the house's affair.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.core.journal import AccountCode
from ledger.core.money import take_bp
from ledger.core.tax import consumption_tax


class BoughtFrom(StrEnum):
    """How a purchase stands to consumption tax, by the holder on the day of the settlement."""

    REGISTERED = "registered"
    UNREGISTERED = "unregistered"
    ABROAD = "abroad"  # licensed from abroad: outside the scope of the tax


#: What a purchase costs, apart by what of its tax may be deducted.
COST_OF = {
    BoughtFrom.REGISTERED: AccountCode.ROYALTY_COST,
    BoughtFrom.UNREGISTERED: AccountCode.ROYALTY_COST_UNREGISTERED,
    BoughtFrom.ABROAD: AccountCode.ROYALTY_COST_ABROAD,
}


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What of a holder's royalty the house sold for itself, and at what it buys that."""

    sold_minor: int  # tax-exclusive
    margin_bp: int
    bought_from: BoughtFrom
    tax_rate_bp: int  # 0 unless it is bought of somebody registered

    @property
    def margin_minor(self) -> int:
        """What the house keeps."""
        return take_bp(self.sold_minor, self.margin_bp)

    @property
    def cost_minor(self) -> int:
        """What it pays, tax-exclusive."""
        return self.sold_minor - self.margin_minor

    @property
    def tax_minor(self) -> int:
        """The tax on what it pays, rounded once."""
        return consumption_tax(taxable_minor=self.cost_minor, rate_bp=self.tax_rate_bp)

    def told(self, tax_minor: int) -> dict[str, int]:
        """Return what a statement says of it; ``tax_minor`` is what is paid with it in the end."""
        return {
            "sold_minor": self.sold_minor,
            "margin_minor": self.margin_minor,
            "purchase_tax_minor": tax_minor,
        }


def purchase_of(
    sold_minor: int, *, margin_bp: int, is_abroad: bool, registered: Collection[bool], rate_bp: int
) -> Purchase:
    """Return the purchase behind a sale; ``registered`` tells of the holder, or of all members."""
    if is_abroad:
        bought_from = BoughtFrom.ABROAD
    else:
        bought_from = BoughtFrom.REGISTERED if all(registered) else BoughtFrom.UNREGISTERED
    return Purchase(
        sold_minor=sold_minor,
        margin_bp=margin_bp,
        bought_from=bought_from,
        tax_rate_bp=rate_bp if bought_from is BoughtFrom.REGISTERED else 0,
    )


def taxes_of_lines(purchase: Purchase, sold_minor: Sequence[int]) -> list[int]:
    """
    Return the part of a purchase's tax that goes with each line sold; they sum to its tax.

    It is counted on the running total, so that no line has to be above zero.
    """
    parts, before, total = [], 0, 0
    for minor in sold_minor:
        total += minor
        net = total - take_bp(total, purchase.margin_bp)
        tax = consumption_tax(taxable_minor=net, rate_bp=purchase.tax_rate_bp)
        parts.append(tax - before)
        before = tax
    return parts
