"""
Terms that contradict themselves are refused when they are written, and the clause is named.

One table walks them all, in files of a world: a world that is taken is changed in one place. What
an offer may say as well is sent over the API, too, and refused there in the same way.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.world import enter, read_world
from ledger.store.database import Database
from tests import builders
from tests.api.contradictions import (
    ADVANCE,
    COMMITTEE,
    CONSENT,
    CONTRADICTIONS,
    GROUPS,
    GUARANTEE,
    LINE_AT,
    QUOTA_AT,
    WORLD,
    group,
    quota,
    tiers,
    world_with,
)
from tests.refusals import refusal
from tests.rows import row_counts


@pytest.fixture
def book(database: Database) -> Database:
    """A book with whom and what the terms speak of."""
    builders.parties(
        database,
        builders.new_licensee("studio-a"),
        builders.new_company("hoshino"),
        builders.new_company("minami"),
    )
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "comic", owner="minami")
    builders.work(database, "koe", owner="minami", kind="voice", medium="")
    return database


def toml(value: Any) -> str:
    """Write a value as TOML does within a line."""
    match value:
        case dict():
            parts = (f"{key} = {toml(each)}" for key, each in value.items() if each is not None)
            return "{ " + ", ".join(parts) + " }"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case date():  # Instants too.
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


def entered(book: Database, tables: dict[str, Any], folder: Path) -> None:
    file = folder / "world.toml"
    lines = (f"{name} = {toml(value)}\n" for name, value in tables.items())
    file.write_text("".join(lines), encoding="utf-8")
    enter(book, read_world(file), recorded_by="desk", recorded_at=builders.RECORDED_AT)


@pytest.mark.parametrize(
    "tables",
    [
        WORLD,
        world_with(LINE_AT, tiers(100, 500, None)),
        world_with(QUOTA_AT, quota()),
        world_with(GROUPS, group(advances=[ADVANCE], guarantees=[GUARANTEE])),
        {"committees": [COMMITTEE]},
        {"consents": [CONSENT]},
    ],
)
def test_what_the_table_changes_is_taken_as_it_is(
    book: Database, tables: dict[str, Any], tmp_path: Path
) -> None:
    entered(book, tables, tmp_path)


@pytest.mark.parametrize(("place", "value", "code", "field"), CONTRADICTIONS)
def test_terms_that_contradict_themselves_are_refused_naming_the_clause(
    book: Database, place: str, value: Any, code: str, field: str | None, tmp_path: Path
) -> None:
    tables = world_with(place, value)
    later = tables.pop("later_terms", None)
    if later is not None:
        entered(book, tables, tmp_path)
        tables = {"later_terms": later}
    before = row_counts(book)
    with refusal(code, None if code == "world_file_wrong" else field) as refused:
        entered(book, tables, tmp_path)
    said = refused[0].values
    assert said.get("place", field) == field or said["place"].startswith(("step:", "member:"))
    assert row_counts(book) == before
