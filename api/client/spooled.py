"""
Reporting through a spool: an event is safe when it is recorded, and sent when there is a server.

A thread sends what the spool holds, oldest first, for as long as it takes. What cannot be sent
at the moment stays where it is, also over the end of the program.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from api.client.answers import Result
from api.client.batches import BatchLimits
from api.client.connection import Connection
from api.client.generation import Event, Generation, check_event, encode_event
from api.client.patience import NotNow
from api.client.refusals import Problem, ServerAway, ServerRefused
from api.client.reporting import report_call
from api.client.spool import BYTES_MAX, Spool, SpooledBatch
from ledger.core.refusal import Refusal

#: Refusals of a whole request that may be one event's fault: the batch is halved to find it.
_HALVED = frozenset({400, 413, 422})

#: How long a batch that is not full waits for more.
LINGER_SECONDS = 0.05

OnSpooledResult = Callable[[dict[str, Any], Result], object]

_log = logging.getLogger("genbo.client")


class SpooledReporter:
    """
    Reports through the spool in a folder; :meth:`Client.spool` opens it, a ``with`` closes it.

    ``on_result`` is given each event, as JSON says it, and its result, in order, from the
    sending thread; after a crash the results of one batch may be given again. ``linger_seconds``
    is how long a batch that is not full waits for more. The connection's patience shapes the
    waits; there is no last try. The connection is closed with it.

    :raises SpoolInUse: another process reports through this folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        connection: Connection,
        on_result: OnSpooledResult | None = None,
        sync_every_ms: int = 0,
        bytes_max: int = BYTES_MAX,
        linger_seconds: float = LINGER_SECONDS,
        limits: BatchLimits = BatchLimits(),
    ) -> None:
        try:
            self._spool = Spool(folder, sync_every_ms=sync_every_ms, bytes_max=bytes_max)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._on_result = on_result
        self._linger_seconds = linger_seconds
        self._limits = limits
        self._patience = connection.patience
        self._failures = 0
        #: How many events a request may have while a fault is being looked for.
        self._events_max = limits.events
        self._changed = threading.Condition()
        self._is_closing = False
        self._is_hurried = False
        self._fault: BaseException | None = None
        #: Why nothing goes out at the moment; None while all is well.
        self.trouble: Refusal | None = None
        self._thread = threading.Thread(target=self._run, name="genbo-report", daemon=True)
        self._thread.start()

    def record(self, event: Event) -> None:
        """
        Keep an event, and have it sent; when this returns it is on disk.

        :raises GenerationInvalid: naming the field that could not be taken.
        :raises SpoolFull: there is no room; nothing was kept.
        """
        self.record_all([event])

    def record_all(self, events: Iterable[Event]) -> None:
        """
        Keep several events with one write, all or none.

        :raises: what :meth:`record` raises.
        """
        self._raise_fault()
        self._spool.append([_checked(event) for event in events])
        with self._changed:
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many events have no answer yet."""
        return self._spool.waiting

    def flush(self, timeout: float | None = None) -> bool:
        """
        Wait until every event recorded so far and since is answered; tell whether it is.

        False after ``timeout`` seconds; :attr:`trouble` says what stands in the way.
        """
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._fault or not self.waiting, timeout)
            self._is_hurried = False
        self._raise_fault()
        return not self.waiting

    def close(self, timeout: float = 5) -> bool:
        """
        Flush for so many seconds, stop, and tell whether everything is answered.

        What is not stays in the folder, for the next who opens it. A request that is under
        way is waited for.
        """
        try:
            return self.flush(timeout)
        finally:
            with self._changed:
                self._is_closing = True
                self._changed.notify_all()
            self._thread.join()
            self._connection.close()
            self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._is_closing:
                self._turn()
        except BaseException as fault:
            with self._changed:
                self._fault = fault
                self._changed.notify_all()
            _log.exception("reporting stopped; the events stay in %s", self._spool.folder)

    def _turn(self) -> None:
        """Wait for events, or send one batch of them."""
        batch = self._next_batch()
        if batch is None:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing or self.waiting)
            return
        try:
            results = self._connection.ask_once(report_call(batch.events))
        except NotNow as not_now:
            self.trouble = ServerAway(url=self._connection.address, reason=not_now.reason)
            self._pause(not_now.retry_after)
        except ServerRefused as refused:
            self._find_fault(batch, refused)
        else:
            self._settle(batch, results)
            self._events_max = min(self._limits.events, self._events_max * 2)

    def _next_batch(self) -> SpooledBatch | None:
        limits = replace(self._limits, events=self._events_max)
        batch = self._spool.next_batch(limits)
        if batch is None or len(batch.events) == limits.events or self._failures:
            return batch
        with self._changed:
            is_full = self._changed.wait_for(
                lambda: self._is_closing or self._is_hurried or self.waiting >= limits.events,
                self._linger_seconds,
            )
        return self._spool.next_batch(limits) if is_full else batch

    def _find_fault(self, batch: SpooledBatch, refused: ServerRefused) -> None:
        """Send less, down to the one event that is refused, and reject that; or wait."""
        if refused.status not in _HALVED:
            self.trouble = refused
            self._pause(None)
        elif len(batch.events) > 1:
            self._events_max = len(batch.events) // 2
        else:
            problem = Problem(
                code=refused.problem,
                title=refused.values["title"],
                detail=refused.values["detail"],
                status=refused.status,
            )
            event = msgspec.json.decode(batch.events[0])
            self._settle(
                batch, [Result(index=0, id=event["id"], status="invalid", problem=problem)]
            )

    def _pause(self, retry_after: int | None) -> None:
        self._failures += 1
        seconds = self._patience.wait_seconds(self._failures, retry_after)
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing, seconds)

    def _settle(self, batch: SpooledBatch, results: Sequence[Result]) -> None:
        """Hand the results over, then let the mark move."""
        self._failures = 0
        self.trouble = None
        if self._on_result is not None:
            for event, result in zip(batch.events, results, strict=True):
                self._hand_over(self._on_result, event, result)
        rejected = [(index, each) for index, each in enumerate(results) if each.is_rejected]
        self._spool.acknowledge(batch, rejected)
        with self._changed:
            self._changed.notify_all()

    def _hand_over(self, on_result: OnSpooledResult, event: bytes, result: Result) -> None:
        """Call the program's function; its failure is told and costs no event."""
        try:
            on_result(msgspec.json.decode(event), result)
        except Exception:
            _log.exception("on_result failed for event %s", result.id)

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault


def _checked(event: Event) -> bytes:
    """Encode an event; a generation was checked when it was made."""
    encoded = encode_event(event)
    if not isinstance(event, Generation):
        check_event(encoded)
    return encoded
