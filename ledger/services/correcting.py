"""
Correcting: what an AI firm says about its recorded generations becomes rows that name them.

Nothing that was recorded is edited, and what a correction changes in money follows from the
totals of its batch. One correction is made at once. Many are drawn up as a draft first, which
shows what they change together; the draft is made as a whole, or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from ledger.core.correction import (
    Correction,
    History,
    Identity,
    choose,
)
from ledger.core.correction_draft import (
    Preview,
    RefusedCorrection,
    read_back,
    refused,
    write_down,
)
from ledger.core.difference import DifferenceLine
from ledger.core.refusal import Refusal
from ledger.core.snapshot import from_json, to_json
from ledger.services import BOOK_ID
from ledger.store import batches, correction_drafts, corrections
from ledger.store.correction_desk import CorrectionDesk, Looked, open_desk
from ledger.store.correction_drafts import StoredDraft
from ledger.store.database import Database, RefusedByDatabase, Transaction
from ledger.store.terms_cache import TermsCache

#: How often it is begun anew when a month closes under its feet, and what the database says then.
ATTEMPTS_MAX = 3
_OVERTAKEN = frozenset({"month_closed", "month_not_open", "month_not_closed"})

_Answer = TypeVar("_Answer")


class DraftUnknown(Refusal):
    """The firm has no draft of this name."""

    code = "draft_unknown"


class DraftHasRefused(Refusal):
    """Some corrections of the draft cannot be made, so none is. Carries how many."""

    code = "draft_has_refused"


class DraftOutdated(Refusal):
    """What the draft was drawn from has moved: it would no longer change what was shown."""

    code = "draft_outdated"


class DraftDiscarded(Refusal):
    """The draft was discarded."""

    code = "draft_discarded"


class DraftCommitted(Refusal):
    """The draft's corrections were made; they cannot be discarded, only corrected again."""

    code = "draft_committed"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A batch of corrections as it was drawn up, and what became of it."""

    reference: str
    recorded_at: datetime
    preview: Preview
    outcome: str | None  # "committed", "discarded", or None while it is open
    ended_at: datetime | None


def correct(
    database: Database,
    *,
    terms: TermsCache,
    licensee_id: int,
    correction: Correction,
    recorded_by: str,
    recorded_at: datetime,
) -> tuple[Looked, tuple[DifferenceLine, ...]]:
    """
    Make one correction, and return it with what it changed.

    The same correction made again is answered with its original receipt.

    :raises Refusal: it cannot be made; see :mod:`ledger.core.correction`.
    """
    return _persistently(
        lambda: _correct_once(database, terms, licensee_id, correction, recorded_by, recorded_at)
    )


def _correct_once(
    database: Database,
    terms: TermsCache,
    licensee_id: int,
    correction: Correction,
    recorded_by: str,
    recorded_at: datetime,
) -> tuple[Looked, tuple[DifferenceLine, ...]]:
    with database.transaction() as session:
        log = batches.lock_log(session, licensee_id=licensee_id, book_id=BOOK_ID)
        desk = open_desk(
            session,
            terms,
            book_id=BOOK_ID,
            licensee_id=licensee_id,
            recorded_at=recorded_at,
            log=log,
        )
        (looked,) = desk.look([correction])
        if isinstance(looked, Refusal):
            raise looked
        lines = desk.describe([looked])
        (made,) = desk.write([looked], log=log, recorded_by=recorded_by)
    return made, lines


def draw_up(
    database: Database,
    *,
    terms: TermsCache,
    licensee_id: int,
    reference: str,
    asked: Sequence[Correction | RefusedCorrection],
    recorded_by: str,
    recorded_at: datetime,
) -> Draft:
    """
    Write down what some corrections would change together, and which cannot be made. Nothing else.

    ``reference`` is a new name for the draft that nobody can guess. What could not even be read
    comes as refused, and stays so.
    """
    with database.transaction() as session:
        desk = open_desk(
            session, terms, book_id=BOOK_ID, licensee_id=licensee_id, recorded_at=recorded_at
        )
        preview, _ = _preview(desk, asked)
        stored = StoredDraft(
            reference=reference,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
            asked=write_down([each for each in asked if isinstance(each, Correction)]),
            shown=to_json(preview),
        )
        correction_drafts.insert_draft(session, licensee_id=licensee_id, draft=stored)
    return _draft(stored)


def find_draft(database: Database, *, licensee_id: int, reference: str) -> Draft:
    """
    Return a draft with what it was shown to change.

    :raises DraftUnknown: the licensee has none of this name.
    """
    with database.transaction() as session:
        return _draft(_stored(session, licensee_id, reference))


def commit_draft(
    database: Database,
    *,
    terms: TermsCache,
    licensee_id: int,
    reference: str,
    recorded_by: str,
    recorded_at: datetime,
) -> tuple[Looked, ...]:
    """
    Make every correction of a draft, or none; a draft that was made is answered as it was.

    :raises DraftUnknown: the licensee has none of this name.
    :raises DraftDiscarded: it was discarded.
    :raises DraftHasRefused: some of its corrections cannot be made.
    :raises DraftOutdated: a generation was corrected meanwhile, a month closed, or terms changed,
        so that it would change something else than what was shown.
    """
    return _persistently(
        lambda: _commit_once(database, terms, licensee_id, reference, recorded_by, recorded_at)
    )


def _commit_once(
    database: Database,
    terms: TermsCache,
    licensee_id: int,
    reference: str,
    recorded_by: str,
    recorded_at: datetime,
) -> tuple[Looked, ...]:
    with database.transaction() as session:
        log = batches.lock_log(session, licensee_id=licensee_id, book_id=BOOK_ID)
        stored = _stored(session, licensee_id, reference)
        if stored.outcome == "discarded":
            raise DraftDiscarded(draft=reference)
        shown = from_json(Preview, stored.shown)
        if shown.refused:
            raise DraftHasRefused(draft=reference, count=len(shown.refused))
        desk = open_desk(
            session,
            terms,
            book_id=BOOK_ID,
            licensee_id=licensee_id,
            recorded_at=recorded_at,
            log=log,
        )
        preview, looked = _preview(desk, read_back(stored.asked))
        if stored.outcome is None:
            if to_json(preview) != stored.shown:
                raise DraftOutdated(draft=reference, drawn_at=stored.recorded_at.isoformat())
            looked = desk.write(looked, log=log, recorded_by=recorded_by)
            correction_drafts.end_draft(
                session,
                licensee_id=licensee_id,
                reference=reference,
                outcome="committed",
                ended_at=recorded_at,
                ended_by=recorded_by,
            )
    return tuple(looked)


def discard_draft(
    database: Database,
    *,
    licensee_id: int,
    reference: str,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Give up a draft; one that was discarded before stays so.

    :raises DraftUnknown: the licensee has none of this name.
    :raises DraftCommitted: its corrections were made.
    """
    with database.transaction() as session:
        batches.lock_log(session, licensee_id=licensee_id, book_id=BOOK_ID)
        stored = _stored(session, licensee_id, reference)
        if stored.outcome == "committed":
            raise DraftCommitted(draft=reference)
        if stored.outcome is None:
            correction_drafts.end_draft(
                session,
                licensee_id=licensee_id,
                reference=reference,
                outcome="discarded",
                ended_at=recorded_at,
                ended_by=recorded_by,
            )


