"""
Contesting: who says that which share of what a subject earns is theirs, and what came of it.

A claim is entered, agreed on, disputed or withdrawn; each is a new version that says who, when
and why. Nothing is paid or taken back here: the next settlement divides by what claims say then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.core.claim import ClaimState
from ledger.core.fields import FieldRefusal, check_instant, check_new, check_text, check_whole
from ledger.core.new_claim import (
    NewClaim,
    check_agreed,
    check_claim,
    check_share,
    overclaimed_bp,
)
from ledger.core.party import PartyKind
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import claims as store
from ledger.store.claims import ClaimInBook
from ledger.store.database import Database, Transaction
from ledger.store.parties import lock_names, require_holder, require_parties
from ledger.store.works import SubjectUnknown, find_subjects

#: Most rows of one page.
LIMIT_MAX = 1_000

_WITHDRAWN = "withdrawn"


class ClaimUnknown(Refusal):
    """No claim has the reference."""

    code = "claim_unknown"
    field = "reference"


class ClaimIsWithdrawn(Refusal):
    """A claim that is withdrawn does not change any more. Carries by whom and when."""

    code = "claim_is_withdrawn"
    field = "reference"


class ClaimantCannotBePaid(FieldRefusal):
    """A committee claims a share of what is another's; its members would have to."""

    code = "claimant_cannot_be_paid"


@dataclass(frozen=True, kw_only=True)
class ClaimShown:
    """A claim, and by how much those on its subject exceed the whole where they do most."""

    claim: ClaimInBook
    overclaimed_bp: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some claims, and where to go on; None when there are no more."""

    claims: tuple[ClaimShown, ...]
    next_after: int | None


def enter_claims(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    claims: Sequence[NewClaim],
    recorded_by: str,
    recorded_at: datetime,
) -> tuple[ClaimShown, ...]:
    """
    Write claims, all or none; return them, with what they exceed the whole by.

    Claims that exceed the whole are taken: what is disputed waits.

    :raises ReferenceTaken: one is in the book already, or twice in the list.
    :raises PartyUnknown, SubjectUnknown: who claims, or what is claimed, is not in the book.
    :raises NotARightsHolder: an AI firm or the house claims.
    :raises ClaimantCannotBePaid: a committee claims what is another's.
    :raises AgreedBeyondWhole: what is agreed would come to more than the whole.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    for each in claims:
        check_claim(each)
    references = [each.reference for each in claims]
    with database.transaction() as session:
        lock_names(session)
        store.lock_claims(session, book_id=book_id)
        taken = store.find_claims(session, book_id=book_id, references=references)
        check_new(references, taken=taken, field="reference")
        _write(session, book_id, claims, recorded_by, at)
        subjects = {each.subject for each in claims}
        standing = store.claims_of_subjects(session, book_id=book_id, subjects=subjects)
        _check_agreed(standing)
        entered = [each for each in standing if each.reference in set(references)]
        return tuple(_shown(entered, standing))


def agree(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    share_bp: int | None = None,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> ClaimShown:
    """
    Take a claim as agreed, at the share it was for or at another.

    :raises AgreedBeyondWhole: what is agreed would come to more than the whole.
    :raises Refusal: as :func:`dispute`.
    """
    if share_bp is not None:
        check_share(share_bp)
    return _change(
        database, book_id, reference, ClaimState.AGREED, reason, recorded_by, recorded_at, share_bp
    )


def dispute(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> ClaimShown:
    """
    Take a claim as disputed: nobody is paid by it, and it stands in the way of others.

    :raises ClaimUnknown: there is no such claim.
    :raises ClaimIsWithdrawn: it is withdrawn.
    :raises TextMissing: there is no reason, or nobody says so.
    """
    return _change(
        database, book_id, reference, ClaimState.DISPUTED, reason, recorded_by, recorded_at
    )


def withdraw(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> ClaimShown:
    """
    Withdraw a claim for good; what was paid by it is not taken back.

    :raises Refusal: as :func:`dispute`.
    """
    return _change(database, book_id, reference, _WITHDRAWN, reason, recorded_by, recorded_at)


def list_claims(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    subject: str | None = None,
    party_id: int | None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of claims, as they were entered, withdrawn ones too.

    ``party_id`` is who claims or whose subjects are claimed; only the house asks for all (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = store.list_claims(
            session,
            book_id=book_id,
            subject=subject,
            party_id=party_id,
            after=after,
            limit=limit + 1,
        )
        subjects = {each.subject for each in found}
        standing = store.claims_of_subjects(session, book_id=book_id, subjects=subjects)
    page = tuple(_shown(found[:limit], standing))
    is_more = len(found) > limit
    return Page(claims=page, next_after=page[-1].claim.id if is_more else None)


def _write(
    session: Transaction, book_id: int, claims: Sequence[NewClaim], by: str, at: datetime
) -> None:
    parties = require_parties(
        session, book_id=book_id, fields={each.party: "party" for each in claims}
    )
    subjects = find_subjects(session, book_id=book_id, references={each.subject for each in claims})
    for each in claims:
        party = parties[each.party]
        require_holder(party, field="party")
        if each.subject not in subjects:
            raise SubjectUnknown(field="subject", value=each.subject)
        is_own = subjects[each.subject].facts.owner == each.party
        if party.kind == PartyKind.COMMITTEE and not is_own:
            raise ClaimantCannotBePaid(field="party", value=each.party)
    store.insert_claims(
        session,
        book_id=book_id,
        claims=claims,
        party_ids={reference: party.id for reference, party in parties.items()},
        subject_ids={reference: subject.id for reference, subject in subjects.items()},
        recorded_by=by,
        recorded_at=at,
    )


def _change(
    database: Database,
    book_id: int,
    reference: str,
    state: str,
    reason: str,
    by: str,
    at: datetime,
    share_bp: int | None = None,
) -> ClaimShown:
    check_text(reason, field="reason")
    check_text(by, field="recorded_by")
    instant = check_instant(at, field="recorded_at")
    with database.transaction() as session:
        store.lock_claims(session, book_id=book_id)
        found = store.find_claims(session, book_id=book_id, references=[reference])
        if reference not in found:
            raise ClaimUnknown(reference=reference)
        claim = found[reference]
        if claim.state == _WITHDRAWN:
            raise ClaimIsWithdrawn(reference=reference, by=claim.recorded_by, at=claim.recorded_at)
        changed = replace(
            claim,
            version=claim.version + 1,
            state=str(state),
            share_bp=share_bp or claim.share_bp,
            reason=reason,
            recorded_at=instant,
            recorded_by=by,
        )
        store.insert_version(session, claim=changed)
        standing = store.claims_of_subjects(session, book_id=book_id, subjects=[claim.subject])
        _check_agreed(standing)
        (shown,) = _shown([changed], standing)
    return shown


def _check_agreed(standing: Sequence[ClaimInBook]) -> None:
    for subject in dict.fromkeys(each.subject for each in standing):
        check_agreed((each.reference, each.claim) for each in standing if each.subject == subject)


def _shown(claims: Iterable[ClaimInBook], standing: Sequence[ClaimInBook]) -> Iterable[ClaimShown]:
    for claim in claims:
        of_subject = [each.claim for each in standing if each.subject == claim.subject]
        yield ClaimShown(claim=claim, overclaimed_bp=overclaimed_bp(of_subject))
