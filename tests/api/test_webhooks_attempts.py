"""One attempt: where it may lead, how long it may take, and what of its answer is kept."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from api.addresses import Guard
from api.webhooks import Sender
from ledger.core.webhook import (
    ANSWER_BYTES_MAX,
    Answer,
    Failure,
)
from ledger.store.database import Database
from tests.api.receivers import Receiver, receiver
from tests.api.senders import MovableClock, a_sender, a_worker, invoice, subscribe
from tests.services import webhooked
from tests.services.webhooked import SECRET, log


@pytest.fixture
def clock() -> MovableClock:
    """A clock for the worker."""
    return MovableClock()


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with receiver() as listening:
        yield listening


def send(url: str, clock: MovableClock, sender: Sender | None = None) -> Answer:
    """Send one message outside of any book."""
    delivery = webhooked.due(url)
    return asyncio.run((sender or a_sender(clock)).send(delivery, [SECRET]))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(
    status: int, clock: MovableClock, hooks: Receiver
) -> None:
    with receiver(status=status) as redirecting:
        redirecting.headers["location"] = hooks.url
        answer = send(redirecting.url, clock)
    assert answer.status == status
    assert hooks.received == []


def test_a_host_that_leads_inside_by_now_is_not_connected_to(
    clock: MovableClock, hooks: Receiver
) -> None:
    inside = Guard(look_up=lambda _host, _port: ["127.0.0.1"])
    sender = Sender(guard=inside, clock=clock)
    answer = send(f"https://rebind.example.com:{hooks.port}/hook", clock, sender)
    assert (answer.status, answer.failure) == (None, Failure.ADDRESS_REFUSED)
    assert hooks.received == []


def test_a_host_that_is_gone_and_a_port_nobody_listens_on_are_told_apart(
    clock: MovableClock, hooks: Receiver
) -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise OSError

    nowhere = Sender(guard=Guard(look_up=fails), clock=clock)
    assert send("https://a.example.com/", clock, nowhere).failure is Failure.HOST_UNKNOWN
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound, and nobody listens.
        port = taken.getsockname()[1]
        assert send(f"http://127.0.0.1:{port}/", clock).failure is Failure.CONNECTION_FAILED
    # Plain HTTP where TLS is expected.
    assert send(f"https://127.0.0.1:{hooks.port}/", clock).failure is Failure.CONNECTION_FAILED


def test_a_proxy_of_the_environment_is_not_asked(
    clock: MovableClock, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    assert send(hooks.url, clock).status == 200


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"", ""),
        (b"x" * 5000, "x" * ANSWER_BYTES_MAX),
        ("失敗".encode(), "失敗"),
        (b"\xff\x00\xfe", "\ufffd\ufffd\ufffd"),  # PostgreSQL takes neither of them.
        (b"x" * (ANSWER_BYTES_MAX - 1) + "失".encode(), "x" * (ANSWER_BYTES_MAX - 1) + "\ufffd"),
    ],
)
def test_the_beginning_of_an_answer_is_kept(
    sent: bytes, kept: str, database: Database, clock: MovableClock
) -> None:
    with receiver(status=500, answer=sent) as failing:
        subscribe(database, failing)
        invoice(database, "INV-1")
        a_worker(database, clock).drain()
    assert log(database)[0].attempts[0].body == kept


def _drip(sent: bytes) -> Callable[[socket.socket], None]:
    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            if not sent:
                time.sleep(2)
            for byte in sent:
                try:
                    connection.send(bytes([byte]))
                except OSError:
                    return
                time.sleep(0.05)

    return serve


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200,  # Each byte comes before any timeout.
        b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200,
    ],
    ids=["silence", "dripping headers", "dripping body"],
)
def test_an_attempt_ends_in_time_however_slowly_it_is_answered(
    sent: bytes, clock: MovableClock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_drip(sent), args=(listener,), daemon=True)
        serving.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        started = time.monotonic()
        answer = send(url, clock, a_sender(clock, timeout_seconds=0.5))
        assert time.monotonic() - started < 3
    assert answer.failure is Failure.TIMED_OUT
    assert 400 <= answer.duration_ms < 3000
