"""Advances, guarantees and their groups as they are written, once, with their license."""

from collections.abc import Sequence

from sqlmodel import Session, col, insert

from ledger.core.recoup_terms import Advance, MinimumGuarantee, RecoupGroup
from ledger.store.parties import insert_all
from ledger.store.tables.prepayments import (
    MinimumGuaranteeRow,
    PrepaymentRow,
    RecoupGroupRow,
    RecoupSourceRow,
)


def insert_groups(
    session: Session,
    *,
    license_id: int | None,
    licensee_id: int,
    currency: str,
    grant_ids: Sequence[int | None],
    groups: Sequence[RecoupGroup],
) -> None:
    """Write the groups of a license that is being written, with their advances and guarantees."""
    if not groups:
        return
    key = col(RecoupGroupRow.recoup_group_id)
    keys = session.scalars(
        insert(RecoupGroupRow).returning(key, sort_by_parameter_order=True),
        [
            {
                "license_id": license_id,
                "licensee_id": licensee_id,
                "position": position,
                "reference": group.reference,
                "crossing": str(group.crossing),
            }
            for position, group in enumerate(groups)
        ],
    ).all()
    numbered = [
        ({"recoup_group_id": key, "licensee_id": licensee_id}, group)
        for key, group in zip(keys, groups, strict=True)
    ]
    insert_all(
        session,
        RecoupSourceRow,
        (
            {**keyed, "license_grant_id": grant_ids[int(source)], "position": position}
            for keyed, group in numbered
            for position, source in enumerate(group.sources)
        ),
    )
    insert_all(
        session,
        MinimumGuaranteeRow,
        (
            {**keyed, "position": position, **guarantee_row(guarantee)}
            for keyed, group in numbered
            for position, guarantee in enumerate(group.guarantees)
        ),
    )
    insert_all(
        session,
        PrepaymentRow,
        (
            {**keyed, "currency": currency, **advance_row(advance)}
            for keyed, group in numbered
            for advance in group.advances
        ),
    )


def advance_row(advance: Advance) -> dict[str, object]:
    """Return the columns of an advance that say what was agreed."""
    return {
        "reference": advance.reference,
        "kind": str(advance.kind),
        "amount_minor": advance.amount_minor,
        "due_on": advance.paid_on,
        "sources": [each.source for each in advance.recouped_from],
        "shares_bp": [each.share_bp for each in advance.recouped_from],
        "guarantee": advance.counts_toward,
    }


def guarantee_row(guarantee: MinimumGuarantee) -> dict[str, object]:
    """Return the columns of a guarantee that say what was agreed."""
    return {
        "reference": guarantee.reference,
        "sources": list(guarantee.sources),
        "starts_on": guarantee.starts_on,
        "due_on": [each.due_on for each in guarantee.checkpoints],
        "targets_minor": [each.target_minor for each in guarantee.checkpoints],
    }
