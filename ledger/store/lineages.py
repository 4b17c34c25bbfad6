"""
What subjects belong to, and how they are offered: read for many at once.

A subject belongs to the nearest work above it, to every franchise above that, and to its
holder. Offers are looked up among its holder's own, so nobody offers what is another's.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.acceptance import OptInState
from ledger.core.offer import (
    Breadth,
    Lineage,
    Offer,
    OfferStanding,
    opt_in,
    standing_at,
    state_at,
)
from ledger.store import offers
from ledger.store.offers import OfferInBook

Decisions = tuple[tuple[datetime, OptInState], ...]


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A subject with what it belongs to, the offers that cover it, and its holder's decisions."""

    id: int
    owner_id: int
    lineage: Lineage
    offers: tuple[Offer, ...]
    decisions: Decisions

    @property
    def opt_in(self) -> Decisions:
        """Its dated states, from offers and decisions together."""
        return opt_in(self.lineage, self.offers, self.decisions)

    def stops_with_decision_at(self, instant: datetime) -> bool:
        """Tell whether what its holder decided for an instant ends that it is offered."""
        earlier = tuple(each for each in self.decisions if each[0] != instant)
        was = state_at(opt_in(self.lineage, self.offers, earlier), instant)
        return was is OptInState.OFFERED and state_at(self.opt_in, instant) is not was

    def standing_at(self, instant: datetime) -> OfferStanding:
        """Tell how offers alone make it stand at an instant."""
        return standing_at(self.lineage, self.offers, instant)


class Licensed(NamedTuple):
    """A firm, the reference of one of its licenses, and a subject in it."""

    licensee_id: int
    license: str
    subject_id: int
    wind_down_days: int  # that use of it still earns once it is offered no longer


_ABOVE = """
    WITH RECURSIVE above AS (
        SELECT s.subject_id AS below_id, s.subject_id, s.parent_id, s.kind, s.reference, 0 AS depth
        FROM subject s WHERE s.subject_id = ANY (CAST(:subjects AS bigint[]))
        UNION ALL
        SELECT a.below_id, s.subject_id, s.parent_id, s.kind, s.reference, a.depth + 1
        FROM above a JOIN subject s ON s.subject_id = a.parent_id
    )
    SELECT s.subject_id, s.owner_id, s.reference, p.reference AS holder,
           array_agg(a.kind ORDER BY a.depth) AS kinds,
           array_agg(a.reference ORDER BY a.depth) AS names
    FROM above a
    JOIN subject s ON s.subject_id = a.below_id
    JOIN party p ON p.party_id = s.owner_id
    GROUP BY s.subject_id, p.reference
"""

_DECISIONS = """
    SELECT subject_id, effective_at, state FROM opt_in
    WHERE subject_id = ANY (CAST(:subjects AS bigint[])) ORDER BY subject_id, effective_at
"""

#: Of works within works, each is offered by itself.
_COVERED = """
    WITH RECURSIVE below AS (
        SELECT s.subject_id, s.owner_id FROM subject s
        WHERE s.subject_id = :subject
           OR CAST(:subject AS bigint) IS NULL AND s.owner_id = :owner
        UNION
        SELECT s.subject_id, s.owner_id FROM subject s JOIN below b ON s.parent_id = b.subject_id
        WHERE CAST(:subject AS bigint) IS NOT NULL AND :breadth <> 'character'
          AND (:breadth <> 'work' OR s.kind <> 'work')
    )
    SELECT subject_id FROM below WHERE owner_id = :owner ORDER BY subject_id LIMIT :limit
"""

_LICENSED = """
    SELECT g.licensee_id, l.reference AS license, m.subject_id,
           min(coalesce(g.wind_down_days, l.wind_down_days)) AS wind_down_days
    FROM subject s
    JOIN grant_subject m USING (subject_id)
    JOIN license_grant g USING (license_grant_id)
    JOIN license l ON l.license_id = g.license_id
    WHERE s.owner_id = :owner AND (l.ends_at IS NULL OR l.ends_at > :at)
    GROUP BY g.licensee_id, l.reference, m.subject_id
    ORDER BY g.licensee_id, l.reference, m.subject_id
"""


def offered(session: Session, *, subject_ids: Collection[int]) -> dict[int, Offered]:
    """Return, by key, what decides about how subjects are offered; four statements for any many."""
    parameters = {"subjects": list(subject_ids)}
    rows = session.execute(text(_ABOVE), parameters).all()
    decisions: dict[int, list[tuple[datetime, OptInState]]] = defaultdict(list)
    for subject_id, effective_at, state in session.execute(text(_DECISIONS), parameters):
        decisions[subject_id].append((effective_at, OptInState(state)))
    by_owner = offers.offers_of(session, owner_ids={row.owner_id for row in rows})
    targets = {owner_id: _by_target(found) for owner_id, found in by_owner.items()}
    return {
        row.subject_id: _offered(
            row, targets.get(row.owner_id, {}), tuple(decisions[row.subject_id])
        )
        for row in rows
    }


def opt_in_of_offered(session: Session, *, subject_ids: Collection[int]) -> dict[int, Decisions]:
    """Return, by key, the dated states of those subjects that an offer says something about."""
    found = offered(session, subject_ids=subject_ids)
    return {subject_id: each.opt_in for subject_id, each in found.items() if each.offers}


def covered(session: Session, *, offer: OfferInBook, limit: int) -> list[int]:
    """Return the keys of its holder's subjects that an offer is for, narrower offers aside."""
    return covered_by(
        session,
        owner_id=offer.owner_id,
        subject_id=offer.subject_id,
        breadth=offer.offer.breadth,
        limit=limit,
    )


def covered_by(
    session: Session, *, owner_id: int, subject_id: int | None, breadth: Breadth, limit: int
) -> list[int]:
    """Return the keys of a holder's subjects that an offer of a breadth for one would be for."""
    parameters = {
        "subject": subject_id,
        "owner": owner_id,
        "breadth": str(breadth),
        "limit": limit,
    }
    return list(session.scalars(text(_COVERED), parameters))


def licensed(session: Session, *, owner_id: int, at: datetime) -> list[Licensed]:
    """Return whatever of a holder's is in a license that has not ended at an instant."""
    rows = session.execute(text(_LICENSED), {"owner": owner_id, "at": at})
    return [Licensed(*row) for row in rows]


def _by_target(found: Sequence[OfferInBook]) -> dict[tuple[Breadth, str], list[Offer]]:
    by_target: dict[tuple[Breadth, str], list[Offer]] = defaultdict(list)
    for each in found:
        by_target[each.offer.breadth, each.offer.target].append(each.offer)
    return by_target


def _offered(
    row: Row[Any],
    by_target: Mapping[tuple[Breadth, str], Sequence[Offer]],
    decisions: Decisions,
) -> Offered:
    lineage = _lineage(row)
    covering = (
        offer
        for breadth in Breadth
        for target in lineage.targets(breadth)
        for offer in by_target.get((breadth, target), ())
    )
    return Offered(
        id=row.subject_id,
        owner_id=row.owner_id,
        lineage=lineage,
        offers=tuple(covering),
        decisions=decisions,
    )


def _lineage(row: Row[Any]) -> Lineage:
    above = list(zip(row.kinds, row.names, strict=True))
    return Lineage(
        subject=row.reference,
        work=next((name for kind, name in above if kind == Breadth.WORK), None),
        franchises=tuple(name for kind, name in above if kind == Breadth.FRANCHISE),
        holders=(row.holder,),
    )
