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
from ledger.core.period import Month
from ledger.store.database import Database
from tests import builders
from tests.api.contradictions import (
    ADVANCE,
    COMMITTEE,
    CONSENT,
    CONTRADICTIONS,
    GRANT_AT,
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
from tests.api.doors import Door
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import offers as catalogue
from tests.services.usage import generation, report


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


def test_a_file_with_terms_for_use_that_was_reported_is_refused_whole(
    book: Database, tmp_path: Path
) -> None:
    builders.license(book)
    report(book, generation(1))
    terms = {
        "effective_from": Month(2026, 10).starts_at,
        "clause_reference": "覚書第1条",
        "rate_lines": [{"basis": "per_image", "rate": "13"}],
    }
    later = {"license": "LIC-2026-001", "grant": 0, "terms": terms}
    before = row_counts(book)
    with refusal("terms_for_reported_use", "terms.effective_from"):
        entered(book, {"later_terms": [later]}, tmp_path)
    assert row_counts(book) == before
    terms["effective_from"] = Month(2026, 11).starts_at
    entered(book, {"later_terms": [later]}, tmp_path)


def offered(place: str, value: Any) -> dict[str, Any]:
    """Return an offer with one thing put in the place where a license would have it."""
    tables = world_with(place.replace("quota", "offered_quota"), value)
    grant = tables["licenses"][0]["grants"][1]
    grant["terms"].pop("effective_from", None)
    quota_of = grant.pop("offered_quota", None)
    body = {**{name: each for name, each in grant.items() if name != "subjects"}}
    return {"reference": "offer-1", "subject": "kaze", **body, "quota": quota_of}


OFFERED = [
    each
    for each in CONTRADICTIONS
    if each[0].startswith((f"{GRANT_AT}.terms", QUOTA_AT)) and "effective" not in each[0]
]


@pytest.mark.parametrize(("place", "value", "code", "field"), OFFERED)
def test_an_offer_that_contradicts_itself_is_refused_by_the_api(
    door: Door, place: str, value: Any, code: str, field: str | None
) -> None:
    catalogue.catalogue(door.database, but=("hoshino",))
    key = builders.key(door.database, "hoshino", scopes=["read", "manage"])
    before = row_counts(door.database)
    answer = door.ask("POST", "/v1/offers", key=key, json=offered(place, value))
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert told["code"] in (code, "field_invalid", "field_missing", "field_unknown"), told
    named = (field or "").removeprefix("grants.1.").removeprefix("licenses.0.grants.1.")
    assert told["pointer"].startswith("/" + named.replace(".", "/").rpartition("/")[0]), told
    assert row_counts(door.database) == before


def test_the_offer_that_they_change_is_taken(door: Door) -> None:
    catalogue.catalogue(door.database, but=("hoshino",))
    key = builders.key(door.database, "hoshino", scopes=["read", "manage"])
    body = offered(QUOTA_AT, quota())
    advance = {"reference": "signature", "kind": "guaranteed", "amount_minor": 4_000_000}
    year = {"reference": "year", "checkpoints": [{"months": 12, "target_minor": 12_000_000}]}
    body |= {"advances": [{**advance, "counts_toward": "year"}], "guarantees": [year]}
    answer = door.ask("POST", "/v1/offers", key=key, json=body)
    assert answer.status_code == 201, answer.text
    terms = answer.json()["current"]["terms"]
    assert terms["quota"] == {
        "units": "100",
        "unit": None,
        "period": "month",
        "on_exceed": "hold",
        "overage_rate": None,
    }
    assert terms["advances"] == [{**advance, "due_days": 0, "counts_toward": "year"}]
    assert terms["guarantees"] == [year]
    assert terms["words"][1:4] == [
        "At most 100 generations a month; what is beyond is held",
        "Advance of 4,000,000 JPY, due 0 days after the acceptance; it is kept",
        "At least 12,000,000 JPY in all by the end of 12 months",
    ]
