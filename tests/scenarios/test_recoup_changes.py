"""
A group of two grants with an advance and a guarantee that changes twice.

The license runs from April to September 2026, and every image is ¥1. Grant 0 is Hoshino's novel,
1 Minami's comic, 2 Kawase's game, which is in no group at first. From June the game is in it, and
the guarantee has a checkpoint in July beside that of September; from August the comic is out.

======  ======  ======  ======  ======  ======  =========
earned  April   May     June    July    August  September
======  ======  ======  ======  ======  ======  =========
novel   30,000  10,000  10,000   5,000  40,000     10,000
comic   10,000   6,000  20,000  -8,000  15,000      5,000
game     7,000   8,000  30,000   6,000   5,000      1,000
======  ======  ======  ======  ======  ======  =========

In July the comic earns 2,000, and April's 10,000 are taken back. The advance of 100,000 counts
toward the guarantee of 260,000 by September; by July it is 130,000.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from ledger.core.explanation_facts import Reader
from ledger.core.invoice import Invoice
from ledger.core.period import Month
from ledger.core.recoup_agreement import (
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
    NewRecoupTerms,
)
from ledger.core.replay_changes import ChangedRecoupment, Changes
from ledger.core.usage import ReportedGeneration
from ledger.services import explaining, licensing, recouping, replaying
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.scenarios.test_advances import invoice, is_sound, pay_advances, received_by
from tests.services import money
from tests.services.firms import firm
from tests.services.test_correcting import correct, void
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

APRIL, JUNE, JULY, AUGUST, SEPTEMBER = (Month(2026, number) for number in (4, 6, 7, 8, 9))
EARNED = {
    "novel": (30_000, 10_000, 10_000, 5_000, 40_000, 10_000),
    "comic": (10_000, 6_000, 20_000, 2_000, 15_000, 5_000),
    "game": (7_000, 8_000, 30_000, 6_000, 5_000, 1_000),
}
OWNERS = {"novel": "hoshino", "comic": "minami", "game": "kawase"}

ADVANCE = NewAdvance(
    reference="advance",
    kind="guaranteed",
    amount_minor=100_000,
    due_on=APRIL.first_day,
    counts_toward="mg",
)
BY_JULY = NewCheckpoint(due_on=JULY.last_day, target_minor=130_000)
BY_SEPTEMBER = NewCheckpoint(due_on=SEPTEMBER.last_day, target_minor=260_000)
GUARANTEE = NewGuarantee(
    reference="mg", starts_on=APRIL.first_day, checkpoints=(BY_JULY, BY_SEPTEMBER)
)
SIGNED = NewRecoupGroup(
    reference="year",
    crossing="cross",
    grants=(0, 1),
    advances=(ADVANCE,),
    guarantees=(replace(GUARANTEE, checkpoints=(BY_SEPTEMBER,)),),
)
WITH_GAME = NewRecoupTerms(
    effective_from=JUNE.first_day,
    clause_reference="first amendment, clause 2",
    crossing="cross",
    grants=(0, 1, 2),
    advances=(ADVANCE,),
    guarantees=(GUARANTEE,),
)
WITHOUT_COMIC = replace(
    WITH_GAME,
    effective_from=AUGUST.first_day,
    clause_reference="second amendment, clause 1",
    grants=(0, 2),
)


def sign(database: Database, *groups: NewRecoupGroup) -> None:
    """Write the house, the holders and a license of three grants."""
    money.house(database)
    builders.parties(
        database,
        *(builders.new_company(name, minimum_payment_minor=0) for name in OWNERS.values()),
    )
    for work, owner in OWNERS.items():
        builders.work(database, work, owner=owner)
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(rate=Decimal(1)),))
    builders.license(
        database,
        starts_at=APRIL.starts_at,
        ends_at=SEPTEMBER.ends_at,
        grants=tuple(builders.new_grant(subjects=(work,), terms=terms) for work in OWNERS),
        recoup_groups=groups,
    )


def change(database: Database, terms: NewRecoupTerms, *, at: Month) -> int:
    """Write new terms on the first day of a month."""
    return recouping.change_group(
        database,
        license_reference="LIC-2026-001",
        recoup_group="year",
        terms=terms,
        recorded_by="rights-desk",
        recorded_at=at.starts_at,
    )


def use(database: Database, month: Month) -> dict[str, ReportedGeneration]:
    """Report what each work earns in a month."""
    place = month.month - APRIL.month
    events = {
        work: generation(each[place], on=month.first_day, subjects=(work,))
        for work, each in EARNED.items()
    }
    report(database, *events.values())
    return events


def end(database: Database, month: Month) -> Invoice:
    """Close a month, and receive and settle what it is billed."""
    (number,) = money.bill(database, month)
    found = invoice(database, number)
    if found.total_minor:
        money.receive(database, number, on=found.due_on)
    money.settle(database, month)
    return found


def run(database: Database) -> dict[str, Invoice]:
    """Live through the license, with both changes; return the invoices by month."""
    sign(database, SIGNED)
    pay_advances(database)
    found = {}
    month = APRIL
    aprils_comic = None
    while month <= SEPTEMBER:
        if month == JUNE:
            assert change(database, WITH_GAME, at=JUNE) == 2
        if month == AUGUST:
            assert change(database, WITHOUT_COMIC, at=AUGUST) == 3
        events = use(database, month)
        aprils_comic = aprils_comic or events["comic"]
        if month == JULY:
            correct(firm(database), void(aprils_comic), recorded_at=money.noon(JULY.last_day))
        found[str(month)] = end(database, month)
        month = month.next()
    money.settle(database, month)
    return found


def test_a_grant_joins_a_checkpoint_is_added_and_a_grant_leaves(database: Database) -> None:
    invoices = run(database)
    told = {
        month: (
            {line.subject_reference: line.payable_minor for line in each.lines},
            [(prepaid.reference, prepaid.amount_minor) for prepaid in each.prepayments],
        )
        for month, each in invoices.items()
    }
    assert told["2026-04"] == ({"novel": 0, "comic": 0, "game": 7_000}, [])
    assert told["2026-05"] == ({"novel": 0, "comic": 0, "game": 8_000}, [])
    # 44,000 are left of the advance, and 60,000 were earned: 7,333.3, 14,666.7 and 22,000.
    assert told["2026-06"] == ({"novel": 2_667, "comic": 5_333, "game": 8_000}, [])
    # Credited are the advance, 16,000 of June and 11,000 of July; the comic's lines wait.
    july = ("mg/2026-07-31", 130_000 - 127_000)
    assert told["2026-07"] == ({"novel": 5_000, "game": 6_000}, [july])
    # July's 3,000 are recouped by who is left: 2,666.7 and 333.3. The comic took its lines along.
    august = invoices["2026-08"]
    comic = [line for line in august.lines if line.subject_reference == "comic"]
    assert sorted(line.payable_minor for line in comic) == [-10_000, 2_000, 15_000]
    assert told["2026-08"][0] | {"comic": 0} == {"novel": 37_333, "game": 4_667, "comic": 0}
    assert august.subtotal_minor == 7_000 + 37_333 + 4_667
    # 100,000 + 16,000 + 11,000 + 3,000 + 42,000 + 11,000 are credited; 77,000 are missing.
    september = ("mg/2026-09-30", 77_000)
    assert told["2026-09"] == ({"novel": 10_000, "comic": 5_000, "game": 1_000}, [september])

    # Shared by what was earned in the group: the novel 105,000, the game 42,000 from June on.
    assert received_by(database, "hoshino") == {
        "recouped": 30_000 + 10_000 + 7_333 + 2_667,
        "invoice": 2_667 + 5_000 + 37_333 + 10_000,
        "shortfall": 55_000,
    }
    assert received_by(database, "minami") == {
        "recouped": 10_000 + 6_000 + 14_667,
        "invoice": 5_333 + 7_000 + 5_000,
    }
    assert received_by(database, "kawase") == {
        "recouped": 22_000 + 333,
        "invoice": 7_000 + 8_000 + 8_000 + 6_000 + 4_667 + 1_000,
        "shortfall": 22_000,
    }
    paid = sum(each.subtotal_minor for each in invoices.values())
    assert 100_000 + paid == 160_000 + 48_000 + 79_000
    assert is_sound(database)


def test_a_line_tells_which_version_of_its_group_applied(database: Database) -> None:
    invoices = run(database)
    told = {}
    for month in ("2026-05", "2026-06", "2026-08"):
        number = invoices[month].number
        lines = explaining.explain(database, reference=number, reader=Reader()).all("line")
        for place, line in enumerate(lines, start=1):
            whole = explaining.explain(database, reference=f"{number}:{place}", reader=Reader())
            for group in whole.all("recoup_group"):
                values = {value.code: value.text for value in group.values}
                told[month, line.text("subject")] = (group.reference, *values.values())
    first = ("year", "1")
    second = ("year", "2", "2026-06-01", "first amendment, clause 2")
    third = ("year", "3", "2026-08-01", "second amendment, clause 1")
    assert told == {
        ("2026-05", "novel"): first,
        ("2026-05", "comic"): first,
        ("2026-06", "novel"): second,
        ("2026-06", "comic"): second,
        ("2026-06", "game"): second,
        ("2026-08", "novel"): third,
        ("2026-08", "game"): third,
        ("2026-08", "comic"): second,  # What waited since July; August's own line has no group.
    }


def test_a_replay_counts_with_the_versions_of_a_group(database: Database) -> None:
    """Replayed as it was at signature, the game pays for itself and the comic stays in."""
    run(database)
    changes = Changes(
        recoupments=(ChangedRecoupment(license="LIC-2026-001", recoup_groups=(SIGNED,)),)
    )
    found = replaying.replay(database, first=APRIL, last=SEPTEMBER, changes=changes)
    kept = {str(each.month): (each.recouped_minor, each.shortfall_minor) for each in found.before}
    # What is voided was never earned: April has 30,000 of the novel, and July's comic is 2,000.
    assert kept == {
        "2026-04": (30_000, 0),
        "2026-05": (16_000, 0),
        "2026-06": (54_000, 0),
        "2026-07": (0, 11_000),  # 130,000 less the advance, 6,000 of June and 13,000 of July
        "2026-08": (11_000, 0),
        # Less 11,000 billed, 34,000 of August and 11,000 of September.
        "2026-09": (0, 260_000 - 130_000 - 34_000 - 11_000),
    }
    signed = {str(each.month): (each.recouped_minor, each.shortfall_minor) for each in found.after}
    assert [each for each, _ in signed.values()] == [30_000, 16_000, 30_000, 7_000, 17_000, 0]
    assert signed["2026-09"] == (0, 260_000 - 100_000 - 38_000 - 15_000)
    paid = next(each for each in found.differences if each.place.group == "paid")
    alone = 7_000 + 8_000 + 15_000 + 5_000  # the game until May, the comic from August on
    beside = 7_000 + 8_000 + 30_000 + 6_000 + 5_000 + 1_000  # the game in every month
    assert (paid.before_minor, paid.after_minor) == (260_000 + alone, 260_000 + beside)


def test_firms_read_what_their_group_is_and_will_be(database: Database) -> None:
    sign(database, SIGNED)
    change(database, WITH_GAME, at=APRIL)
    change(database, WITHOUT_COMIC, at=APRIL)

    def group() -> tuple[int, tuple[int, ...], list[int], list[tuple[int, str]]]:
        (license_,) = licensing.list_licenses(database, licensee_id=None, limit=10).licenses
        (found,) = license_.recoup_groups
        targets = [each.target_minor for each in found.guarantees[0].checkpoints]
        later = [(each.version, each.clause) for each in found.later]
        return found.version, found.grants, targets, later

    later = [(2, "first amendment, clause 2"), (3, "second amendment, clause 1")]
    assert group() == (1, (0, 1), [260_000], later)
    builders.close_through(database, Month(2026, 5))
    assert group() == (2, (0, 1, 2), [130_000, 260_000], later)
    assert rows(database, "SELECT count(*) FROM recoup_amendment") == [(2,)]
