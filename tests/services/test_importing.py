"""A bank's file on a real book: read once, posted where it is exact, the rest for a person."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from api.bank_statements import narrow_or_none
from invoices.statement_file import read_zengin
from ledger.core.refusal import Refusal
from ledger.core.told_payment import ReceiptBeyondInvoice
from ledger.services import auditing, comparing, filing, importing, matching
from ledger.services.filing import PaperNotFound
from ledger.services.importing import Imported
from ledger.services.matching import (
    BankLineEnded,
    BankLineUnknown,
    BankLineWentOut,
    BankPaymentUnknown,
)
from ledger.store.bank_files import LineInBook
from ledger.store.database import Database
from ledger.store.found_papers import Wanted
from tests import builders
from tests.invoices.statement_files import notice, statement
from tests.rows import row_counts, rows
from tests.services.money import (
    NOVEMBER,
    balances,
    bill,
    house,
    noon,
    receive,
    release,
    sell,
    settle,
)

DECEMBER_1 = date(2026, 12, 1)
PAID: Mapping[str, object] = {"number": 7, "amount_yen": 110_000, "payer": "ｶ)ｴﾌﾀﾞｷｶｲ"}


@pytest.fixture
def invoice(database: Database) -> str:
    """October's invoice to Efuda over 110,000."""
    house(database)
    builders.parties(
        database,
        builders.new_licensee("efuda", name_ja="エフダ機械株式会社", name_kana="カ）エフダキカイ"),
    )
    sell(database, 100_000, licensee="efuda")
    (reference,) = bill(database)
    return reference


def test_a_file_of_a_bank_is_a_paper_that_was_received(database: Database, invoice: str) -> None:
    content = statement(PAID)
    take(database, content)
    wanted = Wanted(direction="received", kind="bank_statement")
    (paper,) = filing.search_all(database, owner_id=None, wanted=wanted)
    assert (paper.paper.number, paper.paper.dealt_on) == ("november.txt", date(2026, 11, 30))
    reference = paper.paper.reference
    assert filing.bank_statement_of(database, reference=reference) == content
    with pytest.raises(PaperNotFound):
        filing.bank_statement_of(database, reference="BANK-99")


def take(database: Database, content: bytes, name: str = "november.txt") -> Imported:
    return importing.import_file(
        database,
        name=name,
        content=content,
        statements=read_zengin(content, read_on=DECEMBER_1),
        narrow=narrow_or_none,
        imported_by="keiri",
        imported_at=noon(DECEMBER_1),
    )


def waiting(database: Database) -> list[LineInBook]:
    return list(matching.list_unmatched(database).lines)


def by_hand(database: Database, line: int, invoice: str, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "line_id": line,
        "invoice_reference": invoice,
        "reason": "asked by telephone",
        "matched_by": "keiri",
        "matched_at": noon(DECEMBER_1),
    }
    matching.match_by_hand(database, **asked | changes)


def test_what_pays_an_invoice_exactly_is_posted(database: Database, invoice: str) -> None:
    fee = {"number": 8, "amount_yen": 440, "direction": 2, "remark": "ﾃｽｳﾘﾖｳ"}
    imported = take(database, statement(PAID, fee))
    assert imported == Imported(
        is_new=True, line_count=2, known_count=0, matched_count=1, waiting_count=0, out_count=1
    )
    assert balances(database)["bank"] == 110_000
    assert "receivable:efuda" not in balances(database)
    assert rows(database, "SELECT state, reason, ended_by FROM bank_line_ending") == [
        ("matched", "exact", "keiri")
    ]
    assert waiting(database) == []
    assert not any(auditing.audit(database).values())


def test_a_file_read_twice_adds_nothing(database: Database, invoice: str) -> None:
    content = statement(PAID)
    take(database, content)
    before = row_counts(database)
    assert take(database, content, name="again.txt").is_new is False
    assert row_counts(database) == before


def test_a_line_of_overlapping_files_is_known_again(database: Database, invoice: str) -> None:
    take(database, statement(PAID))
    later = {"number": 9, "amount_yen": 5, "booked_on": "081128", "payer": "ﾀﾞﾚｶ"}
    imported = take(database, statement(PAID, later))
    assert (imported.known_count, imported.waiting_count) == (1, 1)
    # The bank counts its lines anew in this one; the balance after it says that it is the same.
    renumbered = take(database, statement({**PAID, "number": 1}, {**later, "number": 2}))
    assert (renumbered.known_count, renumbered.waiting_count) == (2, 0)
    assert balances(database)["bank"] == 110_000


def test_two_equal_payments_on_a_day_are_two(database: Database, invoice: str) -> None:
    sell(database, 100_000, licensee="efuda", month=NOVEMBER)
    (other,) = bill(database, NOVEMBER)
    told = {**PAID, "booked_on": "081205"}
    asked = statement(told, {**told, "number": 8}, days=("081201", "081231"))
    found = read_zengin(asked, read_on=date(2027, 1, 4))
    importing.import_file(
        database,
        name="december.txt",
        content=asked,
        statements=found,
        narrow=narrow_or_none,
        imported_by="keiri",
        imported_at=noon(date(2027, 1, 4)),
    )
    # Both invoices have that amount, so the first has two candidates; and so has the second.
    assert [each.reason for each in waiting(database)] == ["several_invoices"] * 2
    by_hand(database, 1, invoice, matched_at=noon(date(2027, 1, 4)))
    by_hand(database, 2, other, matched_at=noon(date(2027, 1, 4)))
    assert balances(database)["bank"] == 220_000


