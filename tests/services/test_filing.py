"""Papers are filed once, found by anything they say, corrected by versions, and never lost."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.archive import FiscalYear, NewPaper
from ledger.core.fields import TextMissing
from ledger.core.refusal import Refusal
from ledger.services import filing, paying
from ledger.services.filing import (
    FileAlreadyFiled,
    NothingCorrected,
    PaperNotFound,
    PaperNotKept,
)
from ledger.store.database import Database
from ledger.store.found_papers import Wanted
from ledger.store.payouts import PayoutRunUnknown
from tests.rows import row_counts
from tests.services import money

NOW = datetime(2026, 12, 20, 3, tzinfo=UTC)
RUN = "PAY-2026-11"


def new_paper(content: bytes = b"a", **changes: Any) -> NewPaper:
    """A supplier's invoice of 11,000 yen."""
    paper = NewPaper(
        kind="supplier_invoice",
        direction="received",
        file_name="請求書.pdf",
        media_type="application/pdf",
        content=content,
        dealt_on=date(2026, 11, 20),
        amount_minor=11_000,
        currency="JPY",
        counterparty="㈱タカサキ印刷",
        document_number="T-77",
    )
    return replace(paper, **changes)


def filed(database: Database, content: bytes = b"a", **changes: Any) -> str:
    """File a paper away and return its reference."""
    return filing.file_away(
        database, paper=new_paper(content, **changes), recorded_by="keiri", recorded_at=NOW
    ).reference


def found(database: Database, **wanted: Any) -> list[str]:
    """Return the references of the papers that are found, through every page."""
    papers = filing.search_all(database, owner_id=None, wanted=Wanted(**wanted))
    return [each.paper.reference for each in papers]


@pytest.fixture
def archive(database: Database) -> Database:
    """A book with two invoices, a statement, and three papers that were filed away."""
    money.house(database)
    money.sell(database, 100_000)
    money.sell(database, 200_000, licensee="studio-b", work="umi")
    first, _ = money.bill(database)
    money.receive(database, first)
    money.settle(database)
    filed(database)
    filed(database, b"b", amount_minor=1_250, currency="USD", counterparty="Northlight, Inc.")
    filed(database, b"c", kind="contract", dealt_on=None, amount_minor=None, counterparty="")
    return database


SENT = ["STM-2026-000001", "INV-2026-000002", "INV-2026-000001"]


@pytest.mark.parametrize(
    ("wanted", "references"),
    [
        ({}, ["STM-2026-000001", "ARC-000002", "ARC-000001", *SENT[1:], "ARC-000003"]),
        ({"direction": "sent"}, SENT),
        ({"kind": "contract"}, ["ARC-000003"]),
        ({"first_day": date(2026, 11, 20), "last_day": date(2026, 11, 20)},
         ["ARC-000002", "ARC-000001"]),
        ({"least": 12, "most": 13}, ["ARC-000002"]),  # 12.50 dollars.
        ({"least": 11_000, "most": 11_000}, ["ARC-000001"]),
        ({"least": 11_001, "most": 109_999}, ["STM-2026-000001"]),
        ({"counterparty": "株式会社たかさき"}, ["ARC-000001"]),
        ({"counterparty": "ﾀｶｻｷ", "least": 11_001}, []),
        ({"counterparty": "スタジオＡ"}, ["INV-2026-000002", "INV-2026-000001"]),
        ({"counterparty": "studio-b"}, ["INV-2026-000002"]),
        ({"counterparty": "！！"}, []),  # Nothing is left to compare.
        ({"number": "t-77"}, ["ARC-000002", "ARC-000001", "ARC-000003"]),
        ({"blank": ("date",)}, ["ARC-000003"]),
        ({"blank": ("amount", "counterparty")}, ["ARC-000003"]),
        ({"blank": ("amount",), "direction": "sent"}, []),
        ({"direction": "received", "first_day": date(2026, 11, 1), "most": 12_000,
          "counterparty": "印刷"}, ["ARC-000001"]),
    ],
)  # fmt: skip
def test_papers_are_found_by_any_combination(
    archive: Database, wanted: dict[str, Any], references: list[str]
) -> None:
    assert found(archive, **wanted) == references


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 7))
def test_pages_of_any_size_hold_every_paper_once(archive: Database, limit: int) -> None:
    seen: list[str] = []
    before = None
    while True:
        page = filing.search(archive, owner_id=None, wanted=Wanted(), before=before, limit=limit)
        seen += [each.paper.reference for each in page.papers]
        if page.next_before is None:
            break
        before = page.next_before
    assert seen == found(archive)


