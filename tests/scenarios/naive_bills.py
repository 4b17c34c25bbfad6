"""
Invoices a second time: what each firm is asked for, month by month, with the tax of each item.

Beside it stands what all parts of the naive book fill in, by the names that explanations have.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_judging import Judges
from tests.scenarios.naive_recoup import Recouped
from tests.scenarios.naive_revenue import Compared
from tests.scenarios.naive_terms import Grant
from tests.scenarios.naive_usage import Key, Line

# Which advances were asked for together; shortfalls are on the invoice of their month.
_ADVANCES_BILLED = """
    SELECT i.document_id, p.reference, g.recoup_group_id, a.reference
    FROM invoice i JOIN invoice_prepayment b USING (document_id)
    JOIN prepayment a USING (prepayment_id) JOIN recoup_group g USING (recoup_group_id)
    JOIN party p ON p.party_id = i.licensee_id
    WHERE i.kind = 'advance' ORDER BY i.document_id, b.number
"""

_FIRMS = "SELECT reference, country = 'JP' OR has_jp_establishment FROM party"
# Of each subject: is it licensed from abroad, and are all who license it registered?
_LICENSORS = """
    SELECT s.subject_id, p.country <> 'JP',
           coalesce(bool_and(EXISTS (SELECT FROM party_registration r
                                     WHERE r.owner_id = coalesce(m.member_id, p.party_id))), true)
    FROM subject s JOIN party p ON p.party_id = s.owner_id
    LEFT JOIN waterfall_member m ON m.owner_id = p.party_id
    GROUP BY s.subject_id, p.party_id
"""
_GROUP_FIRMS = """
    SELECT g.recoup_group_id, p.reference FROM recoup_group g
    JOIN party p ON p.party_id = g.licensee_id
"""
# A month that was closed and not billed yet has no invoice; one in which nothing is owed neither.
_BILLED = """
    SELECT month FROM month_closing
    WHERE month <= (SELECT max(accrual_month) FROM invoice WHERE kind = 'royalty') ORDER BY month
