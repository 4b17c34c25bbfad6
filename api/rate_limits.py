"""
How much a key may ask for in a while: token buckets, one for each key and kind of call.

A bucket is kept in memory, so each process counts for itself: two workers let through up to
twice as much. What a call costs is known when it has been answered, so a bucket may go below
nothing, and the next call waits until it has filled up again. Keys that were never good here
share a bucket of tries for each address they come from; a key that has been good before is not
stopped by the tries of its neighbors behind the same proxy.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from typing import TypeVar

from starlette.types import Scope

_Name = TypeVar("_Name")
_Thing = TypeVar("_Thing")

#: What a quota is for: a bucket fills up within this time.
WINDOW_SECONDS = 60

#: Keys and addresses remembered; the one that has been here longest makes room.
REMEMBERED_MAX = 10_000

#: Answers that only the holder of a good key gets. Others may be given before one is asked for.
_ONLY_TO_KEYS = frozenset({200, 201, 202, 204, 207, 403, 409, 422})


class Kind(StrEnum):
    """Calls that are counted together."""

    REPORT = "report"
    CLEARANCE = "clearance"
    OTHER = "other"


#: What is counted by itself; everything else under /v1 is counted together, by the call.
_KINDS = {
    ("POST", "/v1/generations"): Kind.REPORT,
    ("POST", "/v1/generations/preview"): Kind.REPORT,
    ("POST", "/v1/clearances"): Kind.CLEARANCE,
}

#: So much in a minute, for each key and process; generous, because they are there for accidents.
QUOTAS: Mapping[Kind, int] = {
    Kind.REPORT: 10_000_000,  # events
    Kind.CLEARANCE: 600_000,
    Kind.OTHER: 60_000,
}
#: Keys that are not good, from one address.
TRIES = 600


class Bucket:
    """So much may be spent at once, and it fills up again within the window."""

    __slots__ = ("_at", "_left", "_quota")

    def __init__(self, quota: int, now: float) -> None:
        self._quota = quota
        self._left: float = quota
        self._at = now

    def left(self, now: float) -> float:
        """Return how much may be spent now; below nothing when too much has been."""
        refilled = self._left + (now - self._at) * self._quota / WINDOW_SECONDS
        self._left, self._at = min(self._quota, refilled), now
        return self._left

    def spend(self, cost: int, now: float) -> None:
        """Take something out, even if it is not there."""
        self._left = self.left(now) - cost

    def seconds_until(self, amount: float, now: float) -> int:
        """Return in how many whole seconds there will be so much."""
        return max(0, math.ceil((amount - self.left(now)) * WINDOW_SECONDS / self._quota))


@dataclass(slots=True)
class Visit:
    """One request with a key, from its beginning to its answer."""

    key: bytes
    kind: Kind
    address: str | None
    retry_after: int = 0  # seconds; above 0 the request is not taken
    is_try: bool = False  # true as long as nobody knows whether the key is good


@dataclass(kw_only=True)
class RateLimits:
    """The buckets of one process. A quota of 0 means that there is none."""

    quotas: Mapping[Kind, int] = field(default_factory=lambda: QUOTAS)
    tries: int = TRIES
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[bytes, dict[Kind, Bucket]] = field(default_factory=dict)
    _tried: dict[str, Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._policies = {
            kind: f'"{kind}";q={quota};w={WINDOW_SECONDS}'.encode()
            for kind, quota in self.quotas.items()
        }

    def begin(self, scope: Scope, authorization: bytes) -> Visit:
        """Let a request in, or tell it when to come again."""
        kind = _KINDS.get((scope["method"], scope["path"]), Kind.OTHER)
        key = sha256(authorization.partition(b" ")[2]).digest()
        visit = Visit(key, kind, _address(scope))
        buckets = self._buckets.get(visit.key)
        now = self.clock()
        if buckets is None:
            self._begin_try(visit, now)
        elif self.quotas[kind]:
            bucket = buckets.get(kind)
            if bucket is not None and bucket.left(now) <= 0:
                visit.retry_after = max(1, bucket.seconds_until(1, now))
        return visit

    def end(self, visit: Visit, status: int, cost: int) -> list[tuple[bytes, bytes]]:
        """Count what a request cost, and return the headers that tell what is left."""
        buckets = self._buckets.get(visit.key)
        now = self.clock()
        if visit.is_try and status == 401:
            self._count_try(visit, now)
            return []
        if status == 401:
            self._buckets.pop(visit.key, None)  # It was good once.
            return []
        if buckets is None:
            if status not in _ONLY_TO_KEYS:
                return []
            buckets = _remember(self._buckets, visit.key, {})
        quota = self.quotas[visit.kind]
        if not quota:
            return []
        bucket = buckets.get(visit.kind)
        if bucket is None:
            bucket = buckets[visit.kind] = Bucket(quota, now)
        if not visit.retry_after:
            bucket.spend(cost, now)
        left = max(0, math.floor(bucket.left(now)))
        told = b'"%b";r=%d;t=%d' % (visit.kind.encode(), left, bucket.seconds_until(quota, now))
        return [(b"ratelimit-policy", self._policies[visit.kind]), (b"ratelimit", told)]

    def _begin_try(self, visit: Visit, now: float) -> None:
        visit.is_try = True
        bucket = None if visit.address is None else self._tried.get(visit.address)
        if bucket is not None and bucket.left(now) < 1:
            visit.retry_after = max(1, bucket.seconds_until(1, now))

    def _count_try(self, visit: Visit, now: float) -> None:
        if visit.address is None or not self.tries:
            return
        bucket = self._tried.get(visit.address)
        if bucket is None:
            bucket = _remember(self._tried, visit.address, Bucket(self.tries, now))
        bucket.spend(1, now)


def _remember(memory: dict[_Name, _Thing], name: _Name, thing: _Thing) -> _Thing:
    if len(memory) >= REMEMBERED_MAX:
        del memory[next(iter(memory))]
    memory[name] = thing
    return thing


def _address(scope: Scope) -> str | None:
    """Return where a request comes from: of IPv6 the network, since one machine has all of it."""
    client = scope.get("client")
    if not client or ":" not in client[0]:
        return client[0] if client else None
    try:
        network = int(ip_address(client[0].partition("%")[0])) >> 64
    except ValueError:
        return None
    return f"{network:x}"
