"""Weighing: what people dispute, claim, and report without it being licensed for certain."""

from dataclasses import dataclass
from datetime import date

from ledger.core.fields import check_whole
from ledger.core.month_preview import Waiting
from ledger.core.new_claim import overclaimed_bp
from ledger.services import BOOK_ID
from ledger.store import claims, disputes, month_previews
from ledger.store.claims import ClaimInBook
from ledger.store.database import Database
from ledger.store.disputes import Answer

#: Most rows of one list.
LIMIT_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class WeighedClaim:
    """A claim that is disputed, or of a subject of which more than the whole is claimed."""

    claim: ClaimInBook
    beside: tuple[ClaimInBook, ...]  # what else is claimed of the subject
    overclaimed_bp: int


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What waits for a decision of the house."""

    disputes: tuple[Answer, ...]
    claims: tuple[WeighedClaim, ...]
    held: tuple[Waiting, ...]


def what_waits(
    database: Database, *, book_id: int = BOOK_ID, month: date, limit: int = 200
) -> Weighed:
    """
    Return disputes, claims and held usage, each with what is decided first, first.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        open_ = disputes.last_answers(
            session, book_id=book_id, payee_id=None, only_open=True, after=0, limit=limit
        )
        listed = claims.list_claims(
            session, book_id=book_id, subject=None, party_id=None, after=0, limit=LIMIT_MAX
        )
        waiting = month_previews.find_waiting(session, book_id=book_id, month=month)
    weighed = (_weighed(each, listed) for each in listed)
    return Weighed(
        disputes=tuple(open_),
        claims=tuple(
            each
            for each in weighed
            if each.claim.state == "disputed"
            or (each.claim.state == "asserted" and each.overclaimed_bp)
        ),
        held=tuple(each for each in waiting if each.decision == "held"),
    )


def weigh_claim(
    database: Database, *, book_id: int = BOOK_ID, reference: str
) -> WeighedClaim | None:
    """Return a claim with what else is claimed of its subject; None when there is none."""
    with database.transaction() as session:
        found = claims.find_claims(session, book_id=book_id, references=[reference])
        if reference not in found:
            return None
        claim = found[reference]
        standing = claims.claims_of_subjects(session, book_id=book_id, subjects=[claim.subject])
    return _weighed(claim, standing)


def _weighed(claim: ClaimInBook, listed: list[ClaimInBook]) -> WeighedClaim:
    of_subject = [
        each for each in listed if each.subject == claim.subject and each.state != "withdrawn"
    ]
    return WeighedClaim(
        claim=claim,
        beside=tuple(each for each in of_subject if each.reference != claim.reference),
        overclaimed_bp=overclaimed_bp([each.claim for each in of_subject]),
    )
