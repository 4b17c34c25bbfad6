"""
Where committees stand: deficits, what members received, and what suppliers were not paid.

None of it is stored for its own sake; it follows from the settlements and what was earned.
"""

from collections.abc import Collection

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.arrears import Arrears, Opening

_OPENINGS = """
    SELECT DISTINCT ON (h.owner_id)
           p.reference, h.deficit_out_minor, h.distributed_after_minor,
           max(h.distributed_after_minor) OVER (PARTITION BY h.owner_id)
    FROM holder_settlement h
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = h.owner_id
    WHERE h.owner_id = ANY (CAST(:holders AS bigint[])) AND h.currency = :currency
    ORDER BY h.owner_id, s.closing_month DESC
"""

# A committee is level when it has no deficit and its members owe nothing of what they had. What
# its suppliers earned since it last was is not paid before it is again.
_ARREARS = """
    WITH run AS (
        SELECT h.settlement_id, h.owner_id, s.closing_month,
               h.deficit_out_minor = 0
               AND h.distributed_after_minor = max(h.distributed_after_minor)
                   OVER (PARTITION BY h.owner_id ORDER BY s.closing_month) AS is_level
        FROM holder_settlement h JOIN settlement s USING (settlement_id)
        WHERE s.book_id = :book AND h.currency = :currency
    ), level AS (
        SELECT owner_id, coalesce(max(closing_month) FILTER (WHERE is_level), '-infinity') AS month
        FROM run GROUP BY owner_id
    )
    SELECT committee.reference, payee.reference,
           CAST(sum(e.amount_minor) AS bigint), CAST(sum(e.tax_minor) AS bigint)
    FROM run
    JOIN level ON level.owner_id = run.owner_id AND run.closing_month > level.month
    JOIN earning e ON e.settlement_id = run.settlement_id AND e.holder_id = run.owner_id
                  AND e.kind = 'supply'
    JOIN party committee ON committee.party_id = run.owner_id
    JOIN party payee ON payee.party_id = e.owner_id
    GROUP BY committee.party_id, payee.party_id
    ORDER BY committee.reference COLLATE "C", payee.reference COLLATE "C"
"""


def find_openings(
    session: Session, *, holder_ids: Collection[int], currency: str
) -> dict[str, Opening]:
    """Return where each holder's last settlement left it; a holder without one is left out."""
    rows = session.execute(text(_OPENINGS), {"holders": list(holder_ids), "currency": currency})
    return {
        reference: Opening(
            deficit_minor=deficit, distributed_minor=distributed, distributed_peak_minor=peak
        )
        for reference, deficit, distributed, peak in rows
    }


def find_arrears(session: Session, *, book_id: int, currency: str) -> dict[str, dict[str, Arrears]]:
    """Return what committees that are not level owe for supplies, by committee and payee."""
    rows = session.execute(text(_ARREARS), {"book": book_id, "currency": currency})
    found: dict[str, dict[str, Arrears]] = {}
    for committee, payee, amount, tax in rows:
        found.setdefault(committee, {})[payee] = Arrears(amount_minor=amount, tax_minor=tax)
    return found
