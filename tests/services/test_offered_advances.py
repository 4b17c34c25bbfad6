"""An offer with a quota, an advance and a guarantee becomes a license that has them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.agreement import NewQuota
from ledger.core.offered_advances import (
    OfferedAdvance,
    OfferedCheckpoint,
    OfferedGuarantee,
    last_day_of,
)
from ledger.core.period import tokyo_day
from ledger.core.quota_terms import OnExceed, QuotaPeriod
from ledger.core.recoup_terms import Checkpoint, Crossing
from ledger.services import BOOK_ID, accepting, billing
from ledger.store.database import Database
from ledger.store.licenses import load_snapshot
from ledger.store.recoup_groups import agreed_groups
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import money, offers
from tests.services.offers import AT, make

QUOTA = NewQuota(units=100, period="month", on_exceed="overage", unit="image", overage_rate="20")
ADVANCE = OfferedAdvance(
    reference="signature",
    kind="guaranteed",
    amount_minor=50_000,
    due_days=10,
    counts_toward="first-year",
)
GUARANTEE = OfferedGuarantee(
    reference="first-year",
    checkpoints=(
        OfferedCheckpoint(months=6, target_minor=60_000),
        OfferedCheckpoint(months=12, target_minor=120_000),
    ),
)


@pytest.fixture
def catalogue(database: Database) -> Database:
    offers.catalogue(database)
    builders.licensee(database)
    return database


def accept(database: Database) -> None:
    accepting.accept_offer(
        database,
        offer="offer-1",
        version=1,
        licensee="studio-a",
        license="LIC-1",
        accepted_by="legal",
        accepted_at=AT,
    )


def test_the_license_has_the_quota_the_advance_and_the_guarantee(catalogue: Database) -> None:
    make(catalogue, subject="kaze", quota=QUOTA, advances=(ADVANCE,), guarantees=(GUARANTEE,))
    accept(catalogue)
    with catalogue.transaction() as session:
        (license_,) = load_snapshot(session, book_id=BOOK_ID).licenses.values()
        ((agreed,),) = agreed_groups(session, book_id=BOOK_ID).values()
    group = agreed.versions[0].group
    quota = license_.grants[0].quota
    assert quota is not None
    assert (quota.units, quota.period, quota.on_exceed) == (
        Decimal(100),
        QuotaPeriod.MONTH,
        OnExceed.OVERAGE,
    )
    on = tokyo_day(AT)
    assert (group.crossing, group.sources) == (Crossing.SINGLE, ("0",))
    (advance,) = group.advances
    assert (advance.amount_minor, advance.paid_on) == (50_000, on + timedelta(days=10))
    assert advance.counts_toward == "first-year"
    (guarantee,) = group.guarantees
    assert guarantee.starts_on == on == date(2026, 5, 10)
    assert guarantee.checkpoints == (
        Checkpoint(due_on=date(2026, 11, 9), target_minor=60_000),
        Checkpoint(due_on=date(2027, 5, 9), target_minor=120_000),
    )


def test_the_advance_is_billed_when_it_is_due(catalogue: Database) -> None:
    money.house(catalogue)
    make(catalogue, subject="kaze", advances=(replace(ADVANCE, counts_toward=None),))
    accept(catalogue)
    due = tokyo_day(AT) + timedelta(days=10)

    def billed(through: date) -> int:
        return len(
            billing.issue_advances(
                catalogue,
                due_through=through,
                issued_on=through,
                due_on=through + timedelta(days=30),
                recorded_at=money.noon(through),
                bank_names=money.BANK_NAMES,
            )
        )

    assert [billed(due - timedelta(days=1)), billed(due), billed(due)] == [0, 1, 0]


def test_a_later_version_is_nothing_to_a_license_that_was_accepted(catalogue: Database) -> None:
    make(catalogue, subject="kaze", advances=(replace(ADVANCE, counts_toward=None),))
    accept(catalogue)
    found = offers.find(catalogue, "offer-1")
    assert found.offer.versions[0].terms.advances == (replace(ADVANCE, counts_toward=None),)


def test_offers_that_differ_in_an_advance_alone_are_in_conflict(catalogue: Database) -> None:
    make(catalogue, "offer-1", subject="kaze")
    make(catalogue, "offer-2", subject="kaze", advances=(replace(ADVANCE, counts_toward=None),))
    with refusal("offers_conflict", "subject"):
        accept(catalogue)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"quota": replace(QUOTA, units=0)}, "quota_contradicts", "quota.units"),
        ({"quota": replace(QUOTA, overage_rate=None)}, "quota_contradicts", "quota.overage_rate"),
        ({"quota": replace(QUOTA, unit="second")}, "quota_contradicts", "quota.unit"),
        (
            {"advances": (replace(ADVANCE, amount_minor=0),)},
            "recoup_value_out_of_range",
            "advances.0.amount_minor",
        ),
        ({"advances": (ADVANCE,)}, "guarantee_unknown", "advances.0.counts_toward"),
        (
            {"advances": (replace(ADVANCE, due_days=-1),)},
            "number_out_of_range",
            "advances.0.due_days",
        ),
        (
            {"guarantees": (replace(GUARANTEE, checkpoints=()),)},
            "guarantee_without_checkpoint",
            "guarantees.0.checkpoints",
        ),
        (
            {"guarantees": (replace(GUARANTEE, checkpoints=GUARANTEE.checkpoints[::-1]),)},
            "checkpoints_do_not_rise",
            "guarantees.0.checkpoints",
        ),
        ({"guarantees": (GUARANTEE, GUARANTEE)}, "recoup_listed_twice", "grants"),
    ],
)
def test_what_no_license_can_say_is_not_offered(
    catalogue: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    before = row_counts(catalogue)
    with refusal(code, field):
        make(catalogue, subject="kaze", **changes)
    assert row_counts(catalogue) == before


@pytest.mark.parametrize(
    ("first_day", "months", "last_day"),
    [
        (date(2026, 4, 1), 12, date(2027, 3, 31)),
        (date(2026, 12, 15), 1, date(2027, 1, 14)),
        (date(2027, 8, 31), 6, date(2028, 2, 28)),  # Of a leap year, whose 29th would begin it.
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
    ],
)
def test_months_from_a_day_end_the_day_before(first_day: date, months: int, last_day: date) -> None:
    assert last_day_of(first_day, months=months) == last_day
