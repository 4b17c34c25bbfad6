"""A batch is placed in its months, judged by its kinds, and adds up however it is cut."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.acceptance import Decision, Judgement, judge
from ledger.core.batch import (
    Batch,
    Total,
    TotalKey,
    decisions,
    is_future,
    judge_all,
    kind_of,
    totals,
)
from ledger.core.period import InstantWithoutZone
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from tests.core.licensed import KIND, LICENSE, NOW, SUBJECTS

KAZE, YORU = SubjectUse("kaze"), SubjectUse("yoru")
TODAY = date(2026, 8, 3)


def reported(**values: Any) -> ReportedGeneration:
    """Return a generation that is accepted under the license of these tests."""
    facts: dict[str, Any] = {
        "source": "studio-a",
        "event_id": "1",
        "occurred_at": NOW,
        "license_reference": "LIC-1",
        "subjects": (KAZE,),
        "use_class": UseClass.GENERATION,
        "modality": Modality.IMAGE,
        "unit": Unit.IMAGE,
        "territory": "JP",
        "quantity": Decimal(1),
    }
    return ReportedGeneration(**facts | values)


def judged_by_itself(each: ReportedGeneration) -> Judgement:
    return judge(
        kind=kind_of(each), occurred_at=each.occurred_at, license_=LICENSE, subjects=SUBJECTS
    )


def judged(*generations: ReportedGeneration) -> Batch:
    return judge_all(generations, judged_by_itself)


def total_of(batch: Batch, **named: Any) -> Total:
    """Return the one total whose key has these values."""
    (found,) = [
        total
        for key, total in totals(batch).items()
        if all(getattr(key, name) == value for name, value in named.items())
    ]
    return found


@pytest.mark.parametrize(
    ("occurred_at", "day"),
    [
        ("2026-10-31T14:59:59.999999+00:00", date(2026, 10, 31)),
        ("2026-10-31T15:00:00+00:00", date(2026, 11, 1)),  # Midnight in Tokyo.
        ("2026-11-01T00:00:00+09:00", date(2026, 11, 1)),
        ("2026-10-31T23:59:59.999999+09:00", date(2026, 10, 31)),
        ("2026-12-31T15:00:00+00:00", date(2027, 1, 1)),
        ("2028-02-29T14:59:59.000001+00:00", date(2028, 2, 29)),
        # Where a country's own hours do not begin with ours.
        ("2026-10-31T20:29:59.999999+05:30", date(2026, 10, 31)),
        ("2026-10-31T20:30:00+05:30", date(2026, 11, 1)),
        ("2026-10-31T20:44:59+05:45", date(2026, 10, 31)),
        ("2026-10-31T20:45:00+05:45", date(2026, 11, 1)),
        ("2026-10-31T11:30:00-03:30", date(2026, 11, 1)),
    ],
)
def test_days_and_months_are_cut_at_midnight_in_tokyo(occurred_at: str, day: date) -> None:
    (each,) = judged(reported(occurred_at=datetime.fromisoformat(occurred_at))).each()
    assert each.day == day
    assert each.accrual_month == day.replace(day=1)
    assert each.identity == (day.replace(day=1), "studio-a", "1")


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SECONDS = st.integers(0, 3 * 24 * 3600)


@given(st.lists(st.tuples(SECONDS, st.integers(0, 999_999), OFFSETS), min_size=1, max_size=8))
@settings(max_examples=10)
def test_every_instant_of_a_batch_has_its_own_day(
    instants: list[tuple[int, int, timezone]],
) -> None:
    start = datetime(2026, 10, 30, tzinfo=UTC)
    generations = [
        reported(occurred_at=(start + timedelta(seconds=s, microseconds=us)).astimezone(zone))
        for s, us, zone in instants
    ]
    days = judged(*generations).days
    ahead = timedelta(hours=9)
    assert [*days] == [(g.occurred_at.astimezone(UTC) + ahead).date() for g in generations]


def test_a_time_without_zone_is_not_placed_by_the_zone_of_the_server() -> None:
    judgement = judged_by_itself(reported())
    with pytest.raises(InstantWithoutZone):
        judge_all([reported(occurred_at=NOW.replace(tzinfo=None))], lambda _: judgement)


def test_generations_stay_in_the_order_of_the_report() -> None:
    batch = judged(*(reported(event_id=str(index)) for index in range(5)))
    assert [each.reported.event_id for each in batch.each()] == ["0", "1", "2", "3", "4"]
    assert batch.content_hashes == [each.content_hash() for each in batch.reported.rows]


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ({"title": "風の町"}, {"has_title": True}),
        ({"quantity": None}, {"has_quantity": False}),
        ({"quantity": Decimal(0)}, {}),  # Nothing is a known quantity.
        ({"net_revenue": Decimal(0)}, {"has_revenue": True}),
        ({"currency": "USD"}, {"currency": "USD"}),
        ({"subjects": (KAZE, YORU)}, {"subjects": (KAZE, YORU)}),
        ({"territory": "US"}, {"territory": "US"}),
        ({"unit": Unit.TOKEN}, {"unit": Unit.TOKEN}),
        # What a judgement never depends on, so that each kind is judged once.
        ({"event_id": "2", "source": "b", "model": "m", "output_sha256": "0" * 64}, {}),
        ({"quantity": Decimal(7), "occurred_at": NOW + timedelta(days=1)}, {}),
    ],
)
def test_a_kind_is_all_that_a_judgement_depends_on(
    values: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert kind_of(reported(**values)) == KIND._replace(**changes)


def test_totals_are_kept_by_what_is_charged_and_where_and_when() -> None:
    batch = judged(
        reported(quantity=Decimal(3)),
        reported(quantity=Decimal("0.5")),
        reported(occurred_at=NOW + timedelta(days=1)),
    )
    assert totals(batch) == {
        TotalKey(date(2026, 8, 1), TODAY, "accepted", None, 21, 31, 1, "JP"): Total(
            2, Decimal("3.5"), Decimal(0)
        ),
        TotalKey(date(2026, 8, 1), date(2026, 8, 4), "accepted", None, 21, 31, 1, "JP"): Total(
            1, Decimal(1), Decimal(0)
        ),
    }


def test_each_subject_counts_with_the_full_quantity() -> None:
    batch = judged(reported(subjects=(KAZE, YORU), quantity=Decimal(4)))
    assert total_of(batch, subject_id=1) == Total(1, Decimal(4), Decimal(0))
    assert total_of(batch, subject_id=2) == Total(1, Decimal(4), Decimal(0))


def test_a_refusal_is_totalled_under_its_leading_reason() -> None:
    silent = SubjectUse("silent")
    several = reported(use_class=UseClass.TRAINING, territory="US", quantity=Decimal(4))
    batch = judged(several, reported(subjects=(KAZE, silent)))
    refused = [key for key in totals(batch) if key.decision == Decision.REFUSED]
    assert [(key.reason, key.subject_id, key.territory) for key in refused] == [
        ("use_class_not_granted", 1, "US"),
        ("subject_not_offered", 3, "JP"),  # The reason of its own line.
    ]
    assert all(key.terms_version_id is key.rate_line_id is None for key in refused)
    assert total_of(batch, reason="use_class_not_granted") == Total(1, Decimal(4), Decimal(0))


def test_an_unknown_quantity_is_counted_and_adds_nothing() -> None:
    batch = judged(reported(quantity=None), reported(quantity=None))
    held = total_of(batch, decision="held", reason="quantity_unknown")
    assert held == Total(2, Decimal(0), Decimal(0))


def test_revenue_adds_up_beside_the_quantity() -> None:
    audio = {"modality": Modality.AUDIO, "quantity": None}
    batch = judged(
        reported(**audio, net_revenue=Decimal("12.34")),
        reported(**audio, net_revenue=Decimal("0.66"), currency="JPY"),
    )
    assert total_of(batch, decision="accepted") == Total(2, Decimal(0), Decimal(13))


def test_territories_stay_apart_even_when_they_share_a_judgement() -> None:
    shared = judged_by_itself(reported())
    batch = judge_all([reported(), reported(territory="US")], lambda _: shared)
    assert Counter(key.territory for key in totals(batch)) == {"JP": 1, "US": 1}


def test_totals_keep_every_digit() -> None:
    large, small = Decimal("1E+25"), Decimal("1E-25")
    (total,) = totals(judged(reported(quantity=large), reported(quantity=small))).values()
    assert Fraction(total.quantity) == Fraction(large) + Fraction(small)


GENERATIONS = st.builds(
    reported,
    occurred_at=st.sampled_from([0, 1, 24, 24 * 40]).map(lambda h: NOW + timedelta(hours=h)),
    subjects=st.sampled_from([(KAZE,), (KAZE, YORU), (YORU, SubjectUse("silent"))]),
    modality=st.sampled_from([Modality.IMAGE, Modality.AUDIO, Modality.TEXT]),
    territory=st.sampled_from(["JP", "US"]),
    quantity=st.none() | st.decimals(0, 10**20, places=20),
    net_revenue=st.none() | st.decimals(0, 10**20, places=20),
)


def added(*parts: dict[TotalKey, Total]) -> dict[TotalKey, tuple[int, Fraction, Fraction]]:
    """Add up totals by another way than the ledger does."""
    result: dict[TotalKey, tuple[int, Fraction, Fraction]] = {}
    for part in parts:
        for key, total in part.items():
            count, quantity, revenue = result.get(key, (0, Fraction(0), Fraction(0)))
            result[key] = (
                count + total.generation_count,
                quantity + Fraction(total.quantity),
                revenue + Fraction(total.net_revenue),
            )
    return result


@given(st.lists(GENERATIONS, max_size=6), st.data())
@settings(max_examples=10)
def test_the_totals_of_the_parts_are_the_totals_of_the_whole(
    generations: list[ReportedGeneration], data: st.DataObject
) -> None:
    remembered: dict[Any, Judgement] = {}

    def remembering(each: ReportedGeneration) -> Judgement:
        return remembered.setdefault(kind_of(each), judged_by_itself(each))

    whole = judge_all(generations, remembering)
    part_of = [data.draw(st.integers(0, 2)) for _ in generations]
    parts = [
        totals(whole.only([index for index, owner in enumerate(part_of) if owner == part]))
        for part in range(3)
    ]
    assert added(*parts) == added(totals(whole))
    # Nor does it matter whether equal judgements are one object.
    assert added(totals(judged(*generations))) == added(totals(whole))


@given(st.lists(GENERATIONS, max_size=6))
@settings(max_examples=10)
def test_every_line_of_every_generation_is_counted_once(
    generations: list[ReportedGeneration],
) -> None:
    batch = judged(*generations)
    counted: Counter[str] = Counter()
    for key, total in totals(batch).items():
        counted[key.decision] += total.generation_count
    assert counted == Counter(
        str(line.decision) for each in batch.each() for line in each.judgement.lines
    )
    assert decisions(batch) == Counter(each.judgement.decision for each in batch.each())


@given(st.lists(GENERATIONS, max_size=6))
@settings(max_examples=10)
def test_what_is_worked_out_for_many_is_true_of_each(
    generations: list[ReportedGeneration],
) -> None:
    for each, alone in zip(judged(*generations).each(), generations, strict=True):
        assert each.reported == alone
        assert each.content_hash == alone.content_hash()
        assert each.judgement == judged_by_itself(alone)


def test_a_judgement_is_not_used_beyond_the_instants_between_which_it_holds() -> None:
    ends_at = LICENSE.grants[0].ends_at
    assert ends_at is not None
    before, after = ends_at - timedelta(microseconds=1), ends_at
    asked: list[datetime] = []

    def judging(each: ReportedGeneration) -> Judgement:
        asked.append(each.occurred_at)
        return judged_by_itself(each)

    times = [before, after, before, after]
    batch = judge_all([reported(occurred_at=at) for at in times], judging)
    assert [each.judgement.decision for each in batch.each()] == ["accepted", "refused"] * 2
    assert asked == [before, after]  # Once for each interval, and not once for each event.


@pytest.mark.parametrize(
    ("ahead", "is_too_late"),
    [
        (timedelta(minutes=5), False),  # As far as a clock may be off.
        (timedelta(minutes=5, microseconds=1), True),
        (timedelta(0), False),
        (timedelta(days=-400), False),  # Late is not the future.
    ],
)
def test_a_clock_may_run_ahead_by_five_minutes(ahead: timedelta, is_too_late: bool) -> None:
    assert is_future(NOW + ahead, recorded_at=NOW) is is_too_late
