"""
Browsing offers: what is on offer to a firm, what a holder has offered, and where offers conflict.

Each offer is shown with how its target stands, because a narrower offer or another of the same
breadth may say something else than it does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.acceptance import OptInState
from ledger.core.offer import Breadth, Lineage, OfferStanding, Standing, standing_at, state_at
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import lineages, offers, own_earnings
from ledger.store.database import Database, Transaction
from ledger.store.offers import OfferInBook


class OfferNotShown(Refusal):
    """The book has no offer of this reference that the caller may see."""

    code = "offer_unknown"


@dataclass(frozen=True, kw_only=True)
class OfferShown:
    """An offer, and how what it is for stands, by all offers of its breadth."""

    offer: OfferInBook
    standing: OfferStanding

    @property
    def conflicts_with(self) -> tuple[str, ...]:
        """The other offers that say something else about the same."""
        if self.standing.standing is not Standing.CONFLICT:
            return ()
        decided = (each.offer.reference for each in self.standing.decided)
        return tuple(each for each in decided if each != self.offer.offer.reference)


@dataclass(frozen=True, kw_only=True)
class OfferPage:
    """Offers in the order they were made; after which the next page begins, None at the end."""

    offers: tuple[OfferShown, ...]
    next_after: int | None


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Offers of one breadth that say different things about the same, the earlier made first."""

    sides: tuple[OfferShown, ...]


@dataclass(frozen=True, kw_only=True)
class ConflictPage:
    """Conflicts in the order of their first offers; after which the next page begins."""

    conflicts: tuple[Conflict, ...]
    next_after: int | None


@dataclass(frozen=True, kw_only=True)
class SubjectShown:
    """A work, character or voice of a holder's, and how it stands: by offers, and in the end."""

    reference: str
    kind: str
    title_ja: str
    title_en: str
    parent: str | None
    standing: OfferStanding
    state: OptInState  # of offers and decisions together: what use is judged by
    next_at: datetime | None  # when that changes, as far as it was said
    next_state: OptInState | None


def list_subjects(database: Database, own: Database, *, at: datetime) -> tuple[SubjectShown, ...]:
    """
    Return all that a holder has, each with how it stands, in the order of their titles.

    ``own`` is the book as the holder may read it: it says what the holder has.
    """
    with own.transaction() as session:
        found = list(own_earnings.subjects(session).values())
    with database.transaction() as session:
        offered = lineages.offered(session, subject_ids=[each.id for each in found])
    references = {each.id: each.reference for each in found}
    shown = []
    for each in found:
        states = offered[each.id].opt_in
        ahead = next(((when, state) for when, state in states if when > at), (None, None))
        shown.append(
            SubjectShown(
                reference=each.reference,
                kind=each.kind,
                title_ja=each.title_ja,
                title_en=each.title_en,
                parent=references.get(each.parent_id or 0),
                standing=offered[each.id].standing_at(at),
                state=state_at(states, at),
                next_at=ahead[0],
                next_state=ahead[1],
            )
        )
    return tuple(shown)


def list_offers(
    database: Database,
    *,
    owner_id: int | None,
    at: datetime,
    only_standing: bool,
    after: int = 0,
    limit: int,
) -> OfferPage:
    """Return a holder's offers, or with None everybody's; all of them, or those that stand."""
    with database.transaction() as session:
        found = offers.list_offers(
            session,
            book_id=BOOK_ID,
            owner_id=owner_id,
            standing_at=at if only_standing else None,
            after=after,
            limit=limit + 1,
        )
        page = found[:limit]
        shown = _shown(session, page, at)
    return OfferPage(offers=tuple(shown), next_after=page[-1].id if len(found) > limit else None)


def read_offer(
    database: Database, *, owner_id: int | None, reference: str, at: datetime, only_begun: bool
) -> OfferShown:
    """
    Return an offer; ``only_begun`` leaves one out that is only planned.

    :raises OfferNotShown: there is none, or it is another holder's.
    """
    with database.transaction() as session:
        found = offers.find_offer(session, book_id=BOOK_ID, owner_id=owner_id, reference=reference)
        if found is None or (only_begun and not _has_begun(found, at)):
            raise OfferNotShown(value=reference)
        (shown,) = _shown(session, [found], at)
    return shown


def list_conflicts(
    database: Database, *, owner_id: int | None, at: datetime, after: int = 0, limit: int
) -> ConflictPage:
    """Return where a holder's offers, or with None anybody's, say different things of the same."""
    with database.transaction() as session:
        owners = offers.owners(session, book_id=BOOK_ID) if owner_id is None else [owner_id]
        by_owner = offers.offers_of(session, owner_ids=owners)
        all_offers = sorted(
            (each for found in by_owner.values() for each in found), key=lambda each: each.id
        )
        shown = _shown(session, all_offers, at)
    found = [each for each in _conflicts(shown) if each.sides[0].offer.id > after]
    page = found[:limit]
    return ConflictPage(
        conflicts=tuple(page),
        next_after=page[-1].sides[0].offer.id if len(found) > limit else None,
    )


def _shown(session: Transaction, page: Sequence[OfferInBook], at: datetime) -> list[OfferShown]:
    targets = {each.subject_id for each in page if each.subject_id is not None}
    subjects = lineages.offered(session, subject_ids=targets)
    by_owner = offers.offers_of(session, owner_ids={each.owner_id for each in page})

    def standing(offer: OfferInBook) -> OfferStanding:
        if offer.subject_id is not None:
            return subjects[offer.subject_id].standing_at(at)
        holder = Lineage(subject=offer.offer.holder, work=None, holders=(offer.offer.holder,))
        own = (each.offer for each in by_owner[offer.owner_id])
        return standing_at(holder, (each for each in own if each.breadth is Breadth.HOLDER), at)

    return [OfferShown(offer=each, standing=standing(each)) for each in page]


def _has_begun(found: OfferInBook, at: datetime) -> bool:
    return any(each.version.effective_at <= at for each in found.versions)


def _conflicts(shown: Sequence[OfferShown]) -> Iterator[Conflict]:
    """Yield each set of offers that conflict once, with the offers in the order they were made."""
    by_reference = {each.offer.offer.reference: each for each in shown}
    told: set[frozenset[str]] = set()
    for each in shown:
        others = each.conflicts_with
        sides = frozenset([each.offer.offer.reference, *others])
        if others and sides not in told:
            told.add(sides)
            found = (by_reference[name] for name in sides)
            yield Conflict(sides=tuple(sorted(found, key=lambda side: side.offer.id)))
