"""
A whole book a second time, slow and obvious: from every single generation to every payout.

It reads what was reported and what was agreed, row by row, and nothing that was computed: no
totals, lines, taxes, divisions or balances. What it knows of the rules is written out here or in
``tests/core/naive.py``; no function of the product takes part. It knows what the demo has:
truncated yen, no corrections, payees in Japan, and committees that are never in deficit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_usage import Key, Line, after, charge, rate_card

_OWNERS = "SELECT subject_id, p.reference FROM subject s JOIN party p ON p.party_id = s.owner_id"

_PARTIES = """
    SELECT p.reference, p.kind, p.minimum_payment_minor, e.admin_fee_bp,
           EXISTS (SELECT FROM party_registration r WHERE r.owner_id = p.party_id),
           EXISTS (SELECT FROM bank_account b WHERE b.owner_id = p.party_id)
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
                   AND x.step_position = s.position ORDER BY x.position)
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
    SELECT p.reference, i.accrual_month, r.received_on
    FROM receipt r JOIN invoice i USING (document_id) JOIN party p ON p.party_id = i.licensee_id
"""

_SETTLED = "SELECT closing_month FROM settlement ORDER BY closing_month"


@dataclass
class Book:
    """Everything that is owed and paid, by the names that explanations have."""

    lines: dict[Key, Line] = field(default_factory=dict)
    invoices: dict[tuple[str, date], tuple[int, int]] = field(default_factory=dict)
    parts: dict[Key, int] = field(default_factory=dict)  # of an invoice's tax
    fees: dict[tuple[date, str], tuple[int, int, int, int]] = field(default_factory=dict)
    steps: dict[tuple[date, str], list[tuple[str, int]]] = field(default_factory=dict)
    earned: dict[tuple[date, str, str], tuple[int, int]] = field(default_factory=dict)
    statements: dict[tuple[date, str], tuple[int, int, int, int]] = field(default_factory=dict)
    payouts: dict[tuple[date, str], tuple[int, int, int]] = field(default_factory=dict)


def recompute(database: Database) -> Book:
    """Work a book out from its generations and contracts."""
    assert rows(database, "SELECT count(*) FROM correction") == [(0,)]
    book = Book(lines=charge(database))
    _bill(database, book)
    _settle(database, book)
    return book


# Invoices.


def _bill(database: Database, book: Book) -> None:
    card = rate_card(database)
    bills: dict[tuple[str, date], list[Key]] = defaultdict(list)
    for key in book.lines:
        bills[card[key[2]][10], key[0]].append(key)
    order = {tuple(row): place for place, row in enumerate(rows(database, _BILLED))}
    for (firm, month), keys in bills.items():
        keys.sort(key=lambda key: order[key])
        amounts = [book.lines[key].amount for key in keys]
        subtotal = sum(amounts)
        assert subtotal > 0, "the demo bills every month"
        tax = subtotal * 10 // 100 if card[keys[0][2]][11] else 0
        book.invoices[firm, month] = (subtotal, tax)
        shares = naive.hand_out(tax, [Fraction(amount) for amount in amounts])
        book.parts.update(zip(keys, shares, strict=True))


# Only the order, because a spare yen of tax goes to whoever is listed first.
_BILLED = """
    SELECT r.closing_month, r.accrual_month, r.rate_line_id, r.subject_id
    FROM royalty_line r ORDER BY r.royalty_line_id
"""


# Settlements.


def _settle(database: Database, book: Book) -> None:
    owners = dict(rows(database, _OWNERS))
    parties = {row[0]: row for row in rows(database, _PARTIES)}
    card = rate_card(database)
    paid = {(firm, month): day for firm, month, day in rows(database, _PAID)}
    taken: set[Key] = set()
    balances: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])  # supplies, other, tax
    for (closing,) in rows(database, _SETTLED):
        received: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for key, line in book.lines.items():
            day = paid.get((card[key[2]][10], key[0]))
            if key not in taken and day is not None and day < after(closing):
                taken.add(key)
                holder = received[owners[key[3]]]
                holder[0] += line.amount
                holder[1] += book.parts[key]
        carried = {payee: balance[0] + balance[1] for payee, balance in balances.items()}
        for holder_name in sorted(received):
            royalty, tax = received[holder_name]
            _divide(
                database, book, closing, parties[holder_name], (royalty, tax), balances, parties
            )
        _pay(book, closing, balances, carried, parties)


def _divide(
    database: Database,
    book: Book,
    closing: date,
    holder: Any,
    money: tuple[int, int],
    balances: dict[str, list[int]],
    parties: Mapping[str, Any],
) -> None:
    name, kind, _, fee_bp, _, _ = holder
    royalty, tax = money
    fee = royalty * fee_bp // 10_000
    fee_tax = fee * 10 // 100
    book.fees[closing, name] = (royalty, tax, fee, fee_tax)
    net, net_tax = royalty - fee, tax - fee_tax
    gained: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def gain(payee: str, supplied: int, other: int, with_tax: int) -> None:
        gained[payee][0] += supplied + other
        gained[payee][1] += with_tax
        for place, amount in enumerate((supplied, other, with_tax)):
            balances[payee][place] += amount

    if kind != "committee":
        gain(name, 0, net, net_tax)
    else:
        steps = _ordered([row for row in rows(database, _STEPS) if row[0] == name])
        members = [row[1:] for row in rows(database, _MEMBERS) if row[0] == name]
        taken, shares, deficit = naive.waterfall(
            net, [step[:5] for step in steps], [share for _, share in members], deficit=0, before=0
        )
        assert deficit == 0, "the demo has no committee in deficit"
        book.steps[closing, name] = [
            (step[5], amount) for step, amount in zip(steps, taken, strict=True)
        ]
        for (*_, payee, passes), amount in zip(steps, taken, strict=True):
            passed = [(other, amount * bp // 10_000) for other, bp in passes]
            kept = amount - sum(part for _, part in passed)
            for supplier, part in ((payee, kept), *passed):
                before = balances[supplier][0]
                rate = 10 if parties[supplier][4] else 0
                supply_tax = (before + part) * rate // 100 - before * rate // 100
                net_tax -= supply_tax
                gain(supplier, part, 0, supply_tax)
        taxes = naive.hand_out(net_tax, [Fraction(share) for _, share in members])
        for (member, _), share, part in zip(members, shares, taxes, strict=True):
            gain(member, 0, share, part)
    for payee, (amount, with_tax) in gained.items():
        book.earned[closing, name, payee] = (amount, with_tax)


def _ordered(found: Sequence[Any]) -> list[Any]:
    """Put steps into the order of the contract, each with what it is taken of."""
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


def _pay(
    book: Book,
    closing: date,
    balances: dict[str, list[int]],
    carried: Mapping[str, int],
    parties: Mapping[str, Any],
) -> None:
    for payee, (supplies, other, tax) in balances.items():
        _, kind, minimum, _, _, has_account = parties[payee]
        balance = supplies + other
        earned = balance - carried.get(payee, 0)
        is_paid = has_account and balance > 0 and balance >= minimum
        payable = balance if is_paid else 0
        book.statements[closing, payee] = (
            carried.get(payee, 0),
            earned,
            payable,
            balance - payable,
        )
        if is_paid:
            low, high = min(balance, 1_000_000), max(0, balance - 1_000_000)
            withheld = low * 1021 // 10_000 + high * 2042 // 10_000 if kind == "individual" else 0
            book.payouts[closing, payee] = (tax, withheld, balance + tax - withheld)
            balances[payee] = [0, 0, 0]
