"""One payout run as whoever answers for it reads it: every payment, every step, who is not paid."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.invoice import BankAccountCopy
from ledger.core.payout_run import PayoutRun
from ledger.core.snapshot import from_plain
from ledger.store.payouts import RUNS


@dataclass(frozen=True, kw_only=True)
class PaymentDetail:
    """One payment of a run with its taxes, where it goes, and what became of it."""

    payee: str
    name_ja: str
    name_en: str
    account: BankAccountCopy
    is_first_to_account: bool  # No run that was released before paid the payee there.
    statement: str | None
    supplies_minor: int
    passthrough_minor: int
    consumption_tax_minor: int
    withholding_base_minor: int
    withholding_minor: int
    payout_minor: int
    confirmed_on: date | None
    returned_on: date | None
    return_reason: str | None
    paid_again_by: str | None
    pays_again: str | None  # the run that did not

    @property
    def gross_minor(self) -> int:
        """What is owed without tax."""
        return self.supplies_minor + self.passthrough_minor


@dataclass(frozen=True, kw_only=True)
class NotPaidRow:
    """A payee who has a statement of the same settlement and is paid nothing by it."""

    payee: str
    name_ja: str
    name_en: str
    statement: str
    carried_minor: int
    hold_reason: str | None
    advance_recouped_minor: int


@dataclass(frozen=True, kw_only=True)
class RunStep:
    """What somebody did with a run, or what the bank did with one of its payments."""

    step: str  # "planned", "approved", "cancelled", "released", "confirmed" or "returned"
    at: datetime
    by: str
    why: str
    payee_count: int  # of answers of the bank that were recorded together; 0 of other steps
    payee_ja: str | None  # where it is one
    payee_en: str | None
    day: date | None  # on which the bank did it
    bank_reference: str


@dataclass(frozen=True, kw_only=True)
class WaitingPayment:
    """A payment that was returned or whose run was cancelled, and that no run makes again yet."""

    payee: str
    name_ja: str
    name_en: str
    run: str
    payout_minor: int
    currency: str
    because: str


_LATEST = (
    RUNS
    + """
    WHERE r.book_id = :book AND r.payout_run_id < :before
    ORDER BY r.payout_run_id DESC
    LIMIT :limit
"""
)

_PAYMENTS = """
    SELECT p.reference AS payee, p.name_ja, p.name_en,
           coalesce(own.pay_to, CAST(d.snapshot AS jsonb) -> 'pay_to') AS account,
           NOT EXISTS (SELECT FROM payout e
                       JOIN payout_release x USING (payout_run_id)
                       WHERE e.owner_id = o.owner_id AND e.bank_account_id = o.bank_account_id
                         AND e.payout_run_id < o.payout_run_id) AS is_first_to_account,
           d.reference AS statement, o.supplies_minor, o.passthrough_minor,
           o.consumption_tax_minor, o.withholding_base_minor, o.withholding_minor, o.payout_minor,
           c.confirmed_on, b.returned_on, b.reason AS return_reason,
           again.reference AS paid_again_by, replaced.reference AS pays_again
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    LEFT JOIN payout_confirmation c USING (payout_run_id, owner_id)
    LEFT JOIN payout_return b USING (payout_run_id, owner_id)
    LEFT JOIN payout_retry own USING (payout_run_id, owner_id)
    JOIN party p ON p.party_id = o.owner_id
    LEFT JOIN payout_run replaced ON replaced.payout_run_id = own.replaced_run_id
    LEFT JOIN payout_retry t ON t.replaced_run_id = o.payout_run_id AND t.owner_id = o.owner_id
    LEFT JOIN payout_run again ON again.payout_run_id = t.payout_run_id
    LEFT JOIN statement s ON s.settlement_id = coalesce(r.settlement_id, own.settlement_id)
                         AND s.owner_id = o.owner_id AND s.revision = 1
    LEFT JOIN document d USING (document_id)
    WHERE o.payout_run_id = :run
    ORDER BY o.payout_minor DESC, p.reference COLLATE "C"
"""

_NOT_PAID = """
    SELECT p.reference AS payee, p.name_ja, p.name_en, d.reference AS statement,
           s.carried_out_minor AS carried_minor,
           CAST(d.snapshot AS jsonb) -> 'settlement' ->> 'hold_reason' AS hold_reason,
           s.advance_recouped_minor
    FROM payout_run r
    JOIN statement s ON s.settlement_id = r.settlement_id AND s.revision = 1
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = s.owner_id
    WHERE r.payout_run_id = :run AND s.payout_minor = 0
    ORDER BY abs(s.carried_out_minor) DESC, p.reference COLLATE "C"
