"""Who may do what: bearer keys, their scopes, whose they are, and where they never show."""

import logging
from datetime import timedelta

import pytest

from api.demo.hosting import DemoClock
from locales.catalogues import message
from tests import builders
from tests.api.doors import GENERATIONS, Door, problem, statuses
from tests.api.reported import an_event
from tests.services.firms import firm, select

READS = ["/v1/works?q=kaze", "/v1/documents", "/v1/documents/INV-2026-000001"]


def refused_everywhere(door: Door, key: str | None, code: str) -> None:
    """Check that a key opens no door at all."""
    answers = [door.report(an_event(), key=key), *(door.get(path, key=key) for path in READS)]
    for answer in answers:
        problem(answer, 401, code)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert firm(door.database).batches() == []


def test_without_a_key_nothing_is_shown_or_taken(door: Door) -> None:
    refused_everywhere(door, None, "key_missing")


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "gb_live_1", ""])
def test_another_kind_of_authorization_is_no_key(door: Door, header: str) -> None:
    answer = door.report(an_event(), key=None, headers={"Authorization": header})
    problem(answer, 401, "key_missing")


def test_the_word_bearer_may_be_written_small(door: Door) -> None:
    headers = {"Authorization": f"bearer {door.key}"}
    assert statuses(door.report(an_event(), key=None, headers=headers)) == ["accepted"]


@pytest.mark.parametrize("changed", ["gb_live_", "gb_live_00", "{}0", "x{}"])
def test_a_key_that_is_not_quite_right_is_unknown(door: Door, changed: str) -> None:
    refused_everywhere(door, changed.format(door.key), "key_unknown")
    refused_everywhere(door, door.key.upper(), "key_unknown")
    refused_everywhere(door, door.key[:-1], "key_unknown")


def test_a_key_in_another_alphabet_is_unknown(door: Door) -> None:
    headers = [(b"Authorization", "Bearer 鍵".encode())]
    problem(door.client.get("/v1/documents", headers=headers), 401, "key_unknown")


def test_a_revoked_key_opens_nothing_a_second_later(door: Door, clock: DemoClock) -> None:
    assert statuses(door.report(an_event(id="before"))) == ["accepted"]
    builders.revoke(door.database)
    # Keys are told from memory, which is never older than a second.
    clock.move_to(clock() + timedelta(seconds=1))
    problem(door.get("/v1/documents"), 401, "key_revoked")
    problem(door.report(an_event()), 401, "key_revoked")
    second = builders.key(door.database, label="second")
    assert statuses(door.report(an_event(id="before"), key=second)) == ["duplicate"]


def test_two_keys_of_a_firm_live_side_by_side(door: Door) -> None:
    """So that a key is changed without an hour in which nothing can be reported."""
    second = builders.key(door.database, label="second")
    first = door.report(an_event())
    again = door.report(an_event(), key=second)
    assert (statuses(first), statuses(again)) == (["accepted"], ["duplicate"])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_scope_that_is_missing_is_named(door: Door, language: str) -> None:
    reader = builders.key(door.database, label="reader", scopes=["read"])
    sender = builders.key(door.database, label="sender", scopes=["report"])
    told = problem(door.report(an_event(), key=reader, language=language), 403, "scope_missing")
    assert told["title"] == message(language, "problem.scope_missing.title")
    assert "report" in told["detail"]
    for path in READS:
        assert "read" in problem(door.get(path, key=sender), 403, "scope_missing")["detail"]
    assert statuses(door.report(an_event(), key=sender)) == ["accepted"]
    assert door.get("/v1/documents", key=reader).status_code == 200


@pytest.mark.parametrize(
    ("reference", "role"), [("genbo", "operator"), ("a-holder", "rights_holder")]
)
def test_nobody_but_an_ai_firm_reports(door: Door, reference: str, role: str) -> None:
    builders.party(door.database, reference, role=role, entrustment=None)
    key = builders.key(door.database, reference)
    told = problem(door.report(an_event(), key=key), 403, "not_a_licensee")
    assert reference in told["detail"]
    assert door.get("/v1/documents", key=key).status_code == 200


def test_health_needs_no_key(door: Door) -> None:
    assert door.get("/health", key=None).json() == {"status": "ok"}


def test_a_body_is_not_read_before_its_sender_is_known(door: Door) -> None:
    """A stranger's report is refused for its key, whatever else is wrong with it."""
    for body in (b"not json", b" " * 2_000_000):
        problem(door.report(body, "text/plain", key="gb_live_unknown"), 401, "key_unknown")


def test_a_key_is_never_written_down(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the book nor in a log, whatever becomes of the request."""
    unknown = "gb_live_" + "ab" * 32
    with caplog.at_level(logging.DEBUG):
        door.report(an_event())
        door.report(b"not json")
        door.report(an_event(), key=unknown)
        door.get("/nowhere")
        door.ask("PUT", GENERATIONS)
    logged = "\n".join(f"{record.getMessage()} {record.exc_info}" for record in caplog.records)
    kept = select(door.database, "SELECT k::text FROM api_key k")
    for key in (door.key, unknown):
        secret = key.removeprefix("gb_live_")
        assert secret not in logged
        assert not any(secret in row for (row,) in kept)
    assert len(kept) == 1
