"""``GET /v1/licenses``: a firm reads back what was agreed, and nobody else's."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.cursors import write_cursor
from ledger.core.agreement import NewTier
from ledger.core.recoup_agreement import (
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
)
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.services import granting
from tests import builders
from tests.api.doors import NOW, Door, problem
from tests.rows import counted_statements

LICENSES = "/v1/licenses"
TERMS = "/v1/licenses/LIC-2026-001/terms"


def read(door: Door, path: str, **params: Any) -> dict[str, Any]:
    answer = door.get(path, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def pages(door: Door, path: str, name: str, **params: Any) -> list[list[Any]]:
    """Follow the cursors of a list to its end."""
    found: list[list[Any]] = []
    cursor: dict[str, str] = {}
    while not found or cursor:
        body = read(door, path, **params, **cursor)
        found.append(body[name])
        cursor = {"cursor": body["next_cursor"]} if body["next_cursor"] else {}
    return found


def test_a_license_is_shown_with_its_grants(door: Door) -> None:
    assert read(door, LICENSES) == {
        "licenses": [
            {
                "reference": "LIC-2026-001",
                "licensee": "studio-a",
                "signed_on": "2026-03-15",
                "starts_at": "2026-03-31T15:00:00Z",
                "ends_at": None,
                "grants": [
                    {
                        "position": 0,
                        "modalities": ["image"],
                        "use_classes": ["generation"],
                        "territories": ["WORLD"],
                        "starts_at": "2026-03-31T15:00:00Z",
                        "ends_at": None,
                        "ai_label": None,
                        "prohibited_content": [],
                        "subject_count": 1,
                    }
                ],
                "recoup_groups": [],
            }
        ],
        "next_cursor": None,
    }


def test_advances_are_shown_with_what_is_left_of_them(door: Door) -> None:
    advance = NewAdvance(
        reference="signature", kind="repayable", amount_minor=50_000, due_on=date(2026, 4, 1)
    )
    year = NewGuarantee(
        reference="year",
        starts_on=date(2026, 4, 1),
        checkpoints=(NewCheckpoint(due_on=date(2027, 3, 31), target_minor=120_000),),
    )
    group = NewRecoupGroup(
        reference="both", crossing="cross", grants=(0,), advances=(advance,), guarantees=(year,)
    )
    builders.license(door.database, "LIC-ADV", recoup_groups=(group,))
    shown = {each["reference"]: each for each in read(door, LICENSES)["licenses"]}
    assert shown["LIC-ADV"]["recoup_groups"] == [
        {
            "reference": "both",
            "version": 1,
            "crossing": "cross",
            "currency": "JPY",
            "grants": [0],
            "prepaid": [
                {
                    "reference": "signature",
                    "kind": "repayable",
                    "amount_minor": 50_000,
                    "due_on": "2026-04-01",
                    "counts_toward": None,
                    "invoice": None,
                    "recouped_minor": 0,
                    "left_minor": 50_000,
                }
            ],
            "guarantees": [
                {
                    "reference": "year",
                    "starts_on": "2026-04-01",
                    "checkpoints": [{"due_on": "2027-03-31", "target_minor": 120_000}],
                    "paid_minor": 0,
                    "billed_minor": 0,
                }
            ],
            "through": None,
            "later": [],
        }
    ]


def test_terms_are_shown_whole_with_their_dates_and_rates(door: Door) -> None:
    line = builders.new_rate_line(
        rate=Decimal("12.50"),
        modality="image",
        tier_mode="marginal",
        tiers=(NewTier(up_to="1000", rate="12.5"), NewTier(up_to=None, rate="0.1")),
        counter_scope="contract_year",
        minimum_minor=500,
        cap_minor=90_000,
    )
    voice = builders.new_rate_line(basis="per_clip", event_floor_minor="0.5", stacking_group="c")
    group = NewStackingGroup(group="c", cap_minor="1500", allocation="equal")
    granting.add_terms_version(
        door.database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(
            effective_from=NOW, rate_lines=(line, voice), stacking_groups=(group,)
        ),
        recorded_at=NOW,
    )
    body = read(door, TERMS)
    assert (body["license"], body["next_cursor"]) == ("LIC-2026-001", None)
    (grant,) = body["grants"]
    assert grant["subjects"] == ["kaze-no-machi"]
    first, second = grant["versions"]
    assert (first["version"], first["effective_from"]) == (1, "2026-03-31T15:00:00Z")
    assert first["rate_lines"][0]["rate"] == "12"
    assert second == {
        "version": 2,
        "effective_from": "2026-08-20T03:00:00Z",
        "clause": "第5条第1項",
        "currency": "JPY",
        "rounding": "truncate",
        "recognition": "cash",
        "revenue_share": None,
        "rate_lines": [
            {
                "basis": "per_image",
                "rate": "12.5",
                "modality": "image",
                "use_class": None,
                "tier_mode": "marginal",
                "tiers": [{"up_to": "1000", "rate": "12.5"}, {"up_to": None, "rate": "0.1"}],
                "counter_scope": "contract_year",
                "minimum_minor": 500,
                "cap_minor": 90_000,
                "event_floor_minor": "0",
                "stacking": None,
            },
            {
                "basis": "per_clip",
                "rate": "12",
                "modality": None,
                "use_class": None,
                "tier_mode": "none",
                "tiers": [],
                "counter_scope": "period",
                "minimum_minor": 0,
                "cap_minor": None,
                "event_floor_minor": "0.5",
                "stacking": {"group": "c", "cap_minor": "1500", "allocation": "equal"},
            },
        ],
    }


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_licenses_come_by_reference_page_by_page(door: Door, limit: int) -> None:
    for reference in ("LIC-B", "LIC-A", "LIC-2026-000"):
        builders.license(door.database, reference)
    found = pages(door, LICENSES, "licenses", limit=limit)
    references = [each["reference"] for page in found for each in page]
    assert references == ["LIC-2026-000", "LIC-2026-001", "LIC-A", "LIC-B"]
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1]


def test_grants_and_their_subjects_keep_the_order_of_the_contract(door: Door) -> None:
    for name in ("yoru", "asa", "umi"):
        builders.work(door.database, name)
    grants = (
        builders.new_grant(subjects=("yoru", "asa", "umi"), territories=("US", "JP")),
        builders.new_grant(subjects=("asa",), ends_at=NOW + timedelta(days=1)),
        builders.new_grant(subjects=("umi",)),
    )
    builders.license(door.database, "LIC-MANY", grants=grants)
    found = pages(door, "/v1/licenses/LIC-MANY/terms", "grants", limit=2)
    assert [[each["position"] for each in page] for page in found] == [[0, 1], [2]]
    assert [each["subjects"] for page in found for each in page] == [
        ["yoru", "asa", "umi"],
        ["asa"],
        ["umi"],
    ]
    assert found[0][0]["subject_count"] == 3
    assert found[0][1]["ends_at"] == "2026-08-21T03:00:00Z"


def test_a_page_takes_as_many_queries_however_much_is_on_it(door: Door) -> None:
    counts = set()
    for number in range(3):
        with counted_statements(door.database) as statements:
            read(door, LICENSES)
            read(door, TERMS)
        # The key is looked up again when a second has passed, whatever is on the page.
        counts.add(len([each for each in statements if "api_key" not in each]))
        builders.license(door.database, f"LIC-{number}", grants=(builders.new_grant(),) * 2)
    assert len(counts) == 1


def test_another_firm_s_license_is_as_unknown_as_none(door: Door) -> None:
    builders.license(door.database, "LIC-OF-ANOTHER", licensee="studio-b")
    references = [each["reference"] for each in read(door, LICENSES)["licenses"]]
    assert references == ["LIC-2026-001"]
    for reference in ("LIC-OF-ANOTHER", "LIC-OF-NOBODY"):
        found = problem(door.get(f"{LICENSES}/{reference}/terms"), 404, "license_not_found")
        assert reference in found["detail"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_license_that_is_not_there_is_told_in_both_languages(door: Door, language: str) -> None:
    answer = door.get(f"{LICENSES}/X/terms", headers={"Accept-Language": language})
    problem(answer, 404, "license_not_found")
    assert answer.headers["content-language"] == language


def test_the_house_reads_everybodys(door: Door) -> None:
    builders.license(door.database, "LIC-OF-ANOTHER", licensee="studio-b")
    builders.party(door.database, "house", role="operator", entrustment=None)
    key = builders.key(door.database, "house")
    answer = door.get(LICENSES, key=key)
    assert [each["licensee"] for each in answer.json()["licenses"]] == ["studio-a", "studio-b"]
    assert door.get(f"{LICENSES}/LIC-OF-ANOTHER/terms", key=key).status_code == 200


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        (LICENSES, {"limit": 0}, "field_invalid"),
        (LICENSES, {"limit": 1001}, "field_invalid"),
        (LICENSES, {"cursor": "x"}, "cursor_malformed"),
        (LICENSES, {"cursor": write_cursor("a\x00")}, "cursor_malformed"),
        (LICENSES, {"cursor": write_cursor(1)}, "cursor_malformed"),
        (TERMS, {"limit": 101}, "field_invalid"),
        (TERMS, {"cursor": write_cursor("LIC")}, "cursor_malformed"),
        (TERMS, {"cursor": write_cursor(2**40)}, "cursor_malformed"),
    ],
)
def test_a_question_that_cannot_be_is_refused(
    door: Door, path: str, params: dict[str, Any], code: str
) -> None:
    problem(door.get(path, params=params), 422, code)


def test_a_key_has_to_be_one_that_reads(door: Door) -> None:
    reporter = builders.key(door.database, label="report", scopes=["report"])
    for path in (LICENSES, TERMS):
        problem(door.get(path, key=None), 401, "key_missing")
        problem(door.get(path, key=reporter), 403, "scope_missing")
