"""
``Idempotency-Key``: a request that is sent again is not carried out again.

A route takes part by asking for its context through :func:`once`, and in no other way::

    Once = Annotated[Context, Depends(once(require("manage")))]

What it writes through that context is written together with the mark that it was carried out.
:class:`KeptAnswers` keeps what was answered. A refusal changes nothing, so it frees its key: the
mended request may carry the same one.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import read_body
from api.context import Context, context
from api.events import BODY_BYTES_MAX
from api.security import Caller
from ledger.core.refusal import Refusal
from ledger.services import repeating
from ledger.services.repeating import Claim, KeptAnswer

HEADER = "Idempotency-Key"
#: Tells an answer that was kept from one that was just given.
REPLAYED = "Idempotent-Replayed"

_HEADER = HEADER.lower().encode()
_CLAIMED = "claimed"

#: Bare, as most send it, or in quotes, as a structured field (RFC 8941) is written.
_BARE = re.compile(r"[\x21\x23-\x7e]{1,255}")
_QUOTED = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"')
_PATTERN = r'^([\x21\x23-\x7e]{1,255}|"[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}")$'

_log = logging.getLogger("genbo.api")


class IdempotencyKeyMalformed(Refusal):
    """The key is empty, too long, sent twice, or has other characters than it may."""

    code = "idempotency_key_malformed"


class Answered(Exception):
    """The request was answered before; carries the answer."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class _Claimed:
    claim: Claim
    given: Context
    hides: Collection[str]


_Sent = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description=(
            "A name of your choice for this request, such as a UUID. Sent again with the same "
            "name within 30 days, it is not carried out again, and answered as it was."
        ),
        examples=["7f3d2c1e-0b5a-4f6e-9a86-51c2f7d0e94b"],
        json_schema_extra={"pattern": _PATTERN},
    ),
]


def once(
    check: Callable[..., Any], *, hides: Collection[str] = ()
) -> Callable[..., Awaitable[Context]]:
    """
    Return a dependency that gives a route its context, and carries each keyed request out once.

    ``check`` is the dependency that returns the caller. ``hides`` names fields of the answer that
    are shown once: they are not kept, and are null when the answer is given again.
    """

    async def take(
        request: Request,
        given: Annotated[Context, Depends(context)],
        caller: Annotated[Caller, Depends(check)],
        sent: _Sent = None,
    ) -> Context:
        key = _key(request)
        if key is None:
            return given
        found = await run_in_threadpool(
            repeating.claim,
            given.database,
            owner_id=caller.party_id,
            key=key,
            fingerprint=await _fingerprint(request),
            at=given.clock(),
        )
        if isinstance(found, KeptAnswer):
            raise Answered(found)
        setattr(request.state, _CLAIMED, _Claimed(found, given, hides))
        return replace(
            given, database=repeating.marking(given.database, claim=found, at=given.clock())
        )

    return take


def install(app: FastAPI) -> None:
    """Let an application answer as it did before, and keep what it answers."""
    app.add_exception_handler(Answered, _again)
    app.add_middleware(KeptAnswers)


class KeptAnswers:
    """Keeps the answers to requests that carry a key, before they are sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the answer to one with a key waits until it is kept."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or not any(name == _HEADER for name, _ in scope["headers"])
        ):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        start: Message = {}
        parts: list[bytes] = []

        async def send_when_kept(message: Message) -> None:
            nonlocal start
            if _CLAIMED not in state:
                await send(message)
            elif message["type"] == "http.response.start":
                start = message
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    content = b"".join(parts)
                    await _settle(state[_CLAIMED], start, content)
                    await send(start)
                    await send({"type": "http.response.body", "body": content})

        try:
            await self._app(scope, receive, send_when_kept)
        except Exception:
            if _CLAIMED in state:
                await _settle(state[_CLAIMED], {"status": 500}, b"")
            raise


def _key(request: Request) -> str | None:
    sent = request.headers.getlist(HEADER)
    if not sent:
        return None
    text = sent[0].strip()
    if len(sent) == 1:
        if quoted := _QUOTED.fullmatch(text):
            return quoted[1]
        if _BARE.fullmatch(text):
            return text
    raise IdempotencyKeyMalformed(value=", ".join(sent)[:100])


async def _fingerprint(request: Request) -> bytes:
    """Return a hash of what makes a request this one: method, address and body."""
    body = await read_body(request, limit=BODY_BYTES_MAX)
    request._body = body  # As Request.body() does, so that the route can read it, too.
    address = request.url.path, request.url.query
    parts = (request.method, *address, sha256(body).hexdigest())
    return sha256("\n".join(parts).encode()).digest()


async def _settle(claimed: _Claimed, start: Message, content: bytes) -> None:
    """Keep an answer, or free the key; the caller is answered even when neither can be done."""
    given = claimed.given
    try:
        if 200 <= start["status"] < 300:
            await run_in_threadpool(
                repeating.keep_answer,
                given.database,
                claim=claimed.claim,
                answer=KeptAnswer(
                    status=start["status"],
                    media_type=_media_type(start),
                    content=_without(content, claimed.hides),
                ),
                at=given.clock(),
            )
        else:
            await run_in_threadpool(repeating.release, given.database, claim=claimed.claim)
    except Refusal as refusal:
        _log.warning("the answer to key %s is not kept: %s", claimed.claim.key, refusal)


def _media_type(start: Message) -> str:
    for name, value in start["headers"]:
        if name == b"content-type":
            return str(value, "latin-1")
    return ""


def _without(content: bytes, hidden: Collection[str]) -> bytes:
    if not hidden:
        return content
    body = json.loads(content)
    return json.dumps(
        {**body, **dict.fromkeys(hidden)}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _again(_: Request, error: Exception) -> Response:
    assert isinstance(error, Answered)
    answer = error.answer
    headers = {REPLAYED: "true"}
    if answer.media_type:
        headers["Content-Type"] = answer.media_type
    return Response(answer.content, status_code=answer.status, headers=headers)
