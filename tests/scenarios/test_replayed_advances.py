"""
A year with advances, replayed under others: what was run crossed comes out apart, and back.

The year is that of :mod:`tests.scenarios.test_advances` (DOMAIN E2): the figures that a book
comes to when it is run one way are what a replay of the other book shows.
"""

from collections import defaultdict
from dataclasses import replace

import pytest

from ledger.core.period import Month
from ledger.core.recoup_agreement import NewAdvance, NewRecoupGroup
from ledger.core.replay_changes import ChangedRate, ChangedRecoupment, Changes
from ledger.core.replay_recoupment import RolledMonth
from ledger.services import replaying
from ledger.store.database import Database
from tests.refusals import refusal
from tests.rows import rows
from tests.scenarios.test_advances import (
    CROSSED,
    LAST_DAY,
    NOT_CROSSED,
    QUARTERS,
    SIGNED,
    is_sound,
    pay_advances,
    run_year,
    sign,
)

FIRST, LAST = Month.of_day(SIGNED), Month.of_day(LAST_DAY)
LICENSE = "LIC-2026-001"


def replayed(
    database: Database, *groups: NewRecoupGroup, first: Month = FIRST
) -> replaying.Replayed:
    changes = Changes(recoupments=(ChangedRecoupment(license=LICENSE, recoup_groups=groups),))
    return replaying.replay(database, first=first, last=LAST, changes=changes)


def figures(found: replaying.Replayed, group: str) -> dict[str, tuple[int, int]]:
    return {
        each.place.reference: (each.before_minor, each.after_minor)
        for each in found.differences
        if each.place.group == group
    }


def quarters(rolled: tuple[RolledMonth, ...]) -> dict[str, list[tuple[int, int, int]]]:
    """Return what each quarter of a group recouped, left to recoup and made payable."""
    found = defaultdict(list)
    for each in rolled:
        if each.month in QUARTERS:
            found[each.group].append((each.recouped_minor, each.left_minor, each.payable_minor))
    return dict(found)


#: E2, to the yen: recouped, left to recoup, payable.
E2_CROSSED = {
    "both": [
        (1_650_000, 2_350_000, 0),
        (2_230_500, 119_500, 0),
        (119_500, 0, 3_485_750),
        (0, 0, 2_120_125),
    ]
}
E2_APART = {
    "a": [
        (1_200_000, 1_300_000, 0),
        (1_300_000, 0, 600_500),
        (0, 0, 3_305_250),
        (0, 0, 2_020_125),
    ],
    "b": [
        (450_000, 1_050_000, 0),
        (330_000, 720_000, 0),
        (300_000, 420_000, 0),
        # 320,000 were never recouped; the license is over, and nobody recoups them any more.
        (100_000, 0, 0),
    ],
}


def test_a_year_that_was_crossed_comes_out_as_if_it_were_not(database: Database) -> None:
    sign(database, CROSSED)
    pay_advances(database)
    run_year(database)
    before = rows(database, "SELECT count(*), max(entry_id) FROM entry")

    found = replayed(database, *NOT_CROSSED)
    assert quarters(found.before) == E2_CROSSED
    assert quarters(found.after) == E2_APART
    assert figures(found, "paid") == {"studio-a": (12_000_000, 12_425_875)}
    assert figures(found, "licensee") == {"studio-a": (9_605_875, 9_605_875)}
    # The book shared 2,394,125 of shortfall by what was earned; apart, all that is missing is B's.
    shared = 2_394_125 * 8_425_875 // 9_605_875
    assert figures(found, "holder") == {
        "hoshino": (8_425_875 + shared, 8_425_875),
        "minami": (1_180_000 + 2_394_125 - shared, 4_000_000),
    }
    lacks = {(each.group, each.shortfall_minor) for each in found.after if each.shortfall_minor}
    assert lacks == {("b", 2_500_000)}
    assert rows(database, "SELECT count(*), max(entry_id) FROM entry") == before
    assert is_sound(database)


