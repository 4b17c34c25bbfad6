"""
Settlements a second time: what was received is divided, month by month, and handed on to be paid.

It goes by the bills of :mod:`tests.scenarios.naive_book`, and by the days on which they were paid.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_accrual import Accrual
from tests.scenarios.naive_bills import Bill, Book
from tests.scenarios.naive_claims import Came, Claims
from tests.scenarios.naive_committees import Committees
from tests.scenarios.naive_judging import Event
from tests.scenarios.naive_payouts import Payouts
from tests.scenarios.naive_receipts import Receipts
from tests.scenarios.naive_recoup import Use
from tests.scenarios.naive_reserves import Reserves
from tests.scenarios.naive_terms import Grant, after, day_of, starts_at
from tests.scenarios.naive_usage import Key

_OWNERS = """
    SELECT subject_id, s.reference, p.reference
    FROM subject s JOIN party p ON p.party_id = s.owner_id
"""

_PARTIES = """
    SELECT p.reference, p.kind,
           EXISTS (SELECT FROM party_registration r WHERE r.owner_id = p.party_id),
           p.country = 'JP', p.country = 'JP' OR p.has_jp_establishment
    FROM party p
"""

_ENTRUSTMENTS = """
    SELECT p.reference, e.effective_from, e.admin_fee_bp, e.reserve_bp, e.reserve_months,
           e.overclaim_policy
    FROM entrustment e JOIN party p ON p.party_id = e.owner_id ORDER BY e.effective_from
"""

_SETTLED = """
    SELECT s.settlement_id, s.closing_month, s.settled_at,
           CAST(coalesce(r.pay_on, s.closing_month + interval '2 months') AS date)
    FROM settlement s LEFT JOIN payout_run r USING (settlement_id) ORDER BY closing_month
