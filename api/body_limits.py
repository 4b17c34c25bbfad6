"""
No request's body is kept that is larger than anything that could be asked with it.

The framework reads a body whole before it asks for the key, and would keep a gigabyte of
anybody's; so this comes before the framework. Routes that read their own bodies have limits of
their own.
"""

from collections.abc import Collection

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.bodies import read_body
from api.events import BodyUnreadable

#: Far more than anything takes that is not a report.
BYTES_MAX = 1024 * 1024

#: What asks so has no body, or one that nobody reads.
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class BodyLimits:
    """Gives an application only such bodies as it could take, whatever is said of their length."""

    def __init__(self, app: ASGIApp, *, reading_themselves: Collection[str]) -> None:
        self._app = app
        self._reading_themselves = frozenset(reading_themselves)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, or answer in the application's place."""
        if (
            scope["type"] != "http"
            or scope["method"] in _WITHOUT_BODY
            or scope["path"] in self._reading_themselves
        ):
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(Request(scope, receive), limit=BYTES_MAX)
        except ClientDisconnect:
            return
        except BodyUnreadable as refused:
            answer = problems.body_unreadable(Request(scope), refused)
            await answer(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_whole() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, receive_whole, send)
