"""A notice is confirmed, disputed or left unanswered: each step is kept, and follows the last."""

from datetime import date
from typing import Any

import pytest

from ledger.core.confirmation import FOLLOWS, NoticeState
from ledger.core.party import NewEntrustment
from ledger.services import confirming
from ledger.store.database import Database
from ledger.store.notices import NoticeInBook
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services import money
from tests.services.test_noticing import issue, pay_a_holder

NEW_YEAR = date(2027, 1, 8)
AGREED = NewEntrustment(admin_fee_bp=800, effective_from=builders.STARTS_ON, confirm_within_days=14)


def party_id(database: Database, reference: str) -> int:
    """Return the key of a party."""
    return int(rows(database, f"SELECT party_id FROM party WHERE reference = '{reference}'")[0][0])


def answer(database: Database, notice: str, state: str, **changes: Any) -> NoticeInBook:
    """Say something to a notice in the new year, as the house enters a reply."""
    asked: dict[str, Any] = {
        "notice": notice,
        "state": state,
        "reason": "",
        "payee_id": None,
        "recorded_by": "keiri",
        "recorded_at": money.noon(NEW_YEAR),
    }
    return confirming.answer(database, **(asked | changes))


def pass_silently(database: Database, on: date) -> list[str]:
    """Count silence up to a day; return the notices that it confirms."""
    made = confirming.confirm_silent(
        database,
        on=on,
        clause_of=lambda days: f"{days} days",
        recorded_by="keiri",
        recorded_at=money.noon(on),
    )
    return [each.number for each in made]


def test_a_payee_confirms_here_and_the_house_enters_a_reply(database: Database) -> None:
    pay_a_holder(database)
    (notice,) = issue(database).values()
    said = answer(database, notice.number, "disputed", reason="The branch is another")
    assert (said.state, said.mode) == ("disputed", "reply")
    payee = party_id(database, "hoshino")
    said = answer(database, notice.number, "confirmed", payee_id=payee, recorded_by="hoshino")
    assert (said.state, said.mode) == ("confirmed", "system")
    steps = confirming.history(database, notice=notice.number, payee_id=payee)
    assert [(step.version, step.state, step.recorded_by) for step in steps] == [
        (1, "sent", "keiri"),
        (2, "disputed", "keiri"),
        (3, "confirmed", "hoshino"),
    ]


def test_silence_confirms_after_the_agreed_days_and_keeps_the_clause(database: Database) -> None:
    pay_a_holder(database, entrustment=AGREED)
    (notice,) = issue(database).values()  # Sent on 25 December.
    assert pass_silently(database, NEW_YEAR) == []  # 8 January is the fourteenth day.
    assert pass_silently(database, date(2027, 1, 9)) == [notice.number]
    (found,) = confirming.list_notices(database, payee_id=None, state="confirmed").notices
    assert (found.mode, found.clause, found.reason) == ("clause", "14 days", "2027-01-08")
    assert pass_silently(database, date(2027, 1, 9)) == []


def test_silence_means_nothing_where_nothing_was_agreed_or_something_was_said(
    database: Database,
) -> None:
    pay_a_holder(database)
    issue(database)
    assert pass_silently(database, date(2028, 1, 1)) == []


def test_a_disputed_notice_is_not_confirmed_by_silence(database: Database) -> None:
    pay_a_holder(database, entrustment=AGREED)
    (notice,) = issue(database).values()
    answer(database, notice.number, "disputed", reason="The name is another")
    assert pass_silently(database, date(2028, 1, 1)) == []


def test_what_cannot_be_said_is_refused_and_nothing_is_written(database: Database) -> None:
    pay_a_holder(database)
    (notice,) = issue(database).values()
    other = party_id(database, "studio-a")
    before = rows(database, "SELECT count(*) FROM notice_step")
    with refusal("notice_unknown", "notice"):
        answer(database, notice.number, "confirmed", payee_id=other)
    with refusal("text_missing", "reason"):
        answer(database, notice.number, "disputed")
    with refusal("word_not_known", "state"):
        answer(database, notice.number, "sent")
    with refusal("days_have_not_passed", "on"):
        confirming.confirm_silent(
            database,
            on=date(2027, 2, 1),
            clause_of=str,
            recorded_by="keiri",
            recorded_at=money.noon(NEW_YEAR),
        )
    answer(database, notice.number, "confirmed")
    with refusal("confirmation_out_of_turn", "state"):
        answer(database, notice.number, "confirmed")
    assert rows(database, "SELECT count(*) FROM notice_step") == [(before[0][0] + 1,)]


@pytest.mark.parametrize("state", NoticeState)
def test_nothing_follows_a_correction_and_nothing_follows_itself(state: NoticeState) -> None:
    assert state not in FOLLOWS[state]
    assert state not in FOLLOWS[NoticeState.CORRECTED]
