"""
Settlements a second time: what was received is divided, carried and paid, month by month.

It goes by the bills of :mod:`tests.scenarios.naive_book`, and by the days on which they were paid.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_bills import Book
from tests.scenarios.naive_terms import after

_OWNERS = "SELECT subject_id, p.reference FROM subject s JOIN party p ON p.party_id = s.owner_id"

_PARTIES = """
    SELECT p.reference, p.kind, p.minimum_payment_minor, e.admin_fee_bp,
           EXISTS (SELECT FROM party_registration r WHERE r.owner_id = p.party_id),
           EXISTS (SELECT FROM bank_account b WHERE b.owner_id = p.party_id),
           p.country = 'JP', p.treaty_rate_bp, p.treaty_form_filed_on,
           p.country = 'JP' OR p.has_jp_establishment
    FROM party p LEFT JOIN entrustment e ON e.owner_id = p.party_id
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

_PAID = """
    SELECT i.kind, p.reference, i.accrual_month, i.document_id, r.received_on
    FROM receipt r JOIN invoice i USING (document_id) JOIN party p ON p.party_id = i.licensee_id
"""

_SETTLED = """
    SELECT s.closing_month,
           CAST(coalesce(r.pay_on, s.closing_month + interval '2 months') AS date)
    FROM settlement s LEFT JOIN payout_run r USING (settlement_id) ORDER BY closing_month
"""


@dataclass
class Committee:
    """Where a committee stands between its months."""

    deficit: int = 0
    distributed: int = 0
    peak: int = 0
    owed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


