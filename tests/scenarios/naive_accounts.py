"""
The journal a second time: what every account is left with, from the figures of the naive book.

Debits are above zero. What was received, released and transferred is read as it was entered.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_bills import Bill, Book
from tests.scenarios.naive_settling import Settlements

_RELEASED = """
    SELECT s.closing_month FROM payout_release
    JOIN payout_run USING (payout_run_id) JOIN settlement s USING (settlement_id)
"""
_TRANSFERRED = """
    SELECT p.reference, t.amount_minor, t.channel FROM refund_transfer t
    JOIN party p ON p.party_id = t.licensee_id
"""
_PAID = """
    SELECT m.channel, p.reference, m.amount_minor FROM payment m
    JOIN party p ON p.party_id = m.licensee_id
"""
_RECEIVED = """
    SELECT p.reference, r.amount_minor, r.bank_fee_minor FROM receipt r
    JOIN party p ON p.party_id = r.licensee_id
"""
_MOVED = """
    SELECT category, amount_minor, fee_minor FROM stripe_movement
"""
_OWN = "SELECT kind, amount_minor FROM own_funds_move"
_RETURNED = """
    SELECT p.reference, c.amount_minor FROM credit_return c
    JOIN party p ON p.party_id = c.licensee_id
"""


def balances(book: Book, settlements: Settlements, database: Database) -> dict[str, int]:
    """Return debits less credits of every account that is not at zero, by code and party."""
    left: dict[str, int] = defaultdict(int)
    _invoices(left, book, settlements)
    _prepayments(left, book, settlements)
    _divisions(left, book, settlements)
    _payouts(left, book, settlements, [month for (month,) in rows(database, _RELEASED)])
    for firm, amount, channel in rows(database, _TRANSFERRED):
        left[f"refunds:{firm}"] += amount
        left["bank" if channel == "bank" else f"taken_back:{firm}"] -= amount
    _payments(left, database)
    _stripe(left, database)
    for kind, amount in rows(database, _OWN):
        left["bank"] += amount if kind == "put" else -amount
        left["own_funds"] -= amount if kind == "put" else -amount
    return {account: amount for account, amount in left.items() if amount}


def _invoices(left: dict[str, int], book: Book, settlements: Settlements) -> None:
    """Invoices are owed by firms."""
    for bill in _bills(book):
        left[f"receivable:{bill.firm}"] += bill.subtotal + bill.tax
        for (key, asked), tax in zip(bill.lines, bill.parts, strict=False):
            holder = settlements.subjects[key.place.subject][1]
            left[f"holders:{holder}"] -= asked
            left[f"holders_tax:{holder}"] -= tax
        taxes = bill.parts[len(bill.lines) :]
        for (_, amount), tax in zip(bill.prepayments, taxes, strict=True):
            left[f"advances:{bill.firm}"] -= amount + tax


def _payments(left: dict[str, int], database: Database) -> None:
    """What firms pay is theirs until it pays an invoice; a bank's fee is the house's."""
    for channel, firm, amount in rows(database, _PAID):
        left[channel] += amount
        left[f"credits:{firm}"] -= amount
    for firm, amount, fee in rows(database, _RECEIVED):
        left[f"credits:{firm}"] += amount - fee
        left["bank_fees"] += fee
        left[f"receivable:{firm}"] -= amount
    for firm, amount in rows(database, _RETURNED):
        left[f"credits:{firm}"] += amount
        left[f"refunds:{firm}"] -= amount


def _stripe(left: dict[str, int], database: Database) -> None:
    """What Stripe keeps is the house's cost; what it pays out is in the bank."""
    for category, amount, fee in rows(database, _MOVED):
        assert category in ("charge", "payout")
        left["stripe"] -= fee
        left["processor_fees"] += fee
        if category == "payout":
            left["stripe"] += amount
            left["bank"] -= amount


def _prepayments(left: dict[str, int], book: Book, settlements: Settlements) -> None:
    """What is used of a prepayment is held for holders, or owed to the firm again."""
    firms = {name: bill.firm for bill in _bills(book) for name, _ in bill.prepayments}
    for name, (used, tax) in settlements.used.items():
        left[f"advances:{firms[name]}"] += used + tax
    for name, amount in settlements.returned.items():
        left[f"refunds:{firms[name]}"] -= amount
    for holder, amount, tax in settlements.passed:
        left[f"holders:{holder}"] -= amount
        left[f"holders_tax:{holder}"] -= tax


def _divisions(left: dict[str, int], book: Book, settlements: Settlements) -> None:
    """What is divided becomes the house's fee, debts to payees, and what is set aside."""
    for (month, holder), (royalty, tax, fee, fee_tax) in book.fees.items():
        carried_in, carried_out = book.carried.get((month, holder), (0, 0))
        left[f"holders:{holder}"] += royalty - (carried_out - carried_in)
        left[f"holders_tax:{holder}"] += tax
        left["admin_fee"] -= fee
        left["output_tax"] -= fee_tax
        for kind, _, amount, part in book.aside[month, holder]:
            if kind != "refunded":
                account = "suspense" if kind.startswith("suspen") else "reserves"
                left[f"{account}:{holder}"] -= amount + part
    for firm, amount in settlements.reserves.owed.items():
        left[f"refunds:{firm}"] -= amount


def _payouts(
    left: dict[str, int], book: Book, settlements: Settlements, released: Collection[date]
) -> None:
    """Balances are owed until a run is released; what is withheld is owed to the state."""
    for payee, balance in settlements.payouts.balances.items():
        left[f"payable:{payee}"] -= sum(balance)
    for advance in settlements.payouts.advances:
        left[f"payee_advances:{advance.payee}"] += advance.left
    for (month, payee), (_, withheld, amount) in book.payouts.items():
        if month in released:
            left["bank"] -= amount
            left["withholding"] -= withheld
        else:
            left[f"payable:{payee}"] -= amount + withheld


def _bills(book: Book) -> list[Bill]:
    return [*book.bills.values(), *book.advances.values()]