def find_generation(
    database: Database, *, licensee_id: int, source: str, event_id: str, month: date | None
) -> tuple[Identity, History]:
    """
    Return what a licensee recorded under a source and id, with every correction of it.

    :raises GenerationNotRecorded: nothing; or not in this month.
    :raises GenerationAmbiguous: it is in several months, and none was named.
    """
    with database.transaction() as session:
        recorded = corrections.find_identities(
            session, licensee_id=licensee_id, named=[(source, event_id)]
        )[source, event_id]
        identity = choose(recorded, source=source, event_id=event_id, month=month)
        histories = corrections.read_histories(
            session, licensee_id=licensee_id, identities=[identity]
        )
    return identity, histories[identity]


def _persistently(work: Callable[[], _Answer]) -> _Answer:
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return work()
        except RefusedByDatabase as refusal:
            if refusal.code not in _OVERTAKEN:
                raise
    return work()


def _preview(
    desk: CorrectionDesk, asked: Sequence[Correction | RefusedCorrection]
) -> tuple[Preview, Sequence[Looked]]:
    """Look at corrections; return what is shown of them, and those that can be made."""
    answers = iter(desk.look([each for each in asked if isinstance(each, Correction)]))
    looked = []
    cannot = []
    for index, each in enumerate(asked):
        answer = each if isinstance(each, RefusedCorrection) else next(answers)
        if isinstance(answer, Looked):
            looked.append(answer)
        elif isinstance(answer, Refusal):
            cannot.append(refused(index, each.event_id, answer))
        else:
            cannot.append(answer)
    preview = Preview(
        correction_count=len(asked),
        known_count=sum(each.is_known for each in looked),
        refused=tuple(cannot),
        lines=desk.describe([each for each in looked if not each.is_known]),
    )
    return preview, looked


def _stored(session: Transaction, licensee_id: int, reference: str) -> StoredDraft:
    stored = correction_drafts.find_draft(session, licensee_id=licensee_id, reference=reference)
    if stored is None:
        raise DraftUnknown(draft=reference)
    return stored


def _draft(stored: StoredDraft) -> Draft:
    return Draft(
        reference=stored.reference,
        recorded_at=stored.recorded_at,
        preview=from_json(Preview, stored.shown),
        outcome=stored.outcome,
        ended_at=stored.ended_at,
    )