class Settlements:
    """Divides what was received, month by month, and pays it out."""

    def __init__(self, database: Database, book: Book) -> None:
        self.book = book
        self.owners = dict(rows(database, _OWNERS))
        self.parties = {row[0]: row for row in rows(database, _PARTIES)}
        self.contracts = rows(database, _STEPS)
        self.members: dict[str, list[Any]] = defaultdict(list)
        for committee, *member in rows(database, _MEMBERS):
            self.members[committee].append(member)
        self.settled = rows(database, _SETTLED)
        self.royalty_paid, self.advance_paid = {}, {}
        for kind, firm, month, document, day in rows(database, _PAID):
            if kind == "royalty":
                self.royalty_paid[firm, month] = day
            else:
                self.advance_paid[document] = day
        self.committees: dict[str, Committee] = defaultdict(Committee)
        self.balances: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self.taken: set[tuple[str, date]] = set()
        self.used: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.uses = list(book.recouped.uses)

    def settle(self) -> None:
        for closing, pay_on in self.settled:
            received: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            self._take_invoices(closing, received)
            self._take_prepayments(closing, received)
            for name, *_, amount, _, _, _, begins in self.contracts:
                if amount and begins <= closing and self.parties[name][3] is not None:
                    received[name][0] += 0  # Fixed costs are due without receipts, too.
            carried = {payee: each[0] + each[1] for payee, each in self.balances.items()}
            for holder in sorted(received):
                self._divide(closing, holder, *received[holder])
            self._pay(closing, pay_on, carried)

    def _take_invoices(self, closing: date, received: dict[str, list[int]]) -> None:
        set_off = self.book.recouped.set_off
        for name, bill in self.book.bills.items():
            day = self.royalty_paid.get(name)
            if day is None or day >= after(closing) or name in self.taken:
                continue
            self.taken.add(name)
            for (key, asked), part in zip(bill.lines, bill.parts, strict=False):
                if asked or not set_off.get(key):
                    holder = received[self.owners[key.place.subject]]
                    holder[0] += asked
                    holder[1] += part

    def _take_prepayments(self, closing: date, received: dict[str, list[int]]) -> None:
        """Pass on what was used of each prepayment that was received, with its part of the tax."""
        for name, amount, tax in self._received_by(closing):
            due = [use for use in self.uses if use.prepayment == name and use.closing <= closing]
            self.uses = [use for use in self.uses if use not in due]
            total = sum(use.amount for use in due)
            used, used_tax = self.used[name]
            taxes = [0 for _ in due]
            if total > 0:
                share = tax * (used + total) // amount - used_tax
                taxes = naive.hand_out(share, [Fraction(use.amount) for use in due])
            self.used[name] = [used + total, used_tax + sum(taxes)]
            for use, part in zip(due, taxes, strict=True):
                if use.subject is not None:
                    received[self.owners[use.subject]][0] += use.amount
                    received[self.owners[use.subject]][1] += part

    def _received_by(self, closing: date) -> Iterable[tuple[tuple[int, str], int, int]]:
        bills = [
            (bill, self.advance_paid.get(document)) for document, bill in self.book.advances.items()
        ] + [(bill, self.royalty_paid.get(name)) for name, bill in self.book.bills.items()]
        for bill, day in bills:
            if day is not None and day < after(closing):
                taxes = bill.parts[len(bill.lines) :]
                for (name, amount), tax in zip(bill.prepayments, taxes, strict=True):
                    yield name, amount, tax

    def _divide(self, closing: date, holder: str, royalty: int, tax: int) -> None:
        _, kind, _, fee_bp, *_, has_fee_tax = self.parties[holder]
        fee = int(Fraction(royalty * fee_bp, 10_000))
        fee_tax = int(Fraction(fee * 10, 100)) if has_fee_tax else 0
        self.book.fees[closing, holder] = (royalty, tax, fee, fee_tax)
        net, net_tax = royalty - fee, tax - fee_tax
        self.gained: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        if kind != "committee":
            self._gain(holder, 0, net, net_tax)
        else:
            self._run(closing, holder, net, net_tax)
        for payee, (amount, with_tax) in self.gained.items():
            self.book.earned[closing, holder, payee] = (amount, with_tax)

    def _gain(self, payee: str, supplied: int, other: int, with_tax: int) -> None:
        self.gained[payee][0] += supplied + other
        self.gained[payee][1] += with_tax
        for place, amount in enumerate((supplied, other, with_tax)):
            self.balances[payee][place] += amount

    def _run(self, closing: date, name: str, net: int, net_tax: int) -> None:
        steps = _ordered([row for row in self.contracts if row[0] == name])
        members, stands = self.members[name], self.committees[name]
        taken, shares, deficit = naive.waterfall(
            net,
            [step[:5] for step in steps],
            [share for _, share in members],
            deficit=stands.deficit,
            before=stands.distributed,
        )
        self.book.steps[closing, name] = [
            (step[5], amount) for step, amount in zip(steps, taken, strict=True)
        ]
        self.book.carried[closing, name] = (stands.deficit, deficit)
        stands.deficit, stands.distributed = deficit, stands.distributed + sum(shares)
        is_level = deficit == 0 and stands.distributed >= stands.peak
        stands.peak = max(stands.peak, stands.distributed)
        supplied: list[tuple[str, int, int]] = []
        for (*_, payee, passes), amount in zip(steps, taken, strict=True):
            passed = [(other, int(Fraction(amount * bp, 10_000))) for other, bp in passes]
            kept = amount - sum(part for _, part in passed)
            for supplier, part in ((payee, kept), *passed):
                before = self.balances[supplier][0]
                rate = 10 if self.parties[supplier][4] and self.parties[supplier][6] else 0
                tax = _tax(before + part, rate) - _tax(before, rate)
                net_tax -= tax
                self._gain(supplier, part, 0, tax)
                supplied.append((supplier, part, tax))
        if is_level:
            stands.owed.clear()
        else:
            for supplier, part, tax in supplied:
                stands.owed[supplier][0] += part
                stands.owed[supplier][1] += tax
        sign = -1 if net_tax < 0 else 1
        taxes = naive.hand_out(abs(net_tax), [Fraction(share) for _, share in members])
        for (member, _), share, part in zip(members, shares, taxes, strict=True):
            self._gain(member, 0, share, sign * part)

    def _pay(self, closing: date, pay_on: date, carried: Mapping[str, int]) -> None:
        for payee, (supplies, other, tax) in list(self.balances.items()):
            name = (closing, payee)
            gained = any(key[0] == closing and key[2] == payee for key in self.book.earned)
            if not (supplies or other or tax or gained):
                continue
            owed = [0, 0]
            for stands in self.committees.values():
                if stands.owed.get(payee, [0])[0] > 0:
                    owed = [owed[0] + stands.owed[payee][0], owed[1] + stands.owed[payee][1]]
            balance, ready, ready_tax = supplies + other, supplies + other - owed[0], tax - owed[1]
            _, _, minimum, _, _, has_account, *_ = self.parties[payee]
            withheld = self._withheld(payee, ready, ready_tax, pay_on)
            is_paid = has_account and ready > 0 and ready >= minimum
            is_paid = is_paid and ready + ready_tax - withheld > 0
            payable = ready if is_paid else 0
            before = carried.get(payee, 0)
            self.book.statements[name] = (before, balance - before, payable, balance - payable)
            if is_paid:
                self.book.payouts[name] = (ready_tax, withheld, ready + ready_tax - withheld)
                self.balances[payee] = [owed[0], 0, owed[1]]

    def _withheld(self, payee: str, amount: int, tax: int, pay_on: date) -> int:
        """Return what is withheld from a payment: of persons, and of everybody abroad."""
        _, kind, _, _, _, _, is_domestic, treaty_bp, filed_on, _ = self.parties[payee]
        if amount <= 0:
            return 0
        if not is_domestic:
            has_form = treaty_bp is not None and filed_on is not None and filed_on < pay_on
            rate = treaty_bp if has_form else 2042
            return max(0, amount + tax) * rate // 10_000
        if kind != "individual":
            return 0
        return min(amount, 1_000_000) * 1021 // 10_000 + max(0, amount - 1_000_000) * 2042 // 10_000


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
