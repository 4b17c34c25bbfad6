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
from api.client.generation import Event, Quantity
from api.client.patience import Patience
from api.client.reporting import OnResult, Report
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

    def _connected(self, sleep: Callable[[float], object]) -> Connection:
        return Connection(
            self._server, patience=self._patience, sleep=sleep, transport=self._transport
        )
