"""Every refusal is answered as a problem, in the language asked for; a bug says nothing."""

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.exceptions import HTTPException

from api import problems
from api.conventions import Conventions
from api.events import BodyUnreadable, InvalidEvent
from api.problems import problem_body
from api.rate_limits import RateLimits
from ledger.core.fields import NumberNotExact
from ledger.core.refusal import Refusal
from ledger.store.database import DatabaseBusy, DatabaseUnavailable
from locales import catalogues
from tests.api.reported import an_event, decoded, refused, without


class MonthClosed(Refusal):
    """A refusal of the test, under a code of the table."""

    code = "month_closed"


class KeyMissing(Refusal):
    """A refusal of the test, of a caller who is not known."""

    code = "key_missing"


class Unworded(Refusal):
    """A refusal that nobody worded, which is a bug."""

    code = "nobody_worded_this"


def answer(
    error: Exception,
    *languages: str,
    path: str = "/raise",
    method: str = "GET",
) -> Response:
    """Return what an application answers whose only page raises."""
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Conventions, limits=RateLimits())

    @app.get("/raise")
    def page(limit: int = 0) -> None:
        raise error

    async def ask() -> Response:
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://genbo") as client:
            headers = [("Accept-Language", language) for language in languages]
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("JA", "ja"),
        ("en-GB,ja;q=0.9", "en"),
        ("ja;q=0.1", "ja"),
        ("en;q=0.5,ja;q=0.8", "ja"),
        ("en;q=0.5, ja;q=0.5", "en"),  # Equally welcome: the first.
        ("ja;q=0.5,en;q=0.5", "ja"),
        ("fr-FR,fr;q=0.9,ja;q=0.2", "ja"),  # The best of those we have.
        ("fr", "en"),
        ("ja;q=0", "en"),  # Not welcome at all.
        ("ja;q=0,fr", "en"),
        ("ja ; Q=0.1 , en ; q=0.9", "en"),
        ("ja;level=1;q=0.2,en;q=0.3", "en"),  # The weight need not come first.
        ("*", "en"),
        ("jam", "en"),  # Jamaican Creole begins like Japanese.
        ("ja;q=much", "en"),  # Unreadable.
        ("ja;q=nan", "en"),
        (";;;,,q=1", "en"),
    ],
)
def test_the_language_is_the_first_of_ours_that_the_reader_prefers(
    asked: str | None, language: str
) -> None:
    response = answer(MonthClosed(month="2026-07"), *([] if asked is None else [asked]))
    assert response.headers["content-language"] == language
    assert response.json()["title"] == catalogues.message(language, "problem.month_closed.title")


def test_languages_may_come_in_several_headers() -> None:
    response = answer(MonthClosed(month="2026-07"), "fr", "ja")
    assert response.headers["content-language"] == "ja"


def test_a_problem_has_everything_that_rfc_9457_names() -> None:
    response = answer(MonthClosed(month="2026-07", field="time"))
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "https://genbo.example/problems/month-closed",
        "code": "month_closed",
        "title": "The month is closed",
        "detail": catalogues.message("en", "problem.month_closed.detail", month="2026-07"),
        "pointer": "/time",
        "status": 409,
        "request_id": response.headers["x-request-id"],
    }
    assert "2026-07" in response.json()["detail"]


def test_a_refusal_that_the_table_does_not_name_is_a_422_with_its_place() -> None:
    body = answer(NumberNotExact(field="lines.0.rate", value="a lot")).json()
    assert (body["status"], body["code"]) == (422, "number_not_exact")
    assert body["pointer"] == "/lines/0/rate"


@pytest.mark.parametrize(
    ("error", "status", "header", "value"),
    [
        (KeyMissing(), 401, "www-authenticate", "Bearer"),
        (DatabaseUnavailable(address="db", reason="gone"), 503, "retry-after", "5"),
        (DatabaseBusy(reason="locked"), 503, "retry-after", "5"),
    ],
)
def test_an_answer_says_how_to_go_on(
    error: Exception, status: int, header: str, value: str
) -> None:
    response = answer(error)
    assert response.status_code == status
    assert response.headers[header] == value


def test_where_the_database_is_stays_with_us() -> None:
    response = answer(DatabaseUnavailable(address="db.internal:5432", reason="password of genbo"))
    assert "internal" not in response.text
    assert "password" not in response.text


