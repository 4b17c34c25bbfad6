"""
Disputing: a payee accepts or disputes a line of its statement, and the house decides about it.

Each step is kept with who, when and why. No figure changes here: an issued statement stays as it
is, and what was wrong is put right by a correction, which a later statement shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.core.dispute import AnswerState, check_line, check_turn
from ledger.core.fields import check_instant, check_text, check_whole, check_word
from ledger.core.refusal import Refusal
from ledger.core.snapshot import from_json
from ledger.core.statement import Statement
from ledger.services import BOOK_ID
from ledger.store import disputes
from ledger.store.database import Database, Transaction
from ledger.store.disputes import Answer
from ledger.store.documents import Document, find_document

#: Most rows of one page.
LIMIT_MAX = 1_000

_BY_PAYEE = (AnswerState.ACCEPTED, AnswerState.DISPUTED, AnswerState.WITHDRAWN)
_BY_HOUSE = (AnswerState.UPHELD, AnswerState.REJECTED)


class DisputedStatementUnknown(Refusal):
    """The payee has no statement of that number; another's is as unknown as none."""

    code = "disputed_statement_unknown"
    field = "statement"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What was said last to some lines, and where to go on; None when there are no more."""

    answers: tuple[Answer, ...]
    next_after: int | None


def answer(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    statement: str,
    line: str,
    state: str,
    reason: str = "",
    payee_id: int | None,
    recorded_by: str,
    recorded_at: datetime,
) -> Answer:
    """
    Write what a payee says to a line: "accepted", "disputed" or "withdrawn".

    ``payee_id`` is whose statement it has to be; the house enters what a payee wrote to it with
    None.

    :raises DisputedStatementUnknown: the payee has no such statement.
    :raises StatementLineUnknown: the statement has no such line.
    :raises AnswerOutOfTurn: it does not follow from what was said.
    :raises FieldRefusal: a reason is missing, or the state is another.
    """
    said = check_word(state, of=_BY_PAYEE, field="state")
    return _say(
        database, book_id, statement, line, said, reason, payee_id, recorded_by, recorded_at
    )


def decide(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    statement: str,
    line: str,
    state: str,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> Answer:
    """
    Write what the house decides about a disputed line: "upheld" or "rejected".

    :raises Refusal: as :func:`answer`.
    """
    said = check_word(state, of=_BY_HOUSE, field="state")
    return _say(database, book_id, statement, line, said, reason, None, recorded_by, recorded_at)


def list_answers(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee_id: int | None,
    only_open: bool = False,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of what was said last to each line; ``only_open`` leaves those in dispute.

    ``payee_id`` is whose statements are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = disputes.last_answers(
            session,
            book_id=book_id,
            payee_id=payee_id,
            only_open=only_open,
            after=after,
            limit=limit + 1,
        )
    page = tuple(found[:limit])
    return Page(answers=page, next_after=page[-1].id if len(found) > limit else None)


def history(
    database: Database, *, book_id: int = BOOK_ID, statement: str, payee_id: int | None
) -> tuple[Answer, ...]:
    """
    Return all that was said to a statement's lines, by line and in order.

    :raises DisputedStatementUnknown: the payee has no such statement.
    """
    with database.transaction() as session:
        _find(session, book_id, statement, payee_id)
        return tuple(disputes.answers_of(session, book_id=book_id, statement=statement))


def _say(
    database: Database,
    book_id: int,
    statement: str,
    line: str,
    said: AnswerState,
    reason: str,
    payee_id: int | None,
    by: str,
    at: datetime,
) -> Answer:
    check_text(reason, field="reason", may_be_empty=said is AnswerState.ACCEPTED)
    check_text(by, field="recorded_by")
    instant = check_instant(at, field="recorded_at")
    with database.transaction() as session:
        document = _find(session, book_id, statement, payee_id)
        check_line(from_json(Statement, document.snapshot), line)
        disputes.lock_statement(session, document_id=document.id)
        before = _of_line(disputes.answers_of(session, book_id=book_id, statement=statement), line)
        last = before[-1] if before else None
        check_turn(before=last.state if last else None, said=said, line=line)
        disputes.insert_answer(
            session,
            document_id=document.id,
            payee_id=document.owner_id,
            line=line,
            version=len(before) + 1,
            state=said,
            reason=reason,
            recorded_by=by,
            recorded_at=instant,
        )
        after = disputes.answers_of(session, book_id=book_id, statement=statement)
    return _of_line(after, line)[-1]


def _find(session: Transaction, book_id: int, statement: str, payee_id: int | None) -> Document:
    found = find_document(session, book_id=book_id, reference=statement, owner_id=payee_id)
    if found is None or found.kind != "statement":
        raise DisputedStatementUnknown(statement=statement)
    return found


def _of_line(answers: Iterable[Answer], line: str) -> list[Answer]:
    return [each for each in answers if each.line == line]
