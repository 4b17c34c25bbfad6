"""
Committees a second time: their waterfalls, month after month, and what they cannot pay yet.

Contracts are read as they were entered.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_bills import Book
from tests.scenarios.naive_claims import signed

_TAXED = """
    SELECT p.reference FROM party p
    WHERE p.country = 'JP'
      AND EXISTS (SELECT FROM party_registration r WHERE r.owner_id = p.party_id)
"""

_STEPS = """
    SELECT c.reference, w.preset, s.kind, s.category, p.reference, s.rate_bp, s.amount_minor,
           s.cap_minor,
           ARRAY(SELECT q.reference FROM waterfall_pass x JOIN party q ON q.party_id = x.payee_id
                 WHERE x.waterfall_version_id = s.waterfall_version_id
                   AND x.step_position = s.position ORDER BY x.position),
           ARRAY(SELECT x.rate_bp FROM waterfall_pass x
                 WHERE x.waterfall_version_id = s.waterfall_version_id
                   AND x.step_position = s.position ORDER BY x.position),
           w.effective_from
    FROM waterfall_step s
    JOIN waterfall_version w USING (waterfall_version_id)
    JOIN party c ON c.party_id = w.owner_id
    JOIN party p ON p.party_id = s.payee_id
    ORDER BY s.position
"""

_MEMBERS = """
    SELECT c.reference, p.reference, m.share
    FROM waterfall_member m
    JOIN party c ON c.party_id = m.owner_id JOIN party p ON p.party_id = m.member_id
    ORDER BY m.position
"""

Gain = tuple[str, int, int, int]  # payee, what it supplied, what is held for it, tax


@dataclass
class Committee:
    """Where a committee stands between its months."""

    deficit: int = 0
    distributed: int = 0
    peak: int = 0
    owed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


class Committees:
    """Runs waterfalls, and keeps where each committee stands."""

    def __init__(
        self, database: Database, book: Book, balances: Mapping[str, Sequence[int]]
    ) -> None:
        self._book, self._balances = book, balances
        self._contracts = rows(database, _STEPS)
        self._members: dict[str, list[Any]] = defaultdict(list)
        for committee, *member in rows(database, _MEMBERS):
            self._members[committee].append(member)
        self._taxed = {payee for (payee,) in rows(database, _TAXED)}
        self._stands: dict[str, Committee] = defaultdict(Committee)

    def with_costs(self, closing: date) -> Iterator[str]:
        """Name those whose contract names an amount that is due in a month."""
        for name, *_, amount, _, _, _, begins in self._contracts:
            if amount and begins <= closing:
                yield name

    def run(self, closing: date, name: str, net: int, net_tax: int) -> list[Gain]:
        """Run a waterfall on what came in; return what each payee gains, part by part."""
        steps = _ordered([row for row in self._contracts if row[0] == name])
        members, stands = self._members[name], self._stands[name]
        taken, shares, deficit = naive.waterfall(
            net,
            [step[:5] for step in steps],
            [share for _, share in members],
            deficit=stands.deficit,
            before=stands.distributed,
        )
        self._book.steps[closing, name] = [
            (step[5], amount) for step, amount in zip(steps, taken, strict=True)
        ]
        self._book.carried[closing, name] = (stands.deficit, deficit)
        stands.deficit, stands.distributed = deficit, stands.distributed + sum(shares)
        is_level = deficit == 0 and stands.distributed >= stands.peak
        stands.peak = max(stands.peak, stands.distributed)
        gained: list[Gain] = []
        supplied: list[tuple[str, int, int]] = []
        balances = {payee: each[0] for payee, each in self._balances.items()}
        for (*_, payee, passes), amount in zip(steps, taken, strict=True):
            passed = [(other, int(Fraction(amount * bp, 10_000))) for other, bp in passes]
            kept = amount - sum(part for _, part in passed)
            for supplier, part in ((payee, kept), *passed):
                before = balances.get(supplier, 0)
                balances[supplier] = before + part
                rate = 10 if supplier in self._taxed else 0
                tax = _tax(before + part, rate) - _tax(before, rate)
                net_tax -= tax
                gained.append((supplier, part, 0, tax))
                supplied.append((supplier, part, tax))
        if is_level:
            stands.owed.clear()
        else:
            for supplier, part, tax in supplied:
                stands.owed[supplier][0] += part
                stands.owed[supplier][1] += tax
        taxes = signed(net_tax, [Fraction(share) for _, share in members])
        for (member, _), share, part in zip(members, shares, taxes, strict=True):
            gained.append((member, 0, share, part))
        return gained

    def arrears(self) -> dict[str, tuple[int, int]]:
        """Add up what committees in deficit owe each supplier."""
        owed: dict[str, tuple[int, int]] = {}
        for stands in self._stands.values():
            for payee, (amount, tax) in stands.owed.items():
                if amount > 0:
                    before = owed.get(payee, (0, 0))
                    owed[payee] = (before[0] + amount, before[1] + tax)
        return owed


def _tax(amount: int, rate: int) -> int:
    return int(Fraction(amount * rate, 100))


def _ordered(found: Sequence[Any]) -> list[Any]:
    """Put steps into the order of the contract, each with what it is taken of."""
    if not found:
        return []
    of_kind = {
        kind: [row for row in found if row[2] == kind] for kind in ("fee", "royalty", "expense")
    }
    is_fees_first = found[0][1] == "fees_first"
    order = ("fee", "royalty", "expense") if is_fees_first else ("royalty", "fee", "expense")
    steps: list[Any] = []
    for kind in order:
        base = f"after:{len(steps) - 1}" if steps else "receipts"
        for row in of_kind[kind]:
            passes = tuple(zip(row[8], row[9], strict=True))
            name = str(len(steps))
            steps.append((name, base, row[5], row[6], row[7], row[3], row[4], passes))
            if kind != "royalty":  # A fee is taken of the rest; rights all of the same.
                base = f"after:{name}"
    return steps
