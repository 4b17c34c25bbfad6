"""
A book with a share of revenue, as scenarios bring it about: DOMAIN E6, and smaller ones.

October 2026. Three characters of three holders at a yen a second, under one grant; the firm, in
the United States, owes at least 18 % of its net revenue in dollars, at the rate of the month's
last day. There is no consumption tax on what it is charged; the house takes 8 % with its tax.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ledger.core.agreement import NewRevenueShare, NewTerms
from ledger.core.closing import Cause, RoyaltyLine
from ledger.core.exchange import FxRate
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewEntrustment
from ledger.core.period import Month
from ledger.core.revenue_report import NewRevenue, RevenueMonth
from ledger.core.usage import Modality, ReportedGeneration
from ledger.services import closing, exchanging, stating
from ledger.services.closing import Closed
from ledger.store.database import Database
from tests import builders
from tests.services.money import OCTOBER, house
from tests.services.usage import generation, report

CAST = ("akari", "hinata", "kage")
EARNED = {"akari": 2_944_100, "hinata": 1_533_700, "kage": 934_500}
TOP_UPS = {"akari": 253_609, "hinata": 132_115, "kage": 80_499}
REVENUE = "214336.57"
FEE = NewEntrustment(admin_fee_bp=800, effective_from=date(2026, 1, 1))
SHARE = NewRevenueShare(
    percent="18", base="net_revenue", currency="USD", fx_source="ecb", fx_rule="last_day"
)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


def e6(database: Database) -> Database:
    """Three characters of three holders, a firm in the United States, and October's use."""
    house(database)
    builders.parties(
        database,
        builders.new_licensee(
            country="US", has_jp_establishment=False, corporate_number=None, registrations=()
        ),
        *(
            builders.new_company(f"{name}-holder", minimum_payment_minor=0, entrustment=FEE)
            for name in CAST
        ),
    )
    for name in CAST:
        builders.work(database, name, kind="character", medium="", owner=f"{name}-holder")
    rates(database, (date(2026, 9, 30), "149.80"), (date(2026, 10, 30), "152.37"))
    agree(database)
    report(database, *(video(seconds, subjects=(name,)) for name, seconds in EARNED.items()))
    return database


def rates(
    database: Database, *quoted: tuple[date, str], at: datetime = builders.RECORDED_AT
) -> None:
    exchanging.import_rates(
        database,
        rates=[
            FxRate(source="ecb", on=on, currency="USD", into="JPY", rate=Decimal(rate))
            for on, rate in quoted
        ],
        recorded_at=at,
    )


def world_of_one(database: Database) -> None:
    """The cast of one holder, and the same firm."""
    house(database)
    builders.party(database, "hoshino", minimum_payment_minor=0)
    builders.licensee(
        database, country="US", has_jp_establishment=False, corporate_number=None, registrations=()
    )
    for name in CAST:
        builders.work(database, name, kind="character", medium="", owner="hoshino")


def terms_of(share: NewRevenueShare = SHARE, *, rate: int = 1, **changes: Any) -> NewTerms:
    """So many yen a second, and at least a share of the revenue."""
    line = builders.new_rate_line(basis="per_second", rate=rate)
    return builders.new_terms(rate_lines=(line,), revenue_share=share, **changes)


def agree(database: Database, *, subjects: Sequence[str] = CAST, rate: int = 1) -> None:
    grant = builders.new_grant(
        subjects=tuple(subjects), modalities=("video",), terms=terms_of(rate=rate)
    )
    builders.license(database, grants=(grant,))


def video(seconds: int, *, subjects: Sequence[str] = CAST) -> ReportedGeneration:
    return generation(seconds, modality=Modality.VIDEO, subjects=subjects)


def state(
    database: Database, amount: str, *, month: Month = OCTOBER, at: datetime | None = None
) -> RevenueMonth:
    return stating.state_revenue(
        database,
        licensee="studio-a",
        month=month,
        new=(NewRevenue(license="LIC-2026-001", amount=amount, currency="USD"),),
        stated_by="studio-a",
        stated_at=at or datetime(2026, 11, 2, tzinfo=UTC),
    )


def close(database: Database, month: Month) -> Closed:
    return closing.close_month(
        database, month=month, closed_by="keiri", closed_at=month.next().starts_at
    )


def top_ups(lines: Sequence[RoyaltyLine]) -> list[int]:
    return [line.amount_minor for line in lines if line.cause is Cause.REVENUE_SHARE]
