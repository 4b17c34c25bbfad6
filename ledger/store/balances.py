"""
What payees are owed: everything that moves a balance, added up, because none is stored.

That is what they earned, what revisions moved, what was paid to them or ahead, and set off.
"""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.earning import Balance

_BALANCES = """
    SELECT p.reference, sum(supplies), sum(passthrough), sum(tax)
    FROM (
        SELECT e.owner_id,
               CASE e.kind WHEN 'supply' THEN e.amount_minor ELSE 0 END AS supplies,
               CASE e.kind WHEN 'supply' THEN 0 ELSE e.amount_minor END AS passthrough,
               e.tax_minor AS tax
        FROM earning e JOIN settlement s USING (settlement_id)
        WHERE s.book_id = :book
        UNION ALL
        SELECT o.owner_id, -o.supplies_minor, -o.passthrough_minor, -o.consumption_tax_minor
        FROM payout o JOIN payout_run r USING (payout_run_id)
        WHERE r.book_id = :book AND r.settlement_id IS NOT NULL  -- What is paid again was counted.
        UNION ALL
        SELECT owner_id, 0, a.amount_minor, 0
        FROM payee_advance_payment JOIN payee_advance a USING (payee_advance_id, owner_id)
        WHERE a.book_id = :book
        UNION ALL
        SELECT c.owner_id,
               CASE c.kind WHEN 'supply' THEN c.amount_minor ELSE 0 END,
               CASE c.kind WHEN 'supply' THEN 0 ELSE c.amount_minor END,
               c.tax_minor
        FROM earning_correction c JOIN settlement s USING (settlement_id)
        WHERE s.book_id = :book
        UNION ALL
        SELECT u.owner_id, 0, -u.amount_minor, 0
        FROM payee_advance_use u JOIN settlement s USING (settlement_id)
        WHERE s.book_id = :book
    ) movement
    JOIN party p ON p.party_id = movement.owner_id
    GROUP BY p.party_id
    HAVING sum(supplies) <> 0 OR sum(passthrough) <> 0 OR sum(tax) <> 0
    ORDER BY p.reference COLLATE "C"
"""


def find_balances(session: Session, *, book_id: int) -> dict[str, Balance]:
    """Return what each payee has earned and was not paid, by reference; balances of 0 left out."""
    rows = session.execute(text(_BALANCES), {"book": book_id})
    return {
        reference: Balance(
            supplies_minor=int(supplies), passthrough_minor=int(passthrough), tax_minor=int(tax)
        )
        for reference, supplies, passthrough, tax in rows
    }
