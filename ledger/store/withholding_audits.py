"""What the audit asks of the withholding register: payouts beside the journal, and remittances."""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.withholding_facts import RemittedFact, WithheldFact

_WITHHELD = """
    WITH told AS (
        SELECT month, owner_id AS party_id, sum(withholding_minor) AS withheld_minor
        FROM paid_movement
        WHERE book_id = :book AND withholding_minor <> 0
        GROUP BY 1, 2
    ), posted AS (
        SELECT e.month, m.party_id, sum(m.amount_minor) AS posted_minor
        FROM posting p
        JOIN entry e USING (entry_id)
        JOIN account c ON c.account_id = p.credit_account_id
        JOIN account d ON d.account_id = p.debit_account_id
        CROSS JOIN LATERAL (
            SELECT d.party_id, p.amount_minor WHERE c.code = 'withholding'
            UNION ALL
            SELECT c.party_id, -p.amount_minor
            WHERE d.code = 'withholding' AND e.kind = 'payout_return'
        ) m
        WHERE e.book_id = :book
        GROUP BY 1, 2
    )
    SELECT month, coalesce(p.reference, '') AS payee,
           CAST(coalesce(withheld_minor, 0) AS bigint) AS withheld_minor,
           CAST(coalesce(posted_minor, 0) AS bigint) AS posted_minor
    FROM told FULL JOIN posted USING (month, party_id) LEFT JOIN party p USING (party_id)
    ORDER BY 1, 2
"""

# Payments that came back later are in it: what was remitted for them stays remitted.
_REMITTED = """
    SELECT r.month, r.scope, CAST(sum(r.amount_minor) AS bigint) AS remitted_minor,
           CAST(coalesce((SELECT sum(m.withholding_minor)
                          FROM paid_movement m JOIN party p ON p.party_id = m.owner_id
                          WHERE m.book_id = r.book_id AND m.month = r.month AND m.sign > 0
                            AND r.scope = CASE WHEN p.country = 'JP' THEN 'resident_individual'
                                               ELSE 'non_resident' END), 0) AS bigint)
               AS withheld_minor
    FROM withholding_remittance r
    WHERE r.book_id = :book
    GROUP BY r.book_id, r.month, r.scope
    ORDER BY 1, 2
"""


def load_withheld(session: Session, *, book_id: int) -> tuple[WithheldFact, ...]:
    """Return what was withheld from each payee in each month, by its payouts and the journal."""
    rows = session.execute(text(_WITHHELD), {"book": book_id})
    return tuple(WithheldFact(**row._mapping) for row in rows)


def load_remitted(session: Session, *, book_id: int) -> tuple[RemittedFact, ...]:
    """Return what was remitted of each month and slip, beside all that was withheld in it."""
    return tuple(
        RemittedFact(**row._mapping) for row in session.execute(text(_REMITTED), {"book": book_id})
    )
