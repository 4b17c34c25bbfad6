"""What a report would cost: each generation exactly, each line by what it grows, rounded once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.acceptance import judge
from ledger.core.batch import Judged, judge_all, kind_of
from ledger.core.counter import UsageTotal
from ledger.core.money import round_to_minor
from ledger.core.preview import Growth, Priced, needed, price_all, priced_subjects, shares
from ledger.core.terms import Allocation, RateLine, Stacking, Tier, TierMode
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from tests.core import licensed
from tests.core.licensed import GRANT, IMAGES, LICENSE, SUBJECTS, TERMS

AUGUST = date(2026, 8, 1)
OWNERS = {1: 100, 2: 200}


def priced(
    quantities: Sequence[str], line: RateLine = IMAGES, book: str = "0", *subjects: str
) -> Priced:
    """Price images on top of what the book has of them, under one line."""
    terms = replace(TERMS, rate_lines=(line,))
    license_ = replace(LICENSE, grants=(replace(GRANT, versions=(terms,)),))
    named = subjects or ("kaze",)
    fresh = judge_all(
        [generation(quantity, place, *named) for place, quantity in enumerate(quantities)],
        lambda each: judge(
            kind=kind_of(each),
            occurred_at=each.occurred_at,
            license_=license_,
            subjects=SUBJECTS,
        ),
    ).each()
    wanted = needed(fresh=fresh, licenses=[license_], owners=OWNERS)
    assert wanted is not None
    return price_all(fresh=fresh, needed=wanted, totals=[in_book(line, book)])


def generation(quantity: str, place: int, *subjects: str) -> ReportedGeneration:
    return ReportedGeneration(
        source="test",
        event_id=str(place),
        occurred_at=datetime(2026, 8, 3, tzinfo=UTC),
        license_reference="LIC-1",
        subjects=tuple(SubjectUse(each) for each in subjects),
        use_class=UseClass.GENERATION,
        modality=Modality.IMAGE,
        unit=Unit.IMAGE,
        territory="JP",
        quantity=Decimal(quantity),
    )


def in_book(line: RateLine, quantity: str) -> UsageTotal:
    return UsageTotal(
        month=AUGUST,
        decision="accepted",
        reason=None,
        terms_version_id=TERMS.id,
        rate_line_id=line.id,
        subject_id=1,
        is_new_year=False,
        generation_count=1,
        quantity=Decimal(quantity),
        net_revenue=Decimal(0),
    )


def amounts(found: Priced) -> list[list[Fraction | None]]:
    return [[part and part.exact for part in parts] for parts in found.parts]


def test_a_line_grows_by_what_it_is_rounded_to_less_what_it_stands_at() -> None:
    line = replace(IMAGES, rate=Decimal("0.1"))
    found = priced(["7"], line, "4")  # 0.4 yen stand at none, and 1.1 yen at one.
    assert amounts(found) == [[Fraction(7, 10)]]
    assert [(each.exact, each.amount_minor) for each in found.growths] == [(Fraction(7, 10), 1)]


@pytest.mark.parametrize("mode", [TierMode.NONE, TierMode.MARGINAL, TierMode.WHOLE_VOLUME])
@given(
    book=st.decimals(0, 300, places=2),
    quantities=st.lists(st.decimals(0, 300, places=2), min_size=1, max_size=6),
)
def test_the_prices_of_generations_sum_to_what_their_line_grows_by(
    mode: TierMode, book: Decimal, quantities: list[Decimal]
) -> None:
    tiers = (
        Tier(up_to=Decimal(100), rate=Decimal("12.5")),
        Tier(up_to=Decimal(250), rate=Decimal("9.75")),
        Tier(up_to=None, rate=Decimal("0.3")),
    )
    line = replace(IMAGES, tier_mode=mode, tiers=() if mode is TierMode.NONE else tiers)
    found = priced([str(quantity) for quantity in quantities], line, str(book))
    (growth,) = found.growths
    assert sum(part.exact for parts in found.parts for part in parts if part) == growth.exact
    assert abs(growth.amount_minor - round_to_minor(growth.exact)) <= 1  # The line's own residue.
    assert growth.quantity == sum(quantities)


def test_a_floor_and_a_stacking_cap_are_in_the_price_of_each_event() -> None:
    cast = Stacking(group="cast", cap_minor=Decimal(20), allocation=Allocation.EQUAL)
    capped = replace(IMAGES, stacking=cast)
    found = priced(["1"], capped, "0", "kaze", "yoru")  # Twelve yen each, under a cap of twenty.
    assert amounts(found) == [[10, 10]]
    assert [each.amount_minor for each in found.growths] == [10, 10]
    floored = replace(IMAGES, event_floor_minor=Decimal(30))
    assert amounts(priced(["1", "5"], floored)) == [[30], [60]]


def test_what_the_whole_month_owes_is_in_no_event() -> None:
    found = priced(["1"], replace(IMAGES, minimum_minor=500))
    assert amounts(found) == [[12]]
    assert [each.amount_minor for each in found.growths] == [500]


def test_only_what_is_charged_has_a_holder_to_ask_for() -> None:
    judged: list[Judged] = judge_all(
        [generation("1", 0, "kaze", "silent"), generation("1", 1, "elsewhere")],
        lambda each: licensed.reported(subjects=each.subjects).judged(),
    ).each()
    assert priced_subjects(judged) == {1}
    assert needed(fresh=judged[1:], licenses=[LICENSE], owners={}) is None


def test_the_fee_is_taken_of_a_holders_sum_and_nothing_is_lost() -> None:
    found = priced(["1"], IMAGES, "0", "kaze", "yoru")
    both = [replace(each, owner_id=100) for each in found.growths]
    (share,) = shares(both, admin_fee_bp={100: 450})
    assert (share.amount_minor, share.admin_fee_minor, share.holder_minor) == (24, 1, 23)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1), st.integers(0, 10_000))
def test_holder_and_house_share_all_of_it(amounts_minor: list[int], fee_bp: int) -> None:
    growth: Growth = priced(["1"]).growths[0]
    growths = [replace(growth, amount_minor=amount) for amount in amounts_minor]
    (share,) = shares(growths, admin_fee_bp={100: fee_bp})
    assert share.admin_fee_minor + share.holder_minor == share.amount_minor == sum(amounts_minor)
