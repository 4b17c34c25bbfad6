"""Offers over the API: who sees and says what, and how fast everything else follows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from httpx import Client, Response

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from tests import builders
from tests.api.doors import NOW, Door, problem
from tests.api.reported import an_event
from tests.services import offers as catalogue

OFFERS = "/v1/offers"
TERMS: dict[str, Any] = {
    "clause_reference": "Offer 2026, 3",
    "rate_lines": [{"basis": "per_image", "rate": "12.5"}],
}
USE = {
    "use_class": "generation",
    "modality": "image",
    "unit": "image",
    "quantity": "1",
    "territory": "JP",
}


@pytest.fixture
def holder(door: Door) -> str:
    """The key of a holder, of whose works nothing is offered yet."""
    catalogue.catalogue(door.database, but=("hoshino",))
    return builders.key(door.database, "hoshino", scopes=["read", "manage"])


@pytest.fixture
def firm(door: Door) -> str:
    """The key of a firm that may sign."""
    scopes = ["report", "read", "manage"]
    return builders.key(door.database, label="legal", scopes=scopes)


@pytest.fixture
def elsewhere(door: Door, clock: DemoClock) -> Iterator[Client]:
    """Another process on the same book, which has memory of its own."""
    app = create_app(Context(door.database, clock=clock))
    with listening(app) as base_url, Client(base_url=base_url) as client:
        yield client


def version(**terms: Any) -> dict[str, Any]:
    """Images, at terms that may differ from the usual."""
    permitted = {"modalities": ["image"], "use_classes": ["generation"]}
    return {**permitted, "terms": {**TERMS, **terms}}


def make(door: Door, key: str, reference: str = "offer-1", **changes: Any) -> Response:
    body = {"reference": reference, "subject": "kaze", **version(), **changes}
    return door.ask("POST", OFFERS, key=key, json=body)


def say(door: Door, key: str, what: str, reference: str = "offer-1", **body: Any) -> Response:
    path = f"{OFFERS}/{reference}/{what}"
    return door.ask("POST", path, key=key, json={"reason": "because", **body})


def accept(door: Door, key: str, reference: str = "offer-1", **changes: Any) -> Response:
    path = f"{OFFERS}/{reference}/acceptances"
    return door.ask("POST", path, key=key, json={"version": 1, **changes})


def test_what_a_holder_offers_a_firm_reads_and_accepts(door: Door, holder: str, firm: str) -> None:
    assert door.get(OFFERS, key=firm).json()["offers"] == []
    made = make(door, holder, wind_down_days=30, ai_label="AI生成", territories=["JP", "TW"])
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "offered"
    (shown,) = door.get(OFFERS, key=firm).json()["offers"]
    assert (shown["subject"], shown["breadth"], shown["standing"]) == ("kaze", "work", "offered")
    current = shown["current"]
    assert current["terms"]["rate_lines"][0]["rate"] == "12.5"
    assert current["terms"]["words"] == [
        "JPY 12.5 per image",
        "Output: Image",
        "Use: Generation",
        "Countries: JP / TW",
        "Outputs carry the words “AI生成”",
        "After an end, use still earns for 30 days",
        "Clause: Offer 2026, 3",
    ]
    assert (current["recorded_by"], current["reason"]) == (None, None)
    accepted = accept(door, firm)
    assert accepted.status_code == 201, accepted.text
    license_ = accepted.json()["license"]
    assert accepted.json()["subjects"] == ["kaze", "hero"]
    terms = door.get(f"/v1/licenses/{license_}/terms", key=firm).json()
    assert terms["grants"][0]["versions"][0]["rate_lines"][0]["rate"] == "12.5"
    result = door.report(
        an_event(license=license_, subjects=[{"id": "hero"}], time=NOW.isoformat())
    )
    assert result.json()["results"][0]["status"] == "accepted"


def test_accrual_terms_are_offered_accepted_and_read_as_such(
    door: Door, holder: str, firm: str
) -> None:
    made = make(door, holder, **version(recognition="accrual"))
    assert made.status_code == 201, made.text
    (shown,) = door.get(OFFERS, key=firm).json()["offers"]
    offered = shown["current"]["terms"]
    assert offered["recognition"] == "accrual"
    assert offered["words"][1] == "Rights holders are paid when use is invoiced (accrual basis)"
    license_ = accept(door, firm).json()["license"]
    terms = door.get(f"/v1/licenses/{license_}/terms", key=firm).json()
    assert terms["grants"][0]["versions"][0]["recognition"] == "accrual"
    wrong = make(door, holder, "offer-2", **version(recognition="later"))
    problem(wrong, 422, "field_invalid")
    assert wrong.json()["pointer"] == "/terms/recognition"


def test_a_search_shows_the_terms_offered(door: Door, holder: str, firm: str) -> None:
    make(door, holder)

    def found() -> dict[str, Any]:
        works = door.get("/v1/works", key=firm, params={"q": "風の町"}).json()["works"]
        return {each["id"]: each for each in works}

    before = found()
    assert (before["kaze"]["opt_in"], before["yama"]["opt_in"]) == ("offered", "not_offered")
    assert before["yama"]["offer"] is None
    shown = before["hero"]["offer"]
    assert (shown["standing"], shown["offers"]) == ("offered", ["offer-1"])
    assert shown["terms"]["words"][0] == "JPY 12.5 per image"
    say(door, holder, "suspend")
    after = found()["hero"]
    assert (after["opt_in"], after["offer"]["standing"]) == ("suspended", "suspended")
    assert after["offer"]["terms"] is None


def test_words_are_in_the_language_that_is_asked_for(door: Door, holder: str, firm: str) -> None:
    make(door, holder)
    answer = door.get(OFFERS, key=firm, headers={"Accept-Language": "ja"}).json()
    assert answer["offers"][0]["current"]["terms"]["words"][0] == "￥12.5（1枚あたり）"


def test_a_holder_reads_who_said_what_and_why(door: Door, holder: str) -> None:
    make(door, holder)
    later = (NOW + timedelta(days=1)).isoformat()
    body = {**version(effective_from=later), "reason": "spring prices"}
    answer = door.ask("POST", f"{OFFERS}/offer-1/versions", key=holder, json=body)
    assert answer.status_code == 201
    whole = say(door, holder, "suspend").json()
    assert [each["state"] for each in whole["versions"]] == ["offered", "offered", "suspended"]
    assert [each["reason"] for each in whole["versions"]] == ["", "spring prices", "because"]
    assert all(each["recorded_by"].startswith("key_") for each in whole["versions"])
    assert whole["state"] == "suspended"
    assert say(door, holder, "resume").json()["state"] == "offered"
    assert say(door, holder, "withdraw").json()["state"] == "withdrawn"
    (listed,) = door.get(OFFERS, key=holder).json()["offers"]
    assert listed["state"] == "withdrawn"


def test_a_firm_is_not_shown_what_is_only_planned(
    door: Door, holder: str, firm: str, clock: DemoClock
) -> None:
    make(door, holder, **version(effective_from=(NOW + timedelta(days=1)).isoformat()))
    assert door.get(f"{OFFERS}/offer-1", key=holder).json()["state"] == "planned"
    problem(door.get(f"{OFFERS}/offer-1", key=firm), 404, "offer_unknown")
    assert door.get(OFFERS, key=firm).json()["offers"] == []
    clock.move_to(NOW + timedelta(days=1))
    assert door.get(f"{OFFERS}/offer-1", key=firm).json()["state"] == "offered"


def test_each_holder_speaks_for_itself(door: Door, holder: str, firm: str) -> None:
    make(door, holder)
    umino = builders.key(door.database, "umino", scopes=["read", "manage"])
    assert door.get(OFFERS, key=umino).json()["offers"] == []
    problem(door.get(f"{OFFERS}/offer-1", key=umino), 404, "offer_unknown")
    problem(say(door, umino, "withdraw"), 404, "offer_unknown")
    problem(make(door, umino, "mine"), 422, "offer_of_another")
    problem(make(door, umino, "mine", holder="hoshino"), 422, "offer_of_another")
    problem(make(door, firm, "mine"), 422, "party_not_a_rights_holder")
    problem(say(door, firm, "suspend"), 404, "offer_unknown")
    problem(accept(door, holder), 422, "party_not_a_licensee")


def test_the_house_speaks_for_everybody(door: Door, holder: str) -> None:
    builders.party(door.database, "house", role="operator", entrustment=None)
    house = builders.key(door.database, "house", scopes=["read", "manage"])
    assert make(door, house, holder="hoshino").status_code == 201
    assert len(door.get(OFFERS, key=house).json()["offers"]) == 1
    assert say(door, house, "suspend").status_code == 201


def test_a_key_that_may_only_read_offers_and_accepts_nothing(door: Door, holder: str) -> None:
    reader = builders.key(door.database, "hoshino", label="reader", scopes=["read"])
    problem(make(door, reader), 403, "scope_missing")
    make(door, holder)
    problem(say(door, reader, "suspend"), 403, "scope_missing")
    problem(accept(door, door.key), 403, "scope_missing")


def test_both_sides_of_a_conflict_are_shown_and_neither_is_guessed(
    door: Door, holder: str, firm: str
) -> None:
    make(door, holder)
    dearer = [{"basis": "per_image", "rate": 99}]
    second = make(door, holder, "dearer", **version(rate_lines=dearer)).json()
    assert (second["standing"], second["conflicts_with"]) == ("conflict", ["offer-1"])
    make(door, holder, "elsewhere", subject="yama")
    (conflict,) = door.get("/v1/offer-conflicts", key=holder).json()["conflicts"]
    sides = [
        (side["reference"], side["current"]["terms"]["rate_lines"][0]["rate"])
        for side in conflict["sides"]
    ]
    assert sides == [("offer-1", "12.5"), ("dearer", "99")]
    problem(accept(door, firm), 409, "offers_conflict")
    say(door, holder, "withdraw", "dearer")
    assert door.get("/v1/offer-conflicts", key=holder).json()["conflicts"] == []
    assert accept(door, firm).status_code == 201


def test_what_is_sent_again_is_not_made_again(door: Door, holder: str, firm: str) -> None:
    make(door, holder)
    headers = {"Idempotency-Key": "signed-once"}
    path = f"{OFFERS}/offer-1/acceptances"
    first = door.ask("POST", path, key=firm, json={"version": 1}, headers=headers)
    again = door.ask("POST", path, key=firm, json={"version": 1}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    licenses = door.get("/v1/licenses", key=firm).json()["licenses"]
    assert len(licenses) == 2  # The one it had before, and this.


def test_lists_come_in_pages(door: Door, holder: str, firm: str) -> None:
    for number in range(3):
        make(door, holder, f"offer-{number}")
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = door.get(OFFERS, key=firm, params=query).json()
        seen += [each["reference"] for each in page["offers"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ["offer-0", "offer-1", "offer-2"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        (version(rate_lines=[{"basis": "per_image", "rate": 12.5}]), "/terms/rate_lines/0/rate"),
        (version(rate_lines=[{"basis": "pct_revenue", "rate": 101}]), "/terms/rate_lines/0/rate"),
        (version(rate_lines=[{"basis": "per_image", "rate": True}]), "/terms/rate_lines/0/rate"),
        (version(rate_lines=[]), "/terms/rate_lines"),
        (version(effective_from="2026-09-01T00:00:00"), "/terms/effective_from"),
        (version(effective_from=1_800_000_000), "/terms/effective_from"),
        (version(effective_from="2026-08-01T00:00:00Z"), "/terms/effective_from"),  # The past.
        ({"territories": ["Japan"]}, "/territories/0"),
        ({"wind_down_days": -1}, "/wind_down_days"),
    ],
)
def test_a_body_that_cannot_be_taken_names_its_field(
    door: Door, holder: str, changes: dict[str, Any], pointer: str
) -> None:
    answer = make(door, holder, **changes)
    assert answer.status_code == 422
    assert answer.json()["pointer"].startswith(pointer), answer.text


def test_another_process_follows_within_a_second(
    door: Door, holder: str, firm: str, elsewhere: Client, clock: DemoClock
) -> None:
    """Each word is said at an instant at which the other's memory is as fresh as can be."""
    make(door, holder)
    license_ = accept(door, firm).json()["license"]
    headers = {"Authorization": f"Bearer {firm}"}

    def told() -> tuple[str, str]:
        body = {"subjects": ["hero"], **USE}
        cleared = elsewhere.post("/v1/clearances", json=body, headers=headers).json()
        at = clock().isoformat()
        event = an_event(id=at, license=license_, subjects=[{"id": "hero"}], time=at)
        reported = elsewhere.post("/v1/generations", json=event, headers=headers).json()
        return cleared["status"], reported["results"][0]["status"]

    assert told() == ("cleared", "accepted")
    for what, expected in (
        ("suspend", ("refused", "refused")),
        ("resume", ("cleared", "accepted")),
        ("withdraw", ("refused", "refused")),
    ):
        say(door, holder, what)
        clock.move_to(clock() + timedelta(seconds=1))
        assert told() == expected, what


def test_a_subject_nobody_has_met_is_cleared_as_it_is_offered(
    door: Door, holder: str, firm: str
) -> None:
    """A wide offer covers what is in no license yet, and clearance says so."""
    make(door, holder, subject="saga")
    body = {"subjects": ["umi"], **USE}
    (told,) = door.ask("POST", "/v1/clearances", key=firm, json=body).json()["subjects"]
    assert (told["status"], told["opt_in"]) == ("refused", "offered")
