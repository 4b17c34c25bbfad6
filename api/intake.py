"""
Group commit: small reports that come while another is being written go into the next commit.

A commit costs the same for one event as for a hundred. So while one is under way, whoever
comes waits in a list, and the list is written together as soon as the way is free: nobody
waits for company, and under load a commit is shared by all who came meanwhile. A report is
answered only after the commit that holds it.
"""

import asyncio
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool

from api.context import Context
from ledger.core.receipt import Result
from ledger.core.refusal import Refusal
from ledger.services import reporting
from ledger.services.reporting import Report

#: A report of more events than this has a commit of its own; sharing would only delay others.
SMALL = 100
#: Events in one shared commit, so that no answer waits for an endless one.
TOGETHER_MAX = 2_000

_Waiting = tuple[Report, asyncio.Future[list[Result]]]


class Intake:
    """The way in for one application's reports. Lives in the application's event loop."""

    def __init__(self, given: Context) -> None:
        self._given = given
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def record(self, report: Report) -> list[Result]:
        """
        Record a report and return its results, in order, after they are committed.

        :raises Refusal: the book cannot be reached; nothing of the report was recorded.
        """
        if len(report.reported) > SMALL:
            (results,) = await run_in_threadpool(self._record, [report])
            return results
        answered: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
        self._waiting.append((report, answered))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        return await answered

    async def _write_all(self) -> None:
        while self._waiting:
            taken = self._take()
            try:
                results = await run_in_threadpool(self._record, [report for report, _ in taken])
            except Refusal as refusal:
                _fail(taken, refusal)
            except Exception as error:  # One report's bug must not be everybody's.
                await self._write_apart(taken, error)
            else:
                _answer(taken, results)

    async def _write_apart(self, taken: Sequence[_Waiting], error: Exception) -> None:
        if len(taken) == 1:
            _fail(taken, error)
            return
        for each in taken:
            try:
                results = await run_in_threadpool(self._record, [each[0]])
            except Exception as its_own:
                _fail([each], its_own)
            else:
                _answer([each], results)

    def _take(self) -> list[_Waiting]:
        """Take from the head of the line what fits one commit: at least one report."""
        events = 0
        for count, (report, _) in enumerate(self._waiting):
            events += len(report.reported)
            if count and events > TOGETHER_MAX:
                taken, self._waiting = self._waiting[:count], self._waiting[count:]
                return taken
        taken, self._waiting = self._waiting, []
        return taken

    def _record(self, reports: Sequence[Report]) -> list[list[Result]]:
        given = self._given
        return reporting.record_together(
            given.database,
            terms=given.terms,
            book_id=given.book_id,
            reports=reports,
            recorded_at=given.clock(),
        )


def _answer(taken: Sequence[_Waiting], results: Sequence[list[Result]]) -> None:
    for (_, answered), own in zip(taken, results, strict=True):
        if not answered.done():  # Whoever hung up is not told; the book has it all the same.
            answered.set_result(own)


def _fail(taken: Sequence[_Waiting], error: Exception) -> None:
    for _, answered in taken:
        if not answered.done():
            answered.set_exception(error)
