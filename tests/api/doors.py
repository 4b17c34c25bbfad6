"""The way into an application under test: requests as a firm sends them."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from httpx import Client, Response

from ledger.store.database import Database
from tests.api.reported import JSON, an_event

#: A moment in August 2026, after the events of the tests.
NOW = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)

GENERATIONS = "/v1/generations"

Event = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Door:
    """An application that answers, and the key of the firm that asks."""

    app: FastAPI
    client: Client
    database: Database
    key: str

    def ask(self, method: str, path: str, *, key: str | None = "own", **more: Any) -> Response:
        """Send a request with the firm's key, another, or none."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {self.key if key == 'own' else key}"
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Response:
        """Read something."""
        return self.ask("GET", path, **more)

    def report(
        self,
        body: object,
        media_type: str = JSON,
        *,
        language: str = "en",
        headers: Mapping[str, str] | None = None,
        key: str | None = "own",
        **more: Any,
    ) -> Response:
        """Report events: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": media_type, "Accept-Language": language, **(headers or {})}
        return self.ask("POST", GENERATIONS, key=key, content=content, headers=sent, **more)


def events(count: int, **changes: Any) -> list[Event]:
    """Return plain events that differ in their ids."""
    return [an_event(id=f"e-{number}", **changes) for number in range(count)]


def lines(sent: Sequence[Event]) -> bytes:
    """Return events as lines."""
    return b"\n".join(json.dumps(event).encode() for event in sent)


def packed(body: object) -> bytes:
    """Return a body compressed."""
    return gzip.compress(body if isinstance(body, bytes) else json.dumps(body).encode())


def statuses(response: Response) -> list[str]:
    """Return what became of each event of a report."""
    return [result["status"] for result in response.json()["results"]]


def problem(response: Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem, and return it."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return body