"""

# Answers that were recorded together are one step.
_STEPS = """
    SELECT 0 AS position, 'planned' AS step, planned_at AS at, planned_by AS by, '' AS why,
           0 AS payee_count, NULL AS payee_ja, NULL AS payee_en, CAST(NULL AS date) AS day,
           '' AS bank_reference
    FROM payout_run WHERE payout_run_id = :run
    UNION ALL
    SELECT 1, 'approved', approved_at, approved_by, note, 0, NULL, NULL, NULL, ''
    FROM payout_approval WHERE payout_run_id = :run
    UNION ALL
    SELECT 2, 'cancelled', cancelled_at, cancelled_by, reason, 0, NULL, NULL, NULL, ''
    FROM payout_cancellation WHERE payout_run_id = :run
    UNION ALL
    SELECT 3, 'released', released_at, released_by, '', 0, NULL, NULL, NULL, ''
    FROM payout_release WHERE payout_run_id = :run
    UNION ALL
    SELECT 4, 'confirmed', c.recorded_at, c.recorded_by, '', count(*), min(p.name_ja),
           min(p.name_en), c.confirmed_on, c.bank_reference
    FROM payout_confirmation c JOIN party p ON p.party_id = c.owner_id
    WHERE c.payout_run_id = :run
    GROUP BY c.recorded_at, c.recorded_by, c.confirmed_on, c.bank_reference
    UNION ALL
    SELECT 5, 'returned', b.recorded_at, b.recorded_by, b.reason, 1, p.name_ja, p.name_en,
           b.returned_on, b.bank_reference
    FROM payout_return b JOIN party p ON p.party_id = b.owner_id
    WHERE b.payout_run_id = :run
    ORDER BY at, position
"""

_WAITING = """
    SELECT p.reference AS payee, p.name_ja, p.name_en, r.reference AS run, o.payout_minor,
           book.currency, coalesce(b.reason, c.reason) AS because
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    JOIN book USING (book_id)
    LEFT JOIN payout_cancellation c USING (payout_run_id)
    LEFT JOIN payout_return b USING (payout_run_id, owner_id)
    JOIN party p ON p.party_id = o.owner_id
    LEFT JOIN payout_retry t ON t.replaced_run_id = o.payout_run_id AND t.owner_id = o.owner_id
    WHERE r.book_id = :book AND t.payout_run_id IS NULL
      AND (c.payout_run_id IS NOT NULL OR b.payout_run_id IS NOT NULL)
    ORDER BY r.payout_run_id, p.reference COLLATE "C"
"""


def latest_runs(session: Session, *, book_id: int, before: int, limit: int) -> list[PayoutRun]:
    """Return runs, those planned last first, before the id of the last one seen."""
    asked = {"book": book_id, "before": before, "limit": limit}
    return [PayoutRun(**row._mapping) for row in session.execute(text(_LATEST), asked)]


def payments_of(session: Session, *, run_id: int) -> tuple[PaymentDetail, ...]:
    """Return a run's payments, the largest first."""
    rows = session.execute(text(_PAYMENTS), {"run": run_id})
    return tuple(_payment(row) for row in rows)


def not_paid_by(session: Session, *, run_id: int) -> tuple[NotPaidRow, ...]:
    """Return who is paid nothing of what a run's settlement divided, the largest carried first."""
    rows = session.execute(text(_NOT_PAID), {"run": run_id})
    return tuple(NotPaidRow(**row._mapping) for row in rows)


def steps_of(session: Session, *, run_id: int) -> tuple[RunStep, ...]:
    """Return what was done with a run, in order."""
    rows = session.execute(text(_STEPS), {"run": run_id})
    return tuple(
        RunStep(**{name: row._mapping[name] for name in RunStep.__dataclass_fields__})
        for row in rows
    )


def _payment(row: Row[Any]) -> PaymentDetail:
    return PaymentDetail(**{**row._mapping, "account": from_plain(BankAccountCopy, row.account)})


def waiting_payments(session: Session, *, book_id: int) -> tuple[WaitingPayment, ...]:
    """Return what waits to be paid again, the oldest runs first."""
    rows = session.execute(text(_WAITING), {"book": book_id})
    return tuple(WaitingPayment(**row._mapping) for row in rows)
