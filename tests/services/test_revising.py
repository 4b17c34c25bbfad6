"""A statement is revised on a real database: what differs, what is moved, and both are kept."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.period import Month
from ledger.core.statement import Statement
from ledger.core.statement_revision import Earned, MovesTooMuch, check_move
from ledger.services import revising
from ledger.services.revising import Move
from ledger.store.database import Database, RefusedByDatabase
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts, rows
from tests.services import money
from tests.services.revised import is_sound, pay_a_committee, revise, said


@pytest.fixture
def issued(database: Database) -> dict[str, Statement]:
    """The committee's statements of November, from which everybody was paid."""
    return pay_a_committee(database)


def test_a_wrong_split_is_moved_and_both_are_told(
    database: Database, issued: dict[str, Statement]
) -> None:
    studio, streamer = issued["studio"], issued["streamer"]
    before = studio.sections[0].earnings[0]
    moving = Move(to="streamer", amount_minor=100_000, tax_minor=10_000)
    mine, theirs = revise(database, studio.number, moving=moving)
    assert said(mine) == [
        ("earning", "amount", "changed", *_less(before.amount_minor, 100_000)),
        ("earning", "tax", "changed", *_less(before.tax_minor, 10_000)),
    ]
    assert theirs.number == f"{streamer.number}-r2"
    assert theirs.revises is not None
    assert theirs.revises.moved_now_minor == 100_000
    assert mine.settlement == studio.settlement  # What was paid stays paid.
    assert money.balances(database)["payable:studio"] == 110_000
    assert money.balances(database)["payable:streamer"] == -110_000
    assert is_sound(database)


def _less(amount_minor: int, taken_minor: int) -> tuple[str, str]:
    return str(amount_minor), str(amount_minor - taken_minor)


def earn_on(database: Database, month: Month) -> dict[str, Statement]:
    """Let the work earn again in a month, and settle what is paid for it in the next."""
    money.sell(database, 8_765_432, work="drama", month=month)
    paid_on = month.next().last_day.replace(day=20)
    money.receive_all(database, money.bill(database, month), on=paid_on)
    money.settle(database, month.next())
    return money.statements(database)


def test_the_next_settlement_takes_in_what_was_moved(
    database: Database, issued: dict[str, Statement]
) -> None:
    moving = Move(to="streamer", amount_minor=100_000, tax_minor=10_000)
    revise(database, issued["studio"].number, moving=moving)
    december = earn_on(database, money.NOVEMBER)
    studio, streamer = december["studio"], december["streamer"]
    assert studio.settlement.carried_in_minor == -100_000
    assert streamer.settlement.carried_in_minor == 100_000
    for name, sign in (("studio", -1), ("streamer", 1)):
        now, before = december[name].settlement, issued[name].settlement
        assert now.payable_minor - now.earned_minor == sign * 100_000
        assert now.consumption_tax_minor == before.consumption_tax_minor + sign * 10_000
    assert [(row.number, row.amount_minor) for row in streamer.corrected] == [
        (f"{issued['streamer'].number}-r2", 100_000)
    ]
    assert is_sound(database)
    january = earn_on(database, money.DECEMBER)
    assert january["studio"].corrected == ()  # Told once.
    assert january["studio"].settlement.carried_in_minor == 0
    assert is_sound(database)


def test_who_was_paid_too_much_carries_it_until_it_is_earned_again(
    database: Database, issued: dict[str, Statement]
) -> None:
    everything = issued["studio"].settlement.earned_minor
    revise(
        database,
        issued["studio"].number,
        moving=Move(to="streamer", amount_minor=everything, tax_minor=0),
    )
    december = earn_on(database, money.NOVEMBER)["studio"].settlement
    assert december.carried_in_minor == -everything
    assert (december.payable_minor, december.carried_out_minor) == (0, 0)
    assert is_sound(database)


def test_a_statement_of_an_earlier_settlement_can_be_revised_still(
    database: Database, issued: dict[str, Statement]
) -> None:
    earn_on(database, money.NOVEMBER)
    moving = Move(to="streamer", amount_minor=5_000)
    revise(database, issued["studio"].number, moving=moving, issued_on=date(2027, 1, 12))
    assert is_sound(database)
    january = earn_on(database, money.DECEMBER)
    assert january["streamer"].settlement.carried_in_minor == 5_000
    assert january["studio"].settlement.carried_in_minor == -5_000
    assert is_sound(database)


def test_somebody_who_earned_nothing_then_is_told_with_the_next_statement(
    database: Database, issued: dict[str, Statement]
) -> None:
    builders.party(database, "newcomer")
    moving = Move(to="newcomer", amount_minor=50_000)
    (mine,) = revise(database, issued["studio"].number, moving=moving)
    assert is_sound(database)
    theirs = earn_on(database, money.NOVEMBER)["newcomer"]
    assert theirs.settlement.carried_in_minor == 50_000
    assert [row.number for row in theirs.corrected] == [mine.number]
    assert is_sound(database)


