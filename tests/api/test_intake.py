"""Small reports share a commit, and nothing else: no delay, no fault, no fate."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy.event

from api.context import Context
from api.demo.hosting import DemoClock
from api.intake import SMALL, Intake
from ledger.core.receipt import Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services.reporting import Report
from ledger.store.database import Database, DatabaseBusy
from tests import builders
from tests.services.firms import NOW, Firm, firm, receipts, statuses
from tests.services.usage import generation

ACCEPTED, DUPLICATE, CONFLICT = Status.ACCEPTED, Status.DUPLICATE, Status.CONFLICT

Reporting = Callable[[Intake], Coroutine[Any, Any, Any]]


@pytest.fixture
def firms(database: Database) -> list[Firm]:
    """Four firms that may generate images of kaze-no-machi."""
    references = [f"studio-{letter}" for letter in "abcd"]
    for reference in references:
        builders.license(database, f"LIC-{reference}", licensee=reference)
    return [firm(database, reference) for reference in references]


def event(studio: Firm, **changes: Any) -> ReportedGeneration:
    """A generation under the firm's own license."""
    return generation(license_reference=f"LIC-{studio.reference}", **changes)


def run(database: Database, reporting: Reporting) -> Any:
    """Run something with an intake in an event loop of its own."""

    async def with_intake() -> Any:
        return await reporting(Intake(Context(database, clock=DemoClock(NOW))))

    return asyncio.run(with_intake())


def report(studio: Firm, *events: ReportedGeneration) -> Report:
    return Report(studio.id, events)


async def outcomes(
    *waiting: Awaitable[Sequence[Result]],
) -> list[Sequence[Result] | BaseException]:
    return await asyncio.gather(*waiting, return_exceptions=True)


@contextmanager
def held(owner: psycopg.Connection, studio: Firm) -> Iterator[None]:
    """Hold a firm's place in line, as a batch of its own that takes long would."""
    with owner.transaction():
        owner.execute("SELECT lock_log(%s)", (studio.id,))
        yield


def test_reports_that_come_meanwhile_share_a_commit(database: Database, firms: list[Firm]) -> None:
    sent = [report(each, event(each), event(each)) for each in firms for _ in range(25)]

    async def all_at_once(intake: Intake) -> Any:
        return await outcomes(*(intake.record(each) for each in sent))

    answers = run(database, all_at_once)
    assert [statuses(each) for each in answers] == [[ACCEPTED, ACCEPTED]] * 100
    for each in firms:
        batches = each.batches()
        assert sum(batch.generation_count for batch in batches) == 50
        assert len(batches) < 15
        each.check_chain()


def test_a_report_that_comes_alone_is_written_at_once(
    database: Database, firms: list[Firm]
) -> None:
    async def one_by_one(intake: Intake) -> Any:
        return [await intake.record(report(firms[0], event(firms[0]))) for _ in range(3)]

    answers = run(database, one_by_one)
    assert [receipts(each)[0].batch_number for each in answers] == [1, 2, 3]


def test_each_is_answered_its_own(database: Database, firms: list[Firm]) -> None:
    first, second = firms[:2]
    known = event(first)
    first.report(known)
    reports = [
        report(first, known),
        report(second, event(second), event(second)),
        report(first, known._replace(territory="US"), event(first)),
        report(second, known),
        report(first, *(event(first) for _ in range(SMALL + 1))),
    ]

    async def all_at_once(intake: Intake) -> Any:
        return await outcomes(*(intake.record(each) for each in reports))

    answers = run(database, all_at_once)
    assert [statuses(each) for each in answers] == [
        [DUPLICATE],
        [ACCEPTED, ACCEPTED],
        [CONFLICT, ACCEPTED],
        [Status.REFUSED],
        [ACCEPTED] * (SMALL + 1),
    ]
    first.check_chain()
    second.check_chain()


