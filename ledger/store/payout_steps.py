"""
What becomes of planned payouts: approvals and cancellations of runs, answers of the bank, retries.

Each step is a row with who and when, written once. The database refuses a step out of turn.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.payout_run import PaidAgain, Payment, UnpaidPayout
from ledger.core.snapshot import to_plain
from ledger.store.parties import insert_all
from ledger.store.payouts import NewPayout
from ledger.store.tables.payout_steps import (
    PayoutApprovalRow,
    PayoutCancellationRow,
    PayoutConfirmationRow,
    PayoutRetryRow,
    PayoutReturnRow,
)

_PAYMENTS = """
    SELECT o.owner_id AS payee_id, p.reference AS payee, p.name_ja, p.name_en, o.payout_minor,
           o.withholding_minor, c.confirmed_on, b.returned_on, b.reason AS return_reason,
           again.reference AS paid_again_by, a.account_type = 'stripe' AS is_at_stripe
    FROM payout o
    JOIN bank_account a USING (bank_account_id, owner_id)
    LEFT JOIN payout_confirmation c USING (payout_run_id, owner_id)
    LEFT JOIN payout_return b USING (payout_run_id, owner_id)
    JOIN party p ON p.party_id = o.owner_id
    LEFT JOIN payout_retry t ON t.replaced_run_id = o.payout_run_id AND t.owner_id = o.owner_id
    LEFT JOIN payout_run again ON again.payout_run_id = t.payout_run_id
    WHERE o.payout_run_id = :run
    ORDER BY p.reference COLLATE "C"
"""

_UNPAID = """
    SELECT r.payout_run_id AS run_id, r.reference AS run, o.owner_id AS payee_id,
           p.reference AS payee, coalesce(r.settlement_id, own.settlement_id) AS settlement_id,
           o.supplies_minor, o.passthrough_minor, o.consumption_tax_minor
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    LEFT JOIN payout_cancellation c USING (payout_run_id)
    LEFT JOIN payout_return b USING (payout_run_id, owner_id)
    LEFT JOIN payout_retry own USING (payout_run_id, owner_id)
    JOIN party p ON p.party_id = o.owner_id
    LEFT JOIN payout_retry t ON t.replaced_run_id = o.payout_run_id AND t.owner_id = o.owner_id
    WHERE r.book_id = :book AND t.payout_run_id IS NULL
      AND (c.payout_run_id IS NOT NULL OR b.payout_run_id IS NOT NULL)
    ORDER BY r.payout_run_id, p.reference COLLATE "C"
"""

_RETRY_RUNS = """
    SELECT count(*) FROM payout_run
    WHERE book_id = :book AND settlement_id IS NULL AND starts_with(reference, :prefix)
"""


def insert_approval(
    session: Session, *, run_id: int, approved_at: datetime, approved_by: str, note: str
) -> None:
    """Write that a second person approved a run."""
    row = PayoutApprovalRow(
        payout_run_id=run_id, approved_at=approved_at, approved_by=approved_by, note=note
    )
    session.add(row)
    session.flush()


def insert_cancellation(
    session: Session, *, run_id: int, cancelled_at: datetime, cancelled_by: str, reason: str
) -> None:
    """Write that a run was cancelled."""
    row = PayoutCancellationRow(
        payout_run_id=run_id, cancelled_at=cancelled_at, cancelled_by=cancelled_by, reason=reason
    )
    session.add(row)
    session.flush()


def insert_confirmations(
    session: Session,
    *,
    run_id: int,
    payee_ids: Sequence[int],
    confirmed_on: date,
    bank_reference: str,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write that the bank made some payments of a run."""
    insert_all(
        session,
        PayoutConfirmationRow,
        (
            {
                "payout_run_id": run_id,
                "owner_id": payee_id,
                "confirmed_on": confirmed_on,
                "bank_reference": bank_reference,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
            }
            for payee_id in payee_ids
        ),
    )


def insert_return(
    session: Session,
    *,
    run_id: int,
    payee_id: int,
    returned_on: date,
    reason: str,
    bank_reference: str,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write that the bank gave a payment back."""
    row = PayoutReturnRow(
        payout_run_id=run_id,
        owner_id=payee_id,
        returned_on=returned_on,
        reason=reason,
        bank_reference=bank_reference,
        recorded_at=recorded_at,
        recorded_by=recorded_by,
    )
    session.add(row)
    session.flush()


def list_payments(session: Session, *, run_id: int) -> tuple[Payment, ...]:
    """Return the payments of a run by payee, with what became of each."""
    rows = session.execute(text(_PAYMENTS), {"run": run_id})
    return tuple(Payment(**row._mapping) for row in rows)


def unpaid_payouts(session: Session, *, book_id: int) -> tuple[UnpaidPayout, ...]:
    """Return what runs should have paid, did not, and no other run pays; oldest runs first."""
    rows = session.execute(text(_UNPAID), {"book": book_id})
    return tuple(UnpaidPayout(**row._mapping) for row in rows)


def count_retry_runs(session: Session, *, book_id: int, prefix: str) -> int:
    """Return how many runs that pay again have references with a prefix."""
    asked = {"book": book_id, "prefix": prefix}
    count: int = session.execute(text(_RETRY_RUNS), asked).scalar_one()
    return count


def payout_of(again: PaidAgain) -> NewPayout:
    """Return a payout that is made again as it is written into its run."""
    account = again.party.account
    assert account is not None  # Or it would not have been printed.
    return NewPayout(
        payee_id=again.unpaid.payee_id,
        bank_account_id=account.id,
        supplies_minor=again.unpaid.supplies_minor,
        passthrough_minor=again.unpaid.passthrough_minor,
        consumption_tax_minor=again.unpaid.consumption_tax_minor,
        withholding_base_minor=again.withholding_base_minor,
        withholding_minor=again.withholding_minor,
        payout_minor=again.payout_minor,
    )


def insert_retries(session: Session, *, run_id: int, retries: Sequence[PaidAgain]) -> None:
    """Write which payouts those of a run replace, in the transaction that wrote the run."""
    insert_all(session, PayoutRetryRow, (_retry(run_id, each) for each in retries))


def _retry(run_id: int, again: PaidAgain) -> Mapping[str, object]:
    return {
        "payout_run_id": run_id,
        "owner_id": again.unpaid.payee_id,
        "replaced_run_id": again.unpaid.run_id,
        "settlement_id": again.unpaid.settlement_id,
        "payee": to_plain(again.party.copy),
        "pay_to": to_plain(again.account),
    }
