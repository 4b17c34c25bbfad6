"""
How HTTP comes in: a head of bounded size, in bounded time, and a body that keeps coming.

The server's own protocol waits for ever, keeps a head of any size, and copies it again with
every packet: one connection without a key could hold up all the others. What is refused here
never reached the application, so it is answered here, as a problem like any other.
"""

import json
import secrets
from asyncio import BaseTransport, TimerHandle, Transport
from http import HTTPStatus
from typing import ClassVar, cast

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.problems import MEDIA_TYPE, asked_language, problem_body

#: Bytes of a request's head; as many may stand between two parts of a body, or behind it.
HEAD_BYTES_MAX = 64 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """One connection, which is closed when it sends too much before a body, or nothing at all."""

    #: How long what is owed may stay away; at most twice as long.
    seconds_max: ClassVar[float] = 20

    _watch: TimerHandle
    #: Heads that were whole, parts of bodies, and requests that were whole.
    _steps = 0
    #: Bytes since the last of them.
    _unread = 0
    #: The steps at the last look, when something was owed then.
    _owed_since: int | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to look after the connection."""
        super().connection_made(cast(Transport, transport))
        self._watch = self.loop.call_later(self.seconds_max, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; whatever is neither a whole head nor a body is counted."""
        before = self._steps
        super().data_received(data)
        self._unread = 0 if self._steps > before else self._unread + len(data)
        if self._unread > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse("head_too_large", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Count a head."""
        self._steps += 1
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count a part of a body."""
        self._steps += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Count a request."""
        self._steps += 1
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse("request_malformed", HTTPStatus.BAD_REQUEST)

    def _look(self) -> None:
        """Close the connection when what it owed at the last look has not come since."""
        self._watch = self.loop.call_later(self.seconds_max, self._look)
        is_owing = self._is_head_due() or self._is_body_due()
        if is_owing and self._owed_since == self._steps:
            self._refuse("request_too_slow", HTTPStatus.REQUEST_TIMEOUT)
        self._owed_since = self._steps if is_owing else None

    def _is_head_due(self) -> bool:
        """Tell whether the next thing to come is a head; between two requests uvicorn waits."""
        cycle, is_between = self._cycle(), self.timeout_keep_alive_task is not None
        return (cycle is None or cycle.response_complete) and not is_between

    def _is_body_due(self) -> bool:
        """Tell whether somebody waits for the rest of a body."""
        cycle, is_waiting = self._cycle(), not self.flow.read_paused
        return is_waiting and cycle is not None and cycle.more_body and not cycle.response_complete

    def _refuse(self, code: str, status: HTTPStatus) -> None:
        """Say why, unless another answer has begun, and hang up."""
        cycle = self._cycle()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(self._answer(code, status))
        self.transport.close()

    def _cycle(self) -> RequestResponseCycle | None:
        """Return the last request and its answer; there is none before the first whole head."""
        return self.cycle

    def _answer(self, code: str, status: HTTPStatus) -> bytes:
        request = Request({"type": "http", "headers": self.headers or []})
        language = asked_language(request)
        request_id = secrets.token_hex(8)
        members = problem_body(code, language=language, values={"limit": str(HEAD_BYTES_MAX)})
        told = {**members, "status": status.value, "request_id": request_id}
        body = json.dumps(told, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
            f"Content-Language: {language}\r\nX-Request-Id: {request_id}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body
