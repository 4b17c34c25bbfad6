"""Events on their way to whoever listens: signed, and late, doubled, reordered or lost at will."""

import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

from api.stripe_double.shapes import Object

#: Sends a body with headers, and returns the status it was answered with.
Post = Callable[[bytes, dict[str, str]], int]


def sign(body: bytes, *, secret: str, at: int) -> str:
    """Return the header ``Stripe-Signature`` of a body sent at a second."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={signed}"


def post_to(url: str) -> Post:
    """Return what posts to an address, and answers 0 where nobody is reached."""

    def post(body: bytes, headers: dict[str, str]) -> int:
        try:
            return httpx.post(url, content=body, headers=headers, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    return post


@dataclass(kw_only=True)
class Hooks:
    """One endpoint, and the events that it has not taken yet."""

    post: Post
    secret: str
    now: Callable[[], int]
    waiting: list[Object] = field(default_factory=list)

    def take(self, event: Object) -> None:
        """Queue an event."""
        self.waiting.append(event)

    def deliver(
        self,
        arrange: Callable[[list[Object]], Sequence[Object]] = lambda events: events,
        *,
        times: int = 1,
    ) -> list[int]:
        """
        Send what waits, and keep what was not taken for the next time; return the answers.

        ``arrange`` says in which order, and which of them at all: what it leaves out is lost.
        """
        events, self.waiting = list(arrange(self.waiting)), []
        answers = []
        for _ in range(times):
            for event in events:
                status = self.send(event)
                answers.append(status)
                if not 200 <= status < 300 and event not in self.waiting:
                    self.waiting.append(event)
        return answers

    def send(self, event: Object, *, at: int | None = None, secret: str | None = None) -> int:
        """Send one event, signed at a second and with a secret; now and ours unless told."""
        body = encode(event)
        signature = sign(body, secret=secret or self.secret, at=self.now() if at is None else at)
        headers = {"content-type": "application/json", "stripe-signature": signature}
        return self.post(body, headers)


def encode(value: Any) -> bytes:
    """Return JSON as Stripe writes it, over several lines."""
    return json.dumps(value, indent=2).encode()
