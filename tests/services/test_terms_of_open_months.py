"""What a month costs does not depend on when the firm reported it, whenever terms were amended."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import count

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.period import Month
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing, closing, granting
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.services.firms import Firm, firm, select, wait_until_waiting
from tests.services.test_correcting import correct, void
from tests.services.usage import generation

SEPTEMBER, OCTOBER, NOVEMBER = (Month(2026, number) for number in (9, 10, 11))
NUMBERS = count(1)
CODE, FIELD = "terms_for_reported_use", "terms.effective_from"


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images at ¥12, and video under another grant of the license."""
    video = builders.new_terms(rate_lines=(builders.new_rate_line(basis="per_second", rate=90),))
    builders.license(
        database,
        grants=(builders.new_grant(), builders.new_grant(modalities=("video",), terms=video)),
    )
    return firm(database)


def amend(
    database: Database,
    effective_from: datetime = OCTOBER.starts_at,
    *,
    grant: int = 0,
    license: str = "LIC-2026-001",
) -> int:
    """Agree on ¥13."""
    basis = ("per_image", "per_second")[grant]
    terms = builders.new_terms(
        effective_from=effective_from,
        clause_reference="覚書第1条",
        rate_lines=(builders.new_rate_line(basis=basis, rate=13),),
    )
    return granting.add_terms_version(
        database,
        license_reference=license,
        grant=grant,
        terms=terms,
        recorded_at=builders.RECORDED_AT,
    )


def close(database: Database, *months: Month) -> int:
    """Close months, and return what they cost together."""
    return sum(
        line.amount_minor
        for month in months
        for line in closing.close_month(
            database, month=month, closed_by="keiri", closed_at=month.ends_at
        ).lines
    )


def is_sound(database: Database) -> bool:
    return not any(auditing.audit(database).values())


def test_terms_never_divide_what_was_reported_from_what_was_not(studio: Firm) -> None:
    """A hundred before the amendment and a hundred after it are 200 at ¥13 in the end."""
    database = studio.database
    studio.report(generation(100, on=date(2026, 10, 3)))
    with refusal(CODE, FIELD) as told:
        amend(database)
    assert told[0].values == {
        "field": FIELD,
        "value": OCTOBER.starts_at.isoformat(),
        "clause": "覚書第1条",
        "first": "2026-10-03",
        "last": "2026-10-03",
    }
    studio.report(generation(100, on=date(2026, 10, 9)))
    assert close(database, OCTOBER) == 200 * 12
    amend(database)  # As the refusal says: now it is counted back.
    assert close(database, NOVEMBER) == 200 * 1
    assert is_sound(database)


@pytest.mark.parametrize(
    ("day", "is_refused"),
    [
        (date(2026, 10, 1), True),  # All of it lies after that.
        (date(2026, 10, 9), True),  # The last day of use itself.
        (date(2026, 10, 10), False),  # What the refusal names as the way out.
    ],
)
def test_terms_may_begin_after_the_last_use(studio: Firm, day: date, is_refused: bool) -> None:
    for number in (3, 9):
        studio.report(generation(100, on=date(2026, 10, number)))
    begins = OCTOBER.starts_at + timedelta(days=day.day - 1)
    if is_refused:
        with refusal(CODE, FIELD):
            amend(studio.database, begins)
    else:
        assert amend(studio.database, begins) == 2
        studio.report(generation(1, on=day))
        assert close(studio.database, OCTOBER) == 200 * 12 + 13
        assert is_sound(studio.database)


def test_terms_of_an_earlier_open_month_are_refused_for_use_of_any_later_one(
    studio: Firm,
) -> None:
    studio.report(generation(1, on=date(2026, 10, 3)))
    with refusal(CODE, FIELD):
        amend(studio.database, SEPTEMBER.starts_at)
    close(studio.database, SEPTEMBER)
    amend(studio.database, SEPTEMBER.starts_at)  # It is counted back, and October with it.
    assert close(studio.database, OCTOBER) == 13
    assert is_sound(studio.database)


def test_what_has_no_price_keeps_nothing_from_being_amended(studio: Firm) -> None:
    """Use of another grant, use that was refused, and use that was taken out again."""
    event = generation(5, on=date(2026, 10, 3))
    studio.report(event, generation(1, on=date(2026, 10, 3), subjects=("unheard-of",)))
    with refusal(CODE, FIELD):
        amend(studio.database)
    assert amend(studio.database, grant=1) == 2
    correct(studio, void(event))
    assert amend(studio.database) == 2
    assert is_sound(studio.database)


def test_a_report_under_way_is_waited_for(studio: Firm, owner: psycopg.Connection) -> None:
    """Who writes terms takes the firm's place in line, as a report does."""
    with ThreadPoolExecutor(1) as desk:
        with owner.transaction():
            owner.execute("SELECT lock_log(%s)", (studio.id,))
            waiting = desk.submit(amend, studio.database)
            wait_until_waiting(owner)
            owner.execute("SET LOCAL lock_timeout = '500ms'")
            owner.execute("SELECT open_month(1, '2026-10-01', now())")  # No circle of waiting.
        assert waiting.result() == 2


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.integers(min_value=1, max_value=28), min_size=1, max_size=5),
    begins=st.integers(min_value=1, max_value=28),
    told_before=st.integers(min_value=0, max_value=5),
)
def test_the_moment_of_reporting_decides_nothing(
    database: Database, days: list[int], begins: int, told_before: int
) -> None:
    """Whatever part of a month is reported before terms are taken, each day has one price."""
    reference = f"LIC-{next(NUMBERS)}"
    builders.license(database, reference)
    studio = firm(database)
    events = [
        generation(number + 1, on=date(2026, 10, day), license_reference=reference)
        for number, day in enumerate(days)
    ]
    report(studio, events[:told_before])
    is_taken = all(day < begins for day in days[:told_before])
    starts_at = OCTOBER.starts_at + timedelta(days=begins - 1)
    if is_taken:
        assert amend(database, starts_at, license=reference) == 2
    else:
        with refusal(CODE, FIELD):
            amend(database, starts_at, license=reference)
    report(studio, events[told_before:])
    expected = sum(
        (number + 1) * (13 if is_taken and day >= begins else 12) for number, day in enumerate(days)
    )
    lines = closing.preview(database, month=OCTOBER)
    priced = select(
        database, "SELECT license_id FROM license WHERE reference = :license", license=reference
    )
    of_license = [line for line in lines if line.license_id == priced[0][0]]
    assert sum(line.amount_minor for line in of_license) == expected


def report(studio: Firm, events: Sequence[ReportedGeneration]) -> None:
    if events:
        studio.report(*events, at=OCTOBER.ends_at)
