"""Tables of what becomes of planned payouts: approved, cancelled, confirmed, returned, retried."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, Json, KeyBigInt, String, references


class PayoutApprovalRow(SQLModel, table=True):
    """A second person looked at a run, and lets it be released."""

    __tablename__ = "payout_approval"
    __table_args__ = (references("payout_run_id", "payout_run"),)

    payout_run_id: KeyBigInt
    approved_at: Instant
    approved_by: String
    note: String


class PayoutCancellationRow(SQLModel, table=True):
    """A run that is not released any more; what it would have paid is planned again."""

    __tablename__ = "payout_cancellation"
    __table_args__ = (references("payout_run_id", "payout_run"),)

    payout_run_id: KeyBigInt
    cancelled_at: Instant
    cancelled_by: String
    reason: String


class PayoutConfirmationRow(SQLModel, table=True):
    """The bank paid one payout of a run."""

    __tablename__ = "payout_confirmation"
    __table_args__ = (
        references("payout_run_id owner_id", "payout"),
        Index("payout_confirmation_payee", "owner_id"),
    )

    payout_run_id: KeyBigInt
    owner_id: KeyBigInt  # The payee
    confirmed_on: date
    bank_reference: String
    recorded_at: Instant
    recorded_by: String


class PayoutReturnRow(SQLModel, table=True):
    """The bank gave one payout of a run back (組戻し)."""

    __tablename__ = "payout_return"
    __table_args__ = (
        references("payout_run_id owner_id", "payout"),
        Index("payout_return_payee", "owner_id"),
    )

    payout_run_id: KeyBigInt
    owner_id: KeyBigInt  # The payee
    returned_on: date
    reason: String
    bank_reference: String
    recorded_at: Instant
    recorded_by: String


class PayoutRetryRow(SQLModel, table=True):
    """A payout that pays what another one did not, with payee and account as printed."""

    __tablename__ = "payout_retry"
    __table_args__ = (
        UniqueConstraint("replaced_run_id", "owner_id"),
        references("payout_run_id owner_id", "payout"),
        references("replaced_run_id owner_id", "payout", "payout_run_id owner_id"),
        references("settlement_id", "settlement"),
        Index("payout_retry_payee", "owner_id"),
    )

    payout_run_id: KeyBigInt
    owner_id: KeyBigInt  # The payee
    replaced_run_id: BigInt
    settlement_id: BigInt  # That the money is from
    payee: Json
    pay_to: Json