def test_a_revision_is_revised_in_turn_and_only_the_newest_is(
    database: Database, issued: dict[str, Statement]
) -> None:
    first = issued["studio"]
    (second, _) = revise(database, first.number, moving=Move(to="streamer", amount_minor=100_000))
    with refusal("statement_replaced", "statement") as caught:
        revise(database, first.number, moving=Move(to="streamer", amount_minor=1))
    assert caught[0].values["newest"] == second.number
    (third, _) = revise(database, second.number, moving=Move(to="streamer", amount_minor=1))
    assert third.number == f"{first.number}-r3"
    earned = first.sections[0].earnings[0].amount_minor - 100_000
    assert said(third)[0][3:] == (str(earned), str(earned - 1))
    assert third.revises is not None
    assert [row.amount_minor for row in third.revises.moved] == [-100_000, -1]
    assert is_sound(database)


def test_the_list_has_the_newest_first_and_its_history(
    database: Database, issued: dict[str, Statement]
) -> None:
    first = issued["studio"].number
    (second, _) = revise(database, first, moving=Move(to="streamer", amount_minor=1))
    found = revising.list_statements(database, payee="studio")
    assert [(each.number, each.revision, each.revised_by_number) for each in found] == [
        (second.number, 2, None),
        (first, 1, second.number),
    ]
    assert found[0].reason == "The shares are those of the memorandum of 1 December"
    assert {each.first_number for each in found} == {first}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({}, "nothing_to_revise", "statement"),  # The book says the same.
        ({"moving": Move(to="streamer", amount_minor=0)}, "nothing_to_revise", "statement"),
        ({"moving": Move(to="studio", amount_minor=1)}, "moves_to_nobody", "to"),
        ({"moving": Move(to="studio-a", amount_minor=1)}, "moves_to_nobody", "to"),  # A licensee.
        ({"moving": Move(to="kaze-committee", amount_minor=1)}, "moves_to_nobody", "to"),
        ({"moving": Move(to="nobody", amount_minor=1)}, "party_unknown", "to"),
        ({"moving": Move(to="streamer", amount_minor=-1)}, "number_out_of_range", "amount"),
        ({"moving": Move(to="streamer", amount_minor=10**9)}, "moves_too_much", "amount"),
        (
            {"moving": Move(to="streamer", amount_minor=1, tax_minor=10**9)},
            "moves_too_much",
            "tax",
        ),
        (
            {"moving": Move(to="streamer", amount_minor=1, category="music")},
            "nothing_earned_to_move",
            "category",
        ),
        ({"issued_on": date(2026, 12, 9)}, "revised_too_early", "issued_on"),
        ({"reason": " "}, "text_missing", "reason"),
        ({"revised_by": ""}, "text_missing", "revised_by"),
    ],
)
def test_what_cannot_be_revised_is_refused_and_leaves_nothing(
    database: Database,
    issued: dict[str, Statement],
    changes: dict[str, Any],
    code: str,
    field: str,
) -> None:
    before = row_counts(database)
    with refusal(code, field):
        revise(database, issued["studio"].number, **changes)
    assert row_counts(database) == before


def test_an_earning_has_to_be_named_where_there_are_several(
    database: Database, issued: dict[str, Statement]
) -> None:
    lead = issued["lead"].number  # Manager's fee, expense and share.
    with refusal("earning_unclear", "category"):
        revise(database, lead, moving=Move(to="streamer", amount_minor=1))
    moving = Move(to="streamer", amount_minor=1, category="manager_fee")
    assert len(revise(database, lead, moving=moving)) == 2
    assert is_sound(database)


def test_a_statement_that_is_none_is_said_so(database: Database) -> None:
    with refusal("statement_unknown", "statement"):
        revise(database, "STM-2026-999999")


def test_the_database_takes_no_correction_that_makes_money(
    database: Database, issued: dict[str, Statement]
) -> None:
    made = """
        INSERT INTO earning_correction
        SELECT d.document_id, 9, s.owner_id, s.settlement_id, e.holder_id, 'passthrough',
               'distribution', 1, 0, s.settlement_id
        FROM statement s JOIN document d USING (document_id)
        JOIN earning e USING (settlement_id) LIMIT 1
    """
    with pytest.raises(RefusedByDatabase, match="late_part"):
        rows(database, made + " RETURNING 1")


@given(earned=st.integers(-1_000, 1_000), moved=st.integers(0, 1_000), tax=st.integers(0, 1_000))
def test_no_more_is_moved_than_was_earned(earned: int, moved: int, tax: int) -> None:
    place = Earned(
        holder="x", kind="supply", category="music", amount_minor=earned, tax_minor=earned
    )
    fits = max(moved, tax) <= max(earned, 0)
    try:
        check_move(place, amount_minor=moved, tax_minor=tax)
    except MovesTooMuch:
        assert not fits
    else:
        assert fits
