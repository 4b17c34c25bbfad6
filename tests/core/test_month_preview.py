"""A month beside the one before it: what changed and by how much, and what stands in the way."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.closing import Cause
from ledger.core.completeness import Declaration, MonthReport
from ledger.core.month_findings import Finding, Lacking, Standing, Stops
from ledger.core.month_preview import (
    Change,
    Compared,
    MonthPreview,
    Place,
    PreviewLine,
    Waiting,
    month_preview,
)
from ledger.core.period import Month
from ledger.core.reason import Decision, Reason

OCTOBER = Month(2026, 10)
PLACE = Place(
    licensee="studio-a",
    holder="hoshino",
    license="LIC-1",
    subject="kaze",
    basis="per_image",
    modality="image",
    use_class="generation",
    currency="JPY",
)


def line(amount_minor: int, **changes: Any) -> PreviewLine:
    place = {name: changes.pop(name) for name in list(changes) if name in Place._fields}
    facts: dict[str, Any] = {
        "place": PLACE._replace(**place),
        "title_ja": "風の町",
        "title_en": "The Windy Town",
        "clause": "第5条第1項",
        "accrual_month": OCTOBER.first_day,
        "cause": Cause.USE,
        "generation_count": 1,
        "quantity": Decimal(1),
        "amount_minor": amount_minor,
    }
    return PreviewLine(**(facts | changes))


def standing(**changes: Any) -> Standing:
    usual = Standing(
        month=OCTOBER, is_over=True, is_closed=False, is_previous_closed=True, earlier_open=None
    )
    return replace(usual, **changes)


def preview(**changes: Any) -> MonthPreview:
    asked: dict[str, Any] = {
        "standing": standing(),
        "lacking": Lacking(),
        "before": (),
        "now": (),
        "waiting": (),
        "unsettled": (),
    }
    return month_preview(**(asked | changes))


@pytest.mark.parametrize(
    ("before", "now", "difference", "percent", "change"),
    [
        (300, 400, 100, "33.3", Change.CHANGED),
        (300, 200, -100, "-33.3", Change.CHANGED),  # Cut toward zero, as it grows.
        (-300, 200, 500, "166.6", Change.CHANGED),  # Of the size of what was taken back.
        (300, 300, 0, "0.0", Change.SAME),
        (None, 400, 400, None, Change.NEW),
        (0, 400, 400, None, Change.CHANGED),  # There was a line; of nothing there is no percent.
        (300, None, -300, "-100.0", Change.VANISHED),
        (300, 0, -300, "-100.0", Change.CHANGED),  # A nil line is a line.
    ],
)
def test_amounts_are_compared(
    before: int | None, now: int | None, difference: int, percent: str | None, change: Change
) -> None:
    compared = Compared(before_minor=before, now_minor=now)
    assert compared.difference_minor == difference
    assert compared.percent == (None if percent is None else Decimal(percent))
    assert compared.change is change


def test_lines_are_the_same_whatever_the_terms_and_new_and_vanished_ones_are_named() -> None:
    found = preview(
        before=(line(100, clause="第5条"), line(50, subject="umi")),
        now=(line(120, clause="第6条"), line(70, subject="sora")),
    )
    changes = {each.place.subject: each.amount for each in found.compared}
    assert changes == {
        "kaze": Compared(before_minor=100, now_minor=120),
        "sora": Compared(before_minor=None, now_minor=70),
        "umi": Compared(before_minor=50, now_minor=None),
    }


def test_adjustments_are_in_the_totals_and_apart_from_the_lines() -> None:
    late = line(30, accrual_month=date(2026, 9, 1), cause=Cause.LATE)
    found = preview(before=(line(100),), now=(line(100), late))
    assert [each.amount for each in found.totals] == [Compared(before_minor=100, now_minor=130)]
    assert [each.amount.change for each in found.compared] == [Change.SAME]
    assert found.adjustments == (late,)


def test_currencies_are_never_added_up() -> None:
    found = preview(now=(line(100), line(70, currency="USD")))
    assert [(each.currency, each.amount.now_minor) for each in found.totals] == [
        ("JPY", 100),
        ("USD", 70),
    ]


_lines = st.lists(
    st.builds(
        line,
        st.integers(-1000, 1000),
        licensee=st.sampled_from("ab"),
        holder=st.sampled_from("xy"),
        subject=st.sampled_from("pq"),
        cause=st.sampled_from([Cause.USE, Cause.LATE]),
    ),
    max_size=6,
)


@given(before=_lines, now=_lines)
def test_firms_holders_and_lines_come_to_the_same_total(
    before: list[PreviewLine], now: list[PreviewLine]
) -> None:
    found = preview(before=before, now=now)
    (total,) = {each.amount.difference_minor for each in found.totals} or {0}
    assert sum(each.amount.difference_minor for each in found.licensees) == total
    assert sum(each.amount.difference_minor for each in found.holders) == total
    used = sum(each.amount.difference_minor for each in found.compared)
    late = sum(each.amount_minor for each in found.adjustments)
    late_before = sum(each.amount_minor for each in before if each.is_adjustment)
    assert used + late - late_before == total


def firm_month(licensee: str = "studio-a", *declarations: Declaration) -> MonthReport:
    return MonthReport(
        licensee=licensee,
        month=OCTOBER,
        is_closed=False,
        declarations=declarations,
        reported=(),
    )


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            {"standing": standing(is_over=False)},
            Finding("month_not_over", Stops.CLOSE, (("ends_on", "2026-10-31"),)),
        ),
        (
            {"standing": standing(earlier_open=Month(2026, 8))},
            Finding("earlier_month_open", Stops.CLOSE, (("earlier", "2026-08"),)),
        ),
        (
            {"standing": standing(disagreement=(("licensee", "studio-a"),))},
            Finding("audit_disagrees", Stops.CLOSE, (("licensee", "studio-a"),)),
        ),
        (
            {"unsettled": (firm_month(),)},  # Silence stops nobody's month…
            Finding("undeclared", None, (("count", "1"), ("licensees", "studio-a"))),
        ),
        (
            {"unsettled": (firm_month(),), "standing": standing(requires_declarations=True)},
            Finding("undeclared", Stops.CLOSE, (("count", "1"), ("licensees", "studio-a"))),
        ),  # …unless the house has said so.
        ({"lacking": Lacking(operator=True)}, Finding("operator_missing", Stops.BILL)),
        (
            {"lacking": Lacking(account_of="genbo")},
            Finding("account_missing", Stops.BILL, (("operator", "genbo"),)),
        ),
        (
            {"lacking": Lacking(disputed=("CLM-1", "CLM-2"))},  # Its money waits, not the month.
            Finding("claims_disputed", None, (("count", "2"), ("claims", "CLM-1, CLM-2"))),
        ),
        (
            {"lacking": Lacking(overdue_count=3)},  # What is paid later is settled later.
            Finding("invoices_overdue", None, (("count", "3"),)),
        ),
        (
            {"lacking": Lacking(suspended=("LIC-1",))},
            Finding("licenses_suspended", None, (("count", "1"), ("licenses", "LIC-1"))),
        ),
        (
            {"now": (line(-5),)},
            Finding("carried", None, (("count", "1"), ("licensees", "studio-a"))),
        ),
        (
            {
                "waiting": (
                    Waiting(
                        decision=Decision.HELD,
                        reason=Reason.SUBJECT_UNMATCHED,
                        licensee="studio-a",
                        subject=None,
                        use_count=4,
                        since=date(2026, 10, 3),
                    ),
                )
            },
            Finding("owner_unknown", None, (("count", "4"),)),
        ),
    ],
)
def test_what_stands_in_the_way_is_found(changes: dict[str, Any], finding: Finding) -> None:
    found = preview(**changes)
    assert found.findings == (finding,)
    assert found.blockers == ((finding,) if finding.stops else ())


def test_blockers_come_first_and_those_of_the_closing_before_those_of_the_invoices() -> None:
    found = preview(
        standing=standing(is_over=False),
        lacking=Lacking(operator=True, overdue_count=1),
        unsettled=(firm_month(),),
    )
    assert [each.stops for each in found.findings] == [Stops.CLOSE, Stops.BILL, None, None]


def test_nothing_stands_in_the_way_of_a_month_that_is_closed() -> None:
    found = preview(standing=standing(is_closed=True, is_over=False), unsettled=(firm_month(),))
    assert found.findings == ()
