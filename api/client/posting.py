"""
One batch over HTTP, asked again until it is answered.

Owns when to try again and how long to wait. Sending again is always safe: an event that is in
the book already is answered with its original receipt.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from api.client.answers import AnswerUnreadable, Result, read_results
from api.client.batches import body_of
from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    import httpx

#: Answers that say "not now", as opposed to "not like this".
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
#: The longest wait asked of us that is kept; a server that says more is asked again earlier.
RETRY_AFTER_SECONDS_MAX = 300
TIMEOUT_SECONDS = 60
_KEY = re.compile("[!-~]+")
PATH = "/v1/generations"


class ServerAway(Refusal):
    """The server did not answer, however often it was asked."""

    code = "server_away"


class ServerRefused(Refusal):
    """The server refused the whole request; ``status`` and ``problem`` say why."""

    code = "server_refused"

    def __init__(self, *, status: int, problem: str, title: str, detail: str) -> None:
        super().__init__(status=status, title=title, detail=detail)
        self.status = status
        self.problem = problem


class ServerAddressUnusable(Refusal):
    """The server's address is not that of an HTTP server."""

    code = "server_address_unusable"
    field = "url"


class KeyUnusable(Refusal):
    """The key is empty, or holds what no key has; it is not said back."""

    code = "key_unusable"
    field = "key"


class NotNow(Exception):
    """This try had no answer; ``retry_after`` is how many seconds the server asks to wait."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Patience:
    """
    How often a request is tried, and the waits between.

    The n-th wait is drawn evenly between nothing and ``base_seconds`` doubled n times, up to
    ``wait_seconds_max`` (full jitter: clients that fell silent together do not come back
    together). A ``Retry-After`` is waited for in full first.
    """

    tries: int = 8
    base_seconds: float = 0.25
    wait_seconds_max: float = 20

    def wait_seconds(self, failures: int, retry_after: int | None = None) -> float:
        """Return how long to wait after so many failures in a row, at least one."""
        doubled = self.base_seconds * 2 ** min(failures, 30)
        drawn = random.uniform(0, min(doubled, self.wait_seconds_max))  # noqa: S311 - jitter
        return drawn + min(retry_after or 0, RETRY_AFTER_SECONDS_MAX)


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
    return {"Authorization": f"Bearer {key}", "Accept-Language": language}


class Post:
    """A connection to one server under one key; it posts batches of encoded events."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        language: str,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        import httpx  # With it comes half a second of modules that a program may never need.

        self.address = address_of(base_url)
        self._failure = httpx.TransportError
        self._http = httpx.Client(
            base_url=base_url,
            headers=headers_of(key, language),
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def send(
        self,
        events: Sequence[bytes],
        *,
        patience: Patience,
        sleep: Callable[[float], object],
    ) -> list[Result]:
        """
        Post a batch until it is answered, and return its results in order.

        :raises ServerAway: no answer after all tries; sending the same again is safe.
        :raises ServerRefused: the request as a whole is at fault: key, scope, size.
        """
        failures = 0
        while True:
            try:
                return self.send_once(events)
            except NotNow as not_now:
                failures += 1
                if failures >= patience.tries:
                    raise ServerAway(url=self.address, reason=not_now.reason) from None
                sleep(patience.wait_seconds(failures, not_now.retry_after))

    def send_once(self, events: Sequence[bytes]) -> list[Result]:
        """
        Post a batch one time.

        :raises NotNow: there was no answer, or one that says to come back later.
        :raises ServerRefused: the request as a whole is at fault.
        """
        body, headers = body_of(events)
        try:
            response = self._http.post(PATH, content=body, headers=headers)
        except self._failure as error:
            raise NotNow(str(error) or type(error).__name__) from None
        return results_of(response, count=len(events))


def results_of(response: "httpx.Response", *, count: int) -> list[Result]:
    """
    Return the results that an answer holds.

    :raises NotNow: it is none, or says to come back later.
    :raises ServerRefused: the request as a whole is at fault.
    """
    if response.status_code in _TRY_AGAIN:
        asked = _seconds(response.headers.get("Retry-After"))
        raise NotNow(f"HTTP {response.status_code}", asked)
    try:
        return read_results(response.content, count=count)
    except AnswerUnreadable as unreadable:
        if response.is_success or response.is_redirect:
            raise NotNow(str(unreadable)) from None
        raise _refused(response) from None


def _refused(response: "httpx.Response") -> ServerRefused:
    try:
        problem = msgspec.json.decode(response.content, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = {}
    return ServerRefused(
        status=response.status_code,
        problem=str(problem.get("code", "")),
        title=str(problem.get("title") or f"HTTP {response.status_code}"),
        detail=str(problem.get("detail") or response.reason_phrase),
    )


def _seconds(retry_after: str | None) -> int | None:
    """Read Retry-After: whole seconds, or a date; anything else is not said."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return int(retry_after.strip()[:9])
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, int((at - datetime.now(UTC)).total_seconds()) + 1)
