"""The trial balance's sums over postings, before a first day and up to a last one."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.journal import AccountCode
from ledger.core.trial_balance import TrialLine

_SUMS = """
    SELECT a.code, p.reference AS party, split_part(a.asset, '/', 1) AS currency,
           CAST(coalesce(sum(s.debit - s.credit) FILTER (WHERE s.is_before), 0) AS bigint)
               AS opening_minor,
           CAST(coalesce(sum(s.debit) FILTER (WHERE NOT s.is_before), 0) AS bigint) AS debit_minor,
           CAST(coalesce(sum(s.credit) FILTER (WHERE NOT s.is_before), 0) AS bigint) AS credit_minor
    FROM (
        SELECT p.debit_account_id AS account_id, p.amount_minor AS debit, 0 AS credit,
               e.posted_on < :first_day AS is_before
        FROM entry e JOIN posting p USING (entry_id)
        WHERE e.book_id = :book AND e.posted_on <= :last_day
        UNION ALL
        SELECT p.credit_account_id, 0, p.amount_minor, e.posted_on < :first_day
        FROM entry e JOIN posting p USING (entry_id)
        WHERE e.book_id = :book AND e.posted_on <= :last_day
    ) s
    JOIN account a USING (account_id)
    LEFT JOIN party p USING (party_id)
    GROUP BY 1, 2, 3
"""


def read_trial_balance(
    session: Session, *, book_id: int, first_day: date, last_day: date
) -> list[TrialLine]:
    """Return every account and currency that was posted to by the last day, in no order."""
    days = {"first_day": first_day, "last_day": last_day}
    return [
        TrialLine(**{**row._mapping, "code": AccountCode(row.code)})
        for row in session.execute(text(_SUMS), {"book": book_id, **days})
    ]
