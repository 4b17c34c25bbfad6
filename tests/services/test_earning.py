"""What a rights holder's works bring in: its own alone, as a closing would charge it."""

from datetime import date

import pytest

from ledger.core.period import Month
from ledger.core.usage import Modality
from ledger.services import closing, earning
from ledger.services.earning import Earned
from ledger.store.database import Database
from ledger.store.scopes import scoped_to
from tests import builders
from tests.rows import counted_statements, rows
from tests.services.usage import generation, report

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)


@pytest.fixture
def database(database: Database) -> Database:
    """Two holders, one work each, licensed to one firm at twelve yen an image."""
    builders.party(database, "kaze")
    builders.work(database, "umi", owner="kaze", title_ja="海", title_en="The Sea")
    builders.license(database)
    builders.license(
        database, "LIC-2", grants=(builders.new_grant(subjects=("umi",)),), ends_at=None
    )
    return database


def earned(database: Database, holder: str, month: Month = OCTOBER) -> Earned:
    """Read a month as a holder's page does."""
    [(owner,)] = rows(database, f"SELECT party_id FROM party WHERE reference = '{holder}'")
    own = scoped_to(database, party_id=owner)
    return earning.read_month(database, own, owner_id=owner, month=month)


def close(database: Database, month: Month) -> None:
    closing.close_month(database, month=month, closed_by="keiri", closed_at=month.ends_at)


def test_an_open_month_is_what_closing_it_would_charge_and_then_does(database: Database) -> None:
    report(database, generation(10), generation(5))
    before = earned(database, "hoshino")
    assert (before.is_closed, dict(before.amounts_minor)) == (False, {"JPY": 180})
    assert before.accepted_count == 2
    close(database, OCTOBER)
    after = earned(database, "hoshino")
    assert (after.is_closed, after.amounts_minor) == (True, before.amounts_minor)
    assert after.works == before.works
    assert [each.month for each in after.trend] == [OCTOBER]
    close(database, OCTOBER.next())
    following = earned(database, "hoshino", OCTOBER.next().next()).trend
    assert [dict(each.amounts_minor) for each in following] == [{}, {"JPY": 180}]


def test_nobody_sees_what_anothers_works_bring_in(database: Database) -> None:
    report(database, generation(10, on=date(2026, 9, 3)))
    close(database, SEPTEMBER)
    report(database, generation(10), generation(None))
    for month in (SEPTEMBER, OCTOBER):
        other = earned(database, "kaze", month)
        assert (other.works, other.waiting, other.trend) == ((), (), ())
        assert dict(other.amounts_minor) == {}


def test_each_work_has_its_use_and_its_money(database: Database) -> None:
    report(database, generation(3))
    report(database, generation(7, subjects=("umi",), license_reference="LIC-2"))
    [work] = earned(database, "kaze").works
    assert (work.title_ja, work.accepted_count, dict(work.amounts_minor)) == ("海", 1, {"JPY": 84})


def test_what_is_held_stays_until_it_is_known_and_what_is_refused_is_told_once(
    database: Database,
) -> None:
    report(database, generation(None, on=date(2026, 9, 3)), generation(4, on=date(2026, 9, 4)))
    report(database, generation(1, on=date(2026, 9, 5), modality=Modality.VIDEO))
    september = earned(database, "hoshino", SEPTEMBER)
    assert (september.held_count, september.refused_count) == (1, 1)
    close(database, SEPTEMBER)
    october = earned(database, "hoshino")
    assert (october.held_count, october.refused_count) == (1, 0)
    [waits] = october.waiting
    assert (waits.reason, waits.since) == ("quantity_unknown", date(2026, 9, 3))


def test_what_is_told_late_earns_in_the_month_that_counts_it(database: Database) -> None:
    close(database, SEPTEMBER)
    report(
        database,
        generation(9, on=date(2026, 9, 20)),
        recorded_at=SEPTEMBER.ends_at.replace(month=10, day=5),
    )
    assert dict(earned(database, "hoshino", SEPTEMBER).amounts_minor) == {}
    october = earned(database, "hoshino")
    assert (dict(october.amounts_minor), october.accepted_count) == ({"JPY": 108}, 1)


def test_a_month_is_read_in_as_many_statements_whatever_there_is(database: Database) -> None:
    with counted_statements(database) as few:
        earned(database, "hoshino")
    report(database, *(generation(number) for number in range(1, 40)))
    with counted_statements(database) as many:
        earned(database, "hoshino")
    assert len(many) <= len(few) + 2
