"""Offers as tests make them: a catalogue of one holder, and what it says about it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ledger.core.acceptance import Judgement
from ledger.core.offer import OfferState
from ledger.core.proposal import NewOffer, NewOfferVersion
from ledger.services import BOOK_ID, cataloguing, offering
from ledger.services.offering import Speaker
from ledger.store import licenses
from ledger.store.database import Database
from ledger.store.offers import OfferInBook, find_offer
from ledger.store.parties import find_parties
from ledger.store.terms_cache import TermsCache
from tests import builders
from tests.builders import RECORDED_AT
from tests.services.usage import generation

#: A moment in May 2026, when offers are changed.
AT = datetime(2026, 5, 10, 3, tzinfo=UTC)

DESK = "rights desk"
HOUSE = Speaker(name=DESK)

#: By reference: kind, what it belongs to, and whose it is.
SUBJECTS = {
    "saga": ("franchise", None, "hoshino"),
    "kaze": ("work", "saga", "hoshino"),
    "hero": ("character", "kaze", "hoshino"),
    "boat": ("character", "kaze", "umino"),
    "umi": ("work", "saga", "hoshino"),
    "yama": ("work", None, "hoshino"),
}


def catalogue(database: Database, *, but: Collection[str] = ()) -> None:
    """Write the subjects, of which nothing is offered, and the holders but those that are there."""
    for holder in ("hoshino", "umino"):
        if holder not in but:
            builders.party(database, holder)
    new = [
        builders.new_work(reference, kind=kind, parent=parent, owner=owner)
        for reference, (kind, parent, owner) in SUBJECTS.items()
    ]
    cataloguing.add_subjects(database, subjects=new, recorded_at=RECORDED_AT)


def new_version(**changes: Any) -> NewOfferVersion:
    """Images at twelve yen, anywhere; ``effective_from`` goes into the terms."""
    terms = builders.new_terms()
    if "effective_from" in changes:
        terms = replace(terms, effective_from=changes.pop("effective_from"))
    version = NewOfferVersion(modalities=("image",), use_classes=("generation",), terms=terms)
    return replace(version, **changes)


def new_offer(reference: str = "offer-1", **changes: Any) -> NewOffer:
    """The same, for everything that the holder has unless told otherwise."""
    version = new_version()
    offer = NewOffer(
        reference=reference,
        holder="hoshino",
        modalities=version.modalities,
        use_classes=version.use_classes,
        terms=version.terms,
    )
    return replace(offer, **changes)


def make(
    database: Database, reference: str = "offer-1", *, by: Speaker = HOUSE, **changes: Any
) -> str:
    """Write an offer that stands from the first day unless told otherwise."""
    offer = new_offer(reference, **changes)
    offering.make_offer(database, offer=offer, speaker=by, recorded_at=RECORDED_AT)
    return reference


def change(
    database: Database,
    reference: str,
    state: OfferState,
    *,
    by: Speaker = HOUSE,
    reason: str = "because",
    effective_at: datetime | None = None,
) -> int:
    """Suspend, withdraw or resume an offer."""
    return offering.change_state(
        database,
        reference=reference,
        state=state,
        reason=reason,
        speaker=by,
        recorded_at=AT,
        effective_at=effective_at,
    )


def find(database: Database, reference: str) -> OfferInBook:
    """Return an offer with all its versions."""
    with database.transaction() as session:
        found = find_offer(session, book_id=BOOK_ID, owner_id=None, reference=reference)
    assert found is not None
    return found


def speaker(database: Database, holder: str = "hoshino") -> Speaker:
    """Return a holder that speaks for itself."""
    return Speaker(name=DESK, owner_id=party_id(database, holder))


def party_id(database: Database, reference: str) -> int:
    """Return a party's key."""
    with database.transaction() as session:
        return find_parties(session, book_id=BOOK_ID, references=[reference])[reference].id


def judged(database: Database, cache: TermsCache, subject: str, at: datetime) -> Judgement:
    """Return what a process that keeps the terms in memory makes of one image of a subject."""
    with database.transaction() as session:
        terms = cache.at(session, licenses.terms_clock(session, book_id=BOOK_ID))
    reported = generation(subjects=[subject], occurred_at=at)
    return terms.judge(party_id(database, "studio-a"), reported)
