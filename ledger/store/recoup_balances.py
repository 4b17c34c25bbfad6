"""Recoup groups as both parties read them: what was paid ahead, and what is left to recoup."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.recoup_terms import Checkpoint
from ledger.core.recoupment import RecoupState
from ledger.core.snapshot import from_plain


@dataclass(frozen=True, kw_only=True)
class PrepaidInBook:
    """An advance, or what a guarantee lacked at a checkpoint, as the last closing left it."""

    reference: str
    kind: str
    amount_minor: int
    due_on: date
    counts_toward: str | None  # of an advance; of a shortfall, the guarantee that lacked it
    invoice: str | None  # that asked for it
    recouped_minor: int
    left_minor: int  # neither recouped, nor shared among rights holders, nor given back


@dataclass(frozen=True, kw_only=True)
class GuaranteedInBook:
    """A minimum guarantee, and what was paid and billed under it so far."""

    reference: str
    starts_on: date
    checkpoints: tuple[Checkpoint, ...]
    paid_minor: int  # royalty that was payable
    billed_minor: int  # shortfalls


@dataclass(frozen=True, kw_only=True)
class GroupBalance:
    """A recoup group of a license, by the places of its grants."""

    reference: str
    crossing: str
    currency: str
    grants: tuple[int, ...]
    prepaid: tuple[PrepaidInBook, ...]
    guarantees: tuple[GuaranteedInBook, ...]
    through: date | None  # the last day that is set off; None before the first closing


_GROUPS = """
    SELECT g.license_id, g.recoup_group_id, g.reference, g.crossing, min(v.currency) AS currency,
           array_agg(grants.position ORDER BY s.position) AS grants,
           (SELECT r.state FROM recoupment r WHERE r.recoup_group_id = g.recoup_group_id
            ORDER BY r.closing_month DESC LIMIT 1) AS state
    FROM recoup_group g
    JOIN recoup_source s USING (recoup_group_id)
    JOIN license_grant grants ON grants.license_grant_id = s.license_grant_id
    JOIN terms_version v ON v.license_grant_id = s.license_grant_id AND v.version = 1
    WHERE g.license_id = ANY (CAST(:licenses AS bigint[]))
    GROUP BY g.recoup_group_id
    ORDER BY g.license_id, g.position
"""

_PREPAID = """
    SELECT p.recoup_group_id, p.reference, p.kind, p.amount_minor, p.due_on,
           p.guarantee AS counts_toward, d.reference AS invoice,
           CAST(coalesce(sum(u.amount_minor) FILTER (WHERE u.kind = 'recouped'), 0) AS bigint)
               AS recouped_minor,
           CAST(p.amount_minor - coalesce(sum(u.amount_minor), 0) AS bigint) AS left_minor
    FROM prepayment p
    JOIN recoup_group g USING (recoup_group_id)
    LEFT JOIN prepayment_use u USING (prepayment_id)
    LEFT JOIN invoice_prepayment billed ON billed.prepayment_id = p.prepayment_id
    LEFT JOIN document d ON d.document_id = billed.document_id
    WHERE g.license_id = ANY (CAST(:licenses AS bigint[]))
    GROUP BY p.prepayment_id, d.reference
    ORDER BY p.recoup_group_id, p.prepayment_id
"""

_GUARANTEES = """
    SELECT m.* FROM minimum_guarantee m JOIN recoup_group g USING (recoup_group_id)
    WHERE g.license_id = ANY (CAST(:licenses AS bigint[]))
    ORDER BY m.recoup_group_id, m.position
"""


_LEFT = """
    SELECT l.reference AS license, g.reference AS recoup_group, p.reference, p.kind, p.currency,
           p.amount_minor,
           CAST(p.amount_minor - coalesce(sum(u.amount_minor), 0) AS bigint) AS left_minor
    FROM prepayment p
    JOIN recoup_group g USING (recoup_group_id)
    JOIN license l USING (license_id)
    LEFT JOIN prepayment_use u USING (prepayment_id)
    WHERE l.book_id = :book
    GROUP BY p.prepayment_id, l.reference, g.reference
    HAVING p.amount_minor > coalesce(sum(u.amount_minor), 0)
    ORDER BY l.reference COLLATE "C", p.prepayment_id
"""


@dataclass(frozen=True, kw_only=True)
class PrepaidLeft:
    """What the last closing left of an advance, or of what a guarantee lacked."""

    license: str
    recoup_group: str
    reference: str
    kind: str
    currency: str
    amount_minor: int
    left_minor: int


def left_to_recoup(session: Session, *, book_id: int) -> tuple[PrepaidLeft, ...]:
    """Return every prepayment of which something is left, by license, in one statement."""
    rows = session.execute(text(_LEFT), {"book": book_id})
    return tuple(PrepaidLeft(**row._mapping) for row in rows)


def balances_of(
    session: Session, *, license_ids: Collection[int]
) -> Mapping[int, list[GroupBalance]]:
    """Return the recoup groups of some licenses, by license and in order, in three statements."""
    asked = {"licenses": list(license_ids)}
    prepaid: dict[int, list[PrepaidInBook]] = defaultdict(list)
    for row in session.execute(text(_PREPAID), asked):
        told = dict(row._mapping)
        prepaid[told.pop("recoup_group_id")].append(PrepaidInBook(**told))
    guarantees: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(text(_GUARANTEES), asked):
        guarantees[row.recoup_group_id].append(row)
    found: dict[int, list[GroupBalance]] = defaultdict(list)
    for row in session.execute(text(_GROUPS), asked):
        key = row.recoup_group_id
        state = RecoupState() if row.state is None else from_plain(RecoupState, row.state)
        found[row.license_id].append(
            GroupBalance(
                reference=row.reference,
                crossing=row.crossing,
                currency=row.currency,
                grants=tuple(row.grants),
                prepaid=tuple(prepaid[key]),
                guarantees=tuple(_guaranteed(each, state) for each in guarantees[key]),
                through=state.through,
            )
        )
    return found


def _guaranteed(row: Row[Any], state: RecoupState) -> GuaranteedInBook:
    progress = next((each for each in state.guarantees if each.guarantee == row.reference), None)
    return GuaranteedInBook(
        reference=row.reference,
        starts_on=row.starts_on,
        checkpoints=tuple(
            Checkpoint(due_on=due_on, target_minor=target)
            for due_on, target in zip(row.due_on, row.targets_minor, strict=True)
        ),
        paid_minor=progress.paid_minor if progress else 0,
        billed_minor=progress.billed_minor if progress else 0,
    )