def test_a_party_finds_only_what_was_addressed_to_it(archive: Database) -> None:
    (owner,) = {
        each.paper.party_id
        for each in filing.search_all(
            archive, owner_id=None, wanted=Wanted(counterparty="studio-b")
        )
    }
    papers = filing.search_all(archive, owner_id=owner, wanted=Wanted())
    assert [each.paper.reference for each in papers] == ["INV-2026-000002"]


def test_a_correction_is_found_by_what_it_says_and_the_history_stays(archive: Database) -> None:
    filing.correct_paper(
        archive,
        reference="ARC-000001",
        change=lambda facts: replace(facts, amount_minor=12_000),
        reason="Misread.",
        recorded_by="keiri",
        recorded_at=NOW,
    )
    assert found(archive, least=12_000, most=12_000) == ["ARC-000001"]
    assert found(archive, least=11_000, most=11_000) == []
    history = filing.read_history(archive, reference="ARC-000001")
    assert [(each.version, each.facts.amount_minor, each.reason) for each in history] == [
        (1, 11_000, ""),
        (2, 12_000, "Misread."),
    ]
    assert filing.read_file(archive, content_sha256=history[-1].content_sha256) == b"a"


def test_what_was_removed_stays_to_be_read_and_may_be_filed_anew(archive: Database) -> None:
    told = {"reason": "Filed twice.", "recorded_by": "keiri", "recorded_at": NOW}
    filing.remove_paper(archive, reference="ARC-000001", **told)  # type: ignore[arg-type]
    assert "ARC-000001" not in found(archive)
    assert "ARC-000001" in found(archive, with_removed=True)
    with pytest.raises(PaperNotKept):
        filing.remove_paper(archive, reference="ARC-000001", **told)  # type: ignore[arg-type]
    assert filed(archive) == "ARC-000004"


def _correct(database: Database, reference: str, reason: str = "x") -> None:
    filing.correct_paper(
        database,
        reference=reference,
        change=lambda facts: facts,
        reason=reason,
        recorded_by="keiri",
        recorded_at=NOW,
    )


def test_what_cannot_be_done_leaves_the_archive_as_it_is(archive: Database) -> None:
    before = row_counts(archive)
    refused: list[tuple[type[Refusal], Any]] = [
        (FileAlreadyFiled, lambda: filed(archive)),
        (PaperNotFound, lambda: _correct(archive, "ARC-999999")),
        (PaperNotFound, lambda: _correct(archive, "ARC-\0")),
        (PaperNotFound, lambda: filing.read_history(archive, reference="INV-2026-000001")),
        (NothingCorrected, lambda: _correct(archive, "ARC-000001")),
        (TextMissing, lambda: _correct(archive, "ARC-000001", reason=" ")),
    ]
    for refusal, attempt in refused:
        with pytest.raises(refusal):
            attempt()
    assert row_counts(archive) == before


def test_a_bank_file_is_a_paper_once_it_is_released(archive: Database) -> None:
    assert found(archive, kind="bank_file") == []
    run = money.release(archive, RUN)
    (paper,) = filing.search_all(archive, owner_id=None, wanted=Wanted(kind="bank_file"))
    assert (paper.paper.reference, paper.paper.amount_minor) == (RUN, run.payout_minor)
    assert paying.released_files(archive, run_reference=RUN) == (b"1210...",)
    with pytest.raises(PayoutRunUnknown):
        paying.released_files(archive, run_reference="PAY-1")


def test_papers_are_kept_as_long_as_their_fiscal_year_says(archive: Database) -> None:
    def kept() -> dict[str, date | None]:
        papers = filing.search_all(archive, owner_id=None, wanted=Wanted())
        return {each.paper.reference: each.kept_through for each in papers}

    assert set(kept().values()) == {None}  # Nobody knows yet.
    year = FiscalYear(first_day=date(2026, 4, 1), last_day=date(2027, 3, 31))
    for told, last_day in (
        (year, date(2037, 5, 31)),
        (replace(year, is_loss=False), date(2034, 5, 31)),  # What is said later holds.
    ):
        filing.record_year(archive, year=told, recorded_by="keiri", recorded_at=NOW)
        assert kept()["INV-2026-000001"] == kept()["ARC-000001"] == last_day
    assert kept()["ARC-000003"] is None  # It has no day.
    assert [each.year.is_loss for each in filing.list_years(archive)] == [None, False]
