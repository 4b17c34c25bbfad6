"""Every figure of an explanation is what a second, naive calculation from the events comes to."""

from collections import Counter
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from api.demo import invented
from api.demo.run import carry
from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Step
from ledger.services import archiving, explaining
from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_book import Book, recompute
from tests.scenarios.naive_usage import Key
from tests.services.explained import october, world
from tests.services.money import NOVEMBER, bill, receive_all, settle
from tests.services.usage import generation, report

_LINES = """
    SELECT row_number() OVER (PARTITION BY closing_month ORDER BY royalty_line_id), closing_month,
           accrual_month, rate_line_id, subject_id
    FROM royalty_line
"""


def test_a_book_is_what_its_generations_come_to(database: Database) -> None:
    world(database)
    october(database)
    late = generation(33, subjects=("novel",), license_reference="LIC-efuda", event_id="late")
    report(database, late, licensee="efuda", recorded_at=NOVEMBER.starts_at.replace(day=20))
    on = date(2026, 11, 12)
    report(
        database,
        generation(99, subjects=("drama",), license_reference="LIC-efuda", on=on),
        generation(7, subjects=("haiku",), license_reference="LIC-efuda", on=on),
        licensee="efuda",
    )
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 21))
    settle(database, NOVEMBER.next())
    compare(database)


@pytest.mark.slow
def test_the_demo_is_what_its_generations_come_to(database: Database, tmp_path: Path) -> None:
    carry(database, invented.load(), out=tmp_path)
    compare(database)


def compare(database: Database) -> None:
    """Explain every document and hold every figure against the naive book."""
    book = recompute(database)
    explained = [
        explaining.explain(database, reference=document.reference, reader=Reader())
        for document in archiving.all_documents(database)
    ]
    invoices = [step for step in explained if step.code == "invoice"]
    _invoices(book, invoices, _keys(database))
    _statements(book, [step for step in explained if step.code == "statement"])


def _invoices(book: Book, invoices: list[Step], keys: dict[str, Key]) -> None:
    seen: Counter[Key] = Counter()
    for invoice in invoices:
        subtotal, tax = book.invoices.pop((_text(invoice, "licensee"), _month(invoice, "month")))
        assert _amounts(invoice, "subtotal", "tax", "total") == (subtotal, tax, subtotal + tax)
        for line in invoice.all("line"):
            key = keys[line.reference or ""]
            seen[key] += 1
            _line(book, line, key)
    assert not book.invoices
    assert seen == Counter(dict.fromkeys(book.lines, 1))


def _line(book: Book, line: Step, key: Key) -> None:
    naive = book.lines[key]
    (charge,) = line.all("charge")
    (usage,) = line.all("usage")
    (invoiced,) = line.all("invoiced")
    assert _amounts(charge, "exact", "amount") == (naive.exact, naive.amount)
    assert sum(Fraction(_text(step, "exact")) for step in charge.steps) == naive.exact
    assert _amounts(usage, "generations", "quantity") == (naive.count, naive.quantity)
    if line.all("tier") or line.all("whole_volume"):
        assert _amounts(usage, "counter_before") == (naive.before,)
    assert _amounts(invoiced, "amount", "tax_part") == (naive.amount, book.parts[key])


def _statements(book: Book, statements: list[Step]) -> None:
    divided: dict[tuple[date, str], Step] = {}
    for statement in statements:
        place = (_month(statement, "closing_month"), _text(statement, "payee"))
        told = _amounts(statement, "carried_in", "earned", "payable", "carried_out")
        assert told == book.statements.pop(place)
        for payout in statement.all("payout"):
            told = _amounts(payout, "consumption_tax", "withholding", "amount")
            assert told == book.payouts.pop(place)
            withheld = [
                step for step in payout.steps if step.code.startswith("withholding_resident")
            ]
            assert sum(int(_text(step, "amount")) for step in withheld) == told[1]
        for settlement in statement.all("settlement"):
            holder = _text(settlement, "holder")
            divided[place[0], holder] = settlement
            (payee,) = settlement.all("payee")
            assert _amounts(payee, "amount", "tax") == book.earned.pop((place[0], holder, place[1]))
    assert not book.statements
    assert not book.payouts
    assert not book.earned
    for place, settlement in divided.items():
        _division(book, place, settlement)
    assert not book.fees


def _division(book: Book, place: tuple[date, str], settlement: Step) -> None:
    royalty, tax, fee, fee_tax = book.fees.pop(place)
    (told,) = settlement.all("admin_fee")
    assert _amounts(settlement, "received", "tax_received") == (royalty, tax)
    assert _amounts(told, "base", "amount", "tax", "left") == (royalty, fee, fee_tax, royalty - fee)
    steps = [
        (step.code, int(_text(step, "amount")))
        for waterfall in settlement.all("waterfall")
        for step in waterfall.steps
        if step.text("kind") in ("fee", "royalty", "expense")
    ]
    assert steps == book.steps.get(place, [])


def _keys(database: Database) -> dict[str, Key]:
    return {
        f"LINE-{closing:%Y-%m}-{place}": (closing, month, rate_line, subject)
        for place, closing, month, rate_line, subject in rows(database, _LINES)
    }


def _text(step: Step, code: str) -> str:
    text = step.text(code)
    assert text is not None, (step.code, code)
    return text


def _amounts(step: Step, *codes: str) -> tuple[int | Fraction, ...]:
    return tuple(Fraction(_text(step, code)) for code in codes)


def _month(step: Step, code: str) -> date:
    return date.fromisoformat(f"{_text(step, code)}-01")
