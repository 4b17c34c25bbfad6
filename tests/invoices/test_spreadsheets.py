"""Tables open in Excel as they were meant: Japanese, exact, and never run as formulas."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.spreadsheets import (
    GENERATION_COLUMNS,
    STATEMENT_COLUMNS,
    RowDoesNotFit,
    generations_csv,
    statement_csv,
)
from ledger.core.acceptance import Decision, Reason
from ledger.core.money import NotADecimal
from ledger.core.usage import Modality
from tests.invoices.statement_samples import committee_statement, statement

TOKYO = timezone(timedelta(hours=9))


def generation(**changes: object) -> dict[str, object]:
    """Return an accepted image."""
    default: dict[str, object] = {
        "source": "minato/images",
        "id": "evt-1",
        "occurred_at": datetime(2026, 11, 1, 0, 30, tzinfo=TOKYO),
        "accrual_month": date(2026, 11, 1),
        "licensee": "PTY-0001",
        "license": "LIC-2026-014",
        "subject": "WRK-000101",
        "title_ja": "潮騒のオルゴール",
        "modality": Modality.IMAGE,
        "use_class": "generation",
        "territory": "JP",
        "quantity": Decimal("4.00"),
        "unit": "image",
        "decision": Decision.ACCEPTED,
        "reasons": (),
        "amount_estimate": Decimal("48"),
        "batch_number": 12,
        "position": 3,
        "content_hash": "ab" * 32,
    }
    return default | changes


def read(pieces: Iterator[bytes]) -> list[dict[str, str]]:
    """Read a file back as a spreadsheet would."""
    return list(csv.DictReader(StringIO(b"".join(pieces).decode("utf-8-sig"), newline="")))


def test_a_generation_is_written_exactly() -> None:
    (row,) = read(generations_csv([generation()]))
    assert row == {
        "source": "minato/images",
        "id": "evt-1",
        "occurred_at": "2026-10-31T15:30:00Z",  # The same instant, in UTC.
        "accrual_month": "2026-11",
        "licensee": "PTY-0001",
        "license": "LIC-2026-014",
        "subject": "WRK-000101",
        "title_ja": "潮騒のオルゴール",
        "modality": "image",
        "use_class": "generation",
        "territory": "JP",
        "quantity": "4",
        "unit": "image",
        "decision": "accepted",
        "reasons": "",
        "amount_estimate": "48",
        "batch_number": "12",
        "position": "3",
        "content_hash": "ab" * 32,
    }


def test_the_file_says_that_it_is_unicode_and_keeps_its_header() -> None:
    made = b"".join(generations_csv([]))
    assert made.startswith(b"\xef\xbb\xbfsource,id,occurred_at,")
    assert made.endswith(b",content_hash\r\n")


@pytest.mark.parametrize(
    ("column", "value", "written"),
    [
        ("quantity", None, ""),  # Unknown is empty, never 0.
        ("amount_estimate", None, ""),
        ("quantity", Decimal("0.0000123"), "0.0000123"),
        ("amount_estimate", Decimal("-12.5"), "-12.5"),  # A number is not a formula.
        ("batch_number", -1, "-1"),
        ("reasons", [Reason.GRANT_ENDED, Reason.RATE_MISSING], "grant_ended|rate_missing"),
        ("title_ja", 'say "ha", 髙﨑\nⒶ', 'say "ha", 髙﨑\nⒶ'),
        ("title_ja", "=1+1", "'=1+1"),
        ("title_ja", '=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("title_ja", "+81", "'+81"),
        ("title_ja", "-クラナド-", "'-クラナド-"),
        ("title_ja", "@SUM(A1)", "'@SUM(A1)"),
        ("title_ja", "\t=1", "'\t=1"),
        ("title_ja", "\r=1", "'\r=1"),
        ("title_ja", "＝１＋１", "'＝１＋１"),  # Japanese Excel runs these as well.
        ("title_ja", "＠夜", "'＠夜"),
        ("id", "=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
        ("reasons", ["=1"], "'=1"),
    ],
)
def test_a_cell_is_plain_and_harmless(column: str, value: object, written: str) -> None:
    (row,) = read(generations_csv([generation(**{column: value})]))
    assert row[column] == written


@given(title=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_no_text_begins_as_a_formula_and_none_is_lost(title: str) -> None:
    (row,) = read(generations_csv([generation(title_ja=title)]))
    assert not row["title_ja"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["title_ja"].removeprefix("'") == title.removeprefix("'")


def test_rows_may_come_as_sequences() -> None:
    row = generation()
    as_sequence = tuple(row[column] for column in GENERATION_COLUMNS)
    assert read(generations_csv([as_sequence])) == read(generations_csv([row]))


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({key: value for key, value in generation().items() if key != "unit"}, "unit"),
        (generation(prompt="a cat"), "prompt"),  # Nothing else is let out.
        (("too", "short"), "content_hash"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_number(row: Any, named: str) -> None:
    with pytest.raises(RowDoesNotFit, match=rf"row 2 .*{named}"):
        list(generations_csv([generation(), row]))


def test_a_float_and_an_instant_without_an_offset_are_refused() -> None:
    with pytest.raises(NotADecimal):
        list(generations_csv([generation(quantity=1.5)]))
    naive = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="UTC offset"):
        list(generations_csv([generation(occurred_at=naive)]))


def test_an_endless_table_is_written_a_piece_at_a_time() -> None:
    def endless() -> Iterator[dict[str, object]]:
        while True:
            yield generation()

    pieces = list(islice(generations_csv(endless()), 4))
    assert max(map(len, pieces)) < 100_000


def test_a_statements_usage_can_be_added_up() -> None:
    document = statement()
    rows = read(statement_csv(document))
    assert tuple(rows[0]) == STATEMENT_COLUMNS
    assert sum(int(row["royalty_minor"]) for row in rows) == document.sections[0].receipts_minor
    assert rows[0]["accrual_month"] == "2026-09"
    assert rows[0]["quantity"] == "1284560"
    assert rows[0]["is_tiered"] == "false"


def test_a_committees_usage_is_under_its_name() -> None:
    (row,) = read(statement_csv(committee_statement()))
    assert row["holder_ja"] == "「機巧探偵ヨミカゲ」製作委員会"
