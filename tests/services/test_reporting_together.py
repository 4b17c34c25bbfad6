"""Reports that share a commit are each answered as if they had come alone, one after another."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.period import Month
from ledger.core.receipt import Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing, closing, reporting
from ledger.services.reporting import Report
from ledger.store.database import Database
from tests import builders
from tests.services.firms import (
    NOW,
    Firm,
    firm,
    receipts,
    select,
    statuses,
    wait_until_waiting,
)
from tests.services.usage import generation

ACCEPTED, DUPLICATE, CONFLICT = Status.ACCEPTED, Status.DUPLICATE, Status.CONFLICT
REFUSED, INVALID = Status.REFUSED, Status.INVALID


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


@pytest.fixture
def rival(studio: Firm) -> Firm:
    """Another firm, which may not."""
    found = firm(studio.database, "studio-b")
    return Firm(database=found.database, id=found.id, terms=studio.terms)


def together(
    *reports: tuple[Firm, Sequence[ReportedGeneration]], recorded_at: datetime = NOW
) -> list[list[Result]]:
    """Record the reports of some firms in one commit."""
    firm_, _ = reports[0]
    told = reporting.record_together(
        firm_.database,
        terms=firm_.terms,
        reports=[Report(each.id, reported) for each, reported in reports],
        recorded_at=recorded_at,
    )
    return [[*results] for results in told]


def test_each_report_has_its_own_answers_and_each_firm_one_batch(studio: Firm, rival: Firm) -> None:
    answers = together(
        (studio, [generation(), generation(None)]),
        (rival, [generation()]),
        (studio, [generation()]),
        (rival, []),
    )
    assert [statuses(each) for each in answers] == [
        [ACCEPTED, Status.HELD],
        [REFUSED],
        [ACCEPTED],
        [],
    ]
    own = receipts(answers[0]) + receipts(answers[2])
    assert [(each.batch_number, each.position) for each in own] == [(1, 0), (1, 1), (1, 2)]
    assert [batch.generation_count for batch in studio.batches()] == [3]
    assert [batch.generation_count for batch in rival.batches()] == [1]
    studio.check_chain()
    rival.check_chain()


def test_a_later_report_knows_the_earlier_ones(studio: Firm, rival: Firm) -> None:
    event = generation()
    answers = together(
        (studio, [event]),
        (rival, [event]),
        (studio, [event, generation()]),
        (studio, [event._replace(quantity=Decimal(2))]),
    )
    assert [statuses(each) for each in answers] == [
        [ACCEPTED],
        [REFUSED],
        [DUPLICATE, ACCEPTED],
        [CONFLICT],
    ]
    assert receipts(answers[2])[0] == receipts(answers[3])[0] == receipts(answers[0])[0]
    again = together((studio, [event]), (rival, [event]))
    assert [receipts(each) for each in again] == [receipts(answers[0]), receipts(answers[1])]
    assert len(studio.batches()) == 1


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.tuples(st.integers(0, 5), st.integers(1, 2)))),
        min_size=1,
        max_size=6,
    )
)
def test_a_shared_commit_answers_as_commits_of_their_own(
    studio: Firm, rival: Firm, drawn: list[tuple[bool, list[tuple[int, int]]]]
) -> None:
    """The same reports of the same firms, once together and once alone, under other ids."""

    def reports(source: str) -> list[tuple[Firm, list[ReportedGeneration]]]:
        marked = f"{source}-{len(studio.batches())}-{len(rival.batches())}"
        return [
            (
                rival if is_rival else studio,
                [generation(n, event_id=str(i), source=marked) for i, n in events],
            )
            for is_rival, events in drawn
        ]

    shared = together(*reports("together"))
    alone = [firm_.report(*events) for firm_, events in reports("alone")]
    assert [[(r.status, r.reasons, r.differing) for r in each] for each in shared] == [
        [(r.status, r.reasons, r.differing) for r in each] for each in alone
    ]
    studio.check_chain()
    rival.check_chain()


def test_what_fails_takes_nobody_elses_half_with_it(studio: Firm, rival: Firm) -> None:
    """All of a shared commit is undone; whoever shares one sends the sound ones again alone."""
    with pytest.raises(ValueError, match="NUL"):
        together((studio, [generation()]), (rival, [generation(model="a\0b")]))
    assert studio.batches() == rival.batches() == []
    assert studio.count("judgement") == 0
    assert statuses(studio.report(generation())) == [ACCEPTED]


def test_a_month_that_is_closed_is_so_for_each_of_them(studio: Firm, rival: Firm) -> None:
    known = generation()
    studio.report(known)
    october = Month(2026, 10)
    at = october.ends_at + timedelta(days=1)
    closing.close_month(studio.database, month=october, closed_by="keiri", closed_at=at)
    answers = together(
        (studio, [generation(), known]),
        (rival, [generation(), generation(occurred_at=at)]),
        recorded_at=at,
    )
    assert [statuses(each) for each in answers] == [[ACCEPTED, DUPLICATE], [REFUSED, REFUSED]]
    november = october.next().first_day
    counted = [[each.counted_month for each in answer] for answer in answers]
    assert counted == [[november, None], [november, None]]


def test_nobody_opens_a_month_while_waiting_in_line(
    studio: Firm, rival: Firm, owner: psycopg.Connection
) -> None:
    """Every place in line is taken first; otherwise two could wait for each other in a circle."""
    with ThreadPoolExecutor(1) as desk:
        with owner.transaction():
            owner.execute("SELECT lock_log(%s)", (rival.id,))
            waiting = desk.submit(together, (studio, [generation()]), (rival, [generation()]))
            wait_until_waiting(owner)
            owner.execute("SET LOCAL lock_timeout = '500ms'")
            owner.execute("SELECT open_month(1, '2026-04-01', now())")
        assert [statuses(each) for each in waiting.result()] == [[ACCEPTED], [REFUSED]]


def test_shared_commits_that_cross_do_not_wait_in_a_circle(studio: Firm) -> None:
    """Also when they open months that nobody has reported before."""
    firms = [studio, *(firm(studio.database, f"studio-{n}") for n in range(4))]
    months = [Month(2026, month) for month in range(4, 10)]
    ready = Barrier(4)

    def send(thread: int) -> list[list[Result]]:
        answers = []
        for round_, month in enumerate(months):
            ready.wait(timeout=20)
            event = generation(occurred_at=months[(round_ + thread) % len(months)].starts_at)
            other = generation(occurred_at=month.starts_at)
            mine = firms[thread:] + firms[:thread]
            answers += together(*((each, [event, other]) for each in mine))
        return answers

    with ThreadPoolExecutor(4) as threads:
        answers = [each for found in threads.map(send, range(4)) for each in found]
    assert {status for each in answers for status in statuses(each)} <= {
        ACCEPTED,
        REFUSED,
        DUPLICATE,
        CONFLICT,
    }
    for each in firms:
        each.check_chain()
    assert len(select(studio.database, "SELECT month FROM accounting_month")) == len(months)
    assert not any(auditing.audit(studio.database).values())
