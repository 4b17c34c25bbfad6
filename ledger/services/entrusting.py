"""
Entrusting: what a rights holder agrees to pay the house, to have held, and to be billed as.

Terms hold from a day on, until others of the same holder take over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.fields import check_text, check_whole
from ledger.core.party import NewEntrustment, check_entrustment
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import entrustments, parties, settlements
from ledger.store.database import Database
from ledger.store.entrustments import EntrustmentInBook

#: Most terms of one page.
LIMIT_MAX = 1_000


class EntrustmentTaken(Refusal):
    """The holder has other terms from that day on already. Carries the holder and the day."""

    code = "entrustment_taken"
    field = "terms.effective_from"


class EntrustmentInThePast(Refusal):
    """The terms would begin in a month that is settled. Carries the last that is."""

    code = "entrustment_in_the_past"
    field = "terms.effective_from"


@dataclass(frozen=True, kw_only=True)
class LaterEntrustment:
    """Terms that take over from those a rights holder had."""

    party: str
    terms: NewEntrustment


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some entrustments, and where to go on; None when there are no more."""

    entrustments: tuple[EntrustmentInBook, ...]
    next_after: int | None


def change_entrustments(
    database: Database, *, book_id: int = BOOK_ID, changes: Sequence[LaterEntrustment]
) -> None:
    """
    Write what rights holders agree to from a day on, all or none.

    :raises PartyUnknown: a holder is not in the book.
    :raises NotARightsHolder: it is something else.
    :raises EntrustmentTaken: it has terms of that day already.
    :raises EntrustmentInThePast: a month that has begun by then is settled.
    :raises Refusal: the terms cannot be carried out (see :func:`check_entrustment`).
    """
    for each in changes:
        check_text(each.party, field="party")
        check_entrustment(each.terms, field="terms.")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        last = settlements.read_state(session, book_id=book_id).last_settled
        found = parties.require_parties(
            session, book_id=book_id, fields={each.party: "party" for each in changes}
        )
        for each in changes:
            parties.require_holder(found[each.party], field="party")
            _check_day(each, last)
            if not parties.insert_entrustment(
                session, owner_id=found[each.party].id, terms=each.terms
            ):
                raise EntrustmentTaken(party=each.party, day=each.terms.effective_from)


def list_entrustments(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    holder_id: int | None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of what rights holders agreed to, in the order in which it was entered.

    ``holder_id`` is whose terms are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = entrustments.list_entrustments(
            session, book_id=book_id, holder_id=holder_id, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(entrustments=page, next_after=page[-1].id if len(found) > limit else None)


def find_holder(database: Database, *, book_id: int = BOOK_ID, holder: str) -> int:
    """
    Return the key of a rights holder.

    :raises PartyUnknown: it is not in the book.
    :raises NotARightsHolder: it is something else.
    """
    check_text(holder, field="party")
    with database.transaction() as session:
        found = parties.require_parties(session, book_id=book_id, fields={holder: "party"})
        parties.require_holder(found[holder], field="party")
    return found[holder].id


def _check_day(change: LaterEntrustment, last_settled: date | None) -> None:
    day = change.terms.effective_from
    if last_settled is not None and day.replace(day=1) <= last_settled:
        raise EntrustmentInThePast(day=day, last=f"{last_settled:%Y-%m}")
