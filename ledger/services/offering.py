"""
Offering: what a holder lets anybody take up, and how it changes its mind.

An offer is made for one subject, or for everything its holder has. From then on it only gains
versions: other terms, a suspension, a resumption, a withdrawal. Each takes effect at its own
instant, with who said so and why. Whoever has a license under it is told.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ledger.core.acceptance import OptInState
from ledger.core.fields import (
    FieldRefusal,
    ReferenceTaken,
    check_instant,
    check_reference,
    check_text,
)
from ledger.core.offer import Breadth, Offer, OfferState, OfferVersion, opt_in, state_at
from ledger.core.party import Role
from ledger.core.proposal import NewOffer, NewOfferVersion, read_version
from ledger.core.refusal import Refusal
from ledger.core.webhook import offer_changed
from ledger.services import BOOK_ID
from ledger.store import lineages, offers, outbox, rates, withdrawals, works
from ledger.store.database import Database, Transaction
from ledger.store.effective import keep_open
from ledger.store.lineages import Offered
from ledger.store.offers import OfferInBook, VersionInBook
from ledger.store.parties import lock_names, require_parties

#: What an offer of a subject is for, by the kind of the subject; all others are the narrowest.
_BREADTHS = {"work": Breadth.WORK, "franchise": Breadth.FRANCHISE}

#: From which states an offer can be brought into another.
_FROM = {
    OfferState.SUSPENDED: {OfferState.OFFERED},
    OfferState.WITHDRAWN: {OfferState.OFFERED, OfferState.SUSPENDED},
    OfferState.OFFERED: {OfferState.SUSPENDED},
}


class NotARightsHolder(FieldRefusal):
    """An offer is to be made by a party that holds no rights."""

    code = "party_not_a_rights_holder"


class OfferOfAnother(FieldRefusal):
    """A rights holder offers in the name of another, or something that belongs to another."""

    code = "offer_of_another"


class OfferUnknown(Refusal):
    """The book has no offer of this reference, or it is another holder's."""

    code = "offer_unknown"


class OfferStateWrong(Refusal):
    """An offer cannot be brought from the state it has into the one that is asked for."""

    code = "offer_state_wrong"


class OfferChangedMeanwhile(Refusal):
    """Somebody wrote a version after the one that was read. Carries both numbers."""

    code = "offer_changed_meanwhile"
    field = "version"


class EffectiveInThePast(FieldRefusal):
    """A holder's word counts from when it is said, or later; use before it was permitted."""

    code = "effective_in_the_past"


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who says something about an offer, and for whom: a holder, or with None the house."""

    name: str
    owner_id: int | None = None


def make_offer(
    database: Database, *, offer: NewOffer, speaker: Speaker, recorded_at: datetime
) -> None:
    """
    Write an offer with its first version.

    :raises ReferenceTaken: the book has an offer of this reference.
    :raises PartyUnknown: the holder is not in the book.
    :raises NotARightsHolder: it is, and holds no rights.
    :raises SubjectUnknown: what it is for is not in the book.
    :raises OfferOfAnother: it speaks for another holder, or for what another has.
    :raises EffectiveInClosedMonth: it would take effect in or before a closed month.
    :raises EffectiveInThePast: a holder's own would take effect before it is made.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    check_reference(offer.reference, field="reference")
    check_text(speaker.name, field="recorded_by")
    version = read_version(offer, version=1)
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        lock_names(session)
        if offers.has_offer(session, book_id=BOOK_ID, reference=offer.reference):
            raise ReferenceTaken(field="reference", value=offer.reference)
        holder = require_parties(session, book_id=BOOK_ID, fields={offer.holder: "holder"})
        owner = holder[offer.holder]
        if owner.role != Role.RIGHTS_HOLDER:
            raise NotARightsHolder(field="holder", value=offer.holder)
        if speaker.owner_id not in (None, owner.id):
            raise OfferOfAnother(field="holder", value=offer.holder)
        breadth, subject_id = _target(session, offer)
        _check_instant(session, version.effective_at, speaker, at, field="terms.effective_from")
        _check_sources(session, version)
        offer_id = offers.insert_offer(
            session,
            book_id=BOOK_ID,
            owner_id=owner.id,
            reference=offer.reference,
            breadth=breadth,
            subject_id=subject_id,
            recorded_at=at,
            recorded_by=speaker.name,
        )
        written = _written(version, _words(offer), at, speaker, "")
        offers.insert_version(session, offer_id=offer_id, owner_id=owner.id, written=written)