def test_a_year_that_was_not_crossed_comes_out_as_if_it_were(database: Database) -> None:
    sign(database, NOT_CROSSED)
    pay_advances(database)
    run_year(database)
    found = replayed(database, *CROSSED)
    assert (quarters(found.before), quarters(found.after)) == (E2_APART, E2_CROSSED)
    assert figures(found, "paid") == {"studio-a": (12_425_875, 12_000_000)}
    # As it is, it is what the book paid out.
    stated = dict(
        rows(
            database,
            "SELECT p.reference, CAST(sum(e.amount_minor) AS bigint) FROM earning e "
            "JOIN party p ON p.party_id = e.owner_id GROUP BY 1",
        )
    )
    assert {name: before for name, (before, _) in figures(found, "payee").items()} == stated
    assert is_sound(database)


def test_what_an_earlier_month_recouped_stays_recouped(database: Database) -> None:
    sign(database, CROSSED)
    pay_advances(database)
    run_year(database)
    found = replayed(database, *NOT_CROSSED, first=Month(2026, 12))
    assert quarters(found.after) == {name: each[2:] for name, each in E2_APART.items()}
    # The last two quarters alone: royalty that is payable, and what the guarantees lack.
    assert figures(found, "paid") == {
        "studio-a": (3_485_750 + 2_120_125 + 2_394_125, 3_305_250 + 2_020_125 + 2_500_000)
    }


def test_without_any_group_royalty_is_what_is_paid(database: Database) -> None:
    sign(database, CROSSED)
    pay_advances(database)
    run_year(database)
    found = replayed(database)
    assert found.after == ()
    assert figures(found, "paid") == {"studio-a": (12_000_000, 9_605_875)}


def test_what_is_left_of_a_repayable_advance_is_given_back(database: Database) -> None:
    sign(database, NOT_CROSSED)
    pay_advances(database)
    run_year(database)
    lent = NewAdvance(reference="loan", kind="repayable", amount_minor=1_500_000, due_on=SIGNED)
    group = replace(NOT_CROSSED[1], advances=(lent,), guarantees=())
    found = replayed(database, group)
    (returned,) = (each for each in found.after if each.returned_minor)
    assert (returned.month, returned.returned_minor, returned.paid_minor) == (
        LAST,
        320_000,
        -320_000,
    )
    # A is paid as it is earned, and B's 1,180,000 are all that is kept of the advance.
    assert figures(found, "paid")["studio-a"][1] == 9_605_875


def test_other_rates_recoup_faster(database: Database) -> None:
    sign(database, CROSSED)
    pay_advances(database)
    run_year(database)
    dearer = Changes(rates=(ChangedRate(license=LICENSE, rate=2),))
    found = replaying.replay(database, first=FIRST, last=LAST, changes=dearer)
    # 19,211,750 are earned: 4,000,000 were paid in advance, and nothing is missing.
    assert figures(found, "paid") == {"studio-a": (12_000_000, 19_211_750)}


@pytest.mark.parametrize(
    ("license_", "groups", "code", "field"),
    [
        (LICENSE, CROSSED, "replay_changes_nothing", None),
        ("LIC-nobody", CROSSED, "replay_license_unknown", "license"),
        (
            LICENSE,
            (replace(CROSSED[0], grants=(0, 2)),),
            "recoup_grant_unknown",
            "recoup_groups.0.grants",
        ),
        (
            LICENSE,
            (replace(CROSSED[0], crossing="single"),),
            "recouping_contradicts",
            "recoup_groups.0.advances.0.recouped_from",
        ),
    ],
)
def test_groups_that_change_nothing_or_contradict_themselves_are_refused(
    database: Database,
    license_: str,
    groups: tuple[NewRecoupGroup, ...],
    code: str,
    field: str | None,
) -> None:
    sign(database, CROSSED)
    change = ChangedRecoupment(license=license_, recoup_groups=groups)
    with refusal(code, field):
        replaying.replay(database, first=FIRST, last=FIRST, changes=Changes(recoupments=(change,)))