def test_without_a_balance_a_person_says_whether_it_is_the_same(
    database: Database, invoice: str
) -> None:
    take(database, statement(PAID))
    imported = take(database, notice(PAID))
    assert (imported.known_count, imported.matched_count, imported.waiting_count) == (0, 0, 1)
    (line,) = waiting(database)
    assert (line.reason, line.resembles) == ("perhaps_known", 1)
    matching.dismiss(
        database,
        line_id=line.id,
        is_known=True,
        reason="the same transfer",
        dismissed_by="keiri",
        dismissed_at=noon(DECEMBER_1),
    )
    assert waiting(database) == []
    assert balances(database)["bank"] == 110_000


def test_what_a_person_recorded_is_not_counted_again(database: Database, invoice: str) -> None:
    receive(database, invoice, on=date(2026, 11, 26), external_reference="FURIKOMI 1")
    take(database, statement(PAID))
    (line,) = waiting(database)
    assert line.reason == "nothing_open"
    asked: dict[str, Any] = {"linked_by": "keiri", "linked_at": noon(DECEMBER_1)}
    with pytest.raises(BankPaymentUnknown):
        matching.link(database, line_id=line.id, external_reference="X", reason="r", **asked)
    matching.link(database, line_id=line.id, external_reference="FURIKOMI 1", reason="r", **asked)
    assert waiting(database) == []
    assert balances(database)["bank"] == 110_000


def test_money_of_a_firm_that_was_recorded_by_hand_stops_a_second_posting(
    database: Database, invoice: str
) -> None:
    sell(database, 100_000, licensee="efuda", month=NOVEMBER)
    (other,) = bill(database, NOVEMBER)
    receive(database, invoice, on=date(2026, 12, 4), recorded_at=noon(date(2026, 12, 7)))
    content = statement({**PAID, "booked_on": "081205"}, days=("081201", "081231"))
    importing.import_file(
        database,
        name="december.txt",
        content=content,
        statements=read_zengin(content, read_on=date(2026, 12, 7)),
        narrow=narrow_or_none,
        imported_by="keiri",
        imported_at=noon(date(2026, 12, 7)),
    )
    (line,) = waiting(database)
    assert (other, line.reason) == ("INV-2026-000002", "perhaps_recorded")


def test_a_person_matches_a_part_and_the_payer_is_remembered(
    database: Database, invoice: str
) -> None:
    stranger = {**PAID, "payer": "ﾔﾏﾀﾞ ﾀﾛｳ"}
    take(database, statement({**stranger, "amount_yen": 60_000}))
    (line,) = waiting(database)
    assert line.reason == "payer_unknown"
    by_hand(database, line.id, invoice, remember_payer=True)
    assert balances(database)["receivable:efuda"] == 50_000
    imported = take(database, statement({**stranger, "amount_yen": 50_000, "number": 8}))
    assert imported.matched_count == 1
    assert "receivable:efuda" not in balances(database)
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("line", "changes", "refusal"),
    [
        (9, {}, BankLineUnknown),
        (2, {}, BankLineWentOut),
        (3, {}, BankLineEnded),
        (1, {"invoice_reference": "INV-2026-000099"}, Refusal),
        (1, {}, ReceiptBeyondInvoice),  # More than is left, and nobody said that it is too much.
        (1, {"reason": " "}, Refusal),
    ],
)
def test_what_cannot_be_matched_is_refused_and_changes_nothing(
    database: Database, invoice: str, line: int, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    out = {"number": 8, "amount_yen": 440, "direction": 2}
    done = {"number": 9, "amount_yen": 5, "payer": "ﾀﾞﾚｶ"}
    take(database, statement({**PAID, "amount_yen": 110_001}, out, done))
    matching.dismiss(
        database, line_id=3, reason="interest", dismissed_by="keiri", dismissed_at=noon(DECEMBER_1)
    )
    before = row_counts(database)
    with pytest.raises(refusal):
        by_hand(database, line, invoice, **changes)
    assert row_counts(database) == before


def test_the_bank_account_is_held_against_the_statements(database: Database, invoice: str) -> None:
    receive(database, invoice, on=date(2026, 11, 26), amount_minor=10_000)
    fee = {"number": 8, "amount_yen": 440, "direction": 2, "remark": "ﾃｽｳﾘﾖｳ"}
    take(database, statement({**PAID, "amount_yen": 100_000}, fee))
    found = comparing.compare_bank(database)
    assert found.agreed_count == 1
    assert [each.amount_minor for each in found.in_book_only] == [10_000]  # Nobody saw it come.
    assert [(each.amount_minor, each.told) for each in found.in_bank_only] == [(-440, "ﾃｽｳﾘﾖｳ")]


def test_a_released_run_agrees_with_the_banks_debit(database: Database, invoice: str) -> None:
    take(database, statement(PAID))
    settled = settle(database)
    assert settled.run_reference is not None
    release(database, settled.run_reference)
    out = {"amount_yen": settled.payout_minor, "direction": 2, "booked_on": "081225"}
    content = statement(out, days=("081201", "081231"), opening=1_110_000)
    importing.import_file(
        database,
        name="december.txt",
        content=content,
        statements=read_zengin(content, read_on=date(2027, 1, 4)),
        narrow=narrow_or_none,
        imported_by="keiri",
        imported_at=noon(date(2027, 1, 4)),
    )
    found = comparing.compare_bank(database)
    assert (found.agreed_count, found.difference_count) == (2, 0)