"""


@dataclass
class Bill:
    """What an invoice asks for, item by item, and its tax."""

    firm: str
    month: date
    lines: list[tuple[Key, int]]  # what is asked for each
    prepayments: list[tuple[tuple[int, str], int]]
    kinds: dict[Key | tuple[int, str], str] = field(default_factory=dict)  # how each is taxed
    tax: int = 0
    parts: list[int] = field(default_factory=list)

    @property
    def subtotal(self) -> int:
        return sum(amount for _, amount in (*self.lines, *self.prepayments))

    def add_tax(self, *, is_taxed: bool) -> None:
        items: list[tuple[Key | tuple[int, str], int]] = [*self.lines, *self.prepayments]
        parts = [0 for _ in items]
        for kind in ("registered", "unregistered") if is_taxed else ():
            places = [at for at, (name, _) in enumerate(items) if self.kinds[name] == kind]
            asked = [Fraction(items[at][1]) for at in places]
            base = int(sum(asked))
            sign = -1 if base < 0 else 1
            tax = abs(base) * 10 // 100
            shares = naive.hand_out(tax, [sign * each for each in asked]) if base else []
            for at, part in zip(places, shares, strict=False):  # Of nothing there is no tax.
                parts[at] = sign * part
        self.parts, self.tax = parts, sum(parts)


@dataclass
class Book:
    """Everything that is owed and paid, by the names that explanations have."""

    judges: Judges
    lines: dict[Key, Line]
    order: dict[str, Key]
    recouped: Recouped
    compared: dict[Key, Compared]  # of top-ups
    bills: dict[tuple[str, date], Bill] = field(default_factory=dict)
    advances: dict[int, Bill] = field(default_factory=dict)  # by document
    fees: dict[tuple[date, str], tuple[int, int, int, int]] = field(default_factory=dict)
    steps: dict[tuple[date, str], list[tuple[str, int]]] = field(default_factory=dict)
    carried: dict[tuple[date, str], tuple[int, int]] = field(default_factory=dict)  # deficits
    earned: dict[tuple[date, str, str], tuple[int, int]] = field(default_factory=dict)
    statements: dict[tuple[date, str], tuple[int, int, int, int]] = field(default_factory=dict)
    payouts: dict[tuple[date, str], tuple[int, int, int]] = field(default_factory=dict)
    #: What was set aside, and came back: kind, name, amount, tax.
    aside: dict[tuple[date, str], list[tuple[str, str, int, int]]] = field(default_factory=dict)
    #: What statements say of advances: name, amount, before, paid, set off, after.
    advanced: dict[tuple[date, str], list[tuple[Any, ...]]] = field(default_factory=dict)
    #: What they bring forward from revisions: number, amount, tax.
    moved: dict[tuple[date, str], list[tuple[str, int, int]]] = field(default_factory=dict)

    #: All that revisions moved, by payee.
    revised: dict[str, list[tuple[str, int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: What each account of the journal is left with.
    accounts: dict[str, int] = field(default_factory=dict)

    @cached_property
    def grants(self) -> dict[int, Grant]:
        """Every grant by its key."""
        return {
            grant.id: grant
            for license_ in self.judges.licenses.values()
            for grant in license_.grants
        }

    @cached_property
    def places(self) -> dict[Key, int]:
        """Where each line stands among all lines."""
        return {key: place for place, key in enumerate(self.order.values())}


class Bills:
    """Gathers what each firm owes for each month, and carries what is below zero."""

    def __init__(self, database: Database, book: Book) -> None:
        self.book = book
        self.is_taxed = dict(rows(database, _FIRMS))
        self.firms = dict(rows(database, _GROUP_FIRMS))
        self.billed = [month for (month,) in rows(database, _BILLED)]
        self.advances = rows(database, _ADVANCES_BILLED)
        self.licensors = {
            subject: (is_abroad, is_registered)
            for subject, is_abroad, is_registered in rows(database, _LICENSORS)
        }

    def issue(self) -> None:
        for firm in dict.fromkeys(
            [*(line.firm for line in self.book.lines.values()), *self.firms.values()]
        ):
            self._issue_to(firm)
        for document, firm, group, reference in self.advances:
            amount = self.book.recouped.prepayments[group, reference].amount
            bill = self.book.advances.setdefault(document, Bill(firm, date.min, [], []))
            bill.prepayments.append(((group, reference), amount))
        for bill in self.book.advances.values():
            bill.kinds = {name: self._kind(name) for name, _ in bill.prepayments}
            bill.add_tax(is_taxed=self.is_taxed[bill.firm])

    def _kind(self, name: Key | tuple[int, str]) -> str:
        if isinstance(name, Key):
            subjects = {name.place.subject}
        else:
            subjects = self.book.recouped.prepayments[name].subjects
        licensors = [self.licensors[subject] for subject in subjects]
        if licensors and all(is_abroad for is_abroad, _ in licensors):
            return "abroad"
        is_registered = all(is_registered for _, is_registered in licensors)
        return "registered" if is_registered else "unregistered"

    def _is_abroad(self, name: Key | tuple[int, str]) -> bool:
        return self._kind(name) == "abroad"

    def _issue_to(self, firm: str) -> None:
        for is_abroad in (False, True):
            self._gather(firm, is_abroad=is_abroad)
        for (billed, _), bill in self.book.bills.items():
            if billed == firm:
                bill.add_tax(is_taxed=self.is_taxed[firm])

    def _gather(self, firm: str, *, is_abroad: bool) -> None:
        """Carry what is licensed in Japan and what is licensed from abroad each by itself."""
        carried = Bill(firm, date.min, [], [])
        recouped = self.book.recouped
        for month in self.billed:
            lines = [
                (key, self.book.lines[key].amount - recouped.set_off.get(key, 0))
                for key in self.book.order.values()
                if self.book.lines[key].firm == firm and recouped.billed_in.get(key) == month
                if self._is_abroad(key) == is_abroad
            ]
            prepayments = [
                (name, each.amount)
                for name, each in recouped.prepayments.items()
                if each.closing == month and self.firms[name[0]] == firm
                if self._is_abroad(name) == is_abroad
            ]
            if not lines and not prepayments:
                continue
            bill = Bill(firm, month, carried.lines + lines, carried.prepayments + prepayments)
            is_recouped = any(recouped.set_off.get(key) for key, _ in bill.lines)
            asks_nothing = not any(amount for _, amount in (*bill.lines, *bill.prepayments))
            if bill.subtotal > 0 or (is_recouped and asks_nothing):
                self._add(bill)
                carried = Bill(firm, date.min, [], [])
            else:
                kept = [each for each in bill.lines if self.book.lines[each[0]].amount]
                carried = Bill(firm, date.min, kept, bill.prepayments)

    def _add(self, bill: Bill) -> None:
        """Put what is asked for on the invoice of its month, what is untaxed after the rest."""
        whole = self.book.bills.setdefault(
            (bill.firm, bill.month), Bill(bill.firm, bill.month, [], [])
        )
        whole.lines += bill.lines
        whole.prepayments += bill.prepayments
        for key, _ in bill.lines:
            whole.kinds[key] = self._kind(key)
        for name, _ in bill.prepayments:
            whole.kinds[name] = self._kind(name)
