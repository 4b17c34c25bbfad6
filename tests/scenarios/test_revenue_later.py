"""Revenue, use, rates and terms that are known only after a month was closed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from ledger.core.closing import Cause
from ledger.core.revenue_share import TopUpHold
from ledger.services import auditing, granting
from ledger.store.database import Database
from tests.scenarios.revenues import (
    REVENUE,
    SHARE,
    SOUND,
    TOP_UPS,
    agree,
    close,
    e6,
    rates,
    state,
    terms_of,
    top_ups,
    video,
    world_of_one,
)
from tests.services import billed
from tests.services.money import NOVEMBER, OCTOBER, total_of
from tests.services.usage import report

#: After October was closed.
LATER = datetime(2026, 11, 9, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("worked_out_again")


@pytest.fixture
def world(database: Database) -> Database:
    return e6(database)


def test_revenue_that_is_not_stated_holds_the_top_up_until_it_is(world: Database) -> None:
    closed = close(world, OCTOBER)
    (held,) = closed.comparisons
    assert (held.hold, held.top_up_minor) == (TopUpHold.REVENUE_UNKNOWN, None)
    assert top_ups(closed.lines) == []  # Held, which is not nothing.
    (first,) = billed.bill(world, OCTOBER)
    assert total_of(world, first) == 5_412_300

    stands = state(world, REVENUE, at=datetime(2026, 11, 20, tzinfo=UTC))
    assert (stands.is_closed, stands.counted_month) == (True, NOVEMBER)
    state(world, "0", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    later = close(world, NOVEMBER)
    assert top_ups(later.lines) == list(TOP_UPS.values())
    assert {(line.month, line.closing_month) for line in later.lines} == {
        (OCTOBER.first_day, NOVEMBER.first_day)
    }
    (second,) = billed.bill(world, NOVEMBER)
    assert total_of(world, second) == 466_223
    assert auditing.audit(world) == SOUND


def test_revenue_stated_anew_after_the_closing_is_adjusted_by_the_next_one(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    rates(world, (date(2026, 10, 31), "100"), (date(2026, 11, 30), "150"), at=LATER)
    state(world, "250000", at=datetime(2026, 11, 9, tzinfo=UTC))
    state(world, "0", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    adjusted = close(world, NOVEMBER)
    # 18 % of 250,000 at 152.37, the rate that October went by, is 6,856,650.
    assert sum(top_ups(adjusted.lines)) == 6_856_650 - 5_878_523
    (october,) = (each for each in adjusted.comparisons if each.of.month == OCTOBER.first_day)
    assert (october.revenue_version, october.top_up_minor) == (2, 1_444_350)
    assert october.exchange is not None
    assert (october.exchange.rate, october.exchange.is_carried) == (Fraction("152.37"), True)
    assert auditing.audit(world) == SOUND


def test_a_correction_downwards_gives_back_what_was_topped_up(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    state(world, "100", at=datetime(2026, 11, 9, tzinfo=UTC))
    state(world, "0", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    assert top_ups(close(world, NOVEMBER).lines) == [-each for each in TOP_UPS.values()]
    assert auditing.audit(world) == SOUND


def test_use_that_is_told_late_takes_the_place_of_a_top_up(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    late_use = video(100_000, subjects=("akari",))
    report(world, late_use, recorded_at=datetime(2026, 11, 9, tzinfo=UTC))
    state(world, "0", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    adjusted = close(world, NOVEMBER)
    late = [line.amount_minor for line in adjusted.lines if line.cause is Cause.LATE]
    assert late == [100_000]
    assert sum(top_ups(adjusted.lines)) == -100_000  # Together no more than before.
    assert auditing.audit(world) == SOUND


def test_without_a_rate_the_top_up_is_held_and_with_one_it_is_charged(database: Database) -> None:
    world_of_one(database)
    rates(database, (date(2026, 8, 31), "150"))  # Too old to say anything of October.
    agree(database, subjects=("akari",))
    report(database, video(100, subjects=("akari",)))
    state(database, "1000")
    (held,) = close(database, OCTOBER).comparisons
    assert held.hold is TopUpHold.EXCHANGE_RATE_UNKNOWN
    assert held.revenue == 1_000  # What is known is kept.
    rates(database, (date(2026, 10, 30), "150"), (date(2026, 11, 30), "150"), at=LATER)
    state(database, "0", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    assert top_ups(close(database, NOVEMBER).lines) == [27_000 - 100]
    assert auditing.audit(database) == SOUND


def test_where_units_earn_nothing_a_share_goes_by_use_and_without_use_equally(
    database: Database,
) -> None:
    world_of_one(database)
    rates(database, (date(2026, 10, 30), "150"), (date(2026, 11, 30), "100"))
    agree(database, rate=0)
    report(database, video(9, subjects=("akari",)), video(1, subjects=("akari", "hinata")))
    state(database, "1000")
    assert top_ups(close(database, OCTOBER).lines) == [18_000, 9_000]  # Of two uses and one.
    state(database, "100", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    assert top_ups(close(database, NOVEMBER).lines) == [600, 600, 600]
    assert auditing.audit(database) == SOUND


def test_units_that_are_more_than_the_share_stand_as_they_are(world: Database) -> None:
    state(world, "1000")
    closed = close(world, OCTOBER)
    (compared,) = closed.comparisons
    assert (compared.is_share_greater, compared.top_up_minor) == (False, 0)
    assert closed.totals_minor == {"JPY": 5_412_300}
    assert auditing.audit(world) == SOUND


def test_other_terms_for_a_closed_month_compare_it_again(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    granting.add_terms_version(
        world,
        license_reference="LIC-2026-001",
        terms=terms_of(replace(SHARE, percent="20"), effective_from=OCTOBER.starts_at),
        recorded_at=datetime(2026, 11, 9, tzinfo=UTC),
    )
    state(world, "0", month=NOVEMBER, at=datetime(2026, 12, 1, tzinfo=UTC))
    # 20 % is 6,531,692.63; what was charged is 5,878,523.
    assert sum(top_ups(close(world, NOVEMBER).lines)) == 6_531_692 - 5_878_523
    assert auditing.audit(world) == SOUND


def test_what_is_stated_twice_is_one_version(world: Database) -> None:
    state(world, REVENUE)
    (stood,) = state(world, "214336.570").grants
    assert [each.version for each in stood.versions] == [1]
    (stands,) = state(world, "1").grants
    assert [(each.version, each.amount) for each in stands.versions] == [
        (1, Decimal(REVENUE)),
        (2, Decimal(1)),
    ]
