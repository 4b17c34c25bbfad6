"""Who sends no request, half of one, or too much of a head, is answered and hung up on."""

import asyncio
import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.demo.hosting import listening
from api.wire import HEAD_BYTES_MAX, GuardedProtocol

HEAD = b"POST / HTTP/1.1\r\nHost: genbo\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
JAPANESE = b"Accept-Language: ja\r\n"
PART = b"a" * 4_096


class Hasty(GuardedProtocol):
    """One that does not wait long."""

    seconds_max = 0.4


class Answered(NamedTuple):
    """What came back before the connection was closed, and after how long."""

    status: int
    body: dict[str, Any]
    seconds: float


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer how many bytes a body had."""
    with suppress(ClientDisconnect):
        if scope["type"] != "http":
            return
        size = len(await Request(scope, receive).body())
        await PlainTextResponse(str(size))(scope, receive, send)


@pytest.fixture(scope="module")
def hasty() -> Iterator[tuple[str, int]]:
    """Where somebody listens who does not wait long."""
    with listening(count, Hasty) as url:
        yield "127.0.0.1", int(url.rpartition(":")[2])


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Where an application listens as it does in earnest."""
    with listening(count) as url:
        yield "127.0.0.1", int(url.rpartition(":")[2])


def send(address: tuple[str, int], parts: Iterable[bytes]) -> Answered:
    """Send, listen until the other side hangs up, and read the last answer as a problem."""
    began = time.monotonic()
    with closing(socket.create_connection(address, timeout=10)) as connection:
        with suppress(ConnectionError):  # Once it is refused, nobody listens any more.
            for part in parts:
                connection.sendall(part)
        received = b""
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                received += part
    head, _, body = received.rpartition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"Connection: close" in head
    return Answered(
        int(head[head.rindex(b"HTTP/1.1") :].split()[1]), json.loads(body), time.monotonic() - began
    )


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"X: "] + [PART] * 400,  # One header that never ends,
        [HEAD] + [b"X: " + PART + b"\r\n"] * 400,  # headers that never end,
        [b"GET /"] + [PART] * 400,  # an address,
        [CHUNKED + b"1;"] + [PART] * 400,  # what may stand between two parts of a body,
        [CHUNKED + b"0\r\n"] + [b"X: " + PART + b"\r\n"] * 400,  # and behind it.
        [HEAD + JAPANESE] + [b"X: " + PART + b"\r\n"] * 20_000,  # 80 MB
    ],
)
def test_a_head_has_a_size(address: tuple[str, int], parts: list[bytes]) -> None:
    answered = send(address, parts)
    assert (answered.status, answered.body["code"]) == (431, "head_too_large")
    assert str(HEAD_BYTES_MAX) in answered.body["detail"]
    assert answered.seconds < 5


def test_a_head_of_some_size_is_taken(address: tuple[str, int]) -> None:
    url = "http://{}:{}/{}".format(*address, "a" * 20_000)
    assert httpx.post(url, headers={"X": "a" * 20_000}, content=b"12").text == "2"


def test_a_large_body_is_no_head(address: tuple[str, int]) -> None:
    url = "http://{}:{}".format(*address)
    body = [PART] * 100
    with httpx.Client(base_url=url) as client:
        for _ in range(3):  # The same connection again.
            assert client.post("/", content=b"".join(body)).text == str(len(PART) * 100)
            assert client.post("/", content=iter(body)).text == str(len(PART) * 100)


@pytest.mark.parametrize(
    "sent",
    [
        b"",  # Nothing at all,
        b"POST / HT",  # part of a line,
        HEAD + b"X-Slow: ",  # of a header,
        HEAD + b"Content-Length: 5\r\n\r\n12",  # of a body,
        CHUNKED + b"5\r\n12",
        CHUNKED + b"2\r\n12\r\n",  # and a body without its end.
    ],
)
def test_what_does_not_come_is_not_waited_for(hasty: tuple[str, int], sent: bytes) -> None:
    answered = send(hasty, [sent])
    assert (answered.status, answered.body["code"]) == (408, "request_too_slow")
    assert 0.4 <= answered.seconds < 10


def test_a_head_that_trickles_is_not_waited_for(hasty: tuple[str, int]) -> None:
    def trickle() -> Iterator[bytes]:
        for byte in HEAD + b"X: " + PART:
            yield bytes([byte])
            time.sleep(0.02)

    assert send(hasty, trickle()).status == 408


def test_a_body_that_keeps_coming_is_waited_for(hasty: tuple[str, int]) -> None:
    def steps() -> Iterator[bytes]:
        for _ in range(10):
            yield b"12"
            time.sleep(0.1)

    assert httpx.post("http://{}:{}".format(*hasty), content=steps()).text == "20"


def test_an_answer_may_take_its_time() -> None:
    """Whoever waits for an answer owes nothing."""

    async def think(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(1.5)
            await count(scope, receive, send)

    with listening(think, Hasty) as url:
        assert httpx.post(url, content=b"12").text == "2"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",  # TLS, to a door that speaks plain HTTP.
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST\r\n\r\n",
        HEAD + b"X: a\0b\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n1",
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1",
        HEAD + b"Content-Type: a;\r\n b\r\n\r\n",  # Folded, as nobody does since 2014.
        CHUNKED + b"zz\r\n",
        CHUNKED + b"-1\r\n",
    ],
)
def test_what_is_not_http_is_a_problem(address: tuple[str, int], sent: bytes) -> None:
    answered = send(address, [sent])
    assert (answered.status, answered.body["code"]) == (400, "request_malformed")
    assert answered.body["request_id"]


@pytest.mark.parametrize(("header", "language"), [(JAPANESE, "ja"), (b"", "en")])
def test_it_is_said_in_the_language_that_was_asked_for(
    address: tuple[str, int], header: bytes, language: str
) -> None:
    sent = HEAD + header + b"X: a\0b\r\n\r\n"
    assert send(address, [sent]).body["title"].isascii() is (language == "en")


def test_many_that_wait_keep_nobody_waiting(address: tuple[str, int]) -> None:
    slow = [socket.create_connection(address) for _ in range(200)]
    try:
        for connection in slow:
            connection.sendall(HEAD)
        began = time.monotonic()
        with httpx.Client(base_url="http://{}:{}".format(*address)) as client:
            assert {client.post("/", content=b"1").text for _ in range(20)} == {"1"}
        assert time.monotonic() - began < 5
    finally:
        for connection in slow:
            connection.close()
