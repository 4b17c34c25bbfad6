"""
Confirming: a payee says that a notice is right, or what is wrong with it; or says nothing.

Each step is kept with who, when and how: said here, in a reply that the house entered, or by
the agreed days passing. Nothing that was issued changes by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.confirmation import ConfirmationMode, NoticeState, check_turn, silent_until
from ledger.core.fields import check_instant, check_text, check_whole, check_word
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import notices
from ledger.store.database import Database, Transaction
from ledger.store.notices import NewStep, NoticeInBook, StepInBook

#: Most rows of one page.
LIMIT_MAX = 1_000

_SAID = (NoticeState.CONFIRMED, NoticeState.DISPUTED)


class DaysHaveNotPassed(Refusal):
    """Silence is to be counted up to a day that has not come. Carries today."""

    code = "days_have_not_passed"
    field = "on"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some notices with where they stand, and where to go on; None when there are no more."""

    notices: tuple[NoticeInBook, ...]
    next_after: int | None


def answer(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    notice: str,
    state: str,
    reason: str = "",
    payee_id: int | None,
    recorded_by: str,
    recorded_at: datetime,
) -> NoticeInBook:
    """
    Write what a payee says to a notice: "confirmed" or "disputed".

    ``payee_id`` is whose notice it has to be, and who says it here; the house enters what a
    payee replied with None.

    :raises NoticeUnknown: the payee has no such notice.
    :raises ConfirmationOutOfTurn: it does not follow from where the notice stands.
    :raises FieldRefusal: a reason is missing, or the state is another.
    """
    said = check_word(state, of=_SAID, field="state")
    check_text(reason, field="reason", may_be_empty=said is NoticeState.CONFIRMED)
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        notices.lock_notices(session, book_id=book_id)
        before = _find(session, book_id, notice, payee_id)
        check_turn(before=before.state, said=said, notice=notice)
        step = NewStep(
            document_id=before.document_id,
            payee_id=before.payee_id,
            version=before.version + 1,
            state=said,
            mode=ConfirmationMode.REPLY if payee_id is None else ConfirmationMode.SYSTEM,
            reason=reason,
        )
        notices.insert_steps(session, steps=[step], recorded_by=recorded_by, recorded_at=at)
        return _find(session, book_id, notice, payee_id)


def confirm_silent(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    on: date,
    clause_of: Callable[[int], str],
    recorded_by: str,
    recorded_at: datetime,
) -> tuple[NoticeInBook, ...]:
    """
    Write that notices are confirmed whose agreed days have passed by a day without a word.

    ``clause_of`` gives the words of the clause for a number of days; they are kept with the step.

    :raises DaysHaveNotPassed: ``on`` lies after the day of ``recorded_at``.
    """
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    if on > tokyo_day(at):
        raise DaysHaveNotPassed(on=on, today=tokyo_day(at))
    with database.transaction() as session:
        notices.lock_notices(session, book_id=book_id)
        silent = notices.silent_notices(session, book_id=book_id, on=on)
        steps = [_by_clause(each, clause_of) for each in silent]
        notices.insert_steps(session, steps=steps, recorded_by=recorded_by, recorded_at=at)
    return tuple(silent)


def list_notices(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee_id: int | None,
    state: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of notices with where they stand, in the order of issue.

    ``payee_id`` is whose are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    :raises FieldRefusal: there is no such state.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    if state is not None:
        check_word(state, of=NoticeState, field="state")
    with database.transaction() as session:
        found = notices.list_notices(
            session, book_id=book_id, payee_id=payee_id, state=state, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(notices=page, next_after=page[-1].document_id if len(found) > limit else None)


def history(
    database: Database, *, book_id: int = BOOK_ID, notice: str, payee_id: int | None
) -> tuple[StepInBook, ...]:
    """
    Return the steps of a notice, in their order.

    :raises NoticeUnknown: the payee has no such notice.
    """
    with database.transaction() as session:
        found = _find(session, book_id, notice, payee_id)
        return tuple(notices.steps_of(session, document_id=found.document_id))


def _by_clause(notice: NoticeInBook, clause_of: Callable[[int], str]) -> NewStep:
    days = notice.confirm_within_days
    assert days is not None, "a notice without the clause is not silent but unanswered"
    until = silent_until(sent_on=tokyo_day(notice.sent_at), days=days)
    return NewStep(
        document_id=notice.document_id,
        payee_id=notice.payee_id,
        version=notice.version + 1,
        state=NoticeState.CONFIRMED,
        mode=ConfirmationMode.CLAUSE,
        clause=clause_of(days),
        reason=until.isoformat(),
    )


def _find(session: Transaction, book_id: int, notice: str, payee_id: int | None) -> NoticeInBook:
    return notices.require_notice(session, book_id=book_id, number=notice, payee_id=payee_id)
