"""
What every request is asked and every answer carries, whatever its route.

An id; the dated version of the contract; what is left of the key's quota. It stands outside
everything else, so what nobody foresaw ends here, too: further out, a server would log it a
second time, and hang up before its answer is read.
"""

import secrets

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.openapi import VERSION, VERSIONS
from api.rate_limits import RateLimits, Visit

_VERSION_SENT = (b"genbo-version", VERSION.encode())
_VERSIONS_TAKEN = frozenset(version.encode() for version in VERSIONS)

#: Where keys are of use, and what there is open to everybody.
_KEYED = "/v1/"
_OPEN = "/v1/openapi.json"


class Conventions:
    """Gives each request its id, and its answer the headers that all answers have."""

    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its id in ``request.state``, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        authorization, version = _asked(scope)
        is_keyed = scope["path"].startswith(_KEYED) and scope["path"] != _OPEN
        visit: Visit | None = None
        if authorization is not None and is_keyed:
            visit = self._limits.begin(scope, authorization)
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = message["headers"] = list(message.get("headers", ()))
                headers += ((b"x-request-id", request_id.encode()), _VERSION_SENT)
                if visit is not None:
                    cost = state.get("cost", 1)
                    headers += self._limits.end(visit, message["status"], cost)
            await send(message)

        refused = _refused(scope, visit, version if is_keyed else None)
        if refused is not None:
            await refused(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # Whoever asked has hung up, and hears nothing any more.
        except Exception as error:
            if has_begun:
                raise
            await problems.bug(Request(scope), error)(scope, receive, send_with_headers)


def _asked(scope: Scope) -> tuple[bytes | None, bytes | None]:
    """Return the key and the version that a request names."""
    authorization = version = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value
        elif name == b"genbo-version":
            version = value
    return authorization, version


def _refused(scope: Scope, visit: Visit | None, version: bytes | None) -> Response | None:
    """Return the answer to a request that comes too often, or asks for what never was."""
    if visit is not None and visit.retry_after:
        return problems.respond(
            Request(scope),
            "tries_too_many" if visit.is_try else "rate_exceeded",
            429,
            values={"kind": visit.kind, "seconds": str(visit.retry_after)},
            headers={"Retry-After": str(visit.retry_after)},
        )
    if version is not None and version.strip() not in _VERSIONS_TAKEN:
        asked = version[:40].decode("latin-1")
        return problems.respond(
            Request(scope),
            "version_unknown",
            400,
            values={"version": asked, "known": ", ".join(VERSIONS)},
        )
    return None
