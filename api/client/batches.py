"""Cutting a stream of encoded events into request bodies that the API takes."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.client.generation import EventTooLarge
from api.events import BODY_BYTES_MAX, EVENTS_MAX

#: A smaller body is not worth the time it takes to compress.
GZIP_ABOVE_BYTES = 32 * 1024
#: Usage compresses to a tenth at the first level already; more levels cost more than they save.
_GZIP_LEVEL = 1


@dataclass(frozen=True, kw_only=True)
class BatchLimits:
    """How much goes into one request: whichever comes first."""

    events: int = 1_000
    bytes: int = 4 * 1024 * 1024

    def __post_init__(self) -> None:
        assert 1 <= self.events <= EVENTS_MAX, f"a request has 1 to {EVENTS_MAX} events"
        assert 1 <= self.bytes <= BODY_BYTES_MAX, f"a request has up to {BODY_BYTES_MAX} bytes"


def cut(events: Iterable[bytes], limits: BatchLimits) -> Iterator[Sequence[bytes]]:
    """
    Give the events in batches that keep the limits; nothing is reordered.

    An event larger than ``limits.bytes`` goes by itself, for the server to judge.

    :raises EventTooLarge: an event is larger than any request that the server takes.
    """
    batch: list[bytes] = []
    size = 2  # The brackets; each event brings a comma.
    for event in events:
        if len(event) + 2 > BODY_BYTES_MAX:
            raise EventTooLarge(size=len(event), limit=BODY_BYTES_MAX)
        if batch and (len(batch) == limits.events or size + len(event) + 1 > limits.bytes):
            yield batch
            batch, size = [], 2
        batch.append(event)
        size += len(event) + 1
    if batch:
        yield batch


def body_of(events: Sequence[bytes]) -> tuple[bytes, dict[str, str]]:
    """Return the request body of a batch and the headers that describe it."""
    body = b"[%b]" % b",".join(events)
    headers = {"Content-Type": "application/json"}
    if len(body) <= GZIP_ABOVE_BYTES:
        return body, headers
    return gzip.compress(body, _GZIP_LEVEL, mtime=0), headers | {"Content-Encoding": "gzip"}
