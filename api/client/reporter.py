"""
Reporting generations to one server: any number of events in, a result for each out, in order.

Nothing is kept on disk here; a program whose events must survive it uses
:class:`api.client.spooled.SpooledReporter`.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from api.client.answers import Answer, Result
from api.client.batches import BatchLimits, cut
from api.client.generation import Generation, encode_event
from api.client.posting import Patience, Post

if TYPE_CHECKING:
    import httpx

Event = Generation | Mapping[str, Any] | msgspec.Raw
OnResult = Callable[[Event, Result], object]

#: Statuses in the order in which they are told.
STATUSES = ("accepted", "duplicate", "held", "refused", "conflict", "invalid")


class Reporter:
    """
    Reports to one server with one key; use it as a context manager.

    ``language`` is that of the problems in the answers, ``ja`` or ``en``. ``limits`` says how
    much goes into one request, ``patience`` how often a silent server is asked again.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        language: str = "en",
        limits: BatchLimits = BatchLimits(),
        patience: Patience = Patience(),
        sleep: Callable[[float], object] = time.sleep,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        self._limits = limits
        self._patience = patience
        self._sleep = sleep
        self._post = Post(base_url=base_url, key=key, language=language, transport=transport)

    def close(self) -> None:
        """Let go of the connection."""
        self._post.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def report(self, events: Iterable[Event]) -> Answer:
        """
        Report events and return all results in order; ``index`` counts over all of them.

        :raises ServerAway: there was no answer after all tries; nothing is known to be lost,
            and sending the same events again is safe.
        :raises ServerRefused: the key, its scope or the request as a whole is at fault.
        :raises GenerationInvalid: a mapping holds something that JSON cannot spell.
        :raises EventTooLarge: an event is larger than any request that could carry it.
        """
        results: list[Result] = []
        counts = self.report_each(events, on_result=lambda _, result: results.append(result))
        return Answer(results=results, counts=counts)

    def report_each(self, events: Iterable[Event], *, on_result: OnResult) -> Mapping[str, int]:
        """
        Report a stream of events of any length, and hand over each with its result, in order.

        Only one batch is held in memory. When this raises, every event handed over before is
        answered, and every other may or may not have been recorded.

        :raises: what :meth:`report` raises.
        """
        counts = Counter(dict.fromkeys(STATUSES, 0))
        waiting: deque[Event] = deque()
        done = 0
        for batch in cut(encode_all(events, waiting), self._limits):
            for result in self._post.send(batch, patience=self._patience, sleep=self._sleep):
                counts[result["status"]] += 1
                on_result(waiting.popleft(), renumbered(result, done))
                done += 1
        return counts


def encode_all(events: Iterable[Event], waiting: deque[Event]) -> Iterator[bytes]:
    """Encode events one by one, each kept among the waiting ones until it has its result."""
    for event in events:
        encoded = encode_event(event)
        waiting.append(event)
        yield encoded


def renumbered(result: Result, index: int) -> Result:
    """Return a batch's result as that of the event at another index, its pointer included."""
    moved: Result = {**result, "index": index}
    if "problem" in result and "pointer" in result["problem"]:
        _, _, rest = result["problem"]["pointer"][1:].partition("/")
        pointer = f"/{index}/{rest}" if rest else f"/{index}"
        moved["problem"] = {**result["problem"], "pointer": pointer}
    return moved