"""


class Line(NamedTuple):
    """Something that came in for a holder: of a royalty line, or of a prepayment alone."""

    key: Key | None
    subject: int
    month: date
    royalty: int
    tax: int


class Settlement(NamedTuple):
    """Which month is settled, when, and what everybody had entered by then."""

    id: int
    closing: date
    at: datetime
    pay_on: date


class Settlements:
    """Divides what was received, month by month, and has it paid out."""

    def __init__(self, database: Database, book: Book) -> None:
        self.book = book
        self.subjects = {row[0]: row[1:] for row in rows(database, _OWNERS)}
        self.parties = {row[0]: row for row in rows(database, _PARTIES)}
        self.entrusted: dict[str, list[Any]] = defaultdict(list)
        for holder, *terms in rows(database, _ENTRUSTMENTS):
            self.entrusted[holder].append(terms)
        self.settled = [Settlement(*row) for row in rows(database, _SETTLED)]
        self.receipts = Receipts(database, book)
        self.accrual = Accrual(database, book)
        self.used: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.shown: set[Key] = set()
        self.gone: list[Use] = []  # what was passed on, or given back
        self.claims, self.reserves = Claims(database), Reserves(database)
        self.payouts = Payouts(database, book)
        self.committees = Committees(database, book, self.payouts.balances)
        self.returned: dict[tuple[int, str], int] = defaultdict(int)  # of prepayments, with tax
        self.passed: list[tuple[str, int, int]] = []  # to holders, of prepayments

    def settle(self) -> None:
        for settlement in self.settled:
            received: dict[str, list[Line]] = defaultdict(list)
            self._take_invoices(settlement, received)
            self._take_prepayments(settlement.closing, received)
            for lines in received.values():
                lines.sort(key=lambda line: self.subjects[line.subject][0])
            self.payouts.begin(settlement.id)
            divided = {holder: received[holder] for holder in sorted(received)}
            for holder in sorted(
                {*self._with_costs(settlement.closing)} | self._moving(settlement)
            ):
                divided.setdefault(holder, [])
            for holder, waiting in sorted(self.claims.waiting.items()):
                if waiting:
                    divided.setdefault(holder, [])
            for holder, lines in divided.items():
                self._divide(settlement, holder, lines, is_idle=holder not in received)
            owed = self.committees.arrears()
            self.payouts.pay(settlement.closing, settlement.at, settlement.pay_on, owed)
        self.payouts.begin(None)

    def _moving(self, settlement: Settlement) -> set[str]:
        return self.reserves.moving(settlement.closing, settlement.at)

    def _with_costs(self, closing: date) -> Iterator[str]:
        """Name committees with costs that are due whether something comes in or not."""
        for name in self.committees.with_costs(closing):
            if self._terms(name, closing) is not None:
                yield name

    def _terms(self, holder: str, closing: date) -> Any:
        """Return what a holder agreed with the house: fee, reserve, months, policy."""
        found = [each for each in self.entrusted[holder] if each[0] < after(closing)]
        return found[-1][1:] if found else None

    def _take_invoices(self, settlement: Settlement, received: dict[str, list[Line]]) -> None:
        """Take what was paid for, or invoiced, in the order in which statements list it."""
        found = []
        set_off = self.book.recouped.set_off
        for name, bill in self.book.bills.items():
            taken = self.receipts.take(name, settlement.closing)
            due = self.accrual.take(name, settlement.closing, settlement.at)
            for at, (key, asked) in enumerate(bill.lines):
                part = None if taken is None else taken[at]
                if self.accrual.is_for(key):
                    part = (asked, bill.parts[at]) if due else None
                is_new = key not in self.shown
                if part is not None and (any(part) or (is_new and not asked | set_off.get(key, 0))):
                    self.shown.add(key)  # What asks for nothing is told of once.
                    line = Line(key, key.place.subject, key.month, *part)
                    place = (self.subjects[line.subject][0], name[0], key.month)
                    found.append((place, self.book.places[key], line))
        for *_, line in sorted(found):
            received[self.subjects[line.subject][1]].append(line)

    def _take_prepayments(self, closing: date, received: dict[str, list[Line]]) -> None:
        """Pass on what was used of each prepayment, as far as it was received, with its tax."""
        for name, amount, tax, came_in in self._received_by(closing):
            used, used_tax = self.used[name]
            due, covered = [], 0
            uses = [use for use in self.book.recouped.uses if use.prepayment == name]
            for month in sorted({use.closing for use in uses if use.closing <= closing}):
                of_month = [use for use in uses if use.closing == month]
                # What a month takes back is there for what it pays: it comes first.
                for use in sorted(of_month, key=lambda use: use.amount > 0):
                    covered += use.amount
                    is_there = covered <= came_in
                    is_accrued = use.line is not None and self.accrual.is_for(use.line)
                    if (is_there or is_accrued) and not any(use is each for each in self.gone):
                        due.append(use)
            self.gone += due
            total = sum(use.amount for use in due)
            taxes = [0 for _ in due]
            if total > 0:
                share = tax * (used + total) // amount - used_tax
                taxes = naive.hand_out(share, [Fraction(use.amount) for use in due])
            self.used[name] = [used + total, used_tax + sum(taxes)]
            for use, part in zip(due, taxes, strict=True):
                if use.subject is None:
                    self.returned[name] += use.amount + part
                else:
                    holder = self.subjects[use.subject][1]
                    received[holder].append(_of_use(use, part))
                    self.passed.append((holder, use.amount, part))

    def _received_by(self, closing: date) -> Iterable[tuple[tuple[int, str], int, int, int]]:
        bills: list[tuple[Hashable, Bill]] = [
            *self.book.advances.items(),
            *self.book.bills.items(),
        ]
        for key, bill in bills:
            first, items = len(bill.lines), len(bill.parts)
            came_in = self.receipts.until(key, closing) or [(0, 0)] * items
            for (name, amount), tax, (part, _) in zip(
                bill.prepayments, bill.parts[first:], came_in[first:], strict=True
            ):
                yield name, amount, tax, part

    def _divide(
        self, settlement: Settlement, holder: str, lines: Sequence[Line], *, is_idle: bool
    ) -> None:
        closing, at = settlement.closing, settlement.at
        _, kind, _, _, has_fee_tax = self.parties[holder]
        fee_bp, reserve_bp, months, policy = self._terms(holder, closing) or (0, None, 0, "")
        royalty, tax = sum(each.royalty for each in lines), sum(each.tax for each in lines)
        known = self.claims.known_at(at)
        shared = self.claims.divide(
            holder,
            [self._came(line, at) for line in lines if known.get(line.subject)],
            known,
            closing=closing,
            policy=policy,
            fee_bp=fee_bp,
            fee_tax_percent=10 if has_fee_tax else 0,
        )
        is_moving = holder in self._moving(settlement) or holder in self._with_costs(closing)
        if is_idle and not is_moving and not shared.aside:
            return  # Nothing changed about what waits.
        fee = int(Fraction(royalty * fee_bp, 10_000))
        fee_tax = int(Fraction(fee * 10, 100)) if has_fee_tax else 0
        self.book.fees[closing, holder] = (royalty, tax, fee, fee_tax)
        taken, taken_tax = shared.taken
        net, net_tax = royalty - fee - taken, tax - fee_tax - taken_tax
        terms: tuple[int, int] | None = None if reserve_bp is None else (reserve_bp, months)
        moves = self.reserves.move(holder, net, net_tax, terms, closing=closing, at=at)
        self.book.aside[closing, holder] = [*shared.aside, *moves]
        net -= sum(amount for *_, amount, _ in moves)
        net_tax -= sum(part for *_, part in moves)
        self.gained: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        if kind != "committee":
            self._gain(holder, 0, net, net_tax)
        else:
            for part in self.committees.run(closing, holder, net, net_tax):
                self._gain(*part)
        for party, (amount, with_tax) in shared.others.items():
            self._gain(party, 0, amount, with_tax)
        for payee, (amount, with_tax) in self.gained.items():
            self.book.earned[closing, holder, payee] = (amount, with_tax)

    def _gain(self, payee: str, supplied: int, other: int, with_tax: int) -> None:
        self.gained[payee][0] += supplied + other
        self.gained[payee][1] += with_tax
        self.payouts.earn(payee, supplied, other, with_tax)

    def _came(self, line: Line, at: datetime) -> Came:
        """Say where and when something was used, as far as reports tell."""
        right, used = None, {}
        if line.key is not None:
            grant = self.book.grants[line.key.place.grant]
            modality = line.key.place.kind[1] or (
                next(iter(grant.modalities)) if len(grant.modalities) == 1 else None
            )
            right = None if line.key.cause == "revenue_share" else modality
            used = self._used(line.key, grant, at)
        cells = [(place, day, units) for (place, day), units in sorted(used.items()) if units > 0]
        if not cells:  # On any day of its month, wherever.
            first = line.month
            last = after(first) - timedelta(days=1)
            days = [first.replace(day=number) for number in range(1, last.day + 1)]
            return Came(line.subject, right, [(None, day, Fraction(1)) for day in days], *line[3:])
        return Came(line.subject, right, cells, line.royalty, line.tax)

    def _used(self, key: Key, grant: Grant, at: datetime) -> dict[tuple[str, date], Fraction]:
        """Add up what was used of what a line charges, as it stands when it is divided."""
        used: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
        for event in self.book.judges.known_at(at):
            if event.month == key.month:
                for part in event.parts:
                    if (
                        part.is_charged
                        and part.grant is grant
                        and part.subject_id == key.place.subject
                        and _is_at(event, key, grant)
                    ):
                        card = event.card(part, key.closing)
                        if card.kind == key.place.kind:
                            is_revenue = card.basis == "pct_revenue"
                            units = event.revenue if is_revenue else event.quantity
                            used[event.territory, day_of(event.at)] += units or 0
        return used


def _of_use(use: Use, tax: int) -> Line:
    assert use.subject is not None
    month = use.closing if use.line is None else use.line.month
    return Line(use.line, use.subject, month, use.amount, tax)


def _is_at(event: Event, key: Key, grant: Grant) -> bool:
    """Tell whether an event belongs to the part of the month that a line is for."""
    version = grant.version_at(event.at, key.closing)
    return version is not None and key.place.since == max(version.starts_at, starts_at(key.month))
