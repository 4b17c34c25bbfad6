"""The application as a whole: ids, unknown ways in, our own failures, a book that is away."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from api.events import BODY_BYTES_MAX
from ledger.core.receipt import Result
from ledger.services.reporting import Report
from ledger.store.clusters import NAME
from ledger.store.embedded import EmbeddedServer
from locales.catalogues import message
from tests.api.doors import GENERATIONS, Door, events, problem, statuses
from tests.api.reported import JSON, an_event
from tests.database import superuser
from tests.services.firms import firm

# Ids and unknown ways in.


def test_every_answer_has_an_id_of_its_own(door: Door) -> None:
    answers = [
        door.report(an_event()),
        door.report(b""),
        door.get("/health"),
        door.get("/nowhere"),
        door.get("/v1/documents", key=None),
        door.get("/v1/openapi.json"),
    ]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == len(answers)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/generation", "/v1/work", "/v2/works"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_unknown_address_is_a_problem(door: Door, path: str, language: str) -> None:
    answer = door.get(path, key=None, headers={"Accept-Language": language})
    assert problem(answer, 404, "not_found")["title"] == message(
        language, "problem.not_found.title"
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", GENERATIONS, "POST"),
        ("PUT", GENERATIONS, "POST"),
        ("DELETE", "/v1/documents", "GET"),
        ("POST", "/v1/works", "GET"),
    ],
)
def test_another_method_is_a_problem_that_names_the_right_one(
    door: Door, method: str, path: str, allowed: str
) -> None:
    answer = door.ask(method, path)
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


# Our own failures.


def test_a_bug_says_nothing_and_keeps_nothing(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(report: Report) -> list[Result]:
        raise RuntimeError("secret: hunter2")

    with caplog.at_level(logging.ERROR), monkeypatch.context() as patched:
        patched.setattr(door.app.state.intake, "record", broken)
        answer = door.report(an_event(), language="ja")
    told = problem(answer, 500, "internal")
    assert told["title"] == message("ja", "problem.internal.title")
    assert "hunter2" not in answer.text
    (logged,) = caplog.records  # Once, and by nobody else.
    assert told["request_id"] in logged.getMessage()
    assert statuses(door.report(an_event())) == ["accepted"]


# A body that is larger than any that is taken.


def stream(door: Door, mebibytes: int) -> tuple[int, bytes]:
    """Send a body without an announced length; return what went out, and what came back."""
    address = (door.client.base_url.host, door.client.base_url.port or 80)
    chunk = b"%x\r\n%b\r\n" % (2**20, b" " * 2**20)
    sent, answer = 0, b""
    with socket.create_connection(address, timeout=20) as connection, suppress(OSError):
        connection.sendall(
            f"POST {GENERATIONS} HTTP/1.1\r\nHost: genbo\r\nAuthorization: Bearer {door.key}\r\n"
            f"Content-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        for _ in range(mebibytes):
            connection.sendall(chunk)
            sent += 1
        connection.sendall(b"0\r\n\r\n")
        while received := connection.recv(2**16):
            answer += received
    return sent, answer


def test_whoever_sends_too_much_hears_why(door: Door) -> None:
    """Also when nobody said beforehand how long the body would be."""
    sent, answer = stream(door, 40)
    assert sent == 40
    assert answer.startswith(b"HTTP/1.1 413")
    assert str(BODY_BYTES_MAX).encode() in answer


def test_a_body_that_never_ends_is_cut_off(door: Door) -> None:
    sent, answer = stream(door, 1_000)
    assert sent < 100
    assert not answer or answer.startswith(b"HTTP/1.1 413")
    assert door.get("/health").status_code == 200
    assert firm(door.database).batches() == []


# A book that cannot be reached.


@contextmanager
def away(server: EmbeddedServer, door: Door) -> Iterator[None]:
    """Take the database away under the application, as a server that is restored would."""
    name = door.database.engine.url.database
    assert name is not None
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    names = sql.Identifier(name), sql.Identifier(f"{name}_away")
    with superuser(server, NAME) as connection:
        end_connections(connection, name)
        connection.execute(rename.format(*names))
        try:
            yield
        finally:
            connection.execute(rename.format(*reversed(names)))


def end_connections(connection: psycopg.Connection, name: str) -> None:
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,)
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_book_that_is_away_is_said_so_and_the_same_report_is_taken_afterwards(
    door: Door, server: EmbeddedServer, language: str
) -> None:
    sent = events(3)
    door.report(sent[:1])
    with away(server, door):
        for answer in (
            door.report(sent, language=language),
            door.report(events(200), language=language),  # More than share a commit.
            door.get("/v1/documents", headers={"Accept-Language": language}),
            door.get("/health", headers={"Accept-Language": language}),
        ):
            told = problem(answer, 503, "database_unavailable")
            assert told["title"] == message(language, "problem.database_unavailable.title")
            assert answer.headers["retry-after"] == "5"
            assert "test_" not in answer.text  # Where it is stays with us.
    answer = door.report(sent)
    assert (answer.status_code, statuses(answer)) == (200, ["duplicate", "accepted", "accepted"])
    firm(door.database).check_chain()


def test_connections_that_were_ended_meanwhile_cost_no_report(
    door: Door, server: EmbeddedServer
) -> None:
    door.report(an_event(id="before"))
    name = door.database.engine.url.database
    assert name is not None
    with superuser(server, NAME) as connection:
        end_connections(connection, name)
    assert statuses(door.report(an_event())) == ["accepted"]


def test_a_book_that_another_writer_holds_is_busy_and_not_broken(door: Door) -> None:
    """Whoever waits too long is told when to come back; nothing of the report is kept."""
    studio = firm(door.database)
    with door.database.transaction() as session:
        session.connection().exec_driver_sql("SELECT * FROM lock_log(%s)", (studio.id,))
        with patience(door, "50ms"):
            answer = door.report(an_event())
        problem(answer, 503, "database_busy")
        assert answer.headers["retry-after"] == "5"
    assert statuses(door.report(an_event())) == ["accepted"]


@contextmanager
def patience(door: Door, lock_timeout: str) -> Iterator[None]:
    """Let connections that are opened from now on wait for locks only so long."""
    from sqlalchemy import event

    def hurry(connection: psycopg.Connection, *_: object) -> None:
        connection.execute(f"SET lock_timeout = '{lock_timeout}'")
        connection.commit()

    engine = door.database.engine
    event.listen(engine, "checkout", hurry)
    yield
    event.remove(engine, "checkout", hurry)


def test_closing_the_application_closes_only_what_it_opened(door: Door, clock: DemoClock) -> None:
    clock.move_to(clock() + timedelta(days=1))
    app = create_app(Context(door.database, clock=clock))
    with listening(app):
        pass
    assert statuses(door.report(an_event())) == ["accepted"]
