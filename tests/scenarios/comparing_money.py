"""Every statement, division and payout held to the naive book, and what the journal comes to."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from ledger.core.explanation_tree import Step
from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.comparing_steps import amounts_of, month_of, text_of
from tests.scenarios.naive_bills import Book

#: What the naive book has of what was set aside and came back; it is told under these codes.
_ASIDE = frozenset(
    {
        *("suspended", "suspense_released", "refunded"),
        *("reserved", "reserve_returned", "reserve_borne", "reserve_released"),
    }
)

_BALANCES = """
    SELECT a.code, p.reference, b.debit_minor - b.credit_minor
    FROM account a JOIN account_balance b USING (account_id)
    LEFT JOIN party p ON p.party_id = a.party_id
"""


def compare_statements(book: Book, statements: Iterable[Step]) -> None:
    """Look whether every payee is told what it is owed, from whom, and what is paid."""
    divided: dict[tuple[date, str], Step] = {}
    seen = set()
    for statement in statements:
        place = (month_of(statement, "closing_month"), text_of(statement, "payee"))
        seen.add(place)
        carried, earned, payable, left = amounts_of(
            statement, "carried_in", "earned", "payable", "carried_out"
        )
        assert (carried, earned, payable, left) == book.statements[place], place
        advances = _advances(statement)
        assert advances == book.advanced.get(place, []), place
        paid, recouped = (sum(each[at] for each in advances) for at in (3, 4))
        assert (paid, recouped) == (
            int(statement.text("advance_paid") or 0),
            int(statement.text("advance_recouped") or 0),
        )
        assert carried + earned + paid - recouped == payable + left, place
        _revisions(book, place, statement)
        told = 0
        for settlement in statement.all("settlement"):
            holder = text_of(settlement, "holder")
            divided[place[0], holder] = settlement
            (payee,) = settlement.all("payee")
            parts = [amounts_of(each, "amount", "tax") for each in payee.all("earning")]
            figures = amounts_of(payee, "amount", "tax")
            assert figures == book.earned[(place[0], holder, place[1])], (place, holder)
            assert figures == (sum(a for a, _ in parts), sum(tax for _, tax in parts))
            told += int(figures[0])
        assert told == earned, place
        _payouts(book, place, statement)
    assert seen == book.statements.keys(), "a statement is missing"
    assert {(month, holder) for month, holder, _ in book.earned} == divided.keys()
    for place, settlement in divided.items():
        _division(book, place, settlement)
    assert divided.keys() == book.fees.keys()


def _revisions(book: Book, place: tuple[date, str], statement: Step) -> None:
    """Look whether it says what revisions moved: before it, and in its place."""
    brought = [
        (each.reference, *amounts_of(each, "amount", "tax"))
        for each in statement.steps
        if each.code == "brought_forward"
    ]
    assert brought == book.moved[place], place
    revised = [step for step in statement.steps if step.code == "in_place_of"]
    assert bool(revised) == (text_of(statement, "revision") != "1")
    for step in revised:
        first, _, number = (statement.reference or "").rpartition("-r")
        numbers = {f"{first}-r{each}" for each in range(2, int(number) + 1)}
        moved = [(each.reference, amounts_of(each, "amount", "tax")) for each in step.steps]
        assert moved == [
            (name, (amount, tax)) for name, amount, tax in book.revised[place[1]] if name in numbers
        ], place
        own = [figures for name, figures in moved if name == statement.reference]
        told = amounts_of(step, "moved", "moved_tax")
        assert told == (sum(amount for amount, _ in own), sum(tax for _, tax in own))


def _advances(statement: Step) -> list[tuple[Any, ...]]:
    return [
        (
            each.reference,
            *amounts_of(each, "amount", "before", "paid", "recouped", "after"),
        )
        for each in statement.all("payee_advance")
    ]


def _payouts(book: Book, place: tuple[date, str], statement: Step) -> None:
    payouts = statement.all("payout")
    assert bool(payouts) == (place in book.payouts)
    for payout in payouts:
        tax, withheld, amount = amounts_of(payout, "consumption_tax", "withholding", "amount")
        assert (tax, withheld, amount) == book.payouts[place], place
        steps = [step for step in payout.steps if step.code.startswith("withholding_")]
        assert sum(int(step.text("amount") or 0) for step in steps) == withheld
        assert sum(amounts_of(payout, "supplies", "passthrough")) + tax - withheld == amount


def _division(book: Book, place: tuple[date, str], settlement: Step) -> None:
    royalty, tax, fee, fee_tax = book.fees[place]
    (told,) = settlement.all("admin_fee")
    assert amounts_of(settlement, "received", "tax_received") == (royalty, tax)
    figures = amounts_of(told, "base", "amount", "tax", "left")
    assert figures == (royalty, fee, fee_tax, royalty - fee)
    aside = [
        (step.code, step.reference, *amounts_of(step, "amount", "tax"))
        for step in settlement.steps
        if step.code in _ASIDE
    ]
    assert Counter(aside) == Counter(book.aside[place]), place
    run = [step for waterfall in settlement.all("waterfall") for step in waterfall.steps]
    steps = [
        (step.code, int(text_of(step, "amount")))
        for step in run
        if step.text("kind") in ("fee", "royalty", "expense")
    ]
    assert steps == book.steps.get(place, [])
    deficits = {
        step.code: int(text_of(step, "amount")) for step in run if step.text("kind") == "deficit"
    }
    before, after = book.carried.get(place, (0, 0))
    assert (deficits.get("deficit", 0), deficits.get("deficit_carried", 0)) == (before, after)
    # Nothing is lost: what came in is the fee, what payees earn, what waits, and the deficit.
    earned = [each for name, each in book.earned.items() if name[:2] == place]
    left = [*earned, *((amount, part) for *_, amount, part in book.aside[place])]
    assert royalty - fee == sum(amount for amount, _ in left) + after - before, place
    assert tax - fee_tax == sum(part for _, part in left), place


def compare_accounts(book: Book, database: Database) -> None:
    """Hold every account of the journal to what the naive book leaves on it."""
    told = {}
    for code, party, amount in rows(database, _BALANCES):
        if amount:
            told[code if party is None else f"{code}:{party}"] = amount
    assert told == book.accounts
