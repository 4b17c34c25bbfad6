"""A replay works past usage out again without touching the book, and nothing is lost in it."""

from collections import defaultdict
from decimal import Decimal

import pytest

from ledger.core.period import Month
from ledger.core.replay_changes import (
    ChangedCommittee,
    ChangedFee,
    ChangedRate,
    ChangedTier,
    Changes,
)
from ledger.services import replaying
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services.explained import october, world
from tests.services.money import NOVEMBER, OCTOBER
from tests.services.usage import generation, report

DEARER = Changes(rates=(ChangedRate(license="LIC-efuda", line=2, rate=Decimal(70)),))


@pytest.fixture
def book(database: Database) -> Database:
    world(database)
    october(database)
    return database


def sums(found: replaying.Replayed) -> dict[str, tuple[int, int]]:
    """Return both sides of each group's sum."""
    totals: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in found.differences:
        before, after = totals[each.place.group]
        totals[each.place.group] = (before + each.before_minor, after + each.after_minor)
    return dict(totals)


def figures(found: replaying.Replayed, group: str) -> dict[str, tuple[int, int]]:
    return {
        each.place.reference: (each.before_minor, each.after_minor)
        for each in found.differences
        if each.place.group == group
    }


def replayed(book: Database, changes: Changes, last: Month = OCTOBER) -> replaying.Replayed:
    return replaying.replay(book, first=OCTOBER, last=last, changes=changes)


def test_as_it_is_it_is_what_the_book_charged(book: Database) -> None:
    found = replayed(book, DEARER)
    charged = dict(
        rows(
            book,
            "SELECT p.reference, CAST(sum(amount_minor) AS bigint) FROM royalty_line "
            "JOIN party p ON p.party_id = licensee_id GROUP BY 1",
        )
    )
    earned = dict(
        rows(
            book,
            "SELECT p.reference, CAST(sum(amount_minor) AS bigint) FROM earning e "
            "JOIN party p ON p.party_id = e.owner_id GROUP BY 1",
        )
    )
    assert {name: before for name, (before, _) in figures(found, "licensee").items()} == charged
    assert {name: before for name, (before, _) in figures(found, "payee").items()} == earned


def test_a_dearer_rate_is_shared_out_to_the_yen(book: Database) -> None:
    found = replayed(book, DEARER)
    # Voice at 35 came to 42.105, at 70 to 84.21: truncated once on each side.
    assert figures(found, "subject")["novel"] == (1_460 + 42, 1_460 + 84)
    assert figures(found, "payee")["hoshino"] == (1_502 - 120, 1_544 - 123)
    assert figures(found, "house") == {"admin_fee": (120 + 5_710, 123 + 5_710)}
    assert figures(found, "licensee")["lumen"] == (70_250, 70_250)


@pytest.mark.parametrize(
    "changes",
    [
        DEARER,
        Changes(rates=(ChangedRate(license="LIC-lumen", line=1, tier_mode="whole_volume"),)),
        Changes(
            rates=(
                ChangedRate(
                    license="LIC-lumen",
                    modality="image",
                    tiers=(ChangedTier(rate=20, up_to=5), ChangedTier(rate="0.3")),
                    minimum_minor=9_000,
                ),
            ),
            committees=(ChangedCommittee(committee="drama-committee", preset="royalties_first"),),
        ),
        Changes(
            committees=(
                ChangedCommittee(committee="drama-committee", members=(("lead", 1), ("studio", 2))),
            ),
            fees=(ChangedFee(holder="hoshino", admin_fee_bp=0),),
        ),
    ],
)
def test_what_is_charged_is_what_everybody_gets(book: Database, changes: Changes) -> None:
    found = replayed(book, changes)
    totals = sums(found)
    assert totals["licensee"] == totals["subject"] == totals["holder"]
    for side in (0, 1):
        given = totals["payee"][side] + totals["house"][side]
        assert given == totals["holder"][side]
    assert any(each.difference_minor for each in found.differences)


def test_tier_counters_run_on_through_the_months(book: Database) -> None:
    report(
        book,
        generation(50, subjects=("novel",), license_reference="LIC-efuda", on=NOVEMBER.first_day),
        licensee="efuda",
    )
    whole = Changes(rates=(ChangedRate(license="LIC-efuda", line=1, tier_mode="whole_volume"),))
    found = replayed(book, whole, last=NOVEMBER)
    # Marginal: 100 × 12.5 + 71 × 10. Whole volume: 171 × 10. Voice is 42 in any case.
    assert figures(found, "subject")["novel"] == (1_960 + 42, 1_710 + 42)


def test_what_single_events_earn_at_least_is_worked_out_again(book: Database) -> None:
    floored = builders.new_rate_line(rate=Decimal(2), event_floor_minor=Decimal(30))
    terms = builders.new_terms(rate_lines=(floored,), effective_from=NOVEMBER.starts_at)
    grant = builders.new_grant(subjects=("novel",), terms=terms)
    builders.license(book, "LIC-F", licensee="efuda", starts_at=NOVEMBER.starts_at, grants=(grant,))
    day = NOVEMBER.first_day
    report(
        book,
        generation(4, subjects=("novel",), license_reference="LIC-F", on=day),
        generation(20, subjects=("novel",), license_reference="LIC-F", on=day),
        licensee="efuda",
    )
    dearer = Changes(rates=(ChangedRate(license="LIC-F", rate=5),))
    found = replaying.replay(book, first=NOVEMBER, last=NOVEMBER, changes=dearer)
    # 8 and 40 become 30 and 40; 20 and 100 become 30 and 100.
    assert figures(found, "subject") == {"novel": (70, 130)}


def test_the_book_is_not_touched(book: Database) -> None:
    counted = (
        "SELECT relname, n_tup_ins, n_tup_upd FROM pg_stat_xact_user_tables "
        "UNION ALL SELECT 'lines', count(*), sum(amount_minor) FROM royalty_line "
        "UNION ALL SELECT 'entries', count(*), max(entry_id) FROM entry"
    )
    before = rows(book, counted)
    replayed(book, DEARER)
    assert rows(book, counted) == before


@pytest.mark.parametrize(
    ("first", "last", "changes", "code", "field"),
    [
        (OCTOBER, OCTOBER, Changes(), "replay_changes_nothing", None),
        (NOVEMBER, OCTOBER, DEARER, "replay_months_wrong", "last"),
        (OCTOBER, Month(2036, 10), DEARER, "replay_months_wrong", "last"),
        (
            OCTOBER,
            OCTOBER,
            Changes(
                committees=(
                    ChangedCommittee(committee="drama-committee", members=(("nobody", 1),)),
                )
            ),
            "party_unknown",
            "members",
        ),
        (
            OCTOBER,
            OCTOBER,
            Changes(rates=(ChangedRate(license="LIC-nobody", rate=1),)),
            "replay_license_unknown",
            "license",
        ),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    book: Database, first: Month, last: Month, changes: Changes, code: str, field: str | None
) -> None:
    with refusal(code, field):
        replaying.replay(book, first=first, last=last, changes=changes)
