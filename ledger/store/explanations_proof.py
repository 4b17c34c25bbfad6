"""What an explanation says of proofs: where a generation or correction stands in its log."""

from collections.abc import Collection

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.correction import Identity
from ledger.core.explanation_facts import ProofFact

_AT = """
    SELECT accrual_month, source, event_id FROM generation
    WHERE licensee_id = :licensee AND batch_number = :batch AND position = :position
    UNION ALL
    SELECT accrual_month, source, event_id FROM correction
    WHERE licensee_id = :licensee AND batch_number = :batch AND position = :position
"""

# A batch holds reports or corrections, never both; its months are asked for one by one.
_BATCHES = """
    SELECT b.batch_number, b.root, b.previous_head, b.head, b.recorded_at,
           ARRAY(SELECT leaf FROM (
               SELECT position, content_hash AS leaf FROM generation g
               WHERE g.licensee_id = b.licensee_id AND g.batch_number = b.batch_number
                 AND g.accrual_month BETWEEN b.first_month AND b.last_month
               UNION ALL
               SELECT position, content_hash FROM correction c
               WHERE c.licensee_id = b.licensee_id AND c.batch_number = b.batch_number
           ) leaves ORDER BY position) AS leaves
    FROM batch b
    WHERE b.licensee_id = :licensee AND b.batch_number = ANY (CAST(:numbers AS bigint[]))
"""


def find_identity(
    session: Session, *, licensee_id: int, batch_number: int, position: int
) -> Identity | None:
    """Return which generation a receipt is of, or a receipt of its correction."""
    asked = {"licensee": licensee_id, "batch": batch_number, "position": position}
    row = session.execute(text(_AT), asked).one_or_none()
    return None if row is None else Identity(row.accrual_month, row.source, row.event_id)


def read_proofs(
    session: Session, *, licensee_id: int, places: Collection[tuple[int, int]]
) -> tuple[ProofFact, ...]:
    """Return the proofs of some places (batch, position), in their order."""
    numbers = sorted({batch for batch, _ in places})
    rows = session.execute(text(_BATCHES), {"licensee": licensee_id, "numbers": numbers})
    batches = {row.batch_number: row for row in rows}
    return tuple(
        ProofFact(
            batch_number=number,
            position=position,
            leaves=tuple(map(bytes, batches[number].leaves)),
            root=batches[number].root,
            previous_head=batches[number].previous_head,
            head=batches[number].head,
            recorded_at=batches[number].recorded_at,
        )
        for number, position in places
    )
