"""The client for programs on asyncio: the same calls, results and patience, awaited."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from api.client.answers import Answer, Result
from api.client.batches import BatchLimits
from api.client.calls import TIMEOUT_SECONDS, Call, Page, answer_of
from api.client.catalogue import (
    GrantTerms,
    License,
    Work,
    licenses_call,
    terms_call,
    works_call,
)
from api.client.clearance import Clearance, clearance_call
from api.client.connection import Connection, Server
from api.client.corrections import (
    Corrected,
    Correction,
    CorrectionDraft,
    RecordedGeneration,
    commit_call,
    correct_call,
    discard_call,
    draft_call,
    draw_up_call,
    generation_call,
)
from api.client.generation import Event, Quantity
from api.client.months import MonthReport, Totals, declare_call, month_call, months_call
from api.client.patience import Attempts, NotNow, Patience
from api.client.preview import Preview, preview_call
from api.client.reporting import OnResult, Report
from api.client.revenue import Revenue, RevenueMonth, revenue_call, state_revenue_call
from api.client.spool import BYTES_MAX
from api.client.spooled import LINGER_SECONDS, OnSpooledResult, SpooledReporter

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class AsyncClient:
    """
    :class:`api.client.Client`, awaited; use it as an async context manager.

    Lists are async iterators. Every method raises what the one of the same name there raises.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        language: str = "en",
        limits: BatchLimits = BatchLimits(),
        patience: Patience = Patience(),
        sleep: Callable[[float], Awaitable[object]] | None = None,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        import asyncio  # Programs that are not on it need not wait for it.

        import httpx

        self._server = Server(base_url=base_url, key=key, language=language)
        self._limits = limits
        self._patience = patience
        self._sleep = sleep or asyncio.sleep
        self._failure = httpx.TransportError
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers=self._server.headers,
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

    async def clear(
        self,
        subjects: Sequence[str],
        *,
        use_class: str,
        modality: str,
        unit: str,
        territory: str,
        quantity: Quantity = None,
        occurred_at: datetime | None = None,
        license: str | None = None,
        language: str | None = None,
    ) -> Clearance:
        """
        Ask whether a use is permitted, as :meth:`api.client.Client.clear`.

        :raises: what that raises.
        """
        return await self._ask(
            clearance_call(
                subjects=subjects,
                use_class=use_class,
                modality=modality,
                unit=unit,
                territory=territory,
                quantity=quantity,
                occurred_at=occurred_at,
                license=license,
                language=language,
            )
        )

    async def report(self, events: Iterable[Event]) -> Answer:
        """
        Report events and return all results in order.

        :raises: what :meth:`api.client.Client.report` raises.
        """
        results: list[Result] = []
        counts = await self.report_each(events, on_result=lambda _, each: results.append(each))
        return Answer(results=results, counts=counts)

    async def report_each(
        self, events: Iterable[Event], *, on_result: OnResult
    ) -> Mapping[str, int]:
        """
        Report a stream of events, and hand over each with its result, in order.

        :raises: what :meth:`api.client.Client.report` raises.
        """
        report = Report(events, limits=self._limits, on_result=on_result)
        for call in report.calls():
            report.settle(await self._ask(call))
        return report.counts

    async def preview(self, events: Iterable[Event]) -> Preview:
        """Ask what a report would be told and would cost. Nothing is recorded."""
        return await self._ask(preview_call(events))

    def spool(
        self,
        folder: Path | str,
        *,
        on_result: OnSpooledResult | None = None,
        sync_every_ms: int = 0,
        bytes_max: int = BYTES_MAX,
        linger_seconds: float = LINGER_SECONDS,
    ) -> SpooledReporter:
        """
        Report through a folder, as :meth:`api.client.Client.spool`.

        A thread sends; ``record`` waits for the disk alone, and with ``sync_every_ms`` hardly.

        :raises SpoolInUse: another process reports through this folder.
        """
        return SpooledReporter(
            Path(folder),
            connection=Connection(self._server, patience=self._patience),
            limits=self._limits,
            on_result=on_result,
            sync_every_ms=sync_every_ms,
            bytes_max=bytes_max,
            linger_seconds=linger_seconds,
        )

    def works(self, query: str) -> AsyncIterator[Work]:
        """Give works by title in any spelling or by identifier, best first."""
        return self._items(works_call(query))

    def licenses(self) -> AsyncIterator[License]:
        """Give your licenses by reference."""
        return self._items(licenses_call())

    def terms(self, license: str) -> AsyncIterator[GrantTerms]:
        """Give the grants of a license, each with its subjects and versions of its terms."""
        return self._items(terms_call(license))

    async def generation(
        self, id: str, *, source: str, month: str | None = None
    ) -> RecordedGeneration:
        """Return what is recorded of a generation: what was reported, and every correction."""
        return await self._ask(generation_call(id, source=source, month=month))

    async def correct(self, correction: Correction) -> Corrected:
        """Void or replace a recorded generation. Making the same correction again is harmless."""
        return await self._ask(correct_call(correction))

    async def draw_up_corrections(self, corrections: Iterable[Correction]) -> CorrectionDraft:
        """Show what many corrections would change together. Nothing is changed yet."""
        return await self._ask(draw_up_call(corrections))

    async def correction_draft(self, id: str) -> CorrectionDraft:
        """Return a draft as it was shown, and what became of it."""
        return await self._ask(draft_call(id))

    async def commit_corrections(self, id: str) -> tuple[Corrected, ...]:
        """Make all corrections of a draft, or none; only what was shown is ever made."""
        return await self._ask(commit_call(id))

    async def discard_corrections(self, id: str) -> None:
        """Give up a draft. It can still be read."""
        await self._ask(discard_call(id))

    async def declare(
        self,
        month: str,
        *,
        generation_count: int | None = None,
        totals: Totals | None = None,
        nil: bool = False,
    ) -> MonthReport:
        """Say how much there was in a month (``2026-10``), and see what the book has."""
        call = declare_call(month, generation_count=generation_count, totals=totals, nil=nil)
        return await self._ask(call)

    async def month(self, month: str) -> MonthReport:
        """Return a month as it was declared and as the book has it."""
        return await self._ask(month_call(month))

    def months(self) -> AsyncIterator[MonthReport]:
        """Give your months, the latest first."""
        return self._items(months_call())

    async def state_revenue(self, month: str, revenues: Sequence[Revenue]) -> RevenueMonth:
        """Say what you took in in a month (``2026-10``), where your terms have a share of that."""
        return await self._ask(state_revenue_call(month, revenues))

    async def revenue(self, month: str) -> RevenueMonth:
        """Return a month's revenue as you stated it, and as closings compared it."""
        return await self._ask(revenue_call(month))

    async def _items(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        following: Call[Page[T]] | None = call
        while following is not None:
            page = await self._ask(following)
            for item in page:
                yield item
            following = page.following

    async def _ask(self, call: Call[T]) -> T:
        attempts = Attempts(call.patience or self._patience, url=self._server.base_url)
        while True:
            try:
                return await self._ask_once(call)
            except NotNow as not_now:
                await self._sleep(attempts.failed(not_now))

    async def _ask_once(self, call: Call[T]) -> T:
        try:
            response = await self._http.request(
                call.method,
                call.path,
                params=dict(call.query) or None,
                content=call.content,
                headers=dict(call.headers),
                timeout=call.timeout_seconds,
            )
        except self._failure as error:
            raise NotNow(str(error) or type(error).__name__) from None
        return answer_of(call, response)
