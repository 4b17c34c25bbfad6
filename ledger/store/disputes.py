"""What was said to the lines of statements, step by step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.dispute import AnswerState
from ledger.store.parties import insert_all
from ledger.store.tables.disputes import StatementAnswerRow


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One step: what was said to a line, by whom, when and why."""

    id: int
    statement: str
    payee: str
    line: str
    version: int
    state: AnswerState
    reason: str
    recorded_at: datetime
    recorded_by: str


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.answers', :document))"

_ANSWERS = """
    SELECT a.statement_answer_id AS id, d.reference AS statement, p.reference AS payee, a.line,
           a.version, a.state, a.reason, a.recorded_at, a.recorded_by
    FROM statement_answer a
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = a.owner_id
    WHERE d.book_id = :book
"""
_OF_STATEMENT = _ANSWERS + ' AND d.reference = :statement ORDER BY a.line COLLATE "C", a.version'
_LAST = (
    _ANSWERS
    + """
      AND (CAST(:payee AS bigint) IS NULL OR a.owner_id = :payee)
      AND NOT EXISTS (SELECT FROM statement_answer later
                      WHERE later.document_id = a.document_id AND later.line = a.line
                        AND later.version > a.version)
      AND (NOT :only_open OR a.state = 'disputed')
      AND a.statement_answer_id > :after
    ORDER BY a.statement_answer_id LIMIT :limit
"""
)


def answers_of(session: Session, *, book_id: int, statement: str) -> list[Answer]:
    """Return all that was said to a statement's lines, by line and in order."""
    rows = session.execute(text(_OF_STATEMENT), {"book": book_id, "statement": statement})
    return [_answer(row) for row in rows]


def last_answers(
    session: Session,
    *,
    book_id: int,
    payee_id: int | None,
    only_open: bool,
    after: int,
    limit: int,
) -> list[Answer]:
    """
    Return what was said last to each line, in the order in which it was said.

    ``payee_id`` is whose statements are meant; only the house asks for everybody's (None).
    """
    asked = {
        "book": book_id,
        "payee": payee_id,
        "only_open": only_open,
        "after": after,
        "limit": limit,
    }
    return [_answer(row) for row in session.execute(text(_LAST), asked)]


def lock_statement(session: Session, *, document_id: int) -> None:
    """Make whoever else says something to a statement wait for this transaction."""
    session.execute(text(_LOCK), {"document": document_id})


def insert_answer(
    session: Session,
    *,
    document_id: int,
    payee_id: int,
    line: str,
    version: int,
    state: AnswerState,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Write the next step of a line."""
    insert_all(
        session,
        StatementAnswerRow,
        [
            {
                "document_id": document_id,
                "owner_id": payee_id,
                "line": line,
                "version": version,
                "state": str(state),
                "reason": reason,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
            }
        ],
    )


def _answer(row: Row[Any]) -> Answer:
    return Answer(**{**row._mapping, "state": AnswerState(row.state)})
