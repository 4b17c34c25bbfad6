"""
What is asked of the server and how its answer is read. Nothing here asks: both clients do.

Asking again is always safe. What is recorded has an identity of its own or an
``Idempotency-Key`` that stays the same over all tries; the rest records nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from api.client.patience import NotNow, Patience, seconds_of
from api.client.refusals import KeyUnusable, ServerAddressUnusable, problem_of, refused

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

#: Answers that say "not now", as opposed to "not like this".
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
#: An earlier try of the same request is still being carried out.
_IN_FLIGHT = "idempotency_key_in_flight"
#: The contract that this client was written for.
VERSION = "2026-11-22"
TIMEOUT_SECONDS = 60
_KEY = re.compile("[!-~]+")


class AnswerUnreadable(Exception):
    """What came back is no answer of this API: a proxy's page, or half an answer."""


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One request, and how what it gets is read; ``patience`` overrides the client's."""

    method: str = "GET"
    path: str
    #: Takes the answer's body; raises AnswerUnreadable.
    read: Callable[[bytes], T]
    query: Mapping[str, str | int] = field(default_factory=dict)
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: Patience | None = None
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some of a list, and the call for the others if there are any."""

    items: tuple[T, ...]
    following: "Call[Page[T]] | None"

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)


def answer_of(call: Call[T], response: "httpx.Response") -> T:
    """
    Return what an answer says.

    :raises NotNow: it is none, or says to come back later.
    :raises ServerRefused: the request as a whole is at fault.
    """
    status = response.status_code
    if status in _TRY_AGAIN:
        told = problem_of(response).title
        reason = f"HTTP {status}: {told}" if told else f"HTTP {status}"
        raise NotNow(reason, seconds_of(response.headers.get("Retry-After")))
    if response.is_redirect:
        raise NotNow(f"HTTP {status}")
    if status == 409 and problem_of(response).code == _IN_FLIGHT:
        raise NotNow(_IN_FLIGHT, seconds_of(response.headers.get("Retry-After")))
    try:
        return call.read(response.content)  # Of a 422 too, when each event has its answer.
    except AnswerUnreadable as unreadable:
        if response.is_success:
            raise NotNow(str(unreadable)) from None
        raise refused(response) from None


def reader(shape: type[T]) -> Callable[[bytes], T]:
    """Return what reads an answer of a shape; members it does not know are left out."""
    decoder = msgspec.json.Decoder(shape)

    def read(content: bytes) -> T:
        try:
            return decoder.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AnswerUnreadable(f"unreadable answer ({error})") from None

    return read


def nothing(content: bytes) -> None:
    """
    Read an answer that says nothing.

    :raises AnswerUnreadable: it says something, so it is another answer.
    """
    if content:
        raise AnswerUnreadable(f"unreadable answer ({len(content)} bytes where none were expected)")


def json_call(
    method: str, path: str, members: Mapping[str, object], *, read: Callable[[bytes], T]
) -> Call[T]:
    """Return a request with a body; a POST is named, so that it is carried out once."""
    headers = {"Content-Type": "application/json"}
    if method == "POST":
        headers["Idempotency-Key"] = str(uuid4())
    return Call(
        method=method, path=path, read=read, content=msgspec.json.encode(members), headers=headers
    )


def address_of(base_url: str) -> str:
    """
    Return the address of a server, if it can be one; otherwise it would be asked for minutes.

    :raises ServerAddressUnusable: it is not that of an HTTP server.
    """
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_address = is_address and (parts.port or 1) > 0 and base_url.isprintable()
    except ValueError:  # A port that is none, an open bracket.
        is_address = False
    if not is_address:
        raise ServerAddressUnusable(url=base_url)
    return base_url


def headers_of(key: str, language: str) -> dict[str, str]:
    """
    Return what every request says: who asks, and in which language.

    :raises KeyUnusable: no header can carry the key.
    """
    if not _KEY.fullmatch(key):
        raise KeyUnusable
    return {
        "Authorization": f"Bearer {key}",
        "Accept-Language": language,
        "Genbo-Version": VERSION,
    }
