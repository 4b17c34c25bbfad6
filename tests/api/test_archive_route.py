"""``GET /v1/archive``: each party its own papers, by any combination, in pages and as a ZIP."""

import csv
import zipfile
from io import BytesIO, StringIO
from typing import Any

import pytest

from tests import builders
from tests.api.doors import Door, problem
from tests.api.test_documents_route import issued, rendered

__all__ = ["issued"]

ARCHIVE = "/v1/archive"


def found(door: Door, key: str = "own", **asked: Any) -> list[str]:
    """Return the references of every page of a search."""
    references: list[str] = []
    while True:
        answer = door.get(ARCHIVE, params=asked, key=key)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        references += [paper["reference"] for paper in body["papers"]]
        if body["next_cursor"] is None:
            return references
        asked["cursor"] = body["next_cursor"]


def test_a_party_finds_its_own_documents_and_the_house_everything(
    door: Door, issued: list[str]
) -> None:
    assert sorted(found(door)) == [issued[0], issued[2]]
    house = builders.key(door.database, "genbo")
    everything = found(door, key=house, limit=1)
    assert set(issued) < set(everything)
    assert {each[:5] for each in everything if each not in issued} == {"USAGE"}


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"kind": "invoice"}, 2),
        ({"kind": "statement"}, 0),
        ({"from": "2026-11-01", "to": "2027-11-30", "least": 1, "counterparty": "ｽﾀｼﾞｵ"}, 2),
        ({"counterparty": "星野"}, 0),
        ({"blank": ["amount", "date"]}, 0),
        ({"direction": "received"}, 0),
    ],
)
def test_conditions_are_met_together(
    door: Door, issued: list[str], asked: dict[str, Any], count: int
) -> None:
    assert len(found(door, **asked)) == count


@pytest.mark.parametrize(
    "asked", [{"counterparty": "\0"}, {"number": "\0"}, {"from": "0"}, {"to": "2026-11-1"}]
)
def test_what_no_paper_can_have_is_refused(door: Door, asked: dict[str, str]) -> None:
    refused = door.get(ARCHIVE, params=asked)
    assert refused.status_code == 422
    assert refused.json()["code"] == "field_invalid"


def test_a_paper_says_what_it_comes_to_and_whose_it_is(door: Door, issued: list[str]) -> None:
    paper = door.get(ARCHIVE, params={"number": issued[0]}).json()["papers"][0]
    assert paper["reference"] == paper["number"] == issued[0]
    assert paper["counterparty"] == "株式会社スタジオA"
    assert paper["amount"].isdigit()
    assert (paper["currency"], paper["kept_through"]) == ("JPY", None)


@pytest.mark.parametrize(
    "asked",
    [{"from": "yesterday"}, {"least": "1.5"}, {"blank": "color"}, {"limit": 0}, {"cursor": "x"}],
)
def test_what_cannot_be_read_is_refused(
    door: Door, issued: list[str], asked: dict[str, Any]
) -> None:
    answer = door.get(ARCHIVE, params=asked)
    assert answer.status_code == 422, answer.text


def test_an_export_has_a_partys_own_papers_alone(door: Door, issued: list[str]) -> None:
    for reference in issued:
        rendered(door.database, reference)
    answer = door.get(f"{ARCHIVE}/export")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        index = archive.read("index.csv").decode("utf-8-sig")
    references = {row["reference"] for row in csv.DictReader(StringIO(index))}
    assert references == {issued[0], issued[2]}
    assert door.get(f"{ARCHIVE}/export").content == answer.content


def test_nobody_finds_anything_without_a_key(door: Door) -> None:
    problem(door.get(ARCHIVE, key=None), 401, "key_missing")
