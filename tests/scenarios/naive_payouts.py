"""
Payouts a second time: what payees are owed, what is set off, withheld and paid, and what is left.

Advances, and what revisions of statements move, are read as they were entered.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_bills import Book
from tests.scenarios.naive_terms import after

_PAYEES = """
    SELECT p.reference, p.kind, p.minimum_payment_minor,
           EXISTS (SELECT FROM bank_account b WHERE b.owner_id = p.party_id),
           p.country = 'JP', p.treaty_rate_bp, p.treaty_form_filed_on
    FROM party p
"""
_TERMS = """
    SELECT p.reference, t.effective_from, t.base
    FROM withholding_terms t JOIN party p ON p.party_id = t.owner_id ORDER BY t.effective_from
"""
_RELIEFS = """
    SELECT p.reference, t.valid_from, t.valid_until, t.rate_bp, t.form_filed_on
    FROM treaty_relief t JOIN party p ON p.party_id = t.owner_id
    ORDER BY t.valid_from, t.treaty_relief_id
"""
_ADVANCES = """
    SELECT p.reference, a.reference, a.amount_minor, a.pay_from, a.recorded_at
    FROM payee_advance a JOIN party p ON p.party_id = a.owner_id
    LEFT JOIN payee_advance_withdrawal w USING (payee_advance_id)
    WHERE w.payee_advance_id IS NULL ORDER BY a.payee_advance_id
"""
_CORRECTIONS = """
    SELECT c.after_settlement_id, p.reference, holder.reference, d.reference, c.kind,
           c.amount_minor, c.tax_minor
    FROM earning_correction c
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = c.owner_id
    JOIN party holder ON holder.party_id = c.holder_id
    ORDER BY c.document_id, c.position
"""


@dataclass
class Advance:
    """What a payee is paid ahead; nothing is left of it to set off before it is."""

    payee: str
    name: str
    amount: int
    pay_from: date
    entered_at: datetime
    left: int = 0
    is_paid: bool = False


class Payouts:
    """Keeps balances, and pays what can be paid."""

    def __init__(self, database: Database, book: Book) -> None:
        self.book = book
        self.payees = {row[0]: row for row in rows(database, _PAYEES)}
        self.terms = rows(database, _TERMS)
        self.reliefs = rows(database, _RELIEFS)
        self.advances = [Advance(*row) for row in rows(database, _ADVANCES)]
        self._corrections = rows(database, _CORRECTIONS)
        for _, payee, _, number, _, amount, tax in self._corrections:
            book.revised[payee].append((number, amount, tax))
        self.balances: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._paid: list[Advance] = []  # in the order in which they were
        self._last: int | None = None
        self._gained: set[str] = set()
        self._carried: dict[str, int] = {}

    def begin(self, settlement: int | None) -> None:
        """Take in what revisions moved since the last settlement, before the next, or the end."""
        moved: dict[str, list[Any]] = defaultdict(list)
        for since, payee, _, number, kind, amount, tax in self._corrections:
            if since == self._last:
                supplied = amount if kind == "supply" else 0
                self._add(payee, supplied, amount - supplied, tax)
                moved[payee].append((number, amount, tax))
        self._last, self._gained = settlement, set()
        self._moved = moved
        self._carried = {payee: each[0] + each[1] for payee, each in self.balances.items()}

    def earn(self, payee: str, supplied: int, other: int, tax: int) -> None:
        """Add to what a payee is owed."""
        self._gained.add(payee)
        self._add(payee, supplied, other, tax)

    def _add(self, payee: str, supplied: int, other: int, tax: int) -> None:
        for place, amount in enumerate((supplied, other, tax)):
            self.balances[payee][place] += amount

    def pay(
        self, closing: date, at: datetime, pay_on: date, owed: Mapping[str, tuple[int, int]]
    ) -> None:
        """Set advances off, pay those that are due, and every balance that can be paid."""
        due = [
            each
            for each in self.advances
            if not each.is_paid and each.pay_from < after(closing) and each.entered_at <= at
        ]
        for payee in sorted({*self.balances, *(each.payee for each in due)}):
            arrears, tax_owed = owed.get(payee, (0, 0))
            supplies, other, tax = self.balances[payee]
            gained = payee in self._gained
            is_known = bool(supplies or other or tax or gained)
            balance = supplies + other
            recouped = self._set_off(payee, balance - arrears) if is_known else []
            ready = balance - arrears - sum(part for _, part in recouped)
            ready_tax = tax - tax_owed
            own = [each for each in due if each.payee == payee]
            ahead = sum(each.amount for each in own)
            if not self._can_pay(payee, ready + ahead, ready_tax, pay_on):
                own, ahead = [], 0
            if not is_known and not own:
                continue
            is_paid = self._can_pay(payee, ready + ahead, ready_tax, pay_on)
            payable = ready + ahead if is_paid else 0
            set_off = sum(part for _, part in recouped)
            carried = self._carried.get(payee, 0)
            self.book.statements[closing, payee] = (
                *(carried, balance - carried, payable),
                balance + ahead - set_off - payable,
            )
            self._note_advances(closing, payee, recouped, own)
            self.book.moved[closing, payee] = self._moved.get(payee, [])
            self.balances[payee] = [supplies, other + ahead - set_off, tax]
            if is_paid:
                withheld = self._withheld(payee, payable, ready_tax, pay_on)
                paid = (ready_tax, withheld, payable + ready_tax - withheld)
                self.book.payouts[closing, payee] = paid
                self.balances[payee] = [arrears, 0, tax_owed]

    def _set_off(self, payee: str, available: int) -> list[tuple[Advance, int]]:
        found, left = [], max(0, available)
        for each in self._paid:
            if each.payee == payee and each.left:
                part = min(each.left, left)
                left -= part
                found.append((each, part))
        return found

    def _note_advances(
        self,
        closing: date,
        payee: str,
        recouped: list[tuple[Advance, int]],
        paid: list[Advance],
    ) -> None:
        told = []
        for each, part in recouped:
            told.append((each.name, each.amount, each.left, 0, part, each.left - part))
            each.left -= part
        for each in paid:
            told.append((each.name, each.amount, 0, each.amount, 0, each.amount))
            each.left, each.is_paid = each.amount, True
            self._paid.append(each)
        self.book.advanced[closing, payee] = told

    def _can_pay(self, payee: str, ready: int, tax: int, pay_on: date) -> bool:
        _, _, minimum, has_account, *_ = self.payees[payee]
        if not has_account or ready <= 0 or ready < minimum:
            return False
        return ready + tax - self._withheld(payee, ready, tax, pay_on) > 0

    def _withheld(self, payee: str, amount: int, tax: int, pay_on: date) -> int:
        """Return what is withheld from a payment: of persons, and of everybody abroad."""
        _, kind, _, _, is_domestic, treaty_bp, filed_on = self.payees[payee]
        if amount <= 0:
            return 0
        if not is_domestic:
            for name, since, until, rate_of_form, filed in self.reliefs:
                if name == payee and since <= pay_on:
                    is_over = until is not None and until < pay_on
                    treaty_bp, filed_on = (None, None) if is_over else (rate_of_form, filed)
            has_form = treaty_bp is not None and filed_on is not None and filed_on < pay_on
            rate: int = treaty_bp if has_form else 2042
            return max(0, amount + tax) * rate // 10_000
        if kind != "individual":
            return 0
        said = [base for name, since, base in self.terms if name == payee and since <= pay_on]
        amount += tax if said[-1:] == ["including_tax"] else 0
        return min(amount, 1_000_000) * 1021 // 10_000 + max(0, amount - 1_000_000) * 2042 // 10_000
