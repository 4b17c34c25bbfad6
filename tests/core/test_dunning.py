"""When a reminder is due, how firmly it speaks, whose terms hold, and what is no schedule."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.dunning import (
    AgreedTerms,
    DunningTerms,
    ExemptionContradicts,
    InterestRateWrong,
    OpenInvoice,
    ScheduleWrong,
    TermsInForce,
    Tone,
    read_days,
    read_percent,
    reminder_due,
    warning_due,
)
from ledger.core.fields import NumberOutOfRange
from ledger.core.refusal import Refusal

DUE = date(2026, 11, 30)
TERMS = DunningTerms()


def open_invoice(**changes: Any) -> OpenInvoice:
    told: dict[str, Any] = {
        "document_id": 1,
        "reference": "INV-2026-000001",
        "licensee_id": 7,
        "licensee": "studio-a",
        "currency": "JPY",
        "issued_on": date(2026, 11, 5),
        "due_on": DUE,
        "total_minor": 110_000,
        "received_minor": 0,
        "license_ids": (3,),
        **changes,
    }
    return OpenInvoice(**told)


@pytest.mark.parametrize(
    ("late", "sent", "days", "tone"),
    [
        (-4, (), None, None),  # Not yet.
        (-3, (), -3, Tone.BEFORE),
        (0, (), -3, Tone.BEFORE),  # The day itself is not late; a missed one is made up for.
        (0, (-3,), None, None),  # Once.
        (1, (-3,), 1, Tone.FIRST),
        (5, (), 1, Tone.FIRST),  # What the worker missed while it was away.
        (14, (-3, 1), 14, Tone.SECOND),
        (20, (-3,), 14, Tone.SECOND),  # The one of day 1 is not made up for.
        (20, (14,), None, None),
        (30, (1, 14), 30, Tone.FINAL),
        (400, (1, 14, 30), None, None),  # The schedule is at its end.
    ],
)
def test_the_latest_day_of_the_schedule_is_reminded_of_once(
    late: int, sent: tuple[int, ...], days: int | None, tone: Tone | None
) -> None:
    found = reminder_due(open_invoice(sent=sent), TERMS, on=DUE + timedelta(days=late))
    assert (found and found.days, found and found.tone) == (days, tone)


def test_a_notice_before_the_due_day_is_not_given_after_it() -> None:
    terms = DunningTerms(days=(-3, 14))
    assert reminder_due(open_invoice(), terms, on=DUE + timedelta(days=2)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"received_minor": 110_000},
        {"held_because": "disputed: the quantity is wrong"},
    ],
)
def test_what_is_paid_or_held_is_reminded_of_never(changes: dict[str, Any]) -> None:
    invoice = open_invoice(**changes)
    on = DUE + timedelta(days=60)
    terms = DunningTerms(suspend_after_days=30)
    assert reminder_due(invoice, terms, on=on) is None
    assert warning_due(invoice, {3: terms}, on=on) is None


@given(
    days=st.sets(st.integers(-60, 365), min_size=1, max_size=12),
    visits=st.lists(st.integers(-70, 420), max_size=30),
)
def test_however_often_the_job_runs_each_day_is_reminded_of_once_at_most(
    days: set[int], visits: list[int]
) -> None:
    terms = DunningTerms(days=tuple(sorted(days)))
    sent: list[int] = []
    for visit in sorted(visits):
        on = DUE + timedelta(days=visit)
        found = reminder_due(open_invoice(sent=tuple(sent)), terms, on=on)
        if found is not None:
            assert found.days <= visit
            assert (found.tone is Tone.BEFORE) == (found.days <= 0)
            sent.append(found.days)
    assert sent == sorted(set(sent))
    assert set(sent) <= days


def test_a_firm_is_warned_a_week_before_its_license_is_suspended() -> None:
    terms = {3: DunningTerms(suspend_after_days=30), 4: DunningTerms(suspend_after_days=60)}
    assert warning_due(open_invoice(), terms, on=DUE + timedelta(days=22)) is None
    found = warning_due(open_invoice(), terms, on=DUE + timedelta(days=23))
    assert found is not None
    assert found.suspends == (3,)
    assert found.suspended_on == DUE + timedelta(days=30)


def test_a_warning_that_comes_late_leaves_a_week_all_the_same() -> None:
    on = DUE + timedelta(days=100)
    found = warning_due(open_invoice(), {3: DunningTerms(suspend_after_days=30)}, on=on)
    assert found is not None
    assert found.suspended_on == on + timedelta(days=7)
    warned = open_invoice(warned_on=on)
    assert warning_due(warned, {3: DunningTerms(suspend_after_days=30)}, on=on) is None


def agreed(license_id: int | None, since: date, day: int) -> AgreedTerms:
    terms = DunningTerms(days=(day,))
    return AgreedTerms(licensee_id=7, license_id=license_id, effective_from=since, terms=terms)


@pytest.mark.parametrize(
    ("agreements", "licenses", "days"),
    [
        ([], (3,), (-3, 1, 14, 30)),  # Nothing agreed: the house's usual schedule.
        ([(None, date(2026, 1, 1), 5)], (3,), (5,)),
        ([(None, date(2026, 1, 1), 5), (3, date(2026, 1, 1), 9)], (3,), (9,)),  # The narrower.
        ([(None, date(2026, 1, 1), 5), (3, date(2026, 1, 1), 9)], (3, 4), (5,)),  # Of several.
        ([(None, date(2026, 1, 1), 5), (None, date(2026, 11, 6), 9)], (3,), (5,)),  # Later ones.
        ([(None, date(2026, 1, 1), 5), (None, date(2026, 11, 5), 9)], (3,), (9,)),  # That day.
        ([(4, date(2026, 1, 1), 5)], (3,), (-3, 1, 14, 30)),  # Of another license.
    ],
)
def test_terms_of_the_day_of_issue_hold_the_license_s_own_first(
    agreements: list[tuple[int | None, date, int]],
    licenses: tuple[int, ...],
    days: tuple[int, ...],
) -> None:
    force = TermsInForce([agreed(*each) for each in agreements], usual=TERMS)
    assert force.of_invoice(open_invoice(license_ids=licenses)).days == days


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"days": (1, 1)}, ScheduleWrong),
        ({"days": (14, 1)}, ScheduleWrong),
        ({"days": tuple(range(1, 14))}, ScheduleWrong),
        ({"days": ()}, ScheduleWrong),  # Nobody is exempted without a reason.
        ({"days": (366,)}, NumberOutOfRange),
        ({"days": (-61,)}, NumberOutOfRange),
        ({"exempt_reason": "a subsidiary"}, ExemptionContradicts),
        ({"interest_percent": Decimal(0)}, InterestRateWrong),
        ({"interest_percent": Decimal("100.1")}, InterestRateWrong),
        ({"suspend_after_days": 0}, NumberOutOfRange),
    ],
)
def test_terms_that_contradict_themselves_are_refused(
    terms: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        DunningTerms(**terms)


def test_a_schedule_and_a_rate_are_read_exactly() -> None:
    assert read_days(" 14, -3 ,1") == (-3, 1, 14)
    assert read_days("") == ()
    assert read_percent("14.6") == Decimal("14.6")
    with pytest.raises(ScheduleWrong):
        read_days("1,soon")
    with pytest.raises(InterestRateWrong):
        read_percent("14,6")
