"""A correction's own rules, its hash, and what corrections change, without a book."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.acceptance import Judgement, judge
from ledger.core.batch import Total, TotalKey, judge_all, kind_of, totals
from ledger.core.correction import (
    Correction,
    CorrectionKind,
    CorrectionReason,
    Identity,
    State,
)
from ledger.core.correction_draft import read_back, write_down
from ledger.core.difference import Rate, describe, difference
from ledger.core.terms import Basis, RateLine, Tier, TierMode
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from tests.core.licensed import IMAGES, LICENSE, NOW, REVENUE, SUBJECTS, VIDEO

AUGUST = date(2026, 8, 1)


def reported(**changes: Any) -> ReportedGeneration:
    event = ReportedGeneration(
        source="api",
        event_id="1",
        occurred_at=NOW,
        license_reference="LIC-1",
        subjects=(SubjectUse("kaze"),),
        use_class=UseClass.GENERATION,
        modality=Modality.IMAGE,
        unit=Unit.IMAGE,
        territory="JP",
        quantity=Decimal(5),
    )
    return event._replace(**changes)


def decided(event: ReportedGeneration) -> Judgement:
    return judge(
        kind=kind_of(event), occurred_at=event.occurred_at, license_=LICENSE, subjects=SUBJECTS
    )


def state(**changes: Any) -> State:
    event = reported(**changes)
    return State(event, decided(event))


# The hash -----------------------------------------------------------------------------------

VOID = Correction("api", "1", CorrectionKind.VOID, CorrectionReason.NOT_GENERATED)
INSTEAD = VOID._replace(kind=CorrectionKind.REPLACE, replacement=reported())
IDENTITY = Identity(AUGUST, "api", "1")


def test_the_hash_of_a_correction_is_the_one_in_the_documentation() -> None:
    """A change of it would make every kept receipt of a correction worthless."""
    assert VOID.content_hash(IDENTITY).hex() == (
        "bf6280e6ba0462364c2216859ae665141d6f9849c5d5eebdbf61909bd656fe67"
    )


@pytest.mark.parametrize(
    "other",
    [
        INSTEAD,
        VOID._replace(reason=CorrectionReason.TEST_DATA),
        VOID._replace(note="n"),
        VOID._replace(revision=2),
        INSTEAD._replace(replacement=reported(quantity=Decimal(6))),
    ],
    ids=lambda correction: str(correction[2:6]),
)
def test_corrections_that_say_something_else_hash_otherwise(other: Correction) -> None:
    assert other.content_hash(IDENTITY) != VOID.content_hash(IDENTITY)


def test_the_same_correction_hashes_alike_however_it_was_written() -> None:
    exact = INSTEAD._replace(replacement=reported(quantity=Decimal("5.0")))
    assert exact.content_hash(IDENTITY) == INSTEAD.content_hash(IDENTITY)


def test_corrections_are_read_back_as_they_were_written_down() -> None:
    full = reported(
        subjects=(SubjectUse("kaze", 500), SubjectUse("yoru")),
        net_revenue=Decimal("1.25"),
        currency="USD",
        model="m",
        output_sha256="ab" * 32,
        title="風",
        quantity=None,
    )
    corrections = (VOID, INSTEAD._replace(replacement=full, month=AUGUST, note="訂正", revision=3))
    read = read_back(write_down(corrections))
    assert read == corrections
    assert isinstance(read[1].replacement, ReportedGeneration)


# What corrections change ---------------------------------------------------------------------

FACTS = st.builds(
    reported,
    event_id=st.sampled_from("123456"),
    quantity=st.one_of(st.none(), st.integers(0, 9).map(Decimal)),
    subjects=st.sampled_from(
        [(SubjectUse("kaze"),), (SubjectUse("kaze"), SubjectUse("yoru")), (SubjectUse("gone"),)]
    ),
    territory=st.sampled_from(["JP", "US"]),
    occurred_at=st.integers(3, 9).map(lambda day: datetime(2026, 8, day, tzinfo=UTC)),
)


@given(st.lists(FACTS, max_size=12), st.data())
def test_any_corrections_leave_the_totals_of_what_stands(
    events: list[ReportedGeneration], data: st.DataObject
) -> None:
    """Totals of the reports and all differences are the totals counted from what stands."""
    standing: dict[int, State | None] = {}
    kept: dict[TotalKey, Total] = defaultdict(lambda: Total(0, Decimal(0), Decimal(0)))

    def add(changed: dict[TotalKey, Total]) -> None:
        for key, total in changed.items():
            old = kept[key]
            kept[key] = Total(
                old.generation_count + total.generation_count,
                old.quantity + total.quantity,
                old.net_revenue + total.net_revenue,
            )

    for index, event in enumerate(events):
        standing[index] = State(event, decided(event))
    add(totals(judge_all(events, decided)))
    for index in data.draw(st.lists(st.sampled_from(sorted(standing) or [0]), max_size=8)):
        if index not in standing:
            continue
        before = standing[index]
        drawn: ReportedGeneration | None = data.draw(
            st.one_of(st.none(), FACTS) if before else FACTS
        )
        after = None if drawn is None else State(drawn, decided(drawn))
        add(difference(before=[before] if before else [], after=[after] if after else []))
        standing[index] = after
    counted = totals(judge_all([each.reported for each in standing.values() if each], decided))
    assert {key: total for key, total in kept.items() if any(total)} == {
        key: total for key, total in counted.items() if any(total)
    }


def test_what_is_the_same_before_and_after_is_left_out() -> None:
    assert difference(before=[state()], after=[state(model="another")]) == {}


RATES = {line.id: Rate(line, "JPY") for line in (IMAGES, VIDEO, REVENUE)}
TIERED = RateLine(
    id=IMAGES.id,
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=(Tier(up_to=None, rate=Decimal(12)),),
)


@pytest.mark.parametrize(
    ("after", "rates", "price"),
    [
        (state(quantity=Decimal(8)), RATES, Decimal(36)),
        (state(quantity=Decimal("5.5")), RATES, Decimal(6)),
        # Tiers look at what else the month has.
        (state(quantity=Decimal(8)), {**RATES, IMAGES.id: Rate(TIERED, "JPY")}, None),
    ],
)
def test_a_difference_is_priced_where_it_can_be_told(
    after: State, rates: dict[int, Rate], price: Decimal | None
) -> None:
    changed = difference(before=[state()], after=[after])
    (line,) = describe(changed, counted_month=None, subjects={1: "kaze"}, rates=rates)
    assert (line.subject, line.price) == ("kaze", price)


def test_a_share_of_revenue_is_priced_by_the_revenue() -> None:
    audio: dict[str, Any] = {"modality": Modality.AUDIO, "unit": Unit.SECOND}
    changed = difference(
        before=[state(**audio, net_revenue=Decimal(1_000))],
        after=[state(**audio, net_revenue=Decimal(1_500))],
    )
    (line,) = describe(changed, counted_month=None, subjects={1: "kaze"}, rates=RATES)
    assert (line.net_revenue, line.price) == (Decimal(500), Decimal(90))


def test_days_and_places_are_put_together() -> None:
    """What moves to another day of the month changes no line."""
    moved = state(occurred_at=datetime(2026, 8, 20, tzinfo=UTC))
    changed = difference(before=[state()], after=[moved])
    assert len(changed) == 2
    assert describe(changed, counted_month=None, subjects={1: "kaze"}, rates=RATES) == ()
