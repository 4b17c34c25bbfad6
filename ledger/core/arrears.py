"""
Where a committee's months leave it: its deficit, what members had, and what it owes suppliers.

A committee whose costs exceed its receipts cannot pay what its suppliers earned. Nobody else's
money pays it: the amounts are arrears, carried with each payee's balance, and are paid when the
committee is level again, that is without a deficit and with nothing to claw back from members.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.core.earning import EarningKind
from ledger.core.settlement import Division


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Where a committee's earlier settlements left it."""

    deficit_minor: int = 0
    distributed_minor: int = 0
    distributed_peak_minor: int = 0  # the most that members had received, net, at any time


@dataclass(frozen=True, kw_only=True)
class Arrears:
    """What a payee earned and cannot be paid yet, and the tax that goes with it."""

    amount_minor: int = 0
    tax_minor: int = 0

    def __add__(self, other: "Arrears") -> "Arrears":
        return Arrears(
            amount_minor=self.amount_minor + other.amount_minor,
            tax_minor=self.tax_minor + other.tax_minor,
        )


def arrears_after(
    before: Mapping[str, Mapping[str, Arrears]], divisions: Iterable[Division]
) -> dict[str, dict[str, Arrears]]:
    """
    Return what each committee owes each payee once some divisions are made.

    A committee that is level owes nothing more. One that is not owes what its suppliers earned
    now beside what it owed before; one that received nothing is where it was.
    """
    after = {committee: dict(of_payees) for committee, of_payees in before.items()}
    for division in divisions:
        committee = division.received.holder
        if division.is_covered:
            after.pop(committee, None)
            continue
        of_payees = after.setdefault(committee, {})
        for each in division.earnings:
            if each.kind is EarningKind.SUPPLY:
                earned = Arrears(amount_minor=each.amount_minor, tax_minor=each.tax_minor)
                of_payees[each.payee] = of_payees.get(each.payee, Arrears()) + earned
    return after


def owed_to_payees(by_committee: Mapping[str, Mapping[str, Arrears]]) -> dict[str, Arrears]:
    """Add up what committees owe each payee; a supply that was reversed is owed to nobody."""
    owed: dict[str, Arrears] = {}
    for of_payees in by_committee.values():
        for payee, arrears in of_payees.items():
            if arrears.amount_minor > 0:
                owed[payee] = owed.get(payee, Arrears()) + arrears
    return owed
