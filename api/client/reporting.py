"""One report of any length: the requests it takes, and whose result is whose. Sends nothing."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from api.client.answers import STATUSES, Result, read_results
from api.client.batches import BatchLimits, body_of, cut
from api.client.calls import Call
from api.client.generation import Event, encode_event

OnResult = Callable[[Event, Result], object]


class Report:
    """The events of one report on their way: encoded batch by batch, settled in order."""

    def __init__(
        self, events: Iterable[Event], *, limits: BatchLimits, on_result: OnResult
    ) -> None:
        self._events = events
        self._limits = limits
        self._on_result = on_result
        self._waiting: deque[Event] = deque()
        self._done = 0
        self._counts = Counter[str](dict.fromkeys(STATUSES, 0))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many events have each status so far."""
        return self._counts

    def calls(self) -> Iterator[Call[Sequence[Result]]]:
        """Give the requests in order; each is settled before the next is taken."""
        for batch in cut(self._encoded(), self._limits):
            yield report_call(batch)

    def settle(self, results: Sequence[Result]) -> None:
        """Hand over the events of the request that was answered, each with its result."""
        for result in results:
            self._counts[result.status] += 1
            self._on_result(self._waiting.popleft(), _renumbered(result, self._done))
            self._done += 1

    def _encoded(self) -> Iterator[bytes]:
        for event in self._events:
            encoded = encode_event(event)
            self._waiting.append(event)
            yield encoded


def report_call(events: Sequence[bytes]) -> Call[Sequence[Result]]:
    """Return the request that reports a batch of encoded events."""
    content, headers = body_of(events)
    return Call(
        method="POST",
        path="/v1/generations",
        read=partial(read_results, count=len(events)),
        content=content,
        headers=headers,
    )


def _renumbered(result: Result, index: int) -> Result:
    """Return a batch's result as that of the event at another index, its pointer included."""
    if result.problem is None or result.problem.pointer is None:
        return replace(result, index=index)
    _, _, rest = result.problem.pointer[1:].partition("/")
    pointer = f"/{index}/{rest}" if rest else f"/{index}"
    return replace(result, index=index, problem=replace(result.problem, pointer=pointer))
