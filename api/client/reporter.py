"""
Reporting generations over HTTP: one request a batch, sent again until it is answered.

Sending again is always safe: an event that is in the book already is answered with its
original receipt. So a lost answer, a restarted server or a killed program needs no care.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from api.events import EVENTS_MAX
from ledger.core.refusal import Refusal

#: Seconds before each further try; the last is repeated never, then the report has failed.
WAITS_SECONDS = (0.2, 0.5, 1, 2, 5, 10)
#: Answers that say "not now", as opposed to "not like this".
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class ServerAway(Refusal):
    """The server did not answer, however often it was asked."""

    code = "server_away"


class ServerRefused(Refusal):
    """The server refused the whole request; its problem says why."""

    code = "server_refused"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one batch: a result for each event, in order, and their counts."""

    results: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]


class Reporter:
    """Reports to one server with one key; use it as a context manager."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        language: str = "en",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}", "Accept-Language": language},
            timeout=60,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def report(self, events: Sequence[Mapping[str, Any]]) -> Answer:
        """
        Report up to 10,000 events and return their results in order.

        :raises ServerAway: there was no answer after all tries; nothing is known to be lost,
            and sending the same events again is safe.
        :raises ServerRefused: the key, its scope or the request as a whole is at fault.
        """
        assert len(events) <= EVENTS_MAX, f"one report takes up to {EVENTS_MAX} events"
        body = msgspec.json.encode(events)
        response = self._post(body)
        answer = msgspec.json.decode(response.content)
        if "results" not in answer:
            raise ServerRefused(
                status=response.status_code,
                title=answer.get("title", ""),
                detail=answer.get("detail", ""),
            )
        return Answer(results=answer["results"], counts=answer["counts"])

    def _post(self, body: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        reason = ""
        for wait in (*WAITS_SECONDS, None):
            try:
                response = self._http.post("/v1/generations", content=body, headers=headers)
                if response.status_code not in _TRY_AGAIN:
                    return response
                reason = f"HTTP {response.status_code}"
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            if wait is not None:
                self._sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        raise ServerAway(url=self._http.base_url, reason=reason)
