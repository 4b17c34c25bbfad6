"""What works earn, by whatever is asked for: every view comes to the same total, to the yen."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.breakdown import Dimension
from ledger.core.period import Month
from ledger.core.usage import Modality, Unit
from ledger.services import closing, surveying
from ledger.services.surveying import Asked, Survey, SurveyMonthsWrong, SurveySubjectUnknown
from ledger.store.database import Database
from ledger.store.scopes import scoped_to
from tests import builders
from tests.rows import counted_statements, rows
from tests.services.usage import generation, report

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)


@pytest.fixture
def database(database: Database) -> Database:
    """A holder with a work and its character, another holder, and three months of use."""
    builders.party(database, "kaze")
    builders.work(database, "umi", owner="kaze", title_ja="海", title_en="The Sea")
    builders.work(database, "kaze-no-machi")
    builders.work(
        database,
        "tama",
        kind="character",
        parent="kaze-no-machi",
        title_ja="たま",
        title_en="Tama",
    )
    image = builders.new_rate_line(rate=Decimal("3.5"), modality="image")
    video = builders.new_rate_line(basis="per_second", rate=Decimal(9), modality="video")
    builders.license(
        database,
        grants=(
            builders.new_grant(
                subjects=("kaze-no-machi", "tama"),
                modalities=("image", "video"),
                terms=builders.new_terms(rate_lines=(image, video)),
                territories=("WORLD",),
            ),
        ),
    )
    builders.license(
        database, "LIC-2", grants=(builders.new_grant(subjects=("umi",)),), ends_at=None
    )
    seconds: dict[str, Any] = {"modality": Modality.VIDEO, "unit": Unit.SECOND}
    report(database, generation(11, on=date(2026, 9, 3)))
    report(
        database,
        generation(5, on=date(2026, 10, 3)),
        generation(6, on=date(2026, 10, 4), territory="US"),
        generation(7, on=date(2026, 10, 4), subjects=("tama",)),
        generation(8, on=date(2026, 10, 5), **seconds),
        generation(9, on=date(2026, 10, 5), subjects=("umi",), license_reference="LIC-2"),
    )
    report(database, generation(13, on=date(2026, 11, 3)))
    closing.close_month(database, month=SEPTEMBER, closed_by="k", closed_at=SEPTEMBER.ends_at)
    return database


def survey(database: Database, holder: str = "hoshino", **asked: Any) -> Survey:
    """Ask as a holder's page does."""
    [(owner,)] = rows(database, f"SELECT party_id FROM party WHERE reference = '{holder}'")
    wanted = Asked(**({"first": SEPTEMBER, "last": NOVEMBER} | asked))
    own = scoped_to(database, party_id=owner)
    return surveying.survey(database, own, owner_id=owner, asked=wanted)


#: 11 × 3.5 in September, (5 + 6) × 3.5, 7 × 3.5 and 8 × 9 in October, 13 × 3.5 in November; each
#: line truncated once.
TOTAL = 38 + 38 + 24 + 72 + 45


@pytest.mark.parametrize("by", list(Dimension))
def test_every_view_comes_to_the_same_total(by: Dimension, database: Database) -> None:
    found = survey(database, by=by)
    assert [each[1:] for each in found.totals] == [("JPY", 6, TOTAL)]
    assert sum(row.amount_minor for row in found.rows) == TOTAL
    assert found.first_open == OCTOBER


def test_open_months_become_what_their_closing_charges(database: Database) -> None:
    before = survey(database, by=Dimension.TERRITORY)
    closing.close_month(database, month=OCTOBER, closed_by="k", closed_at=OCTOBER.ends_at)
    after = survey(database, by=Dimension.TERRITORY)
    assert after.rows == before.rows
    assert after.first_open == NOVEMBER


