"""What was filed is never changed, versions follow each other, and hashes are those of bytes."""

from datetime import date
from hashlib import sha256

import pytest
from psycopg import errors

from tests.store.scene import NOW, Connection, Scene, add, refused

TABLES = ("document_facts", "filed_content", "filed_paper", "filed_version", "fiscal_year")


def _paper(connection: Connection) -> int:
    add(connection, "filed_content", content_sha256=sha256(b"a").digest(), content=b"a")
    return int(add(connection, "filed_paper", book_id=1, direction="received"))


def _version(connection: Connection, paper: int, **changes: object) -> None:
    values: dict[str, object] = {
        "filed_paper_id": paper,
        "version": 1,
        "state": "kept",
        "kind": "contract",
        "counterparty": "",
        "counterparty_key": "",
        "document_number": "",
        "file_name": "a.pdf",
        "media_type": "application/pdf",
        "content_sha256": sha256(b"a").digest(),
        "reason": "",
        "recorded_at": NOW,
        "recorded_by": "keiri",
    }
    add(connection, "filed_version", **values | changes)


def test_versions_of_a_paper_follow_each_other(writer: Connection, scene: Scene) -> None:
    paper = _paper(writer)
    _version(writer, paper)
    with refused("filed_version_out_of_turn"):
        _version(writer, paper, version=3, reason="x")
    _version(writer, paper, version=2, reason="x")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "removed"},  # Nobody said why.
        {"amount_minor": 1},  # Of which currency?
        {"currency": "JPY"},
        {"state": "gone", "reason": "x"},
        {"file_name": ""},
        {"recorded_by": ""},
    ],
)
def test_a_version_says_what_it_has_to(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    paper = _paper(writer)
    with pytest.raises(errors.CheckViolation):
        _version(writer, paper, **changes)


def test_a_file_is_what_its_hash_says(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        add(writer, "filed_content", content_sha256=sha256(b"a").digest(), content=b"b")


def test_a_fiscal_year_is_no_longer_than_a_year(writer: Connection, scene: Scene) -> None:
    values = {"book_id": 1, "extension_months": 0, "recorded_at": NOW, "recorded_by": "keiri"}
    with pytest.raises(errors.CheckViolation):
        add(writer, "fiscal_year", first_day=date(2026, 4, 1), last_day=date(2027, 4, 1), **values)
    add(writer, "fiscal_year", first_day=date(2026, 4, 1), last_day=date(2027, 3, 31), **values)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_of_the_archive_is_ever_removed(
    owner: Connection, scene: Scene, table: str, change: str
) -> None:
    with refused("append_only"):
        owner.execute(change.format(table).encode())
