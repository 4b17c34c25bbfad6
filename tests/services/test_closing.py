"""A month closes on a real database: what it charges, what it refuses, whom it waits for."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.closing import RoyaltyLine
from ledger.core.period import Month
from ledger.services import BOOK_ID, auditing, closing
from ledger.services.closing import (
    AlreadyClosed,
    Closed,
    EarlierMonthOpen,
    MonthNotOver,
)
from ledger.store import months, royalties
from ledger.store.database import Database, RefusedByDatabase
from ledger.store.recounting import TotalsDisagree
from tests import builders
from tests.services.falsified import falsify
from tests.services.usage import generation, report

AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)


def close(database: Database, month: Month = OCTOBER, **changes: Any) -> Closed:
    """Close a month an hour after its end."""
    asked = {"closed_by": "keiri", "closed_at": month.ends_at + timedelta(hours=1), **changes}
    return closing.close_month(database, month=month, **asked)


def stored_lines(database: Database) -> tuple[RoyaltyLine, ...]:
    with database.transaction() as session:
        return royalties.read_lines(session, book_id=BOOK_ID, since=date.min)


def license_of(database: Database, *lines: NewRateLine, **grant: Any) -> None:
    terms = builders.new_terms(rate_lines=lines)
    words: dict[str, Any] = {"modalities": ("image", "video", "audio"), "terms": terms, **grant}
    builders.license(database, grants=(builders.new_grant(**words),))


def test_usage_becomes_a_line_that_is_stored_as_it_was_computed(database: Database) -> None:
    builders.license(database)
    report(database, generation(3), generation(4))
    closed = close(database)
    (line,) = closed.lines
    assert (line.amount_minor, line.generation_count) == (84, 2)
    assert closed.generation_count == 2
    assert closed.totals_minor == {"JPY": 84}
    assert stored_lines(database) == closed.lines


def test_a_counter_brings_forward_what_earlier_months_of_the_contract_year_charged(
    database: Database,
) -> None:
    tiers = (NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=10))
    license_of(
        database,
        builders.new_rate_line(tier_mode="marginal", tiers=tiers, counter_scope="contract_year"),
    )
    report(database, generation(60, on=date(2026, 9, 1)))
    close(database, SEPTEMBER)
    report(database, generation(50))
    (line,) = close(database).lines
    assert line.counter_before == 60
    assert line.amount_minor == 40 * 12 + 10 * 10


def test_a_contract_year_that_begins_in_the_middle_of_a_month_cuts_it_by_day(
    database: Database,
) -> None:
    tiers = (NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=10))
    line = builders.new_rate_line(tier_mode="marginal", tiers=tiers, counter_scope="contract_year")
    middle = datetime(2026, 8, 16, 15, tzinfo=UTC)  # 17 August in Japan.
    builders.license(
        database,
        starts_at=middle - timedelta(days=365),
        grants=(builders.new_grant(terms=builders.new_terms(rate_lines=(line,))),),
    )
    report(database, generation(90, on=date(2026, 8, 16)), generation(30, on=date(2026, 8, 17)))
    (august,) = close(database, AUGUST).lines
    assert august.amount_minor == 120 * 12
    report(database, generation(80, on=date(2026, 9, 1)))
    (september,) = close(database, SEPTEMBER).lines
    assert september.counter_before == 30
    assert september.amount_minor == 70 * 12 + 10 * 10


def test_each_subject_of_a_generation_is_charged_in_full(database: Database) -> None:
    builders.work(database, "kaze-no-machi")
    builders.work(database, "umi-no-uta")
    license_of(database, builders.new_rate_line(), subjects=("umi-no-uta", "kaze-no-machi"))
    report(database, generation(5, subjects=("kaze-no-machi", "umi-no-uta")))
    lines = close(database).lines
    assert [line.amount_minor for line in lines] == [60, 60]  # DOMAIN E6; in the contract's order.


def test_what_is_held_or_refused_is_counted_and_not_charged(database: Database) -> None:
    builders.license(database)
    held = generation(None)
    refused = generation(9, territory="JP", license_reference="LIC-UNKNOWN")
    report(database, generation(1), held, refused)
    closed = close(database)
    assert closed.generation_count == 3
    assert closed.totals_minor == {"JPY": 12}


def test_a_fixed_fee_is_charged_in_a_month_without_usage(database: Database) -> None:
    license_of(database, NewRateLine(basis="fixed_month", rate=30_000))
    closed = close(database)
    assert closed.totals_minor == {"JPY": 30_000}
    assert closed.generation_count == 0


def test_a_month_in_which_nothing_happened_closes_too(database: Database) -> None:
    closed = close(database)
    assert (closed.lines, closed.generation_count) == ((), 0)
    assert closed.totals_minor == {}


def test_a_preview_is_what_closing_writes_and_writes_nothing(database: Database) -> None:
    builders.license(database)
    report(database, generation(7))
    before = closing.preview(database, month=OCTOBER)
    assert stored_lines(database) == ()
    assert close(database).lines == before
    assert closing.preview(database, month=OCTOBER) == before  # Also of a closed month.


def test_a_month_that_still_runs_is_not_closed(database: Database) -> None:
    with pytest.raises(MonthNotOver) as refused:
        close(database, closed_at=OCTOBER.ends_at - timedelta(seconds=1))
    assert refused.value.values["month"] == "2026-10"
    close(database, closed_at=OCTOBER.ends_at)


def test_a_month_is_closed_once(database: Database) -> None:
    close(database)
    with pytest.raises(AlreadyClosed):
        close(database)
    with pytest.raises(AlreadyClosed):
        close(database, SEPTEMBER)


def test_months_close_without_a_gap(database: Database) -> None:
    builders.license(database)
    report(database, generation(1, on=date(2026, 8, 1)))
    with pytest.raises(EarlierMonthOpen) as refused:
        close(database, OCTOBER)
    assert refused.value.values["earlier"] == "2026-08"
    close(database, AUGUST)
    with pytest.raises(EarlierMonthOpen) as refused:  # Nothing was used in it, yet it is owed.
        close(database, OCTOBER)
    assert refused.value.values["earlier"] == "2026-09"
    close(database, SEPTEMBER)
    assert close(database, OCTOBER).month == OCTOBER


def test_a_closed_month_stays_what_it_is(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    closed = close(database)
    (late,) = report(database, generation(1))
    assert (late.status, late.counted_month) == ("accepted", OCTOBER.next().first_day)
    assert stored_lines(database) == closed.lines
    with pytest.raises(RefusedByDatabase) as refused, database.transaction() as session:
        months.open_month(
            session, book_id=BOOK_ID, month=AUGUST.first_day, opened_at=OCTOBER.ends_at
        )
    assert refused.value.code == "month_closed"


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE batch_total SET quantity = quantity + 1",
        "UPDATE batch_total SET generation_count = generation_count + 1",
        "UPDATE batch_total SET territory = 'US'",  # The sum of the month is still right.
        "UPDATE batch_total SET day = day + 1",
        "UPDATE batch_total SET decision = 'held', reason = 'rate_missing'",
        "DELETE FROM batch_total",
        "UPDATE generation SET quantity = 99",
        "UPDATE generation SET occurred_at = occurred_at + interval '1 day'",
    ],
)
def test_totals_that_the_generations_do_not_bear_out_keep_the_month_open(
    database: Database, owner: psycopg.Connection, lie: str
) -> None:
    builders.license(database)
    report(database, generation(3))
    falsify(owner, lie)
    with pytest.raises(TotalsDisagree) as refused:
        close(database)
    assert refused.value.values["licensee"] == "studio-a"
    assert stored_lines(database) == ()
    with database.transaction() as session:
        assert months.read_months(session, book_id=BOOK_ID).last_closed is None


ADD_ONE = """
    UPDATE batch_total SET quantity = quantity + 1 WHERE (licensee_id, batch_number) IN (
        SELECT licensee_id, batch_number FROM batch ORDER BY recorded_at DESC LIMIT 1)
