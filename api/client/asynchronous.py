"""The reporter for programs on asyncio: the same batches, results and patience."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from api.client.answers import Answer, Result
from api.client.batches import BatchLimits, body_of, cut
from api.client.posting import (
    PATH,
    TIMEOUT_SECONDS,
    NotNow,
    Patience,
    ServerAway,
    address_of,
    headers_of,
    results_of,
)
from api.client.reporter import STATUSES, Event, OnResult, encode_all, renumbered

if TYPE_CHECKING:
    import httpx


class AsyncReporter:
    """:class:`api.client.reporter.Reporter`, awaited; use it as an async context manager."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        language: str = "en",
        limits: BatchLimits = BatchLimits(),
        patience: Patience = Patience(),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        import httpx

        self._address = address_of(base_url)
        self._limits = limits
        self._patience = patience
        self._sleep = sleep
        self._failure = httpx.TransportError
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers=headers_of(key, language),
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._http.aclose()

    async def report(self, events: Iterable[Event]) -> Answer:
        """
        Report events and return all results in order.

        :raises: what :meth:`api.client.reporter.Reporter.report` raises.
        """
        results: list[Result] = []
        counts = await self.report_each(events, on_result=lambda _, each: results.append(each))
        return Answer(results=results, counts=counts)

    async def report_each(
        self, events: Iterable[Event], *, on_result: OnResult
    ) -> Mapping[str, int]:
        """
        Report a stream of events, and hand over each with its result, in order.

        :raises: what :meth:`api.client.reporter.Reporter.report` raises.
        """
        counts = Counter(dict.fromkeys(STATUSES, 0))
        waiting: deque[Event] = deque()
        done = 0
        for batch in cut(encode_all(events, waiting), self._limits):
            for result in await self._send(batch):
                counts[result["status"]] += 1
                on_result(waiting.popleft(), renumbered(result, done))
                done += 1
        return counts

    async def _send(self, events: Sequence[bytes]) -> list[Result]:
        failures = 0
        while True:
            try:
                return await self._send_once(events)
            except NotNow as not_now:
                failures += 1
                if failures >= self._patience.tries:
                    raise ServerAway(url=self._address, reason=not_now.reason) from None
                await self._sleep(self._patience.wait_seconds(failures, not_now.retry_after))

    async def _send_once(self, events: Sequence[bytes]) -> list[Result]:
        body, headers = body_of(events)
        try:
            response = await self._http.post(PATH, content=body, headers=headers)
        except self._failure as error:
            raise NotNow(str(error) or type(error).__name__) from None
        return results_of(response, count=len(events))
