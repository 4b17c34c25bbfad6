"""The postings of a settlement: what was held becomes the house's fee, and debts to payees."""

from collections.abc import Mapping

from ledger.core.journal import Account, AccountCode, Posting, move, spread
from ledger.core.purchase import COST_OF
from ledger.core.settlement import Division


def postings(division: Division, *, party_ids: Mapping[str, int]) -> tuple[Posting, ...]:
    """
    Return the postings of one division (DOMAIN E8).

    Royalty and tax held for the rights holder become the house's fee and its tax, and debts to
    payees, and what is set aside. What a committee keeps toward its deficit stays with what is
    held for it. What the house sold for itself was never held: it owes the rights holder what it
    bought, at a cost, and to whom of that holder's payees it owes it follows.
    """
    holder_id = party_ids[division.received.holder]
    held = Account(AccountCode.HOLDERS, holder_id)
    held_tax = Account(AccountCode.HOLDERS_TAX, holder_id)
    owed = [
        (Account(AccountCode.PAYABLE, party_ids[each.payee]), each.amount_minor + each.tax_minor)
        for each in division.earnings
    ]
    tax_minor = division.received.tax_minor
    aside = [
        (Account(each.account, party_ids[each.party]), each.amount_minor + each.tax_minor)
        for each in division.set_aside
    ]
    bought = _bought(division)
    payable = Account(AccountCode.PAYABLE, holder_id)
    bought_minor = sum(amount for _, amount in bought)
    royalty_minor = sum(amount for _, amount in (*owed, *aside)) - tax_minor - bought_minor
    fee_minor = division.admin_fee_minor - division.margin_minor
    return (
        *spread(debits=bought, credits=[(payable, bought_minor)]),
        *move(held, Account(AccountCode.ADMIN_FEE), fee_minor),
        *move(held, Account(AccountCode.OUTPUT_TAX), division.admin_fee_tax_minor),
        *spread(
            debits=[(payable, bought_minor), (held, royalty_minor), (held_tax, tax_minor)],
            credits=[*owed, *aside],
        ),
    )


def _bought(division: Division) -> list[tuple[Account, int]]:
    """Return what the house's purchase is debited to."""
    purchase = division.received.purchase
    if purchase is None:
        return []
    cost = Account(COST_OF[purchase.bought_from])
    tax = Account(AccountCode.INPUT_TAX)
    return [(cost, purchase.cost_minor), (tax, division.purchase_tax_minor)]
