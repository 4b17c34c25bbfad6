"""A license and the totals of a month, as the tests of a closing write them down."""

from datetime import UTC, datetime
from decimal import Decimal

from ledger.core.closing import RoyaltyLine, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.money import Rounding
from ledger.core.period import TOKYO, Month
from ledger.core.terms import (
    WORLD,
    Basis,
    CounterScope,
    Grant,
    License,
    RateLine,
    TermsVersion,
    Tier,
    TierMode,
)
from ledger.core.usage import Modality, UseClass

APRIL, OCTOBER, NOVEMBER = Month(2026, 4), Month(2026, 10), Month(2026, 11)
HERO, RIVAL, MASCOT = 11, 12, 13
HOLDER = 90
IMAGE_TIERS = (
    Tier(up_to=Decimal(100_000), rate=Decimal(12)),
    Tier(up_to=Decimal(500_000), rate=Decimal(10)),
    Tier(up_to=None, rate=Decimal(8)),
)
IMAGES = RateLine(
    id=1,
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=IMAGE_TIERS,
    counter_scope=CounterScope.CONTRACT_YEAR,
)
VIDEO = RateLine(id=2, basis=Basis.PER_SECOND, rate=Decimal(90))
VOICE = RateLine(id=3, basis=Basis.PER_1K_CHARS, rate=Decimal(35))
FLAT_FEE = RateLine(id=9, basis=Basis.FIXED_MONTH, rate=Decimal(100))


def at(year: int, month: int, day: int) -> datetime:
    """Return midnight of a day in Japan."""
    return datetime(year, month, day, tzinfo=TOKYO).astimezone(UTC)


def version(
    *lines: RateLine,
    number: int = 1,
    effective_from: datetime | None = None,
    rounding: Rounding = Rounding.TRUNCATE,
) -> TermsVersion:
    return TermsVersion(
        id=number,
        version=number,
        effective_from=effective_from or at(2026, 4, 1),
        clause_reference="Article 5",
        rate_lines=lines,
        rounding=rounding,
    )


def terms(
    *versions: TermsVersion,
    subjects: tuple[int, ...] = (HERO,),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    grant_starts_at: datetime | None = None,
    grant_ends_at: datetime | None = None,
) -> ClosingTerms:
    grant = Grant(
        id=5,
        subject_ids=frozenset(subjects),
        modalities=frozenset(Modality),
        use_classes=frozenset(UseClass),
        territories=frozenset({WORLD}),
        starts_at=grant_starts_at or at(2026, 4, 1),
        ends_at=grant_ends_at,
        versions=versions,
    )
    license_ = License(
        id=6,
        reference="lic_1",
        licensee_id=7,
        starts_at=starts_at or at(2026, 4, 1),
        ends_at=ends_at,
        grants=(grant,),
    )
    return ClosingTerms(
        licenses=(license_,),
        owners=dict.fromkeys(subjects, HOLDER),
        listed={grant.id: subjects},
    )


def used(
    quantity: str | int,
    *,
    month: Month = NOVEMBER,
    line: RateLine = IMAGES,
    version_id: int = 1,
    subject: int = HERO,
    is_new_year: bool = False,
    decision: str = "accepted",
    revenue: str | int = 0,
) -> UsageTotal:
    return UsageTotal(
        month=month.first_day,
        decision=decision,
        reason=None if decision == "accepted" else "rate_missing",
        terms_version_id=version_id,
        rate_line_id=line.id,
        subject_id=subject,
        is_new_year=is_new_year,
        generation_count=1,
        quantity=Decimal(quantity),
        net_revenue=Decimal(revenue),
    )


def amounts(lines: tuple[RoyaltyLine, ...]) -> list[int]:
    return [line.amount_minor for line in lines]


def november(book: ClosingTerms, *totals: UsageTotal) -> tuple[RoyaltyLine, ...]:
    return royalty_lines(month=NOVEMBER, terms=book, totals=totals)
