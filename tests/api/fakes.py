"""A server that AI firms could meet, played in memory: it answers, falls silent, or refuses."""

import gzip
import json
from collections.abc import Callable, Iterable
from typing import Any

import httpx

Played = Callable[[httpx.Request], httpx.Response]


class FakeServer(httpx.BaseTransport):
    """
    Takes batches as the API does, each identity once, and keeps what it was sent.

    ``script`` plays the first requests: a status answers with it, an exception is raised, a
    function answers as it likes. After that every event is taken.
    """

    def __init__(self, *script: int | Exception | Played) -> None:
        self._script: Iterable[int | Exception | Played] = iter(script)
        self.requests: list[httpx.Request] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.known: dict[str, dict[str, Any]] = {}
        #: What is answered about events with these ids, instead of taking them.
        self.told: dict[str, dict[str, Any]] = {}

    def play(self, *script: int | Exception | Played) -> None:
        """Play these next."""
        self._script = iter(script)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        request.read()
        self.requests.append(request)
        match next(iter(self._script), None):
            case None:
                return self.take(request)
            case Exception() as error:
                raise error
            case int(status):
                return httpx.Response(status)
            case play:
                return play(request)

    def take(self, request: httpx.Request) -> httpx.Response:
        """Answer as the API does: each event in order, known ones as duplicates."""
        body = request.content
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        events = json.loads(body)
        self.batches.append(events)
        results = [self._result(index, event) for index, event in enumerate(events)]
        return httpx.Response(200, json={"results": results, "counts": {}})

    def _result(self, index: int, event: dict[str, Any]) -> dict[str, Any]:
        told = self.told.get(event["id"])
        if told is not None:
            return {"index": index, "id": event["id"], **told}
        status = "duplicate" if event["id"] in self.known else "accepted"
        self.known.setdefault(event["id"], event)
        return {"index": index, "id": event["id"], "status": status}


def problem(status: int, code: str = "key_unknown") -> Played:
    """Return what plays a refusal of the whole request."""
    return lambda _: httpx.Response(
        status, json={"code": code, "title": "No", "detail": "Ask the operator."}
    )


def asking_to_wait(value: str, status: int = 429) -> Played:
    """Return what plays an answer with ``Retry-After``."""
    return lambda _: httpx.Response(status, headers={"Retry-After": value})