@pytest.mark.parametrize(
    ("error", "path", "status", "code"),
    [
        (HTTPException(404), "/raise", 404, "not_found"),
        (HTTPException(405), "/raise", 405, "method_not_allowed"),
        (HTTPException(418), "/raise", 418, "request_refused"),
        (AssertionError(), "/nowhere", 404, "not_found"),
        (AssertionError(), "/raise?limit=many", 422, "field_invalid"),
    ],
)
@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_what_the_framework_refuses_is_a_problem_too(
    error: Exception, path: str, status: int, code: str, language: str
) -> None:
    response = answer(error, language, path=path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["content-language"] == language


def test_a_field_that_the_framework_refuses_is_pointed_at() -> None:
    body = answer(AssertionError(), path="/raise?limit=many").json()
    assert body["pointer"] == "/limit"


def test_the_wrong_method_is_told_which_ones_there_are() -> None:
    assert answer(AssertionError(), method="DELETE").headers["allow"] == "GET"


@pytest.mark.parametrize(
    "bug",
    [
        RuntimeError("secret: hunter2"),
        AssertionError("secret: hunter2"),
        Unworded(secret="hunter2"),  # A refusal without words is our bug as well.
        MonthClosed(secret="hunter2"),  # So is one that lacks the values its words need.
    ],
)
def test_a_bug_says_nothing_of_its_cause_and_is_logged_with_its_id(
    bug: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="genbo.api"):
        response = answer(bug, "ja")
    body = response.json()
    assert (response.status_code, body["code"]) == (500, "internal")
    assert body["title"] == catalogues.message("ja", "problem.internal.title")
    assert "hunter2" not in response.text
    (logged,) = [record for record in caplog.records if record.name == "genbo.api"]
    assert body["request_id"] in logged.getMessage()
    assert logged.exc_info


#: One event for each code that an event can be refused under.
BAD_EVENTS: list[object] = [
    without("id"),
    an_event(x=1),
    an_event(territory="JPN"),
    an_event(quantity=1.5),
    an_event(quantity=-1),
    an_event(quantity="1" * 31),
    an_event(quantity="1" * 16),
    an_event(currency="ZZZ"),
    an_event(time="1999-01-01T00:00:00Z"),
    an_event(title="a" * 70_000),
    b'{"id": NaN}',
]
#: One body for each code that a whole body can be refused under.
BAD_BODIES: list[tuple[bytes, str, str | None]] = [
    (b"[{", "application/json", None),
    (b'{"events": [], "x": 1}', "application/json", None),
    (b"", "application/json", None),
    (b"[" + b"{}," * 10_000 + b"{}]", "application/json", None),
    (b" " * (1 << 24) + b" ", "application/json", None),
    (b"{}", "text/plain", None),
    (b"{}", "application/json", "br"),
    (b"{}", "application/json", "gzip"),
]


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
@pytest.mark.parametrize("event", BAD_EVENTS)
def test_every_fault_of_an_event_is_worded(event: object, language: str) -> None:
    fault = refused(event)
    # As the route of the reports passes them.
    values = {"field": fault.pointer or "/", "value": fault.detail, "reason": fault.detail}
    body = problem_body(fault.code, language=language, pointer=f"/0{fault.pointer}", values=values)
    assert body["title"]
    assert body["detail"]
    assert body["pointer"].startswith("/0")


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
@pytest.mark.parametrize(("sent", "media_type", "encoding"), BAD_BODIES)
def test_every_fault_of_a_body_is_worded(
    sent: bytes, media_type: str, encoding: str | None, language: str
) -> None:
    with pytest.raises(BodyUnreadable) as unreadable:
        decoded(sent, media_type, encoding)
    response = answer(unreadable.value, language)
    assert response.status_code == unreadable.value.status
    assert response.json()["code"] == unreadable.value.code
    assert response.json()["detail"]


def test_there_is_a_bad_example_of_every_code() -> None:
    invalid = [each for event in BAD_EVENTS for each in decoded(event)]
    codes = {each.code for each in invalid if isinstance(each, InvalidEvent)}
    for body, media_type, encoding in BAD_BODIES:
        with pytest.raises(BodyUnreadable) as unreadable:
            decoded(body, media_type, encoding)
        codes.add(unreadable.value.code)
    assert len(codes) == len(BAD_EVENTS) + len(BAD_BODIES) - 1  # field_unknown is both.


@pytest.mark.parametrize("code", sorted(problems.STATUS_OF))
def test_every_code_with_a_status_of_its_own_is_worded(code: str) -> None:
    for language in catalogues.LANGUAGES:
        assert f"problem.{code}.title" in catalogues.keys(language)
        assert f"problem.{code}.detail" in catalogues.keys(language)


def test_more_members_stand_beside_the_usual_ones() -> None:
    body: dict[str, Any] = problem_body(
        "identity_conflict", language="en", values={"id": "1", "fields": "title"}, fields=["title"]
    )
    assert body["fields"] == ["title"]
    assert "pointer" not in body