@pytest.mark.parametrize(
    ("by", "rows_of"),
    [
        (Dimension.TERRITORY, {"JP": 196, "US": 21}),  # Of 38 yen for 11 images, 6 were in the US.
        (Dimension.MODALITY, {"image": 145, "video": 72}),
        (
            Dimension.MONTH,
            {SEPTEMBER.first_day: 38, OCTOBER.first_day: 134, NOVEMBER.first_day: 45},
        ),
    ],
)
def test_amounts_are_of_what_they_are_of(
    by: Dimension, rows_of: dict[object, int], database: Database
) -> None:
    assert {row.value: row.amount_minor for row in survey(database, by=by).rows} == rows_of


def test_a_work_has_what_its_characters_earn_and_each_stands_by_itself(database: Database) -> None:
    [work] = survey(database, by=Dimension.WORK).rows
    known = survey(database).known
    assert known.subjects[int(str(work.value))].reference == "kaze-no-machi"
    single = survey(database, by=Dimension.SUBJECT, subject="tama")
    assert [row.amount_minor for row in single.rows] == [24]
    within = survey(database, by=Dimension.SUBJECT, subject="kaze-no-machi")
    assert {known.subjects[int(str(row.value))].reference for row in within.rows} == {
        "kaze-no-machi",
        "tama",
    }


def test_filters_go_together(database: Database) -> None:
    found = survey(
        database, by=Dimension.DAY, first=OCTOBER, last=OCTOBER, territory="US", modality="image"
    )
    assert [(row.value, row.amount_minor) for row in found.rows] == [(date(2026, 10, 4), 21)]


def test_nobody_asks_for_what_is_anothers(database: Database) -> None:
    for named in ({"subject": "umi"}, {"subject": "nothing"}, {"licensee": "nobody"}):
        with pytest.raises(SurveySubjectUnknown):
            survey(database, **named)
    assert [row.amount_minor for row in survey(database, "kaze").rows] == [108]


@pytest.mark.parametrize(
    ("first", "last", "by"),
    [
        (NOVEMBER, OCTOBER, Dimension.WORK),
        (NOVEMBER.before(36), NOVEMBER, Dimension.WORK),
        (NOVEMBER.before(3), NOVEMBER, Dimension.DAY),  # A day is a row.
    ],
)
def test_months_that_cannot_be_shown_are_refused(
    first: Month, last: Month, by: Dimension, database: Database
) -> None:
    with pytest.raises(SurveyMonthsWrong):
        survey(database, first=first, last=last, by=by)


def test_lines_are_listed_the_latest_first_and_named_for_their_explanation(
    database: Database,
) -> None:
    for month in (OCTOBER, NOVEMBER):
        closing.close_month(database, month=month, closed_by="k", closed_at=month.ends_at)
    [(owner,)] = rows(database, "SELECT party_id FROM party WHERE reference = 'hoshino'")
    own = scoped_to(database, party_id=owner)
    asked = Asked(first=SEPTEMBER, last=NOVEMBER)
    lines, _ = surveying.list_lines(own, asked=asked, limit=3)
    assert [line.closing_month for line in lines] == [
        NOVEMBER.first_day,
        OCTOBER.first_day,
        OCTOBER.first_day,
    ]
    rest, _ = surveying.list_lines(own, asked=asked, before=lines[-1].id, limit=3)
    assert sum(line.amount_minor for line in (*lines, *rest)) == TOTAL
    numbered = rows(
        database,
        "SELECT royalty_line_id, row_number() OVER (PARTITION BY closing_month ORDER BY "
        "royalty_line_id) FROM royalty_line",
    )
    assert {(line.id, line.place) for line in (*lines, *rest)} <= set(numbered)


def test_more_use_costs_no_more_questions(database: Database) -> None:
    with counted_statements(database) as before:
        survey(database, by=Dimension.DAY, first=OCTOBER, last=OCTOBER)
    report(database, *(generation(each, on=date(2026, 10, 9)) for each in range(1, 30)))
    with counted_statements(database) as after:
        survey(database, by=Dimension.DAY, first=OCTOBER, last=OCTOBER)
    assert len(after) == len(before)
