"""A contract is read to the word: what contradicts itself is refused with the field at fault."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.agreement import (
    NewGrant,
    NewLicense,
    NewRateLine,
    NewTerms,
    NewTier,
    read_license,
)
from ledger.core.period import TOKYO
from ledger.core.terms import Basis, CounterScope, RateLine, Recognition, Tier, TierMode
from ledger.core.usage import Modality, UseClass
from tests.refusals import refusal

STARTS_AT = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
#: Where the second rate line is.
LINE = "grants.0.terms.rate_lines.1"

#: What no type checker would let through, and JSON does.
FLOAT: Any = 1.5

OPEN_END = NewTier(up_to=None, rate=8)
TIERS = (NewTier(up_to="100000", rate="12"), NewTier(up_to="500000", rate="10"), OPEN_END)


def line(**changes: Any) -> NewRateLine:
    """Twelve yen an image."""
    return NewRateLine(**{"basis": "per_image", "rate": 12, **changes})


def terms(*lines: NewRateLine, **changes: Any) -> NewTerms:
    """Yen from the first day."""
    usual = {"effective_from": STARTS_AT, "clause_reference": "第5条", "rate_lines": lines}
    return NewTerms(**{**usual, **changes})


def grant(**changes: Any) -> NewGrant:
    """Images of one work."""
    usual: dict[str, Any] = {
        "subjects": ("kaze-no-machi",),
        "modalities": ("image",),
        "use_classes": ("generation",),
        "terms": terms(line()),
    }
    return NewGrant(**{**usual, **changes})


def license_of(*grants: NewGrant, **changes: Any) -> NewLicense:
    """A license that has no end."""
    usual: dict[str, Any] = {
        "reference": "LIC-1",
        "licensee": "studio-a",
        "starts_at": STARTS_AT,
        "signed_on": date(2026, 3, 15),
        "grants": grants,
    }
    return NewLicense(**{**usual, **changes})


def test_a_license_is_read_into_core_values() -> None:
    tiered = line(
        rate="12",
        modality="image",
        use_class="generation",
        tier_mode="marginal",
        tiers=TIERS,
        counter_scope="contract_year",
        minimum_minor=1_000,
    )
    read = read_license(
        license_of(grant(terms=terms(tiered, recognition="accrual"), territories=("JP", "US")))
    )
    [found] = read.grants
    [version] = found.versions
    assert found.territories == {"JP", "US"}
    assert (found.starts_at, found.ends_at) == (STARTS_AT, None)
    assert (version.version, version.recognition) == (1, Recognition.ACCRUAL)
    assert version.rate_lines == (
        RateLine(
            basis=Basis.PER_IMAGE,
            rate=Decimal(12),
            modality=Modality.IMAGE,
            use_class=UseClass.GENERATION,
            tier_mode=TierMode.MARGINAL,
            tiers=(
                Tier(up_to=Decimal(100_000), rate=Decimal(12)),
                Tier(up_to=Decimal(500_000), rate=Decimal(10)),
                Tier(up_to=None, rate=Decimal(8)),
            ),
            counter_scope=CounterScope.CONTRACT_YEAR,
            minimum_minor=1_000,
        ),
    )


def test_instants_are_read_into_utc_and_a_grant_lasts_as_long_as_its_license() -> None:
    ends_at = datetime(2027, 4, 1, tzinfo=TOKYO)
    read = read_license(license_of(grant(), ends_at=ends_at))
    assert read.grants[0].ends_at == datetime(2027, 3, 31, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "rate",
    ["0.0000123", "12.50", 7, Decimal("1E+2")],  # As text, whole, or exact.
)
def test_a_rate_is_kept_to_the_last_digit(rate: str | int | Decimal) -> None:
    [version] = read_license(license_of(grant(terms=terms(line(rate=rate))))).grants[0].versions
    assert version.rate_lines[0].rate == Decimal(rate)


def in_license(**changes: Any) -> NewLicense:
    return license_of(grant(), **changes)


def in_grant(**changes: Any) -> NewLicense:
    return license_of(grant(), grant(**changes))


def in_terms(**changes: Any) -> NewLicense:
    return license_of(grant(terms=terms(line(), **changes)))


def in_line(**changes: Any) -> NewLicense:
    return license_of(grant(terms=terms(line(), line(**changes))))


def tiered(*tiers: NewTier, **changes: Any) -> NewLicense:
    return in_line(**{"tier_mode": "marginal", "tiers": tiers, **changes})


@pytest.mark.parametrize(
    ("new", "code", "field"),
    [
        # The license.
        (in_license(reference="ライセンス1"), "reference_malformed", "reference"),
        (in_license(starts_at=datetime(2026, 4, 1)), "instant_needs_zone", "starts_at"),  # noqa: DTZ001
        (
            in_license(starts_at=datetime(1950, 1, 1, tzinfo=UTC)),
            "instant_out_of_range",
            "starts_at",
        ),
        (in_license(ends_at=STARTS_AT), "ends_before_it_starts", "ends_at"),
        (license_of(), "list_empty", "grants"),
        # A grant; the second one is at fault.
        (in_grant(subjects=()), "list_empty", "grants.1.subjects"),
        (in_grant(subjects=("a", "b", "a")), "value_listed_twice", "grants.1.subjects"),
        (in_grant(modalities=()), "list_empty", "grants.1.modalities"),
        (in_grant(modalities=("images",)), "word_not_known", "grants.1.modalities"),
        (in_grant(use_classes=("training", "fun")), "word_not_known", "grants.1.use_classes"),
        (in_grant(territories=()), "list_empty", "grants.1.territories"),
        (in_grant(territories=("Japan",)), "territory_malformed", "grants.1.territories"),
        (in_grant(territories=("WORLD", "JP")), "world_stands_alone", "grants.1.territories"),
        (
            in_grant(ends_at=STARTS_AT - timedelta(days=1)),
            "ends_before_it_starts",
            "grants.1.ends_at",
        ),
        # Terms.
        (in_terms(rate_lines=()), "list_empty", "grants.0.terms.rate_lines"),
        (in_terms(clause_reference=""), "text_missing", "grants.0.terms.clause_reference"),
        (in_terms(currency="YEN"), "currency_unknown", "grants.0.terms.currency"),
        (  # A license has one currency.
            in_grant(terms=terms(line(), currency="USD")),
            "license_currency_differs",
            "grants.1.terms.currency",
        ),
        (in_terms(rounding="half_even"), "word_not_known", "grants.0.terms.rounding"),
        (in_terms(recognition="later"), "word_not_known", "grants.0.terms.recognition"),
        # A rate line; the second one is at fault.
        (in_line(basis="per_frame"), "word_not_known", f"{LINE}.basis"),
        (in_line(rate=0.1), "number_not_exact", f"{LINE}.rate"),  # Was never what was agreed.
        (in_line(rate="NaN"), "number_not_exact", f"{LINE}.rate"),
        (in_line(rate="1,200"), "number_not_exact", f"{LINE}.rate"),
        (in_line(rate="１２"), "number_not_exact", f"{LINE}.rate"),  # Full width.
        (in_line(rate=True), "number_not_exact", f"{LINE}.rate"),
        (in_line(rate="1E+99"), "number_too_long", f"{LINE}.rate"),
        (in_line(rate="0." + "1" * 31), "number_too_long", f"{LINE}.rate"),
        (in_line(rate=-1), "rate_negative", f"{LINE}.rate"),
        (in_line(basis="pct_revenue", rate="100.1"), "percent_too_high", f"{LINE}.rate"),
        (in_line(basis="fixed_month", rate="0.5"), "fixed_fee_not_whole", f"{LINE}.rate"),
        (in_line(modality="images"), "word_not_known", f"{LINE}.modality"),
        (in_line(use_class="any"), "word_not_known", f"{LINE}.use_class"),
        (in_line(counter_scope="week"), "word_not_known", f"{LINE}.counter_scope"),
        (in_line(minimum_minor=-1), "number_out_of_range", f"{LINE}.minimum_minor"),
        (in_line(minimum_minor=0.5), "number_not_whole", f"{LINE}.minimum_minor"),
        (in_line(tier_mode="graded"), "word_not_known", f"{LINE}.tier_mode"),
        (
            tiered(NewTier(up_to=9, rate=20), NewTier(up_to=None, rate=10), tier_mode="package"),
            "tiers_wrong",  # The larger package would cost less.
            f"{LINE}.tiers",
        ),
        (in_line(tiers=TIERS), "tiers_wrong", f"{LINE}.tiers"),  # Without a mode.
        (tiered(), "tiers_wrong", f"{LINE}.tiers"),  # A mode without tiers.
        (tiered(*TIERS[:2]), "tiers_wrong", f"{LINE}.tiers"),  # No open end.
        (tiered(OPEN_END, OPEN_END), "tiers_wrong", f"{LINE}.tiers"),  # Two open ends.
        (tiered(*TIERS[1::-1], OPEN_END), "tiers_wrong", f"{LINE}.tiers"),  # Bounds that fall.
        (tiered(*TIERS, basis="fixed_month"), "tiers_wrong", f"{LINE}.tiers"),  # Nothing to count.
        (tiered(NewTier(up_to="1", rate=-1), OPEN_END), "rate_negative", f"{LINE}.tiers.0"),
        (tiered(NewTier(up_to=FLOAT, rate=1), OPEN_END), "number_not_exact", f"{LINE}.tiers.0"),
    ],
)
def test_what_a_contract_cannot_say_is_refused(new: NewLicense, code: str, field: str) -> None:
    with refusal(code, field) as refused:
        read_license(new)
    assert refused[0].values["field"] == field
