"""How often a request is tried, and how long is waited between."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from api.client.refusals import ServerAway


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
    together). A ``Retry-After`` is waited for first, up to ``retry_after_seconds_max``; a server
    that says more is asked again earlier.
    """

    tries: int = 8
    base_seconds: float = 0.25
    wait_seconds_max: float = 20
    retry_after_seconds_max: int = 300

    def wait_seconds(self, failures: int, retry_after: int | None = None) -> float:
        """Return how long to wait after so many failures in a row, at least one."""
        doubled = self.base_seconds * 2 ** min(failures, 30)
        drawn = random.uniform(0, min(doubled, self.wait_seconds_max))  # noqa: S311 - jitter
        return drawn + min(retry_after or 0, self.retry_after_seconds_max)


class Attempts:
    """The failed tries of one request."""

    def __init__(self, patience: Patience, *, url: str) -> None:
        self._patience = patience
        self._url = url
        self._failures = 0

    def failed(self, not_now: NotNow) -> float:
        """
        Count a failure, and return how many seconds to wait before the next try.

        :raises ServerAway: it was the last.
        """
        self._failures += 1
        if self._failures >= self._patience.tries:
            raise ServerAway(url=self._url, reason=not_now.reason) from None
        return self._patience.wait_seconds(self._failures, not_now.retry_after)


def seconds_of(retry_after: str | None) -> int | None:
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
