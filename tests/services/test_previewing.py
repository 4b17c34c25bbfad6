"""A preview on a real database: what it says comes true when the same is reported."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
import pytest

from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.closing import RoyaltyLine
from ledger.core.period import Month
from ledger.core.usage import Modality, ReportedGeneration, Unit
from ledger.services import closing, previewing
from ledger.services.previewing import Preview
from ledger.store.database import Database
from ledger.store.terms_cache import TermsCache
from tests import builders
from tests.database import connection_string
from tests.rows import counted_statements, row_counts
from tests.services.firms import firm
from tests.services.usage import generation, report

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
AFTER = OCTOBER.ends_at + timedelta(hours=1)

TIERS = (NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=10))


def preview(database: Database, *reported: ReportedGeneration, **changes: Any) -> Preview:
    return previewing.preview(
        database,
        terms=TermsCache(),
        licensee_id=firm(database).id,
        reported=reported,
        previewed_at=changes.get("previewed_at", AFTER),
    )


def license_of(database: Database, *lines: NewRateLine, **grant: Any) -> None:
    terms = builders.new_terms(rate_lines=lines)
    words: dict[str, Any] = {"modalities": ("image", "video", "audio"), "terms": terms, **grant}
    builders.license(database, grants=(builders.new_grant(**words),))


def prices(found: Preview) -> list[list[Decimal | None]]:
    return [
        [None if part is None else part.price for part in each.parts] for each in found.generations
    ]


def royalty(database: Database, month: Month = OCTOBER) -> dict[tuple[int, int], RoyaltyLine]:
    lines = closing.preview(database, month=month)
    return {(line.rate_line_id, line.subject_id): line for line in lines}


@pytest.mark.parametrize(
    ("lines", "before", "events", "expected"),
    [
        ([builders.new_rate_line()], ["3"], ["4"], ["48"]),
        # Less than a yen each, and more than one together.
        ([builders.new_rate_line(rate=Decimal("0.4"))], [], ["1", "1", "1"], ["0.4"] * 3),
        ([builders.new_rate_line(rate=Decimal("0.4"))], ["1"], ["1", "1"], ["0.4"] * 2),
        # The counter moves on from event to event, and passes a bound within one.
        (
            [builders.new_rate_line(tier_mode="marginal", tiers=TIERS)],
            ["90"],
            ["5", "10", "3"],
            ["60", "110", "30"],
        ),
        # The event that reaches the cheaper tier gives back what the ones before it paid more.
        (
            [builders.new_rate_line(tier_mode="whole_volume", tiers=TIERS)],
            ["90"],
            ["10", "10"],
            ["120", "-100"],
        ),
        # The least of the month is owed by the month, once, and by no event.
        ([builders.new_rate_line(minimum_minor=500)], [], ["1", "2"], ["12", "24"]),
        ([builders.new_rate_line(minimum_minor=500)], ["1"], ["2"], ["24"]),
        # A fixed fee is owed without any use.
        ([NewRateLine(basis="fixed_month", rate=30_000)], [], ["5"], ["0"]),
    ],
)
def test_lines_grow_as_they_do_when_the_same_is_reported(
    database: Database,
    lines: list[NewRateLine],
    before: Sequence[str],
    events: Sequence[str],
    expected: Sequence[str],
) -> None:
    license_of(database, *lines)
    if before:
        report(database, *(generation(quantity) for quantity in before))
    reported = [generation(quantity) for quantity in events]
    found = preview(database, *reported)
    stood = royalty(database)
    report(database, *reported)
    stands = royalty(database)
    for growth in found.growths:
        key = (growth.place.line.id, growth.subject_id)
        was = stood.get(key)
        assert growth.amount_minor == stands[key].amount_minor - (was.amount_minor if was else 0)
        assert growth.exact == stands[key].charge.exact - (was.charge.exact if was else 0)
        assert growth.generation_count == len(events)
    assert prices(found) == [[Decimal(price)] for price in expected]
    if not any(line.minimum_minor for line in lines):
        assert sum(growth.exact for growth in found.growths) == sum(map(Fraction, expected))


def test_nothing_is_recorded_no_month_is_opened_and_nobody_is_waited_for(
    database: Database,
) -> None:
    builders.license(database)
    report(database, generation(1, on=date(2026, 9, 15)))
    counts = row_counts(database)
    with psycopg.connect(connection_string(database)) as rival:
        rival.execute("SELECT lock_log(%s)", (firm(database).id,))
        rival.execute("SELECT lock_month(1, '2026-09-01')")
        found = preview(database, generation(1), generation(1, on=date(2026, 9, 20)))
    assert [each.result.status for each in found.generations] == ["accepted", "accepted"]
    assert row_counts(database) == counts


def test_the_queries_are_as_many_for_one_event_as_for_a_hundred(database: Database) -> None:
    builders.license(database)
    known = generation(1)
    report(database, known)
    told = []
    for events in ([known], [known, *(generation(1) for _ in range(100))]):
        with counted_statements(database) as statements:
            preview(database, *events)
        told.append(len(statements))
    assert told[1] <= told[0] + 2  # Whose it is and the totals, when anything is priced.


def test_what_is_known_is_told_with_its_receipt(database: Database) -> None:
    builders.license(database)
    known = generation(1)
    (recorded,) = report(database, known)
    again, other = preview(database, known, known._replace(quantity=Decimal(2))).generations
    assert (again.result.status, again.result.receipt) == ("duplicate", recorded.receipt)
    assert (other.result.status, other.result.differing) == ("conflict", ("quantity",))
    assert (again.parts, other.parts) == ((), ())


def test_what_comes_twice_in_one_report_is_told_and_charged_once(database: Database) -> None:
    builders.license(database)
    first = generation(1)
    found = preview(database, first, first, first._replace(quantity=Decimal(2)))
    statuses = [each.result.status for each in found.generations]
    assert statuses == ["accepted", "duplicate", "conflict"]
    assert [growth.amount_minor for growth in found.growths] == [12]


def test_what_could_not_be_taken_is_told(database: Database) -> None:
    builders.license(database)
    closing.close_month(database, month=SEPTEMBER, closed_by="keiri", closed_at=SEPTEMBER.ends_at)
    old, future = generation(1, on=date(2025, 9, 15)), generation(1, on=date(2026, 12, 1))
    found = preview(database, old, future).generations
    assert [each.result.problem for each in found] == ["time_too_old", "time_in_future"]


def test_what_comes_late_is_told_where_it_would_count(database: Database) -> None:
    builders.license(database)
    closing.close_month(database, month=SEPTEMBER, closed_by="keiri", closed_at=SEPTEMBER.ends_at)
    first = generation(5, on=date(2026, 9, 15))
    found = preview(database, first, first, first._replace(quantity=Decimal(2)))
    counted_in = [each.result.counted_month for each in found.generations]
    assert counted_in == [date(2026, 10, 1), date(2026, 10, 1), None], "A conflict is not counted."
    assert [growth.amount_minor for growth in found.growths] == [60]


def test_every_status_is_the_one_that_reporting_gives(database: Database) -> None:
    builders.license(database)
    events = [
        generation(1),
        generation(None),
        generation(1, license_reference="LIC-UNKNOWN"),
        generation(1, subjects=("nobody-knows-it",)),
        generation(1, subjects=("nobody-knows-it",), title="Town of Wind"),
        generation(1, modality=Modality.VIDEO),
        generation(1, unit=Unit.CLIP),
        generation(1, territory="FR"),
    ]
    foreseen = [each.result for each in preview(database, *events).generations]
    recorded = report(database, *events, recorded_at=AFTER)
    assert [(each.status, each.reasons) for each in foreseen] == [
        (each.status, each.reasons) for each in recorded
    ]


def test_a_generation_that_is_refused_for_one_subject_is_charged_for_the_other(
    database: Database,
) -> None:
    builders.license(database)
    builders.work(database, "not-licensed")
    found = preview(database, generation(3, subjects=("not-licensed", "kaze-no-machi")))
    assert found.generations[0].result.status == "refused"
    assert prices(found) == [[None, 36]]


def test_each_subject_is_told_of_also_where_nothing_is_charged(database: Database) -> None:
    builders.license(database)
    refused = generation(1, subjects=("kaze-no-machi", "nobody"), license_reference="LIC-UNKNOWN")
    assert prices(preview(database, refused)) == [[None, None]]


def test_each_subject_is_charged_under_its_own_counter(database: Database) -> None:
    builders.work(database, "umi-no-uta")
    line = builders.new_rate_line(tier_mode="marginal", tiers=TIERS)
    license_of(database, line, subjects=("kaze-no-machi", "umi-no-uta"))
    report(database, generation(95, subjects=("umi-no-uta",)))
    found = preview(database, generation(10, subjects=("kaze-no-machi", "umi-no-uta")))
    assert prices(found) == [[120, 110]]


def test_a_contract_years_counter_runs_through_the_months_of_a_preview(
    database: Database,
) -> None:
    license_of(
        database,
        builders.new_rate_line(tier_mode="marginal", tiers=TIERS, counter_scope="contract_year"),
    )
    report(database, generation(90, on=date(2026, 9, 1)))
    events = [generation(10), generation(10, on=date(2026, 9, 20))]
    found = preview(database, *events)  # The earlier month is counted first.
    assert prices(found) == [[100], [120]]
    assert [(growth.month.month, growth.amount_minor) for growth in found.growths] == [
        (9, 120),
        (10, 100),
    ]


def test_a_contract_year_that_begins_within_the_month_begins_a_counter(
    database: Database,
) -> None:
    line = builders.new_rate_line(tier_mode="marginal", tiers=TIERS, counter_scope="contract_year")
    middle = datetime(2026, 8, 16, 15, tzinfo=UTC)  # 17 August in Japan.
    builders.license(
        database,
        starts_at=middle - timedelta(days=365),
        grants=(builders.new_grant(terms=builders.new_terms(rate_lines=(line,))),),
    )
    report(database, generation(95, on=date(2026, 8, 1)))
    events = [generation(10, on=date(2026, 8, day)) for day in (17, 16, 18)]
    assert prices(preview(database, *events)) == [[120], [110], [120]]


def test_a_share_of_revenue_is_priced_by_the_revenue(database: Database) -> None:
    license_of(database, NewRateLine(basis="pct_revenue", rate=Decimal("7.5")))
    found = preview(database, generation(1, net_revenue=Decimal("1234.5"), currency="JPY"))
    assert prices(found) == [[Decimal("92.5875")]]
    (growth,) = found.growths
    assert (growth.quantity, growth.amount_minor) == (Decimal("1234.5"), 92)


def test_the_house_and_the_holder_share_what_lines_grow_by(database: Database) -> None:
    builders.party(database, "tsuki", entrustment=None)
    builders.work(database, "umi-no-uta", owner="tsuki")
    license_of(database, builders.new_rate_line(), subjects=("kaze-no-machi", "umi-no-uta"))
    found = preview(database, generation(9, subjects=("kaze-no-machi", "umi-no-uta")))
    told = {
        found.holders[share.owner_id]: (
            share.amount_minor, share.admin_fee_bp, share.admin_fee_minor, share.holder_minor,
        )
        for share in found.shares
    }  # fmt: skip
    assert told == {"hoshino": (108, 800, 8, 100), "tsuki": (108, 0, 0, 108)}


def test_another_firms_usage_moves_no_counter(database: Database) -> None:
    line = builders.new_rate_line(tier_mode="marginal", tiers=TIERS)
    license_of(database, line)
    terms = builders.new_terms(rate_lines=(line,))
    builders.license(
        database,
        "LIC-B",
        licensee="studio-b",
        grants=(builders.new_grant(terms=terms),),
    )
    report(database, generation(500, license_reference="LIC-B"), licensee="studio-b")
    assert prices(preview(database, generation(1))) == [[12]]


def test_nothing_reported_comes_to_nothing(database: Database) -> None:
    builders.license(database)
    found = preview(database)
    assert (found.generations, found.growths, found.shares) == ((), (), ())