"""


@pytest.mark.parametrize(
    "firm",
    [
        "studio-a",  # It was counted with one batch, and has two.
        "studio-b",  # It had written nothing.
    ],
)
def test_what_comes_between_the_recount_and_the_closing_is_counted_too(
    database: Database, owner: psycopg.Connection, firm: str
) -> None:
    for each in ("studio-a", "studio-b"):
        builders.license(database, f"LIC-{each}", licensee=each)
    report(database, generation(3, license_reference="LIC-studio-a"))
    recounted = closing.recount(database, month=OCTOBER)
    later = generation(4, license_reference=f"LIC-{firm}", on=date(2026, 10, 20))
    report(database, later, licensee=firm)
    falsify(owner, ADD_ONE)
    with pytest.raises(TotalsDisagree) as refused:
        close(database, recounted=recounted)
    assert (refused.value.values["licensee"], len(refused.value.differences)) == (firm, 1)


def test_late_usage_that_comes_after_the_recount_has_its_own_month_counted_too(
    database: Database, owner: psycopg.Connection
) -> None:
    builders.license(database)
    close(database, SEPTEMBER)
    recounted = closing.recount(database, month=OCTOBER)
    late = generation(3, on=date(2026, 9, 30))
    report(database, late, recorded_at=SEPTEMBER.ends_at + timedelta(days=1))
    falsify(owner, ADD_ONE)
    with pytest.raises(TotalsDisagree):
        close(database, recounted=recounted)


def test_a_recount_of_another_month_says_nothing(
    database: Database, owner: psycopg.Connection
) -> None:
    builders.license(database)
    recounted = closing.recount(database, month=SEPTEMBER)
    report(database, generation(3))
    falsify(owner, ADD_ONE)
    close(database, SEPTEMBER)
    with pytest.raises(TotalsDisagree):
        close(database, recounted=recounted)


def test_a_firm_that_writes_nothing_after_the_recount_is_not_counted_again(
    database: Database, owner: psycopg.Connection
) -> None:
    """Or the month would be locked for as long as its generations take to count."""
    builders.license(database)
    report(database, generation(3))
    recounted = closing.recount(database, month=OCTOBER)
    falsify(owner, "UPDATE generation SET quantity = 99")
    assert close(database, recounted=recounted).totals_minor == {"JPY": 36}
    assert auditing.audit(database)["totals_agree"]  # The audit finds what was done since.


def test_a_month_that_is_not_the_next_to_close_is_not_counted(database: Database) -> None:
    close(database, SEPTEMBER)
    with pytest.raises(AlreadyClosed):
        closing.recount(database, month=SEPTEMBER)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two people at once."""
    with ThreadPoolExecutor(max_workers=2) as executor:
        yield executor


