"""Recoup groups as both parties read them: what was paid ahead, and what is left to recoup."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.recoup_terms import Checkpoint, MinimumGuarantee
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.recoupment import RecoupState
from ledger.core.snapshot import from_plain
from ledger.store.recoup_versions import read_versions


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
class AmendedGroup:
    """What a group was agreed to be later, from the first day of a month on."""

    version: int
    effective_from: date
    clause: str
    crossing: str
    grants: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class GroupBalance:
    """A recoup group of a license, by the places of its grants."""

    reference: str
    version: int
    crossing: str
    currency: str
    grants: tuple[int, ...]
    prepaid: tuple[PrepaidInBook, ...]
    guarantees: tuple[GuaranteedInBook, ...]
    through: date | None  # the last day that is set off; None before the first closing
    later: tuple[AmendedGroup, ...]  # every version but the first


_GROUPS = """
    SELECT g.license_id, g.recoup_group_id, min(v.currency) AS currency,
           (SELECT r.state FROM recoupment r WHERE r.recoup_group_id = g.recoup_group_id
            ORDER BY r.closing_month DESC LIMIT 1) AS state
    FROM recoup_group g
    JOIN recoup_source s USING (recoup_group_id)
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
    """
    Return the recoup groups of some licenses, by license and in order, in a few statements.

    Each is told by the version that holds on the day after the last one that is set off.
    """
    asked = {"licenses": list(license_ids)}
    prepaid: dict[int, list[PrepaidInBook]] = defaultdict(list)
    for row in session.execute(text(_PREPAID), asked):
        told = dict(row._mapping)
        prepaid[told.pop("recoup_group_id")].append(PrepaidInBook(**told))
    rows = session.execute(text(_GROUPS), asked).all()
    versions = read_versions(session, group_ids=[row.recoup_group_id for row in rows])
    found: dict[int, list[GroupBalance]] = defaultdict(list)
    for row in rows:
        key = row.recoup_group_id
        state = RecoupState() if row.state is None else from_plain(RecoupState, row.state)
        found[row.license_id].append(
            _balance(versions[key], state, currency=row.currency, prepaid=tuple(prepaid[key]))
        )
    return found


def _balance(
    group: VersionedGroup, state: RecoupState, *, currency: str, prepaid: tuple[PrepaidInBook, ...]
) -> GroupBalance:
    held = group.at(state.through + timedelta(days=1) if state.through else date.min)
    return GroupBalance(
        reference=group.reference,
        version=held.version,
        crossing=held.group.crossing,
        currency=currency,
        grants=tuple(map(int, held.group.sources)),
        prepaid=prepaid,
        guarantees=tuple(_guaranteed(each, state) for each in held.group.guarantees),
        through=state.through,
        later=tuple(
            AmendedGroup(
                version=each.version,
                effective_from=each.since,
                clause=each.clause_reference,
                crossing=each.group.crossing,
                grants=tuple(map(int, each.group.sources)),
            )
            for each in group.versions
            if each.since is not None
        ),
    )


def _guaranteed(guarantee: MinimumGuarantee, state: RecoupState) -> GuaranteedInBook:
    of_state = (each for each in state.guarantees if each.guarantee == guarantee.reference)
    progress = next(of_state, None)
    return GuaranteedInBook(
        reference=guarantee.reference,
        starts_on=guarantee.starts_on,
        checkpoints=guarantee.checkpoints,
        paid_minor=progress.paid_minor if progress else 0,
        billed_minor=progress.billed_minor if progress else 0,
    )