def add_version(
    database: Database,
    *,
    reference: str,
    version: NewOfferVersion,
    speaker: Speaker,
    recorded_at: datetime,
    reason: str = "",
    read_version_number: int | None = None,
) -> int:
    """
    Write what an offer says from an instant on; return the number of the version.

    Licenses that were accepted keep what they accepted. Whoever has one is told. With the number
    of the version that was read, nothing is written when somebody wrote another since.

    :raises OfferUnknown: there is no such offer, or it is another holder's.
    :raises OfferChangedMeanwhile: the version that was read is not the last one any more.
    :raises EffectiveInClosedMonth, EffectiveInThePast: it would take effect too early.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    check_text(speaker.name, field="recorded_by")
    check_text(reason, field="reason", may_be_empty=True)
    unnumbered = read_version(version, version=1)
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        lock_names(session)
        found = _find(session, reference, speaker)
        _check_read(found, read_version_number)
        next_one = replace(unnumbered, version=len(found.versions) + 1)
        _check_instant(session, next_one.effective_at, speaker, at, field="terms.effective_from")
        _check_sources(session, next_one)
        written = _written(next_one, _words(version), at, speaker, reason)
        offers.insert_version(session, offer_id=found.id, owner_id=found.owner_id, written=written)
        _tell_of_terms(session, found, next_one, at)
    return next_one.version


def change_state(
    database: Database,
    *,
    reference: str,
    state: OfferState,
    reason: str,
    speaker: Speaker,
    recorded_at: datetime,
    effective_at: datetime | None = None,
    read_version_number: int | None = None,
) -> int:
    """
    Suspend, withdraw or resume an offer from an instant on; return the number of the version.

    Without an instant it counts at once. What is resumed is what was suspended.

    :raises OfferUnknown: there is no such offer, or it is another holder's.
    :raises OfferChangedMeanwhile: the version that was read is not the last one any more.
    :raises OfferStateWrong: it is not in a state from which it can be brought there.
    :raises EffectiveInClosedMonth, EffectiveInThePast: it would take effect too early.
    :raises TextMissing: no reason is given.
    """
    check_text(speaker.name, field="recorded_by")
    check_text(reason, field="reason")
    at = check_instant(recorded_at, field="recorded_at")
    effective = check_instant(effective_at or at, field="effective_at")
    with database.transaction() as session:
        lock_names(session)
        found = _find(session, reference, speaker)
        _check_read(found, read_version_number)
        before = found.offer.version_at(effective)
        is_possible = before is not None and before.state in _FROM[state]
        if before is None or not is_possible:
            stands = "not_in_force" if before is None else before.state
            raise OfferStateWrong(value=reference, state=stands, asked=state)
        _check_instant(session, effective, speaker, at, field="effective_at")
        next_one = replace(
            before, version=len(found.versions) + 1, state=state, effective_at=effective
        )
        words = found.written(before).words
        written = _written(next_one, words, at, speaker, reason)
        offers.insert_version(session, offer_id=found.id, owner_id=found.owner_id, written=written)
        if state is OfferState.OFFERED:
            _tell_of_terms(session, found, next_one, at)
        else:
            _tell_of_the_end(session, found, next_one, at)
    return next_one.version


def _target(session: Transaction, offer: NewOffer) -> tuple[Breadth, int | None]:
    if offer.subject is None:
        return Breadth.HOLDER, None
    works.require_subjects(session, book_id=BOOK_ID, fields={offer.subject: "subject"})
    found = works.find_subjects(session, book_id=BOOK_ID, references=[offer.subject])
    subject = found[offer.subject]
    if subject.facts.owner != offer.holder:
        raise OfferOfAnother(field="subject", value=offer.subject)
    return _BREADTHS.get(subject.facts.kind, Breadth.CHARACTER), subject.id


def _find(session: Transaction, reference: str, speaker: Speaker) -> OfferInBook:
    found = offers.find_offer(
        session, book_id=BOOK_ID, owner_id=speaker.owner_id, reference=reference
    )
    if found is None:
        raise OfferUnknown(value=reference)
    return found


def _check_read(found: OfferInBook, number: int | None) -> None:
    if number is not None and number != len(found.versions):
        raise OfferChangedMeanwhile(
            value=found.offer.reference, read=number, last=len(found.versions)
        )


def _check_instant(
    session: Transaction, effective_at: datetime, speaker: Speaker, at: datetime, *, field: str
) -> None:
    """Refuse what reaches back. Only the house enters what was agreed before the book knew."""
    if speaker.owner_id is not None and effective_at < at:
        raise EffectiveInThePast(field=field, value=effective_at.isoformat(), now=at.isoformat())
    keep_open(session, book_id=BOOK_ID, instants={field: effective_at})


def _check_sources(session: Transaction, version: OfferVersion) -> None:
    shares = {"terms.revenue_share": version.terms.revenue_share}
    rates.require_sources(session, book_id=BOOK_ID, shares=shares)


def _words(new: NewOfferVersion) -> NewOfferVersion:
    """Return what of an offer belongs to its version."""
    return NewOfferVersion(
        modalities=new.modalities,
        use_classes=new.use_classes,
        terms=new.terms,
        territories=new.territories,
        ends_at=new.ends_at,
        wind_down_days=new.wind_down_days,
        ai_label=new.ai_label,
        prohibited_content=new.prohibited_content,
        quota=new.quota,
        advances=new.advances,
        guarantees=new.guarantees,
    )


def _written(
    version: OfferVersion, words: NewOfferVersion, at: datetime, speaker: Speaker, reason: str
) -> VersionInBook:
    return VersionInBook(
        version=version, words=words, recorded_at=at, recorded_by=speaker.name, reason=reason
    )


def _tell_of_terms(
    session: Transaction, found: OfferInBook, version: OfferVersion, at: datetime
) -> None:
    """Tell the firms that accepted an offer that it says something else, or stands again."""
    firms = offers.accepted_by(session, offer_id=found.id)
    events = [
        offer_changed(
            licensee_id=firm,
            offer=found.offer.reference,
            version=version.version,
            effective_from=version.effective_at,
        )
        for firm in firms
    ]
    outbox.enqueue(session, book_id=BOOK_ID, events=events, occurred_at=at)


def _tell_of_the_end(
    session: Transaction, found: OfferInBook, version: OfferVersion, at: datetime
) -> None:
    """Tell each firm, for each of its licenses, that subjects in it are offered no longer."""
    effective_at = version.effective_at
    licensed = lineages.licensed(session, owner_id=found.owner_id, at=effective_at)
    offered = lineages.offered(session, subject_ids={each.subject_id for each in licensed})
    withdrawals.tell_firms(
        session,
        book_id=BOOK_ID,
        owner_id=found.owner_id,
        subject_ids={
            key for key, each in offered.items() if _stops(each, found.offer, effective_at)
        },
        offer=found.offer.reference,
        state=version.state,
        effective_at=effective_at,
        occurred_at=at,
    )


def _stops(subject: Offered, before: Offer, at: datetime) -> bool:
    """Tell whether a subject was offered before an offer changed, and is not any more."""
    earlier = [before if each.reference == before.reference else each for each in subject.offers]
    was = opt_in(subject.lineage, earlier, subject.decisions)
    return (
        state_at(was, at) is OptInState.OFFERED
        and state_at(subject.opt_in, at) is not OptInState.OFFERED
    )
