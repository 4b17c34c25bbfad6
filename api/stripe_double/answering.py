"""From a request to an answer: the key, the rate, the idempotency key, and the work."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.stripe_double import errors
from api.stripe_double.errors import StripeError
from api.stripe_double.faults import Fault, Faults
from api.stripe_double.forms import decode
from api.stripe_double.hooks import encode
from api.stripe_double.routes import carry_out
from api.stripe_double.state import API_VERSION, State

#: How long an idempotency key is kept.
KEPT_SECONDS = 24 * 3_600


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came; the names of its headers in small letters."""

    method: str
    path: str
    text: str  # the form, or the query
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    request: Request
    answer: Answer
    at: int


@dataclass(kw_only=True)
class Desk:
    """Answers requests, one at a time."""

    state: State
    api_key: str
    faults: Faults
    monotonic: Callable[[], float]
    requests_a_second: int = 100
    log: list[Request] = field(default_factory=list)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer | None:
        """Answer a request; None when its connection is to end without an answer."""
        with self._lock:
            self.log.append(request)
            fault = self.faults.next() if request.method == "POST" else None
            if fault is Fault.NO_ANSWER_BEFORE:
                return None
            answer = self._answer(request, fault)
            if fault is Fault.ERROR_AFTER:
                return _refused(errors.out_of_order(503), self._number())
            return None if fault is Fault.NO_ANSWER_AFTER else answer

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        key = request.headers.get("idempotency-key", "")
        try:
            self._check_key(request)
            self._check_rate()
            if fault is Fault.RATE_LIMITED:
                raise errors.too_often()
            if fault is Fault.IN_FLIGHT:
                raise errors.key_in_use(key)
            if fault is Fault.ERROR_BEFORE:
                raise errors.out_of_order()
            if kept := self._kept_answer(key, request):
                return kept
            body = carry_out(self.state, request.method, request.path, decode(request.text))
        except StripeError as error:
            answer = _refused(error, self._number())
            return self._keep(key, request, answer) if error.is_kept else answer
        headers = {"Request-Id": self._number(), "Stripe-Version": API_VERSION}
        return self._keep(key, request, Answer(status=200, body=encode(body), headers=headers))

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given != self.api_key:
            raise errors.unauthorized(given)

    def _check_rate(self) -> None:
        now = self.monotonic()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        if len(self._recent) >= self.requests_a_second:
            raise errors.too_often()
        self._recent.append(now)

    def _kept_answer(self, key: str, request: Request) -> Answer | None:
        kept = self._kept.get(key) if key and request.method == "POST" else None
        if kept is None or self.state.now() - kept.at >= KEPT_SECONDS:
            return None
        first = kept.request
        if (first.path, first.text) != (request.path, request.text):
            raise errors.key_used_otherwise(key)
        headers = {**kept.answer.headers, "Idempotent-Replayed": "true"}
        headers["Original-Request"] = kept.answer.headers["Request-Id"]
        return Answer(status=kept.answer.status, body=kept.answer.body, headers=headers)

    def _keep(self, key: str, request: Request, answer: Answer) -> Answer:
        if key and request.method == "POST":
            headers = {**answer.headers, "Idempotency-Key": key}
            answer = Answer(status=answer.status, body=answer.body, headers=headers)
            self._kept[key] = _Kept(request=request, answer=answer, at=self.state.now())
        return answer

    def _number(self) -> str:
        return f"req_{len(self.log):014}"


def _refused(error: StripeError, number: str) -> Answer:
    body: dict[str, Any] = error.body()
    body["error"]["request_log_url"] = f"https://stripe.example/logs/{number}"
    headers = {"Request-Id": number, "Stripe-Version": API_VERSION, **error.headers}
    return Answer(status=error.status, body=encode(body), headers=headers)
