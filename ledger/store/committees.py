"""
Committees' waterfalls: the steps and shares of each contract, from a closing month on.

Steps are stored in the order of the contract without their bases, which follow from the order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.core.waterfall import ORDERS, Preset, Step, StepKind, Waterfall
from ledger.store.parties import insert_all
from ledger.store.tables.works import (
    WaterfallMemberRow,
    WaterfallPassRow,
    WaterfallStepRow,
    WaterfallVersionRow,
)


@dataclass(frozen=True, kw_only=True)
class WaterfallInForce:
    """A committee's waterfall with its key; payees and members are references."""

    id: int
    version: int
    effective_from: date
    waterfall: Waterfall


_IN_FORCE = """
    SELECT DISTINCT ON (owner_id) owner_id, waterfall_version_id, version, effective_from, preset
    FROM waterfall_version
    WHERE owner_id = ANY (CAST(:committees AS bigint[])) AND effective_from <= :month
    ORDER BY owner_id, effective_from DESC
"""

# The house still has to act for it: without an entrustment its costs are not the house's to state.
_WITH_COSTS = """
    SELECT p.reference
    FROM party p
    JOIN LATERAL (
        SELECT v.waterfall_version_id FROM waterfall_version v
        WHERE v.owner_id = p.party_id AND v.effective_from <= :month
        ORDER BY v.effective_from DESC LIMIT 1
    ) in_force ON true
    WHERE p.book_id = :book AND p.kind = 'committee'
      AND EXISTS (SELECT FROM waterfall_step s
                  WHERE s.waterfall_version_id = in_force.waterfall_version_id
                    AND s.amount_minor <> 0)
      AND EXISTS (SELECT FROM entrustment e
                  WHERE e.owner_id = p.party_id AND e.effective_from <= :fee_on)
    ORDER BY p.reference COLLATE "C"
"""

_STEPS = """
    SELECT s.waterfall_version_id, s.position, s.kind, s.category, p.reference AS payee,
           s.rate_bp, s.amount_minor, s.cap_minor
    FROM waterfall_step s JOIN party p ON p.party_id = s.payee_id
    WHERE s.waterfall_version_id = ANY (CAST(:versions AS bigint[]))
    ORDER BY s.waterfall_version_id, s.position
"""

_PASSES = """
    SELECT w.waterfall_version_id, w.step_position, p.reference, w.rate_bp
    FROM waterfall_pass w JOIN party p ON p.party_id = w.payee_id
    WHERE w.waterfall_version_id = ANY (CAST(:versions AS bigint[]))
    ORDER BY w.waterfall_version_id, w.step_position, w.position
"""

_MEMBERS = """
    SELECT m.waterfall_version_id, p.reference, m.share
    FROM waterfall_member m JOIN party p ON p.party_id = m.member_id
    WHERE m.waterfall_version_id = ANY (CAST(:versions AS bigint[]))
    ORDER BY m.waterfall_version_id, m.position
"""


def insert_waterfalls(
    session: Session,
    *,
    waterfalls: Sequence[tuple[int, date, Waterfall]],
    party_ids: Mapping[str, int],
) -> None:
    """
    Write the first waterfall of committees, each as (committee, effective from, waterfall).

    ``party_ids`` has the key of every payee and member.
    """
    if not waterfalls:
        return
    key = col(WaterfallVersionRow.waterfall_version_id)
    versions = session.scalars(
        insert(WaterfallVersionRow).returning(key, sort_by_parameter_order=True),
        [
            {"owner_id": owner, "version": 1, "effective_from": start, "preset": str(fall.preset)}
            for owner, start, fall in waterfalls
        ],
    )
    owned = [
        ({"waterfall_version_id": version_id, "owner_id": owner_id}, waterfall)
        for version_id, (owner_id, _, waterfall) in zip(versions, waterfalls, strict=True)
    ]
    insert_all(session, WaterfallStepRow, _step_rows(owned, party_ids))
    insert_all(session, WaterfallPassRow, _pass_rows(owned, party_ids))
    insert_all(session, WaterfallMemberRow, _member_rows(owned, party_ids))


