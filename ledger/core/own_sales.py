"""What came in for what the house sold for itself: the purchase behind it, and the tax on that."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.core.charged_tax import is_domestic
from ledger.core.purchase import Purchase, purchase_of, taxes_of_lines
from ledger.core.tax import consumption_tax_rate_bp
from ledger.core.unsettled import PartyInForce, ReceivedLine, Unsettled


def purchase_in(
    unsettled: Unsettled, holder: PartyInForce, own: Sequence[ReceivedLine]
) -> Purchase:
    """Return the purchase of what the house sold for itself; a committee is all its members."""
    fall = unsettled.waterfalls.get(holder.copy.reference)
    members = [] if fall is None else [unsettled.parties[name] for name, _ in fall.members]
    return purchase_of(
        sum(line.usage.royalty_minor for line in own),
        margin_bp=holder.admin_fee_bp or 0,
        is_abroad=not is_domestic(holder.copy.country),
        registered=[each.copy.registration_number is not None for each in members or (holder,)],
        rate_bp=consumption_tax_rate_bp(on=unsettled.days.settled_on),
    )


def taxed_as_bought(
    lines: Sequence[ReceivedLine], purchase: Purchase | None
) -> Sequence[ReceivedLine]:
    """Return lines with the tax that the holder gets with each, where it is not the firm's."""
    if purchase is None:
        return lines
    own = [line.usage.royalty_minor for line in lines if line.is_own]
    taxes = iter(taxes_of_lines(purchase, own))
    return [replace(line, tax_minor=next(taxes)) if line.is_own else line for line in lines]
