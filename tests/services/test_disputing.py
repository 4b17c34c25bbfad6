"""Payees accept or dispute lines of their statements; the house decides; every step is kept."""

from typing import Any

import pytest

from ledger.services import auditing, disputing
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services.explained import explained
from tests.services.money import bill, house, receive_all, sell, settle, statements

SAID: dict[str, Any] = {"recorded_by": "minami", "recorded_at": builders.RECORDED_AT}


@pytest.fixture
def statement(database: Database) -> str:
    """A statement with one section and one row of usage, of the holder of a work."""
    house(database)
    builders.party(database, "other")
    sell(database, 1_000_000)
    receive_all(database, bill(database))
    settle(database)
    (issued,) = statements(database).values()
    return issued.number


def say(database: Database, statement: str, state: str, **changes: Any) -> None:
    asked: dict[str, Any] = {"line": "1.1", "reason": "Not our work", "payee_id": None}
    disputing.answer(database, statement=statement, state=state, **SAID | asked | changes)


def decide(database: Database, statement: str, state: str) -> None:
    reason = "Looked into it"
    disputing.decide(database, statement=statement, line="1.1", state=state, reason=reason, **SAID)


def payee(database: Database, reference: str) -> int:
    asked = f"SELECT party_id FROM party WHERE reference = '{reference}'"
    [(party_id,)] = rows(database, asked)
    return int(party_id)


def test_a_dispute_is_decided_and_its_steps_are_kept(database: Database, statement: str) -> None:
    before = statements(database)
    say(database, statement, "disputed", payee_id=payee(database, "hoshino"))
    (open_one,) = disputing.list_answers(database, payee_id=None, only_open=True).answers
    assert (open_one.line, open_one.state, open_one.payee) == ("1.1", "disputed", "hoshino")
    decide(database, statement, "rejected")
    say(database, statement, "accepted", reason="")
    told = disputing.history(database, statement=statement, payee_id=None)
    assert [(each.version, each.state) for each in told] == [
        (1, "disputed"),
        (2, "rejected"),
        (3, "accepted"),
    ]
    assert disputing.list_answers(database, payee_id=None, only_open=True).answers == ()
    assert statements(database) == before  # What is said changes no figure.
    assert not any(auditing.audit(database).values())
    step = explained(database, statement)
    assert [each.text("state") for each in step.all("answer")] == [
        "disputed",
        "rejected",
        "accepted",
    ]


def test_lines_are_answered_apart(database: Database, statement: str) -> None:
    say(database, statement, "disputed")
    say(database, statement, "accepted", line="all", reason="")
    say(database, statement, "disputed", line="1")
    first = disputing.list_answers(database, payee_id=None, limit=2)
    assert [each.line for each in first.answers] == ["1.1", "all"]
    rest = disputing.list_answers(database, payee_id=None, after=first.next_after or 0)
    assert [each.line for each in rest.answers] == ["1"]
    nobodys = disputing.list_answers(database, payee_id=payee(database, "other"))
    assert nobodys.answers == ()


@pytest.mark.parametrize("line", ["2", "1.2", "0", "1.0", "01", "first", "", "1.1.1"])
def test_a_line_that_is_not_there_is_refused(database: Database, statement: str, line: str) -> None:
    with refusal("statement_line_unknown", "line"):
        say(database, statement, "disputed", line=line)


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ([], "withdrawn"),  # Nothing was disputed.
        (["disputed"], "disputed"),
        (["disputed"], "accepted"),  # It is withdrawn first, with a reason.
        (["accepted"], "withdrawn"),
        (["accepted"], "accepted"),
    ],
)
def test_what_does_not_follow_is_refused(
    database: Database, statement: str, said: list[str], then: str
) -> None:
    for state in said:
        say(database, statement, state)
    with refusal("answer_out_of_turn", "line"):
        say(database, statement, then)


def test_only_what_is_disputed_is_decided_and_once(database: Database, statement: str) -> None:
    with refusal("answer_out_of_turn", "line"):
        decide(database, statement, "upheld")
    say(database, statement, "disputed")
    decide(database, statement, "upheld")
    with refusal("answer_out_of_turn", "line"):
        decide(database, statement, "rejected")


def test_another_ones_statement_is_as_unknown_as_none(database: Database, statement: str) -> None:
    with refusal("disputed_statement_unknown", "statement"):
        say(database, statement, "disputed", payee_id=payee(database, "other"))
    with refusal("disputed_statement_unknown", "statement"):
        say(database, "STM-2026-999999", "disputed")
    with refusal("disputed_statement_unknown", "statement"):
        say(database, "INV-2026-000001", "disputed")  # A document, and no statement.
    with refusal("disputed_statement_unknown", "statement"):
        disputing.history(database, statement=statement, payee_id=payee(database, "other"))


def test_a_dispute_says_why(database: Database, statement: str) -> None:
    with refusal("text_missing", "reason"):
        say(database, statement, "disputed", reason=" ")
    with refusal("word_not_known", "state"):
        say(database, statement, "upheld")  # That is for the house to say.
