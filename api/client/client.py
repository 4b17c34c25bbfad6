"""The client: one face to everything that an AI firm asks of the book."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from api.client.answers import Answer, Result
from api.client.batches import BatchLimits
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
from api.client.patience import Patience
from api.client.preview import Preview, preview_call
from api.client.reporting import OnResult, Report
from api.client.revenue import Revenue, RevenueMonth, revenue_call, state_revenue_call
from api.client.spool import BYTES_MAX
from api.client.spooled import LINGER_SECONDS, OnSpooledResult, SpooledReporter

if TYPE_CHECKING:
    import httpx


class Client:
    """
    Speaks to one server with one key; use it as a context manager. Threads may share it.

    ``language`` is that of the problems in the answers, ``ja`` or ``en``. ``limits`` says how
    much goes into one request, ``patience`` how often a silent server is asked again.

    :raises ServerAddressUnusable: the address is not that of an HTTP server.
    :raises KeyUnusable: no header can carry the key.
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
        self._server = Server(base_url=base_url, key=key, language=language)
        self._limits = limits
        self._patience = patience
        self._transport = transport
        self._connection = self._connected(sleep)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def clear(
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
        Ask whether a use is permitted, before it is made; nothing is charged and nothing stored.

        A refusal is an answer too. Only three quick tries are made, because a prompt waits.

        :raises: what :meth:`report` raises.
        """
        return self._connection.ask(
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
        report = Report(events, limits=self._limits, on_result=on_result)
        for call in report.calls():
            report.settle(self._connection.ask(call))
        return report.counts

    def preview(self, events: Iterable[Event]) -> Preview:
        """
        Ask what a report would be told and would cost, in one request. Nothing is recorded.

        :raises: what :meth:`report` raises.
        """
        return self._connection.ask(preview_call(events))

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
        Report through a folder: an event is safe when it is recorded, and sent when it can be.

        The options are those of :class:`SpooledReporter`. It has a connection of its own, which
        lives as long as it does.

        :raises SpoolInUse: another process reports through this folder.
        """
        return SpooledReporter(
            Path(folder),
            connection=self._connected(time.sleep),
            limits=self._limits,
            on_result=on_result,
            sync_every_ms=sync_every_ms,
            bytes_max=bytes_max,
            linger_seconds=linger_seconds,
        )

    def works(self, query: str) -> Iterator[Work]:
        """
        Give works, characters and voices by title in any spelling or by identifier, best first.

        More are asked for as they are taken.

        :raises: what :meth:`report` raises.
        """
        return self._connection.items(works_call(query))

    def licenses(self) -> Iterator[License]:
        """Give your licenses by reference."""
        return self._connection.items(licenses_call())

    def terms(self, license: str) -> Iterator[GrantTerms]:
        """
        Give the grants of a license, each with its subjects and every version of its terms.

        :raises NotFound: you have no such license.
        """
        return self._connection.items(terms_call(license))

    def generation(self, id: str, *, source: str, month: str | None = None) -> RecordedGeneration:
        """
        Return what is recorded of a generation: what was reported, and every correction.

        :raises NotFound: nothing is recorded under this source and id.
        :raises InConflict: it is recorded in several months; name one.
        """
        return self._connection.ask(generation_call(id, source=source, month=month))

    def correct(self, correction: Correction) -> Corrected:
        """
        Void or replace a recorded generation. Making the same correction again is harmless.

        :raises NotFound: nothing is recorded under this source and id.
        :raises InConflict: another correction was made before; look at it first.
        """
        return self._connection.ask(correct_call(correction))

    def draw_up_corrections(self, corrections: Iterable[Correction]) -> CorrectionDraft:
        """
        Show what many corrections would change together. Nothing is changed yet.

        :raises: what :meth:`report` raises.
        """
        return self._connection.ask(draw_up_call(corrections))

    def correction_draft(self, id: str) -> CorrectionDraft:
        """
        Return a draft as it was shown, and what became of it.

        :raises NotFound: you have no such draft.
        """
        return self._connection.ask(draft_call(id))

    def commit_corrections(self, id: str) -> tuple[Corrected, ...]:
        """
        Make all corrections of a draft, or none; only what was shown is ever made.

        :raises InConflict: it would change something else by now; draw up another.
        """
        return self._connection.ask(commit_call(id))

    def discard_corrections(self, id: str) -> None:
        """
        Give up a draft. It can still be read.

        :raises InConflict: it was made already.
        """
        self._connection.ask(discard_call(id))

    def declare(
        self,
        month: str,
        *,
        generation_count: int | None = None,
        totals: Totals | None = None,
        nil: bool = False,
    ) -> MonthReport:
        """
        Say how much there was in a month (``2026-10``), and see what the book has.

        ``totals`` are quantities by modality and unit. ``nil`` alone says that nothing was
        generated. Declaring again is a new version.

        :raises InConflict: the month is closed.
        """
        call = declare_call(month, generation_count=generation_count, totals=totals, nil=nil)
        return self._connection.ask(call)

    def month(self, month: str) -> MonthReport:
        """
        Return a month as it was declared and as the book has it.

        :raises: what :meth:`report` raises.
        """
        return self._connection.ask(month_call(month))

    def months(self) -> Iterator[MonthReport]:
        """Give your months, the latest first."""
        return self._connection.items(months_call())

    def state_revenue(self, month: str, revenues: Sequence[Revenue]) -> RevenueMonth:
        """
        Say what you took in in a month (``2026-10``), where your terms have a share of that.

        Another amount is a new version; after the month was closed, the next closing counts it.

        :raises NotFound: a license is not yours, or has no such grant.
        :raises RequestInvalid: terms ask for no revenue, or in another currency.
        """
        return self._connection.ask(state_revenue_call(month, revenues))

    def revenue(self, month: str) -> RevenueMonth:
        """Return a month's revenue as you stated it, and as closings compared it."""
        return self._connection.ask(revenue_call(month))

    def _connected(self, sleep: Callable[[float], object]) -> Connection:
        return Connection(
            self._server, patience=self._patience, sleep=sleep, transport=self._transport
        )