def find_waterfalls(
    session: Session, *, committee_ids: Collection[int], closing_month: date
) -> dict[int, WaterfallInForce]:
    """Return what each committee's contract says for a closing month, by committee."""
    in_force = {"committees": list(committee_ids), "month": closing_month}
    found = session.execute(text(_IN_FORCE), in_force).all()
    versions = {"versions": [row.waterfall_version_id for row in found]}
    passes = defaultdict(list)
    for version_id, position, payee, rate_bp in session.execute(text(_PASSES), versions):
        passes[version_id, position].append((payee, rate_bp))
    steps = defaultdict(list)
    for row in session.execute(text(_STEPS), versions):
        version_id = row.waterfall_version_id
        steps[version_id].append(_step(row, tuple(passes[version_id, row.position])))
    members = defaultdict(list)
    for version_id, member, share in session.execute(text(_MEMBERS), versions):
        members[version_id].append((member, share))
    return {
        row.owner_id: WaterfallInForce(
            id=row.waterfall_version_id,
            version=row.version,
            effective_from=row.effective_from,
            waterfall=build_waterfall(
                preset=Preset(row.preset),
                steps=steps[row.waterfall_version_id],
                members=members[row.waterfall_version_id],
            ),
        )
        for row in found
    }


def find_with_costs(
    session: Session, *, book_id: int, closing_month: date, fee_on: date
) -> list[str]:
    """Return the committees that owe fixed amounts for a closing month, whatever comes in."""
    asked = {"book": book_id, "month": closing_month, "fee_on": fee_on}
    return list(session.scalars(text(_WITH_COSTS), asked))


def build_waterfall(
    *, preset: Preset, steps: Sequence[Step], members: Sequence[tuple[str, int]]
) -> Waterfall:
    """
    Put a committee's steps into the order of its contract; within a kind they stay as listed.

    :raises Refusal: one of :mod:`ledger.core.waterfall`.
    """
    of_kind = {kind: [step for step in steps if step.kind is kind] for kind in StepKind}
    ordered = ORDERS[preset](
        fees=of_kind[StepKind.FEE],
        royalties=of_kind[StepKind.ROYALTY],
        expenses=of_kind[StepKind.EXPENSE],
    )
    return Waterfall(preset=preset, steps=ordered, members=tuple(members))


def _step(row: Row[Any], passes: tuple[tuple[str, int], ...]) -> Step:
    return Step(
        name=f"{row.category}:{row.position}",
        kind=StepKind(row.kind),
        category=row.category,
        payee=row.payee,
        rate_bp=row.rate_bp,
        amount_minor=row.amount_minor,
        passes=passes,
        cap_minor=row.cap_minor,
    )


_Owned = Sequence[tuple[dict[str, int | None], Waterfall]]


def _step_rows(owned: _Owned, party_ids: Mapping[str, int]) -> Iterator[dict[str, object]]:
    for keys, waterfall in owned:
        for position, step in enumerate(waterfall.steps):
            yield {
                **keys,
                "position": position,
                "kind": str(step.kind),
                "category": step.category,
                "payee_id": party_ids[step.payee],
                "rate_bp": step.rate_bp,
                "amount_minor": step.amount_minor,
                "cap_minor": step.cap_minor,
            }


def _pass_rows(owned: _Owned, party_ids: Mapping[str, int]) -> Iterator[dict[str, object]]:
    for keys, waterfall in owned:
        for step_position, step in enumerate(waterfall.steps):
            for position, (payee, rate_bp) in enumerate(step.passes):
                yield {
                    **keys,
                    "step_position": step_position,
                    "position": position,
                    "payee_id": party_ids[payee],
                    "rate_bp": rate_bp,
                }


def _member_rows(owned: _Owned, party_ids: Mapping[str, int]) -> Iterator[dict[str, object]]:
    for keys, waterfall in owned:
        for position, (member, share) in enumerate(waterfall.members):
            yield {**keys, "position": position, "member_id": party_ids[member], "share": share}
