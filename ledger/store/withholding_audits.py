"""What the audit asks of the withholding register: payouts beside the journal, and remittances."""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.withholding_facts import RemittedFact, WithheldFact
from ledger.store.withholdings import read_remitted, read_slips

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


def load_withheld(session: Session, *, book_id: int) -> tuple[WithheldFact, ...]:
    """Return what was withheld from each payee in each month, by its payouts and the journal."""
    rows = session.execute(text(_WITHHELD), {"book": book_id})
    return tuple(WithheldFact(**row._mapping) for row in rows)


def load_remitted(session: Session, *, book_id: int) -> tuple[RemittedFact, ...]:
    """Return what was withheld and remitted of each month and payment slip."""
    totals = {
        (each.month, each.scope): each.withheld_minor
        for each in read_slips(session, book_id=book_id)
    }
    sums = dict.fromkeys(totals, 0)
    for each in read_remitted(session, book_id=book_id):
        sums[each.month, each.scope] = sums.get((each.month, each.scope), 0) + each.amount_minor
    return tuple(
        RemittedFact(
            month=month.first_day,
            scope=scope,
            withheld_minor=totals.get((month, scope), 0),
            remitted_minor=remitted,
        )
        for (month, scope), remitted in sums.items()
    )
