"""``POST /v1/clearances``: what a firm is told before it generates, and how soon changes count."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.clearance_tokens import ClearanceDiffers, ClearanceExpired
from api.routes.clearances import BODY_BYTES_MAX
from ledger.core.agreement import NewTier
from ledger.services import granting
from tests import builders
from tests.api.clearances import CLEARANCES, ask, only, told
from tests.api.doors import NOW, Door, problem
from tests.rows import row_counts

OUTSIDE = ["license_not_started", "subject_not_offered"]


def test_a_clearance_says_everything_about_a_use(door: Door) -> None:
    body = told(door)
    assert body == {
        "status": "cleared",
        "subjects": [
            {
                "id": "kaze-no-machi",
                "status": "cleared",
                "reasons": [],
                "license": "LIC-2026-001",
                "terms_version": 1,
                "clause": "第5条第1項",
                "rate": {"basis": "per_image", "rate": "12", "currency": "JPY", "tiered": False},
                "price_minor": "36",
                "credit_line": "©星野書店/風の町製作委員会",
                "ai_label": None,
                "prohibited_content": [],
                "quota": None,
                "opt_in": "offered",
            }
        ],
        "clearance": body["clearance"],
        "expires_at": "2026-08-20T03:15:00Z",
    }


def test_the_duties_of_a_grant_are_told_with_the_clearance(door: Door) -> None:
    words = ("未成年者への暴力", "political advertising")
    duties = builders.new_grant(subjects=("umi",), ai_label="AI生成", prohibited_content=words)
    builders.work(door.database, "umi")
    builders.license(door.database, "LIC-UMI", grants=(duties,))
    told_of = only(door, subjects=["umi"])
    assert (told_of["ai_label"], told_of["prohibited_content"]) == ("AI生成", [*words])
    refused = only(door, subjects=["umi"], use_class="training")
    assert (refused["ai_label"], refused["prohibited_content"]) == (None, [])
    (grant,) = door.get("/v1/licenses/LIC-UMI/terms").json()["grants"]
    assert (grant["ai_label"], grant["prohibited_content"]) == ("AI生成", [*words])


def test_nothing_is_written(door: Door) -> None:
    before = row_counts(door.database)
    told(door)
    told(door, subjects=["nobody"])
    assert row_counts(door.database) == before


@pytest.mark.parametrize(
    ("changes", "status", "reasons"),
    [
        ({"subjects": ["nobody"]}, "refused", ["subject_unknown"]),
        ({"subjects": ["unlicensed"]}, "refused", ["subject_not_licensed"]),
        ({"subjects": ["silent"]}, "refused", ["subject_not_offered"]),
        ({"use_class": "training"}, "refused", ["use_class_not_granted"]),
        ({"modality": "audio"}, "refused", ["modality_not_granted"]),
        (
            {"use_class": "training", "modality": "video"},
            "refused",
            ["use_class_not_granted", "modality_not_granted"],
        ),
        ({"unit": "token"}, "held", ["rate_missing"]),
        ({"occurred_at": "2026-03-31T14:59:59Z"}, "refused", OUTSIDE),
        ({"license": "LIC-OF-NOBODY"}, "refused", ["license_unknown"]),
        ({"license": "LIC-OF-ANOTHER"}, "refused", ["license_unknown"]),
        ({"license": "LIC-2026-001"}, "cleared", []),
        ({"quantity": ...}, "cleared", []),  # Not known yet, and no matter.
        ({"subjects": [{"id": "kaze-no-machi", "weight_bp": 5000}]}, "cleared", []),
    ],
)
def test_the_answer_is_what_a_report_would_be_told(
    door: Door, changes: dict[str, Any], status: str, reasons: list[str]
) -> None:
    builders.work(door.database, "unlicensed")
    builders.work(door.database, "silent", offered_at=None)
    builders.licensee(door.database, "studio-b")
    builders.license(door.database, "LIC-OF-ANOTHER", licensee="studio-b")
    body = told(door, **changes)
    (subject,) = body["subjects"]
    assert (body["status"], subject["status"], subject["reasons"]) == (status, status, reasons)
    assert (body["clearance"] is not None) is (status == "cleared")


def test_each_subject_is_answered_in_order_and_the_gravest_is_the_whole(door: Door) -> None:
    body = told(door, subjects=["nobody", {"id": "kaze-no-machi"}])
    assert [each["status"] for each in body["subjects"]] == ["refused", "cleared"]
    assert body["subjects"][0]["credit_line"] is None
    assert body["status"] == "refused"


def test_a_firm_without_a_license_is_told_so(door: Door) -> None:
    builders.licensee(door.database, "studio-b")
    key = builders.key(door.database, "studio-b")
    subject = only(door, key=key)
    assert (subject["license"], subject["reasons"]) == (None, ["license_unknown"])


def test_the_license_of_the_firm_that_permits_it_is_found(door: Door) -> None:
    builders.license(
        door.database, "LIC-2026-000", grants=(builders.new_grant(territories=("US",)),)
    )
    assert only(door)["license"] == "LIC-2026-001"
    assert only(door, territory="US")["license"] == "LIC-2026-000"
    narrowed = only(door, license="LIC-2026-000")
    assert (narrowed["license"], narrowed["reasons"]) == ("LIC-2026-000", ["territory_not_granted"])


@pytest.mark.parametrize(
    ("line", "quantity", "price"),
    [
        ({"rate": Decimal("12.5")}, "3", "37.5"),
        ({"rate": Decimal("0.1")}, 7, "0.7"),
        ({}, None, None),
        ({"basis": "pct_revenue", "rate": Decimal(18)}, "3", None),
        ({"basis": "fixed_month", "rate": Decimal(50_000)}, "3", "0"),
        (
            {
                "tier_mode": "marginal",
                "tiers": (NewTier(up_to=10, rate=12), NewTier(up_to=None, rate=10)),
            },
            "3",
            None,
        ),
    ],
)
def test_a_price_is_exact_text_or_null(
    door: Door, line: dict[str, Any], quantity: Any, price: str | None
) -> None:
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(**line),))
    builders.work(door.database, "priced")
    grant = builders.new_grant(subjects=("priced",), terms=terms)
    builders.license(door.database, "LIC-PRICED", grants=(grant,))
    subject = only(door, subjects=["priced"], quantity=quantity)
    assert subject["price_minor"] == price
    assert subject["rate"]["tiered"] is ("tiers" in line)


def test_the_token_is_good_for_what_was_cleared(door: Door) -> None:
    seal = door.app.state.context.seal
    token = told(door, subjects=["kaze-no-machi", "nobody"])["clearance"]
    cleared = seal.verify(token)
    generation: dict[str, Any] = {
        "licensee": "studio-a",
        "license": "LIC-2026-001",
        "subjects": ["kaze-no-machi"],
        "use_class": "generation",
        "modality": "image",
        "territory": "JP",
        "language": None,
        "occurred_at": NOW,
    }
    cleared.check(**generation)
    with pytest.raises(ClearanceDiffers):
        cleared.check(**generation | {"subjects": ["kaze-no-machi", "nobody"]})
    with pytest.raises(ClearanceExpired):
        cleared.check(**generation | {"occurred_at": NOW + timedelta(minutes=15)})


@pytest.mark.parametrize(
    ("occurred_at", "is_sealed"),
    [
        (NOW, True),
        (NOW - timedelta(minutes=5), True),
        (NOW - timedelta(minutes=5, seconds=1), False),  # A question about the past.
        (NOW + timedelta(days=30), False),  # A plan.
    ],
)
def test_a_token_is_for_now(door: Door, occurred_at: datetime, is_sealed: bool) -> None:
    body = told(door, occurred_at=occurred_at.isoformat())
    assert body["status"] == "cleared"
    assert (body["clearance"] is not None, body["expires_at"] is not None) == (is_sealed,) * 2


def test_a_token_does_not_outlive_terms_that_are_known_to_change(door: Door) -> None:
    granting.add_terms_version(
        door.database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(effective_from=NOW + timedelta(minutes=4)),
        recorded_at=NOW,
    )
    assert told(door)["expires_at"] == "2026-08-20T03:04:00Z"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"subjects": ...}, "field_missing", "/subjects"),
        ({"subjects": []}, "field_invalid", "/subjects"),
        ({"subjects": [""]}, "field_invalid", "/subjects/0"),
        ({"subjects": ["a"] * 2}, "value_listed_twice", "/subjects"),
        ({"subjects": [f"s{number}" for number in range(51)]}, "field_invalid", "/subjects"),
        ({"subjects": [{"id": 5}]}, "field_invalid", "/subjects/0/id"),
        ({"subjects": ["a", "b\0"]}, "text_unprintable", "/subjects/1"),
        ({"subjects": [{"id": "\n"}]}, "text_missing", "/subjects/0"),
        ({"quantity": 10**400}, "number_too_long", "/quantity"),
        ({"quantity": True}, "field_invalid", "/quantity"),
        ({"quantity": "NaN"}, "number_not_exact", "/quantity"),
        ({"unit": ...}, "field_missing", "/unit"),
        ({"use_class": "painting"}, "field_invalid", "/use_class"),
        ({"territory": "JPN"}, "field_invalid", "/territory"),
        ({"territory": "jp"}, "field_invalid", "/territory"),
        ({"quantity": 1.5}, "field_invalid", "/quantity"),
        ({"quantity": "much"}, "number_not_exact", "/quantity"),
        ({"quantity": "-1"}, "number_out_of_range", "/quantity"),
        ({"quantity": "1e999"}, "number_too_long", "/quantity"),
        ({"occurred_at": "2026-08-03"}, "field_invalid", "/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00Z"}, "instant_out_of_range", "/occurred_at"),
        ({"prompt": "a cat"}, "field_unknown", "/prompt"),  # What users write is not for us.
    ],
)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_fault_is_pointed_at(
    door: Door, changes: dict[str, Any], code: str, pointer: str, language: str
) -> None:
    answer = ask(door, language=language, **changes)
    assert problem(answer, 422, code)["pointer"] == pointer
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "body_not_json"),
        (b"", {}, 400, "body_not_json"),
        (b"[" * 40_000, {}, 422, "field_invalid"),
        (b'{"subjects": ["\xff"]}', {}, 400, "body_not_json"),
        (b'{"subjects": ["\\ud800"]}', {}, 400, "body_not_json"),
        (b'{"quantity": NaN}', {}, 400, "body_not_json"),
        (b'{"quantity": 1e999}', {}, 422, "field_invalid"),
        (b" " * (BODY_BYTES_MAX + 1), {}, 413, "body_too_large"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "media_type_unsupported"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "encoding_unsupported"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(
    door: Door, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    problem(door.ask("POST", CLEARANCES, content=content, headers=sent), status, code)


def test_only_an_ai_firm_that_may_asks(door: Door) -> None:
    holder = builders.key(door.database, "hoshino")
    manager = builders.key(door.database, label="manage", scopes=["manage"])
    reader = builders.key(door.database, label="read", scopes=["read"])
    problem(ask(door, key=None), 401, "key_missing")
    problem(ask(door, key="gb_live_nobody"), 401, "key_unknown")
    problem(ask(door, key=manager), 403, "scope_missing")
    problem(ask(door, key=holder), 403, "not_a_licensee")
    assert ask(door, key=reader).status_code == 200


def test_the_description_has_the_whole_of_the_body(door: Door) -> None:
    operation = door.app.openapi()["paths"][CLEARANCES]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) == {"subjects", "use_class", "modality", "unit", "territory"}
    assert "$ref" not in json.dumps(schema)
    assert operation["security"] == [{"HTTPBearer": []}]
    assert door.app.openapi()["components"]["securitySchemes"].keys() == {"HTTPBearer"}


def test_a_voice_is_cleared_in_the_languages_its_performer_consented_to(door: Door) -> None:
    builders.work(door.database, "koe", kind="voice", medium="")
    builders.consent(door.database, languages=("ja",))
    rate = builders.new_rate_line(basis="per_1k_chars", rate="35")
    grant = builders.new_grant(
        subjects=("koe",),
        modalities=("audio",),
        use_classes=("voice_synthesis",),
        terms=builders.new_terms(rate_lines=(rate,)),
    )
    builders.license(door.database, "LIC-KOE", grants=(grant,))
    spoken = {
        "subjects": ["koe"],
        "modality": "audio",
        "use_class": "voice_synthesis",
        "unit": "character",
        "territory": "JP",
    }
    for given, answered in (
        ({"language": "ja"}, ("cleared", [])),
        ({"language": "en"}, ("refused", ["language_not_consented"])),
        ({}, ("held", ["language_unknown"])),
    ):
        (told_of,) = door.ask("POST", CLEARANCES, json=spoken | given).json()["subjects"]
        assert (told_of["status"], told_of["reasons"]) == answered
    malformed = door.ask("POST", CLEARANCES, json=spoken | {"language": "ja_JP"})
    assert problem(malformed, 422, "field_invalid")["pointer"] == "/language"
