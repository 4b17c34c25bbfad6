"""
Accepting: an AI firm takes up an offer as it stands, and has a license.

What the license says is copied from the version that was accepted, and is the firm's from then
on, whatever the holder offers later. Where the offer decides about a subject, the license names
it; what a narrower offer decides about, or what is in conflict, is left out and told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.core.acceptance import OptInState
from ledger.core.agreement import NewGrant, NewLicense, read_license
from ledger.core.fields import check_instant, check_list, check_text
from ledger.core.offer import (
    NothingIsOffered,
    OfferIsSuspended,
    OfferState,
    state_at,
    take_up,
)
from ledger.core.offered_advances import recoup_groups_of
from ledger.core.period import tokyo_day
from ledger.core.recoup_agreement import read_recoup_groups
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import grants, lineages, offers, works
from ledger.store.database import Database, Transaction
from ledger.store.effective import keep_open
from ledger.store.lineages import Offered
from ledger.store.offers import OfferInBook, VersionInBook
from ledger.store.parties import lock_names, require_licensee

#: The most subjects of one license; whoever wants more of everything names what it wants.
SUBJECTS_MAX = 10_000


class OfferNotFound(Refusal):
    """The book has no offer of this reference."""

    code = "offer_unknown"


class OfferVersionNotInForce(Refusal):
    """A version of an offer is to be accepted that does not stand, or not yet, or not any more."""

    code = "offer_version_not_in_force"
    field = "version"


class OtherOfferDecides(Refusal):
    """A narrower offer decides about a subject, or this one is not for it; names the one."""

    code = "other_offer_decides"
    field = "subjects"


class SubjectsTooMany(Refusal):
    """An offer is for more subjects than a license takes; the firm has to name some."""

    code = "subjects_too_many"
    field = "subjects"


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A subject that an offer is for and a license does not name, and why."""

    subject: str
    refusal: Refusal


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A license that accepts a version of an offer."""

    license: str
    offer: str
    version: int
    starts_at: datetime
    ends_at: datetime | None
    subjects: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def accept_offer(
    database: Database,
    *,
    offer: str,
    version: int,
    licensee: str,
    license: str,
    subjects: Sequence[str] = (),
    accepted_by: str,
    accepted_at: datetime,
) -> Accepted:
    """
    Write a license under a version of an offer, which has to be the one in force.

    Without ``subjects`` it names all that the offer decides about. Named ones must all be.

    :raises OfferNotFound: there is no such offer.
    :raises OfferVersionNotInForce: another version is in force, or none.
    :raises NotALicensee: who accepts is no AI firm.
    :raises SubjectUnknown: a subject is not in the book.
    :raises NothingIsOffered, OfferIsSuspended: the version says so.
    :raises NothingIsOffered, OfferIsSuspended, OffersConflict, OtherOfferDecides: a named
        subject, or with none named every subject, cannot be taken up under this offer.
    :raises SubjectsTooMany: the offer is for more than :data:`SUBJECTS_MAX`.
    """
    check_text(accepted_by, field="accepted_by")
    if subjects:
        check_list(subjects, field="subjects")
    at = check_instant(accepted_at, field="accepted_at")
    with database.transaction() as session:
        lock_names(session)
        found = offers.find_offer(session, book_id=BOOK_ID, owner_id=None, reference=offer)
        if found is None:
            raise OfferNotFound(value=offer)
        written = _in_force(found, version, at)
        licensee_id = require_licensee(session, book_id=BOOK_ID, reference=licensee)
        keep_open(session, book_id=BOOK_ID, instants={"accepted_at": at})
        taken, left_out = _taken(session, found, subjects, at)
        new = _license(written, license, licensee, list(taken), at)
        grants.insert_license(
            session,
            book_id=BOOK_ID,
            license_=replace(read_license(new), licensee_id=licensee_id),
            subject_ids=[list(taken.values())],
            groups=read_recoup_groups(new.recoup_groups, grant_count=len(new.grants)),
            signed_on=new.signed_on,
            recorded_at=at,
        )
        offers.insert_acceptance(
            session,
            book_id=BOOK_ID,
            license_reference=license,
            offer_id=found.id,
            version=version,
            accepted_at=at,
            accepted_by=accepted_by,
        )
    return Accepted(
        license=license,
        offer=offer,
        version=version,
        starts_at=at,
        ends_at=new.ends_at,
        subjects=tuple(taken),
        left_out=left_out,
    )


def _in_force(found: OfferInBook, version: int, at: datetime) -> VersionInBook:
    stands = found.offer.version_at(at)
    if stands is None or stands.version != version:
        in_force = "-" if stands is None else stands.version
        raise OfferVersionNotInForce(
            value=found.offer.reference, version=version, in_force=in_force
        )
    if stands.state is OfferState.WITHDRAWN:
        raise NothingIsOffered(subject=found.offer.target)
    if stands.state is OfferState.SUSPENDED:
        raise OfferIsSuspended(subject=found.offer.target, offers=found.offer.reference)
    return found.written(stands)


def _taken(
    session: Transaction, found: OfferInBook, subjects: Sequence[str], at: datetime
) -> tuple[Mapping[str, int], tuple[LeftOut, ...]]:
    """Return the subjects that are taken up, by reference, and those that cannot be."""
    if subjects:
        fields = dict.fromkeys(subjects, "subjects")
        keys = works.require_subjects(session, book_id=BOOK_ID, fields=fields)
        ids = [keys[reference].id for reference in subjects]
    else:
        ids = lineages.covered(session, offer=found, limit=SUBJECTS_MAX + 1)
        if len(ids) > SUBJECTS_MAX:
            raise SubjectsTooMany(value=found.offer.reference, most=SUBJECTS_MAX)
    offered = lineages.offered(session, subject_ids=ids)
    taken: dict[str, int] = {}
    left_out: list[LeftOut] = []
    for each in (offered[key] for key in ids):
        refusal = _refusal(each, found, at)
        if refusal is None:
            taken[each.lineage.subject] = each.id
        else:
            left_out.append(LeftOut(subject=each.lineage.subject, refusal=refusal))
    if left_out and (subjects or not taken):
        raise left_out[0].refusal
    if not taken:
        raise NothingIsOffered(subject=found.offer.target)
    return taken, tuple(left_out)


def _refusal(subject: Offered, found: OfferInBook, at: datetime) -> Refusal | None:
    """Return why a subject cannot be taken up under an offer; None when it can."""
    name = subject.lineage.subject
    try:
        taken = take_up(subject.lineage, subject.offers, at)
    except Refusal as refusal:
        return refusal
    decided = [each.offer.reference for each in subject.standing_at(at).decided]
    if found.offer.reference not in decided:
        return OtherOfferDecides(subject=name, offers=taken.offer.reference)
    match state_at(subject.opt_in, at):
        case OptInState.NOT_OFFERED:
            return NothingIsOffered(subject=name)
        case OptInState.SUSPENDED:
            return OfferIsSuspended(subject=name, offers=found.offer.reference)
    return None


def _license(
    written: VersionInBook, reference: str, licensee: str, subjects: Sequence[str], at: datetime
) -> NewLicense:
    """Return the license as it would have been sent: a copy of what was offered."""
    words = written.words
    return NewLicense(
        reference=reference,
        licensee=licensee,
        starts_at=at,
        signed_on=tokyo_day(at),
        ends_at=words.ends_at,
        wind_down_days=words.wind_down_days,
        grants=(
            NewGrant(
                subjects=tuple(subjects),
                modalities=words.modalities,
                use_classes=words.use_classes,
                territories=words.territories,
                ai_label=words.ai_label,
                prohibited_content=words.prohibited_content,
                quota=words.quota,
                terms=replace(words.terms, effective_from=at),
            ),
        ),
        recoup_groups=recoup_groups_of(words.advances, words.guarantees, accepted_on=tokyo_day(at)),
    )