def test_a_closing_waits_for_whoever_is_writing_and_counts_it(
    database: Database, pool: ThreadPoolExecutor
) -> None:
    builders.license(database)
    report(database, generation(1))
    writing, may_commit = Event(), Event()

    def write() -> None:
        with database.transaction() as session:
            session.execute(text("SELECT require_open_month(1, '2026-10-01')"))
            writing.set()
            assert may_commit.wait(timeout=20)

    writer = pool.submit(write)
    assert writing.wait(timeout=20)
    closer = pool.submit(close, database)
    _assert_waits(closer)
    may_commit.set()
    writer.result(timeout=20)
    assert closer.result(timeout=20).generation_count == 1


def test_two_closings_at_once_make_one(database: Database, pool: ThreadPoolExecutor) -> None:
    builders.license(database)
    report(database, generation(1))
    both = [pool.submit(close, database) for _ in range(2)]
    raised = [each.exception(timeout=20) for each in both]
    assert sorted(type(error).__name__ for error in raised) == ["AlreadyClosed", "NoneType"]
    assert len(stored_lines(database)) == 1


def test_a_closing_is_not_before_what_it_closes_over(database: Database) -> None:
    builders.license(database)
    just_after = OCTOBER.ends_at + timedelta(seconds=1)  # It was in flight when closing began.
    report(database, generation(1), recorded_at=just_after)
    assert close(database, closed_at=OCTOBER.ends_at).closed_at == just_after


def _assert_waits(work: "Future[Closed]") -> None:
    with pytest.raises(TimeoutError):
        work.result(timeout=0.3)
