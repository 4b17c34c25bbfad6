"""How much waits for somebody of the house, of each kind: one query for all of it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """Counts of what waits; the names are those of what has to be done."""

    runs_to_approve: int
    runs_to_release: int
    runs_late: int
    payments_to_answer: int
    payments_again: int
    receipts_unmatched: int
    credits_unused: int
    invoices_overdue: int
    licenses_suspended: int
    uses_held: int
    disputes_open: int
    claims_disputed: int
    webhooks_failed: int
    letters_failed: int
    stripe_waiting: int
    faults: int | None  # of the last comparison; None when the book was never compared
    bank_differences: int  # that only the bank or only the book has; they may be on their way
    is_away: bool  # Stripe did not answer when it was


# A webhook that was sent again counts by what came of that.
_COUNTS = """
    WITH run AS (
        SELECT r.payout_run_id, r.pay_on, a.payout_run_id IS NOT NULL AS is_approved
        FROM payout_run r
        LEFT JOIN payout_approval a USING (payout_run_id)
        WHERE r.book_id = :book
          AND NOT EXISTS (SELECT FROM payout_cancellation c
                          WHERE c.payout_run_id = r.payout_run_id)
          AND NOT EXISTS (SELECT FROM payout_release x WHERE x.payout_run_id = r.payout_run_id)
    ), compared AS (
        SELECT jsonb_array_length(CAST(broken AS jsonb))
                 + jsonb_array_length(CAST(stripe_differences AS jsonb)) AS faults,
               jsonb_array_length(CAST(bank_differences AS jsonb)) AS bank_differences,
               stripe = 'away' AS is_away
        FROM book_comparison WHERE book_id = :book
        ORDER BY book_comparison_id DESC LIMIT 1
    )
    SELECT (SELECT count(*) FROM run WHERE NOT is_approved AND pay_on >= :today)
               AS runs_to_approve,
           (SELECT count(*) FROM run WHERE is_approved AND pay_on >= :today) AS runs_to_release,
           (SELECT count(*) FROM run WHERE pay_on < :today) AS runs_late,
           (SELECT count(*) FROM payout o
            JOIN payout_run r USING (payout_run_id) JOIN payout_release x USING (payout_run_id)
            WHERE r.book_id = :book AND r.pay_on <= :today
              AND NOT EXISTS (SELECT FROM payout_confirmation c
                              WHERE c.payout_run_id = o.payout_run_id
                                AND c.owner_id = o.owner_id)
              AND NOT EXISTS (SELECT FROM payout_return b
                              WHERE b.payout_run_id = o.payout_run_id
                                AND b.owner_id = o.owner_id)) AS payments_to_answer,
           (SELECT count(*) FROM payout o
            JOIN payout_run r USING (payout_run_id)
            LEFT JOIN payout_cancellation c USING (payout_run_id)
            LEFT JOIN payout_return b USING (payout_run_id, owner_id)
            LEFT JOIN payout_retry t ON t.replaced_run_id = o.payout_run_id
                                    AND t.owner_id = o.owner_id
            WHERE r.book_id = :book AND t.payout_run_id IS NULL
              AND (c.payout_run_id IS NOT NULL OR b.payout_run_id IS NOT NULL)) AS payments_again,
           (SELECT count(*) FROM bank_line l
            WHERE l.book_id = :book AND l.amount_minor > 0
              AND NOT EXISTS (SELECT FROM bank_line_ending e
                              WHERE e.bank_line_id = l.bank_line_id)) AS receipts_unmatched,
           (SELECT count(*) FROM (SELECT DISTINCT licensee_id, currency FROM payment
                                  WHERE book_id = :book) m
            WHERE credit_of(m.licensee_id, m.currency) > 0) AS credits_unused,
           (SELECT count(*) FROM invoice i
            WHERE i.book_id = :book AND i.due_on < :today
              AND i.total_minor > (SELECT coalesce(sum(r.amount_minor), 0) FROM receipt r
                                   WHERE r.document_id = i.document_id)) AS invoices_overdue,
           (SELECT count(*) FROM license_suspension s
            JOIN license c USING (license_id)
            LEFT JOIN license_lifting l USING (license_suspension_id)
            WHERE c.book_id = :book AND l.license_suspension_id IS NULL) AS licenses_suspended,
           (SELECT CAST(coalesce(sum(t.generation_count), 0) AS bigint)
            FROM batch_total t JOIN party p ON p.party_id = t.licensee_id
            WHERE p.book_id = :book AND t.decision = 'held'
              AND t.accrual_month > coalesce((SELECT max(month) FROM month_closing
                                              WHERE book_id = :book), DATE '-infinity'))
               AS uses_held,
           (SELECT count(*) FROM statement_answer a JOIN document d USING (document_id)
            WHERE d.book_id = :book AND a.state = 'disputed'
              AND NOT EXISTS (SELECT FROM statement_answer later
                              WHERE later.document_id = a.document_id AND later.line = a.line
                                AND later.version > a.version)) AS disputes_open,
           (SELECT count(*) FROM claim c
            JOIN LATERAL (SELECT state FROM claim_version v WHERE v.claim_id = c.claim_id
                          ORDER BY v.version DESC LIMIT 1) last ON true
            WHERE c.book_id = :book AND last.state = 'disputed') AS claims_disputed,
           (SELECT count(*) FROM webhook_attempt a
            JOIN webhook_delivery d USING (webhook_delivery_id)
            JOIN party p ON p.party_id = d.owner_id
            WHERE p.book_id = :book AND a.outcome = 'gave_up'
              AND NOT EXISTS (SELECT FROM webhook_delivery later
                              WHERE later.webhook_endpoint_id = d.webhook_endpoint_id
                                AND later.outbox_id = d.outbox_id
                                AND later.webhook_delivery_id > d.webhook_delivery_id))
               AS webhooks_failed,
           (SELECT count(*) FROM mail_attempt WHERE outcome = 'gave_up') AS letters_failed,
           (SELECT count(*) FROM stripe_event e
            JOIN LATERAL (SELECT outcome FROM stripe_handling h
                          WHERE h.stripe_event_id = e.stripe_event_id
                          ORDER BY number DESC LIMIT 1) h ON true
            WHERE e.book_id = :book AND h.outcome = 'kept')
           + (SELECT count(*) FROM stripe_call c
              JOIN LATERAL (SELECT outcome FROM stripe_outcome o
                            WHERE o.stripe_call_id = c.stripe_call_id
                            ORDER BY number DESC LIMIT 1) o ON true
              WHERE c.book_id = :book AND o.outcome NOT IN ('done', 'later')) AS stripe_waiting,
           (SELECT faults FROM compared) AS faults,
           coalesce((SELECT bank_differences FROM compared), 0) AS bank_differences,
           coalesce((SELECT is_away FROM compared), false) AS is_away
"""


def count_tasks(session: Session, *, book_id: int, today: date) -> Tasks:
    """Return how much of each kind waits on a day."""
    row = session.execute(text(_COUNTS), {"book": book_id, "today": today}).one()
    return Tasks(**row._mapping)
