"""
Offers: what a holder lets anybody take up, for a character, a work, a franchise, or everything.

Nothing is offered by default. The narrowest offer that says anything about a subject decides, as
a whole: what it leaves out is not offered, and what it withdraws is not offered by a wider one
either, because that would be a guess. Offers of equal breadth that differ are a conflict, which
is shown and held. Every change is a new version that takes effect at an instant, and the latest
word that has begun counts: what is suspended today stays so, whatever was planned for tomorrow.

Beside offers a holder may decide about one subject without naming terms, for licenses that are
negotiated. A no from either is a no.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from ledger.core.acceptance import BEGINNING_OF_TIME, END_OF_TIME, OptInState
from ledger.core.money import Rounding
from ledger.core.offered_advances import OfferedAdvance, OfferedGuarantee
from ledger.core.quota_terms import Quota
from ledger.core.refusal import Refusal
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.terms import RateLine, Recognition
from ledger.core.usage import Modality, UseClass


class NothingIsOffered(Refusal):
    """No offer covers the subject now, or its holder has withdrawn it; there is nothing to take."""

    code = "nothing_is_offered"
    field = "subject"


class OfferIsSuspended(Refusal):
    """The holder has suspended what it offers; it may be taken up again later."""

    code = "offer_is_suspended"
    field = "subject"


class OffersConflict(Refusal):
    """Offers of equal breadth differ, and only the holder can say which is meant; names them."""

    code = "offers_conflict"
    field = "subject"


class OfferDatesCross(Refusal):
    """A version does not follow the one before it by number, or ends before it has begun."""

    code = "offer_dates_cross"
    field = "effective_at"

    def __init__(self, offer: str, version: int) -> None:
        super().__init__(offer=offer, version=version)


class Breadth(StrEnum):
    """How much an offer is for, the narrowest first."""

    CHARACTER = "character"  # or a voice
    WORK = "work"
    FRANCHISE = "franchise"
    HOLDER = "holder"  # everything the holder has


class OfferState(StrEnum):
    """What a version of an offer says."""

    OFFERED = "offered"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"  # As a first version it keeps a subject out of wider offers.


class Standing(StrEnum):
    """How a subject stands for somebody who would take it up."""

    NOT_OFFERED = "not_offered"
    OFFERED = "offered"
    SUSPENDED = "suspended"
    CONFLICT = "conflict"


#: What the standing of a subject is to licenses that were agreed before. These have terms of their
#: own, so a conflict about which terms are offered is no question to them.
_OPT_IN = {
    Standing.NOT_OFFERED: OptInState.NOT_OFFERED,
    Standing.OFFERED: OptInState.OFFERED,
    Standing.SUSPENDED: OptInState.SUSPENDED,
    Standing.CONFLICT: OptInState.OFFERED,
}

_FROM_NO_TO_YES = (OptInState.NOT_OFFERED, OptInState.SUSPENDED, OptInState.OFFERED)


@dataclass(frozen=True, kw_only=True)
class OfferedTerms:
    """What a licensee gets that takes an offer up; two offers agree when this is the same."""

    modalities: frozenset[Modality]
    use_classes: frozenset[UseClass]
    territories: frozenset[str]
    rate_lines: tuple[RateLine, ...]
    clause_reference: str
    currency: str = "JPY"
    rounding: Rounding = Rounding.TRUNCATE
    recognition: Recognition = Recognition.CASH
    wind_down_days: int = 0
    ai_label: str = ""
    prohibited_content: frozenset[str] = frozenset()
    quota: Quota | None = None
    advances: tuple[OfferedAdvance, ...] = ()
    guarantees: tuple[OfferedGuarantee, ...] = ()
    revenue_share: RevenueTerms | None = None


@dataclass(frozen=True, kw_only=True)
class OfferVersion:
    """One version of an offer, from an instant on; from ``ends_at`` on it says nothing any more."""

    version: int
    state: OfferState
    effective_at: datetime
    terms: OfferedTerms
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """
    What one holder offers for one target: a subject, a work, a franchise, or itself.

    A version may begin before one that was written earlier; it then takes that one's place.

    :raises OfferDatesCross: the versions do not follow one another, or one ends at its start.
    """

    reference: str
    holder: str
    breadth: Breadth
    target: str
    versions: tuple[OfferVersion, ...]

    def __post_init__(self) -> None:
        for each in self.versions:
            if each.ends_at is not None and each.ends_at <= each.effective_at:
                raise OfferDatesCross(self.reference, each.version)
        for one, next_one in pairwise(self.versions):
            if next_one.version != one.version + 1:
                raise OfferDatesCross(self.reference, next_one.version)

    def version_at(self, instant: datetime) -> OfferVersion | None:
        """Return what the offer says at an instant; None before it begins and after it ends."""
        begun = [each for each in self.versions if each.effective_at <= instant]
        if not begun:
            return None
        last = begun[-1]
        is_over = last.ends_at is not None and instant >= last.ends_at
        return None if is_over else last

    @property
    def boundaries(self) -> frozenset[datetime]:
        """The instants at which it may say something else."""
        ends = (each.ends_at for each in self.versions)
        begins = (each.effective_at for each in self.versions)
        return frozenset([*begins, *(each for each in ends if each is not None)])


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """
    What a subject belongs to, by reference.

    A work is its own work; what belongs to a franchise directly has none. A subject without a
    franchise, or whose holders are several, lists none or several.
    """

    subject: str
    work: str | None
    franchises: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    def targets(self, breadth: Breadth) -> tuple[str, ...]:
        """Return what an offer of a breadth must be for to cover the subject."""
        match breadth:
            case Breadth.CHARACTER:
                return () if self.subject == self.work else (self.subject,)
            case Breadth.WORK:
                return () if self.work is None else (self.work,)
            case Breadth.FRANCHISE:
                return self.franchises
            case Breadth.HOLDER:
                return self.holders


@dataclass(frozen=True, kw_only=True)
class Found:
    """An offer that says something about a subject, and what."""

    offer: Offer
    version: OfferVersion


@dataclass(frozen=True, kw_only=True)
class OfferStanding:
    """
    How a subject stands at an instant, and between which instants that holds.

    ``decided`` are the offers that decide, all of one breadth; ``passed_over`` are wider ones.
    """

    standing: Standing
    decided: tuple[Found, ...]
    passed_over: tuple[Found, ...]
    valid_from: datetime
    valid_until: datetime

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the answer may be given at this instant."""
        return self.valid_from <= instant < self.valid_until


