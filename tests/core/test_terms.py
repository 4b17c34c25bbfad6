"""What terms may say, which version is in force, and which line prices a generation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from ledger.core.period import InstantWithoutZone
from ledger.core.terms import (
    UNIT_OF_BASIS,
    WORLD,
    Basis,
    Grant,
    InvalidRateLine,
    License,
    RateLine,
    TermsVersion,
    Tier,
    TierMode,
)
from ledger.core.usage import Modality, Unit, UseClass

APRIL, JULY, OCTOBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (4, 7, 10))
INSTANT = timedelta(microseconds=1)
OPEN = Tier(up_to=None, rate=Decimal(8))


def tier(up_to: int | None, rate: int = 10) -> Tier:
    return Tier(up_to=None if up_to is None else Decimal(up_to), rate=Decimal(rate))


def line(basis: Basis = Basis.PER_IMAGE, **values: Any) -> RateLine:
    return RateLine(basis=basis, **{"rate": Decimal(12), **values})


def version(*lines: RateLine, number: int = 1, effective_from: datetime = APRIL) -> TermsVersion:
    return TermsVersion(
        id=number,
        version=number,
        effective_from=effective_from,
        clause_reference="Article 5",
        rate_lines=lines,
    )


def grant(*versions: TermsVersion, **values: Any) -> Grant:
    agreed: dict[str, Any] = {
        "id": 1,
        "subject_ids": frozenset({11}),
        "modalities": frozenset(Modality),
        "use_classes": frozenset(UseClass),
        "territories": frozenset({"JP"}),
        "starts_at": APRIL,
        "ends_at": None,
        "versions": versions,
    }
    return Grant(**agreed | values)


def license_of(*grants: Grant, starts_at: datetime = APRIL, **values: Any) -> License:
    agreed: dict[str, Any] = {"id": 1, "reference": "LIC-1", "licensee_id": 7, "ends_at": None}
    return License(starts_at=starts_at, grants=grants, **agreed | values)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rate": Decimal("-0.01")}, "rate"),  # Nobody is paid for generating.
        ({"minimum_minor": -1}, "minimum_minor"),
        ({"tiers": (OPEN,)}, "tiers"),  # Tiers that no mode applies.
        ({"tier_mode": TierMode.MARGINAL}, "tiers"),  # A mode without tiers.
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(100),)}, "tiers"),  # And beyond 100?
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(None), OPEN)}, "tiers"),  # Never left.
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(0), OPEN)}, "tiers"),  # Holds nothing.
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(-5), OPEN)}, "tiers"),
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(9), tier(9), OPEN)}, "tiers"),
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(9), tier(5), OPEN)}, "tiers"),  # Falls.
        ({"tier_mode": TierMode.MARGINAL, "tiers": (tier(9, rate=-1), OPEN)}, "tiers"),
        ({"tier_mode": TierMode.WHOLE_VOLUME, "tiers": (tier(9), tier(None, -1))}, "tiers"),
        (
            {"basis": Basis.FIXED_MONTH, "tier_mode": TierMode.MARGINAL, "tiers": (OPEN,)},
            "tiers",  # A month is not counted.
        ),
        (
            {
                "basis": Basis.PCT_REVENUE,
                "tier_mode": TierMode.PACKAGE,
                "tiers": (tier(9), tier(None, 20)),
            },
            "tiers",  # A flat price is no percentage.
        ),
        ({"tier_mode": TierMode.PACKAGE, "tiers": (tier(9, 20), tier(None, 10))}, "tiers"),
        ({"cap_minor": -1}, "cap_minor"),
        ({"cap_minor": 99, "minimum_minor": 100}, "cap_minor"),  # Which of them would it be?
        ({"basis": Basis.FIXED_MONTH, "cap_minor": 1}, "cap_minor"),
    ],
)
def test_a_rate_line_cannot_contradict_itself(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRateLine) as refused:
        line(**values)
    assert refused.value.field == field
    assert refused.value.problem


@pytest.mark.parametrize(
    "values",
    [
        {"rate": Decimal(0)},  # Free of charge is a price.
        {"minimum_minor": 0},
        {"tier_mode": TierMode.MARGINAL, "tiers": (OPEN,)},  # One tier is a plain rate.
        {"tier_mode": TierMode.WHOLE_VOLUME, "tiers": (tier(5), tier(9), OPEN)},
        {"tier_mode": TierMode.MARGINAL, "tiers": (tier(5), tier(9, rate=0), OPEN)},
        {"basis": Basis.PCT_REVENUE, "tier_mode": TierMode.WHOLE_VOLUME, "tiers": (OPEN,)},
    ],
)
def test_a_sound_rate_line_is_taken(values: dict[str, Any]) -> None:
    taken = line(**values)
    assert {name: getattr(taken, name) for name in values} == values


@pytest.mark.parametrize(
    ("basis", "units"),
    [
        (Basis.PER_IMAGE, {Unit.IMAGE}),
        (Basis.PER_CLIP, {Unit.CLIP}),
        (Basis.PER_SECOND, {Unit.SECOND}),
        (Basis.PER_1K_CHARS, {Unit.CHARACTER}),
        (Basis.PER_1K_TOKENS, {Unit.TOKEN}),
        (Basis.PER_GROUNDING, {Unit.GROUNDING}),
        (Basis.PER_TURN, {Unit.TURN}),
        (Basis.PER_CITATION, {Unit.CITATION}),
        (Basis.PCT_REVENUE, set(Unit)),  # A share of revenue does not ask what was counted.
        (Basis.FIXED_MONTH, set()),  # Nothing is charged for a single generation.
    ],
)
def test_a_line_prices_the_unit_it_is_counted_in(basis: Basis, units: set[Unit]) -> None:
    priced = {
        unit
        for unit in Unit
        if line(basis).covers(modality=Modality.IMAGE, use_class=UseClass.GENERATION, unit=unit)
    }
    assert priced == units


def test_every_counted_basis_has_its_unit() -> None:
    uncounted = {Basis.PCT_REVENUE, Basis.FIXED_MONTH}
    assert set(UNIT_OF_BASIS) == set(Basis) - uncounted
    assert UNIT_OF_BASIS[Basis.PER_1K_CHARS] == (Unit.CHARACTER, 1_000)
    assert [basis for basis in Basis if not line(basis).is_counted] == [Basis.FIXED_MONTH]


@pytest.mark.parametrize(
    ("selector", "is_covered"),
    [
        ({}, True),
        ({"modality": Modality.IMAGE}, True),
        ({"modality": Modality.VIDEO}, False),
        ({"use_class": UseClass.GENERATION}, True),
        ({"use_class": UseClass.TRAINING}, False),
        ({"modality": Modality.IMAGE, "use_class": UseClass.GENERATION}, True),
        ({"modality": Modality.IMAGE, "use_class": UseClass.TRAINING}, False),
    ],
)
def test_a_selector_that_is_given_must_fit(selector: dict[str, Any], is_covered: bool) -> None:
    fits = line(**selector).covers(
        modality=Modality.IMAGE, use_class=UseClass.GENERATION, unit=Unit.IMAGE
    )
    assert fits is is_covered


ANY = line(id=1)
IMAGES = line(id=2, modality=Modality.IMAGE)
GENERATING = line(id=3, use_class=UseClass.GENERATION)
GENERATING_IMAGES = line(id=4, modality=Modality.IMAGE, use_class=UseClass.GENERATION)
SECONDS = line(Basis.PER_SECOND, id=5)
REVENUE = line(Basis.PCT_REVENUE, id=6)
FLAT_FEE = line(Basis.FIXED_MONTH, id=7)
SECOND_FEE = line(Basis.FIXED_MONTH, id=8)


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        ((ANY, GENERATING_IMAGES), GENERATING_IMAGES),  # The one that selects more wins,
        ((GENERATING_IMAGES, ANY), GENERATING_IMAGES),  # wherever it is listed.
        ((ANY, IMAGES), IMAGES),
        ((IMAGES, GENERATING), IMAGES),  # Equally narrow: the earlier listed.
        ((GENERATING, IMAGES), GENERATING),
        ((REVENUE, ANY), REVENUE),
        ((SECONDS, ANY), ANY),  # Counted in another unit.
        ((SECONDS,), None),  # No price for this: never a price of nothing.
        ((), None),
        ((FLAT_FEE, ANY), ANY),
        ((FLAT_FEE,), FLAT_FEE),  # Everything is in the fee.
        ((FLAT_FEE, SECOND_FEE), FLAT_FEE),
        ((FLAT_FEE, SECONDS), None),  # A fee for something, and seconds: images have no price.
    ],
)
def test_the_narrowest_line_prices_a_generation(
    lines: tuple[RateLine, ...], chosen: RateLine | None
) -> None:
    found = version(*lines).rate_line_for(
        modality=Modality.IMAGE, use_class=UseClass.GENERATION, unit=Unit.IMAGE
    )
    assert found is chosen


FIRST = version(number=1, effective_from=APRIL)
SECOND = version(number=2, effective_from=JULY)
THIRD = version(number=3, effective_from=OCTOBER)


@pytest.mark.parametrize(
    ("instant", "in_force"),
    [
        (APRIL - INSTANT, None),  # Before the first version there are no terms.
        (APRIL, FIRST),  # The instant itself is included.
        (JULY - INSTANT, FIRST),
        (JULY, SECOND),
        (OCTOBER - INSTANT, SECOND),
        (OCTOBER, THIRD),
        (OCTOBER + timedelta(days=9_999), THIRD),  # Until a later version takes over.
    ],
)
def test_the_latest_version_that_took_effect_is_in_force(
    instant: datetime, in_force: TermsVersion | None
) -> None:
    for listed in permutations((FIRST, SECOND, THIRD)):
        assert grant(*listed).version_at(instant) is in_force


def test_a_version_signed_later_but_in_force_earlier_gives_way_in_its_turn() -> None:
    retroactive = version(number=4, effective_from=JULY + INSTANT)
    signed = grant(FIRST, SECOND, THIRD, retroactive)
    assert signed.version_at(OCTOBER - INSTANT) is retroactive
    assert signed.version_at(OCTOBER) is THIRD


def test_of_two_versions_from_the_same_instant_the_later_number_is_in_force() -> None:
    amended = replace(SECOND, version=3)
    assert grant(amended, SECOND).version_at(JULY) is amended


@pytest.mark.parametrize(
    ("territories", "permitted"),
    [
        ({"JP"}, {"JP"}),
        ({"JP", "US"}, {"JP", "US"}),
        ({WORLD}, {"JP", "US", "FR"}),
        (set(), set()),
    ],
)
def test_use_is_granted_country_by_country_or_everywhere(
    territories: set[str], permitted: set[str]
) -> None:
    agreed = grant(territories=frozenset(territories))
    assert {country for country in ("JP", "US", "FR") if agreed.permits_territory(country)} == (
        permitted
    )


def test_the_boundaries_of_a_license_are_all_instants_at_which_it_changes() -> None:
    ends_at = datetime(2027, 4, 1, tzinfo=UTC)
    first = grant(FIRST, SECOND, starts_at=APRIL + INSTANT)
    second = grant(THIRD, starts_at=JULY, ends_at=ends_at - INSTANT)
    license_ = license_of(first, second, ends_at=ends_at)
    assert license_.boundaries == (
        APRIL,
        APRIL + INSTANT,
        JULY,  # Once, though a version and a grant begin there.
        OCTOBER,
        ends_at - INSTANT,
        ends_at,
    )


NAIVE = datetime(2026, 4, 1)  # noqa: DTZ001 - an instant without a zone is what is refused


@pytest.mark.parametrize(
    "build",
    [
        lambda: license_of(starts_at=NAIVE),
        lambda: license_of(ends_at=NAIVE),
        lambda: license_of(grant(starts_at=NAIVE)),
        lambda: license_of(grant(ends_at=NAIVE)),
        lambda: license_of(grant(version(effective_from=NAIVE))),
    ],
)
def test_a_license_has_no_instant_without_a_zone(build: Any) -> None:
    with pytest.raises(InstantWithoutZone) as refused:
        build()
    assert refused.value.instant == NAIVE