def test_a_bug_in_one_report_is_not_everybodys(database: Database, firms: list[Firm]) -> None:
    first, second = firms[:2]
    reports = [
        report(first, event(first)),
        report(first, event(first)),
        report(second, event(second)),
        report(second, event(second, model="a\0b")),
        report(second, event(second)),
    ]

    async def after_another(intake: Intake) -> Any:
        return await outcomes(*(intake.record(each) for each in [*reports, *reports]))

    *sound, broken, last = run(database, after_another)[5:]
    assert [statuses(each) for each in (*sound, last)] == [[DUPLICATE]] * 4
    assert isinstance(broken, ValueError)
    assert (first.count("generation"), second.count("generation")) == (2, 2)


def test_a_firm_that_is_held_up_keeps_nobody_else_waiting(
    database: Database, firms: list[Firm], owner: psycopg.Connection
) -> None:
    slow, *others = firms

    async def beside_it(intake: Intake) -> Any:
        with held(owner, slow):
            waiting = [
                asyncio.ensure_future(intake.record(report(slow, event(slow)))) for _ in range(5)
            ]
            await asyncio.sleep(0.05)
            answers = []
            for _ in range(5):
                async with asyncio.timeout(1):
                    sent = [intake.record(report(each, event(each))) for each in others]
                    answers += await outcomes(*sent)
            assert not any(each.done() for each in waiting)
        return answers, await outcomes(*waiting)

    meanwhile, afterwards = run(database, beside_it)
    assert [statuses(each) for each in meanwhile] == [[ACCEPTED]] * 15
    assert [statuses(each) for each in afterwards] == [[ACCEPTED]] * 5
    slow.check_chain()


def test_who_shares_a_commit_with_a_firm_that_is_held_up_is_let_go(
    database: Database,
    firms: list[Firm],
    owner: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shared commit is given up soon, and each of its reports is written by itself."""
    monkeypatch.setattr("api.intake.WRITERS_MAX", 2)  # So that the third firm and the slow meet.
    *others, slow = firms  # The others' places are taken before the one that is waited for.

    async def beside_it(intake: Intake) -> Any:
        with held(owner, slow):
            sent = [intake.record(report(each, event(each))) for each in (*others, slow, *others)]
            waiting = [asyncio.ensure_future(each) for each in sent]
            held_up = waiting.pop(3)
            async with asyncio.timeout(3):
                answers = await outcomes(*waiting)
                # Nor is any of them held up the next time.
                answers += await outcomes(
                    *(intake.record(report(each, event(each))) for each in others)
                )
            assert not held_up.done()
        return answers, await held_up

    answers, last = run(database, beside_it)
    assert [statuses(each) for each in answers] == [[ACCEPTED]] * 9
    assert statuses(last) == [ACCEPTED]


def test_a_firm_that_is_held_up_too_long_is_told_so_alone(
    database: Database, firms: list[Firm], owner: psycopg.Connection
) -> None:
    slow, other = firms[:2]
    sqlalchemy.event.listen(database.engine, "checkout", _lose_patience)

    async def beside_it(intake: Intake) -> Any:
        with held(owner, slow):
            return await outcomes(
                intake.record(report(slow, event(slow))), intake.record(report(other, event(other)))
            )

    busy, answered = run(database, beside_it)
    assert isinstance(busy, DatabaseBusy)
    assert statuses(answered) == [ACCEPTED]
    assert slow.batches() == []


def _lose_patience(connection: psycopg.Connection, *_: object) -> None:
    connection.execute("SET lock_timeout = '200ms'")
    connection.commit()


def test_whoever_hangs_up_leaves_the_others_in_line(database: Database, firms: list[Firm]) -> None:
    async def hang_up(intake: Intake) -> Any:
        waiting = [
            asyncio.ensure_future(intake.record(report(each, event(each))))
            for each in firms
            for _ in range(5)
        ]
        await asyncio.sleep(0)
        for each in waiting[::3]:
            each.cancel()
        return await outcomes(*waiting)

    answers = run(database, hang_up)
    told = [each for each in answers if not isinstance(each, asyncio.CancelledError)]
    assert len(told) == 13
    assert {status for each in told for status in statuses(each)} == {ACCEPTED}
    for each in firms:
        each.check_chain()
