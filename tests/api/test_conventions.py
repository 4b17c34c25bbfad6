"""What every request is asked and every answer carries: an id, a version, what is left to spend."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from httpx import Client

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from api.openapi import VERSION
from api.rate_limits import QUOTAS, Kind, RateLimits
from ledger.store.database import Database
from locales.catalogues import message
from tests import builders
from tests.api.doors import NOW, Door, events, problem, statuses


@pytest.mark.parametrize("path", ["/v1/licenses", "/v1/nowhere", "/health", "/v1/openapi.json"])
def test_every_answer_says_which_version_it_is_of(door: Door, path: str) -> None:
    assert door.get(path).headers["genbo-version"] == VERSION


@pytest.mark.parametrize("sent", [{}, {"Genbo-Version": VERSION}])
def test_the_version_there_is_may_be_asked_for_or_not(door: Door, sent: dict[str, str]) -> None:
    assert door.get("/v1/licenses", headers=sent).status_code == 200


@pytest.mark.parametrize("version", ["2026-11-23", "1", "", "latest", "2026-11-22, 2026-11-22"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_version_there_never_was_is_refused_with_those_there_are(
    door: Door, version: str, language: str
) -> None:
    answer = door.get(
        "/v1/licenses", headers={"Genbo-Version": version, "Accept-Language": language}
    )
    told = problem(answer, 400, "version_unknown")
    assert told["title"] == message(language, "problem.version_unknown.title")
    assert VERSION in told["detail"]


def test_answers_to_a_key_tell_its_quota_and_others_do_not(door: Door) -> None:
    answer = door.get("/v1/licenses")
    assert answer.headers["ratelimit-policy"] == f'"other";q={QUOTAS[Kind.OTHER]};w=60'
    assert answer.headers["ratelimit"].startswith('"other";r=')
    assert "ratelimit" in door.get("/v1/licenses?limit=0").headers  # Refused, but to a key.
    for other in (door.get("/v1/licenses", key=None), door.get("/v1/licenses", key="gb_live_x")):
        assert other.status_code == 401
        assert "ratelimit" not in other.headers


@contextmanager
def narrow_door(database: Database, limits: RateLimits) -> Iterator[Door]:
    """An application with other limits, and a firm with a license and a key."""
    builders.license(database)
    key = builders.key(database)
    app = create_app(Context(database, clock=DemoClock(NOW)), limits=limits)
    with listening(app) as base_url, Client(base_url=base_url) as client:
        yield Door(app=app, client=client, database=database, key=key)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_reports_are_counted_in_events_and_refused_when_they_are_too_many(
    database: Database, language: str
) -> None:
    limits = RateLimits(quotas={**QUOTAS, Kind.REPORT: 6}, clock=lambda: 0)
    with narrow_door(database, limits) as door:
        first = door.report(events(5))
        assert first.headers["ratelimit"] == '"report";r=1;t=50'
        assert statuses(door.report(events(5))) == ["duplicate"] * 5
        answer = door.report(events(1), language=language)
        told = problem(answer, 429, "rate_exceeded")
        assert told["title"] == message(language, "problem.rate_exceeded.title")
        assert answer.headers["retry-after"] == "50"
        assert answer.headers["ratelimit"] == '"report";r=0;t=100'
        assert door.get("/v1/licenses").status_code == 200  # Other calls are counted apart.


def test_guessed_keys_are_refused_before_the_book_is_asked(database: Database) -> None:
    limits = RateLimits(tries=2, clock=lambda: 0)
    with narrow_door(database, limits) as door:
        assert door.get("/v1/licenses").status_code == 200
        for guess in ("gb_live_0", "gb_live_1"):
            problem(door.get("/v1/licenses", key=guess), 401, "key_unknown")
        answer = door.get("/v1/licenses", key="gb_live_2")
        problem(answer, 429, "tries_too_many")
        assert answer.headers["retry-after"] == "30"
        assert door.get("/v1/licenses").status_code == 200  # Known, so not held up by the others.
