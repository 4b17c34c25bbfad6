"""Files from frozen values: a few at a time, carried on where it stopped, never without a font."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from api import archive
from api.archive import JapaneseFontMissing, check_printable
from api.month_runs import Desk
from invoices import fonts, pdf
from ledger.core.month_run import MonthOrder, Step
from ledger.core.period import Month
from ledger.services import archiving
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report

RENDERED_AT = datetime(2026, 11, 5, 3, tzinfo=UTC)


@pytest.fixture
def book(database: Database) -> Database:
    """A book with its house, a license, and something used in October."""
    money.house(database)
    builders.license(database)
    report(database, generation(10_000))
    return database


def close_october(database: Database) -> None:
    desk = Desk(database=database, clock=lambda: money.noon(date(2026, 11, 5)))
    desk.carry_out(
        desk.ask(MonthOrder(month=Month(2026, 10), through=Step.SETTLE, asked_by="keiri"))
    )


def test_a_document_holds_the_snapshot_it_was_issued_with(book: Database) -> None:
    close_october(book)
    told: list[int] = []
    made = archive.render_missing(book, rendered_at=RENDERED_AT, workers=1, progress=told.append)
    (document,) = archiving.all_documents(book)
    assert (made, told) == (1, [1])
    file = archiving.find_file(book, document=document, format_="pdf")
    files = PdfReader(BytesIO(file.content)).attachments
    (snapshot,) = files[f"{document.reference}.json"]
    assert bytes(snapshot).decode() == document.snapshot
    assert archive.render_missing(book, rendered_at=RENDERED_AT, workers=1) == 0


def test_a_run_that_is_cut_short_goes_on_where_it_stopped(
    book: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_october(book)

    def cut_short(*_: object, **__: object) -> Callable[[], bytes]:
        raise pdf.DocumentNotRendered("INV-2026-000001", "its process ended early")

    with monkeypatch.context() as cut:
        cut.setattr(pdf, "render_many", cut_short)
        with pytest.raises(pdf.DocumentNotRendered):
            archive.render_missing(book, rendered_at=RENDERED_AT)
    assert archive.count_unrendered(book) == 1
    assert archive.render_missing(book, rendered_at=RENDERED_AT, workers=1) == 1
    assert archive.count_unrendered(book) == 0


def test_without_a_font_nothing_is_issued_and_no_number_is_used(
    book: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bare:
        bare.setattr(fonts, "FONT_FOLDERS", ())
        with pytest.raises(JapaneseFontMissing):
            check_printable()
        with pytest.raises(JapaneseFontMissing):
            close_october(book)
    assert rows(book, "SELECT count(*) FROM document") == [(0,)]
    close_october(book)  # Once a font is there, the first number is the first.
    assert rows(book, "SELECT reference FROM document") == [("INV-2026-000001",)]
