"""
Group commit: small reports that come while another is being written go into the next commit.

A commit costs the same for one event as for a hundred. So while some are under way, whoever
comes waits in a list, and the list is written together as soon as the way is free: nobody
waits for company, and under load a commit is shared by all who came meanwhile. A report is
answered only after the commit that holds it, and shares nothing else: a commit that fails, or
that somebody's place in line holds up, is given up and each of its reports written by itself.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool

from api.context import Context
from ledger.core.receipt import Result
from ledger.core.refusal import Refusal
from ledger.services import reporting
from ledger.services.reporting import Report
from ledger.store.database import DatabaseUnavailable

#: A report of more events than this has a commit of its own; sharing would only delay others.
SMALL = 100
#: Events in one shared commit, so that no answer waits for an endless one.
TOGETHER_MAX = 2_000
#: Commits under way at once; more than one, so that one that has to wait keeps nobody waiting.
WRITERS_MAX = 4

_Waiting = tuple[Report, asyncio.Future[Sequence[Result]]]


class Intake:
    """The way in for one application's reports. Lives in the application's event loop."""

    def __init__(self, given: Context) -> None:
        self._given = given
        self._waiting: list[_Waiting] = []
        self._writers: set[asyncio.Task[None]] = set()
        #: Licensees whose reports are being written; their later ones wait for them in line,
        #: so that a licensee that is held up occupies one writer, and nobody else's.
        self._at_work: Counter[int] = Counter()

    async def record(self, report: Report) -> Sequence[Result]:
        """
        Record a report and return its results, in order, after they are committed.

        :raises Refusal: the book cannot be reached; nothing of the report was recorded.
        """
        if len(report.reported) > SMALL:
            return await run_in_threadpool(self.record_by_itself, report)
        answered: asyncio.Future[Sequence[Result]] = asyncio.get_running_loop().create_future()
        self._waiting.append((report, answered))
        self._set_to_work()
        return await answered

    def record_by_itself(self, report: Report) -> Sequence[Result]:
        """
        Record a report in a commit of its own and return its results, from within a thread.

        :raises Refusal: the book cannot be reached; nothing of the report was recorded.
        """
        (results,) = self._record([report])
        return results

    def _set_to_work(self) -> None:
        """Let somebody write what waits, unless enough is being written already."""
        if len(self._writers) < WRITERS_MAX and (taken := self._take()):
            self._begin(taken)

    def _begin(self, taken: Sequence[_Waiting]) -> None:
        licensees = {report.licensee_id for report, _ in taken}
        self._at_work.update(licensees)
        writer = asyncio.create_task(self._write(taken))
        self._writers.add(writer)
        writer.add_done_callback(lambda done: self._end(done, licensees))

    def _end(self, done: asyncio.Task[None], licensees: set[int]) -> None:
        self._writers.remove(done)
        self._at_work -= Counter(licensees)
        if not done.cancelled():  # Otherwise the loop ends, and nobody is set to work any more.
            self._set_to_work()

    def _take(self) -> list[_Waiting]:
        """Take from the head of the line what fits one commit, past those who have to wait."""
        taken: list[_Waiting] = []
        left: list[_Waiting] = []
        events = 0
        for each in self._waiting:
            report, _ = each
            events += len(report.reported)
            if self._at_work[report.licensee_id] or (taken and events > TOGETHER_MAX):
                left.append(each)
            else:
                taken.append(each)
        self._waiting = left
        return taken

    async def _write(self, taken: Sequence[_Waiting]) -> None:
        try:
            results = await run_in_threadpool(self._record, [report for report, _ in taken])
        except DatabaseUnavailable as away:
            _fail(taken, away)
        except Exception as error:
            await self._write_apart(taken, error)
        else:
            _answer(taken, results)

    async def _write_apart(self, taken: Sequence[_Waiting], error: Exception) -> None:
        """What is wrong with one report is not everybody's: find whose it is, and which."""
        by_licensee: dict[int, list[_Waiting]] = {}
        for each in taken:
            by_licensee.setdefault(each[0].licensee_id, []).append(each)
        if len(by_licensee) > 1:
            for part in by_licensee.values():
                self._begin(part)
        elif len(taken) == 1 or isinstance(error, Refusal):
            _fail(taken, error)
        else:
            for each in taken:
                await self._write([each])

    def _record(self, reports: Sequence[Report]) -> list[Sequence[Result]]:
        given = self._given
        return reporting.record_together(
            given.database,
            terms=given.terms,
            book_id=given.book_id,
            reports=reports,
            recorded_at=given.clock(),
        )


def _answer(taken: Sequence[_Waiting], results: Sequence[Sequence[Result]]) -> None:
    for (_, answered), own in zip(taken, results, strict=True):
        if not answered.done():  # Whoever hung up is not told; the book has it all the same.
            answered.set_result(own)


def _fail(taken: Sequence[_Waiting], error: Exception) -> None:
    for _, answered in taken:
        if not answered.done():
            answered.set_exception(error)