def standing_at(lineage: Lineage, offers: Iterable[Offer], instant: datetime) -> OfferStanding:
    """
    Tell how a subject stands at an instant.

    Of the offers that cover it, the narrowest that says anything decides. At one breadth, what
    is withdrawn gives way to what is offered or suspended beside it; otherwise all have to say
    the same.
    """
    covering = _covering(lineage, offers)
    found = [
        Found(offer=offer, version=version)
        for offer in covering
        if (version := offer.version_at(instant)) is not None
    ]
    narrowest = found[0].offer.breadth if found else None
    decided = tuple(each for each in found if each.offer.breadth is narrowest)
    boundaries = {each for offer in covering for each in offer.boundaries}
    return OfferStanding(
        standing=_standing(decided),
        decided=decided,
        passed_over=tuple(found[len(decided) :]),
        valid_from=max((at for at in boundaries if at <= instant), default=BEGINNING_OF_TIME),
        valid_until=min((at for at in boundaries if at > instant), default=END_OF_TIME),
    )


def take_up(lineage: Lineage, offers: Iterable[Offer], at: datetime) -> Found:
    """
    Return the offer, and the version of it, that a licensee takes up at an instant.

    :raises NothingIsOffered: no offer stands, or it was withdrawn.
    :raises OfferIsSuspended: the holder has suspended it.
    :raises OffersConflict: offers of equal breadth differ; they are named.
    """
    stands = standing_at(lineage, offers, at)
    names = ", ".join(each.offer.reference for each in stands.decided)
    match stands.standing:
        case Standing.NOT_OFFERED:
            raise NothingIsOffered(subject=lineage.subject)
        case Standing.SUSPENDED:
            raise OfferIsSuspended(subject=lineage.subject, offers=names)
        case Standing.CONFLICT:
            raise OffersConflict(subject=lineage.subject, offers=names)
        case Standing.OFFERED:
            return next(each for each in stands.decided if _is_offered(each))


def opt_in(
    lineage: Lineage,
    offers: Sequence[Offer],
    decisions: Sequence[tuple[datetime, OptInState]] = (),
) -> tuple[tuple[datetime, OptInState], ...]:
    """
    Return the dated states of a subject as licenses that were agreed before are judged by.

    ``decisions`` are the holder's about this very subject, dated and in order. Where offers say
    nothing these count, and the other way round; where both speak, a no from either is a no.
    Only changes are listed, in order; before the first the subject is not offered.
    """
    covering = _covering(lineage, offers)
    instants = {each for offer in covering for each in offer.boundaries}
    instants |= {effective_at for effective_at, _ in decisions}
    states: list[tuple[datetime, OptInState]] = []
    last = OptInState.NOT_OFFERED
    for instant in sorted(instants):
        state = _opt_in_at(standing_at(lineage, covering, instant), decisions, instant)
        if state is not last:
            states.append((instant, state))
            last = state
    return tuple(states)


def state_at(states: Sequence[tuple[datetime, OptInState]], instant: datetime) -> OptInState:
    """Return which of dated states, in order, is in force; before the first one, not offered."""
    begun = [state for effective_at, state in states if effective_at <= instant]
    return begun[-1] if begun else OptInState.NOT_OFFERED


def _opt_in_at(
    stands: OfferStanding, decisions: Sequence[tuple[datetime, OptInState]], instant: datetime
) -> OptInState:
    said = [state for effective_at, state in decisions if effective_at <= instant][-1:]
    if stands.decided:
        said.append(_OPT_IN[stands.standing])
    return min(said, key=_FROM_NO_TO_YES.index, default=OptInState.NOT_OFFERED)


def _covering(lineage: Lineage, offers: Iterable[Offer]) -> list[Offer]:
    """
    Return the offers that cover a subject, the narrowest first, as listed within a breadth.

    Nobody offers what belongs to somebody else, whatever it is a part of.
    """
    order = list(Breadth)
    covering = [
        each
        for each in offers
        if each.holder in lineage.holders and each.target in lineage.targets(each.breadth)
    ]
    return sorted(covering, key=lambda each: order.index(each.breadth))


def _standing(decided: Sequence[Found]) -> Standing:
    speaking = [each for each in decided if each.version.state is not OfferState.WITHDRAWN]
    if not speaking:
        return Standing.NOT_OFFERED
    states = {each.version.state for each in speaking}
    if states == {OfferState.SUSPENDED}:
        return Standing.SUSPENDED
    terms = [each.version.terms for each in speaking]
    if len(states) > 1 or any(each != terms[0] for each in terms):
        return Standing.CONFLICT
    return Standing.OFFERED


def _is_offered(found: Found) -> bool:
    return found.version.state is OfferState.OFFERED
