"""What is beyond a grant's quota is held, refused or sold, within the licensee's place in line."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.acceptance import Decision, Reason
from ledger.core.agreement import NewQuota
from ledger.core.clearance import Use
from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.period import Month
from ledger.core.quota_terms import QuotaContradicts
from ledger.core.receipt import Result, Status
from ledger.core.usage import Modality, Unit, UseClass
from ledger.services import auditing, clearing, closing, correcting, granting
from ledger.store.database import Database
from tests import builders
from tests.rows import counted_statements
from tests.services.firms import Firm, firm
from tests.services.usage import generation

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
FIFTEENTH = date(2026, 10, 15)
SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}

BEYOND = (Status.REFUSED, Reason.QUOTA_EXCEEDED)
HELD = (Status.HELD, Reason.QUOTA_REACHED)
TAKEN = (Status.ACCEPTED, None)


def studio(database: Database, quota: NewQuota | None, **changes: Any) -> Firm:
    """A firm with images of kaze-no-machi at twelve yen, under a quota."""
    builders.license(database, grants=(builders.new_grant(quota=quota, **changes),))
    return firm(database)


def told(results: list[Result]) -> list[tuple[Status, Reason | None]]:
    return [(each.status, Reason(each.reasons[0]) if each.reasons else None) for each in results]


def use(firm_: Firm, *quantities: int, on: date = FIFTEENTH) -> list[tuple[Status, Reason | None]]:
    return told(
        firm_.report(*(generation(each, on=on) for each in quantities), at=DECEMBER.ends_at)
    )


def test_generations_beyond_a_quota_are_refused_one_by_one(database: Database) -> None:
    firm_ = studio(database, NewQuota(units=3, period="month", on_exceed="reject"))
    assert use(firm_, 1, 1) == [TAKEN, TAKEN]
    assert use(firm_, 1, 1, 1) == [TAKEN, BEYOND, BEYOND]
    assert use(firm_, 1) == [BEYOND]
    assert use(firm_, 1, on=date(2026, 11, 1)) == [TAKEN]  # Fresh again with the month.
    assert auditing.audit(database) == SOUND


def test_what_does_not_fit_is_held_and_a_smaller_one_after_it_still_fits(
    database: Database,
) -> None:
    quota = NewQuota(units=100, period="month", on_exceed="hold", unit="image")
    firm_ = studio(database, quota)
    assert use(firm_, 60, 50, 40, 1) == [TAKEN, HELD, TAKEN, HELD]
    lines = closing.close_month(
        database, month=OCTOBER, closed_by="keiri", closed_at=NOVEMBER.starts_at
    ).lines
    assert [(line.quantity, line.amount_minor) for line in lines] == [(Decimal(100), 1_200)]
    assert auditing.audit(database) == SOUND


@pytest.mark.parametrize(
    ("period", "fresh_on"),
    [
        ("day", date(2026, 10, 16)),
        ("month", date(2026, 11, 1)),
        ("contract_year", date(2027, 4, 1)),  # The license began in April.
        ("life", None),
    ],
)
def test_a_quota_is_fresh_again_after_its_period(
    database: Database, period: str, fresh_on: date | None
) -> None:
    firm_ = studio(database, NewQuota(units="1", period=period, on_exceed="reject"))
    assert use(firm_, 1, 1) == [TAKEN, BEYOND]
    later = fresh_on or date(2027, 5, 1)
    (result,) = firm_.report(generation(on=later), at=Month.of_day(later).ends_at)
    assert told([result]) == ([TAKEN] if fresh_on else [BEYOND])


def test_a_process_that_judged_before_another_reported_does_not_count_twice(
    database: Database,
) -> None:
    firm_ = studio(database, NewQuota(units=2, period="month", on_exceed="reject"))
    assert use(firm_, 1) == [TAKEN]
    assert use(firm_.beside(), 1) == [TAKEN]
    assert use(firm_, 1) == [BEYOND]


def test_a_refused_one_that_is_sent_again_is_the_same(database: Database) -> None:
    firm_ = studio(database, NewQuota(units=1, period="month", on_exceed="reject"))
    events = [generation(), generation()]
    first = firm_.report(*events, at=NOVEMBER.starts_at)
    again = firm_.report(*events, at=NOVEMBER.starts_at)
    assert told(first) == [TAKEN, BEYOND]
    assert [each.status for each in again] == [Status.DUPLICATE, Status.DUPLICATE]
    assert [each.receipt for each in again] == [each.receipt for each in first]
    assert again[1].reasons == (Reason.QUOTA_EXCEEDED,)


def test_each_subject_of_an_output_counts_by_itself(database: Database) -> None:
    builders.work(database, "yoru-no-umi")
    quota = NewQuota(units=3, period="month", on_exceed="reject")
    firm_ = studio(database, quota, subjects=("kaze-no-machi", "yoru-no-umi"))
    both = ("kaze-no-machi", "yoru-no-umi")
    results = firm_.report(
        generation(subjects=both), generation(subjects=both), at=NOVEMBER.starts_at
    )
    assert told(results) == [TAKEN, BEYOND]  # Of the second, one part is beyond.
    lines = closing.preview(database, month=OCTOBER)
    assert [line.generation_count for line in lines] == [2, 1]


def test_a_quota_asks_one_question_and_its_absence_none(database: Database) -> None:
    plain = studio(database, None)
    builders.license(
        database,
        "LIC-B",
        licensee="studio-b",
        grants=(builders.new_grant(quota=NewQuota(units=9, period="month", on_exceed="hold")),),
    )
    limited = firm(database, "studio-b")
    counts = []
    for each, license_ in ((plain, "LIC-2026-001"), (limited, "LIC-B")):
        each.report(generation(license_reference=license_), at=NOVEMBER.starts_at)
        with counted_statements(database) as statements:
            each.report(
                generation(license_reference=license_),
                generation(license_reference=license_),
                at=NOVEMBER.starts_at,
            )
        counts.append(sum("batch_total t" in each for each in statements))
    assert counts == [0, 1]


def test_a_clearance_tells_what_is_left_and_what_does_not_fit(database: Database) -> None:
    quota = NewQuota(units=100, period="month", on_exceed="hold", unit="image")
    firm_ = studio(database, quota)
    use(firm_, 60)
    asked = []
    for quantity in (Decimal(40), Decimal(41), None):
        desk = clearing.open_desk(database, cache=firm_.terms, desk=None)
        clearing.meet_subjects(database, cache=firm_.terms, desk=desk, references=["kaze-no-machi"])
        at = generation(on=FIFTEENTH).occurred_at
        wanted = Use(UseClass.GENERATION, Modality.IMAGE, Unit.IMAGE, "JP")
        cleared = clearing.within_quotas(
            database,
            desk=desk,
            licensee_id=firm_.id,
            cleared=desk.clear(
                licensee_id=firm_.id,
                license_reference=None,
                use=wanted,
                references=["kaze-no-machi"],
                at=at,
            ),
            use=wanted,
            quantity=quantity,
            at=at,
        )
        asked.append((cleared.decision, cleared.clearances[0].remaining))
    assert asked == [
        (Decision.ACCEPTED, Decimal(40)),
        (Decision.HELD, Decimal(40)),
        (Decision.ACCEPTED, Decimal(40)),  # Without a quantity, while anything is left.
    ]


def test_a_correction_is_no_way_around_a_quota(database: Database) -> None:
    firm_ = studio(database, NewQuota(units=1, period="month", on_exceed="reject"))
    events = [generation(event_id="within"), generation(event_id="beyond")]
    firm_.report(*events, at=NOVEMBER.starts_at)
    correcting.correct(
        database,
        terms=firm_.terms,
        licensee_id=firm_.id,
        correction=Correction(
            source=events[1].source,
            event_id=events[1].event_id,
            kind=CorrectionKind.REPLACE,
            reason=CorrectionReason.WRONG_QUANTITY,
            replacement=events[1]._replace(quantity=Decimal(2)),
        ),
        recorded_by="studio-a",
        recorded_at=NOVEMBER.starts_at,
    )
    lines = closing.preview(database, month=OCTOBER)
    assert [line.generation_count for line in lines] == [1]


def test_overage_is_sold_at_its_own_price_and_divided_by_what_was_used(database: Database) -> None:
    builders.work(database, "yoru-no-umi")
    quota = NewQuota(
        units=1_000, period="month", on_exceed="overage", unit="image", overage_rate="20"
    )
    firm_ = studio(database, quota, subjects=("kaze-no-machi", "yoru-no-umi"))
    firm_.report(
        generation(900, subjects=("kaze-no-machi",)),
        generation(301, subjects=("yoru-no-umi",)),
        at=NOVEMBER.starts_at,
    )
    lines = closing.close_month(
        database, month=OCTOBER, closed_by="keiri", closed_at=NOVEMBER.starts_at
    ).lines
    # 201 beyond: 150.6 and 50.4 of them by use, so 151 and 50; each eight yen dearer.
    assert [line.amount_minor for line in lines] == [900 * 12 + 151 * 8, 301 * 12 + 50 * 8]
    assert [step.code for step in lines[0].charge.steps] == ["unit", "overage_at_rate", "overage"]
    assert auditing.audit(database) == SOUND


def test_overage_of_a_contract_year_begins_where_the_months_before_have_come(
    database: Database,
) -> None:
    quota = NewQuota(
        units=100, period="contract_year", on_exceed="overage", unit="image", overage_rate="20"
    )
    firm_ = studio(database, quota)
    assert use(firm_, 90) == [TAKEN]
    assert use(firm_, 30, on=date(2026, 11, 2)) == [TAKEN]
    assert use(firm_, 5, on=date(2026, 12, 2)) == [TAKEN]
    amounts = []
    for month in (OCTOBER, NOVEMBER, DECEMBER):
        closed = closing.close_month(
            database, month=month, closed_by="keiri", closed_at=month.ends_at
        )
        amounts += [line.amount_minor for line in closed.lines]
    assert amounts == [90 * 12, 30 * 12 + 20 * 8, 5 * 20]
    assert auditing.audit(database) == SOUND


def test_later_terms_are_ones_that_the_quota_can_count(database: Database) -> None:
    quota = NewQuota(
        units=100, period="month", on_exceed="overage", unit="image", overage_rate="20"
    )
    studio(database, quota)
    with pytest.raises(QuotaContradicts):
        granting.add_terms_version(
            database,
            license_reference="LIC-2026-001",
            terms=builders.new_terms(
                effective_from=NOVEMBER.starts_at,
                rate_lines=(builders.new_rate_line(basis="pct_revenue", rate="5"),),
            ),
            recorded_at=builders.RECORDED_AT,
        )


@pytest.mark.parametrize(
    ("quota", "field"),
    [
        # Nothing may be used.
        (NewQuota(units=0, period="month", on_exceed="hold"), "units"),
        # Sold without a price.
        (NewQuota(units=1, period="month", on_exceed="overage", unit="image"), "overage_rate"),
        # Images are counted, and seconds sold.
        (
            NewQuota(units=1, period="month", on_exceed="overage", unit="second", overage_rate="9"),
            "unit",
        ),
        # A month's line cannot tell its days.
        (
            NewQuota(units=1, period="day", on_exceed="overage", unit="image", overage_rate="9"),
            "period",
        ),
    ],
)
def test_a_quota_that_contradicts_itself_is_refused_by_its_field(
    database: Database, quota: NewQuota, field: str
) -> None:
    with pytest.raises(QuotaContradicts) as refused:
        studio(database, quota)
    assert refused.value.field == f"grants.0.quota.{field}"
