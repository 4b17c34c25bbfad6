"""Tables of the notices of payments, and of how payees confirm them."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    NewKey,
    OptionalString,
    String,
    references,
)


class PaymentNoticeRow(SQLModel, table=True):
    """The figures of a notice, which are those of its payout."""

    __tablename__ = "payment_notice"
    __table_args__ = (
        UniqueConstraint("payout_run_id", "owner_id", "revision"),
        UniqueConstraint("document_id", "owner_id"),
        references("document_id owner_id", "document"),
        references("payout_run_id owner_id", "payout"),
    )

    document_id: KeyBigInt
    payout_run_id: BigInt
    owner_id: BigInt  # The payee
    revision: int
    form: String
    currency: String
    payable_minor: BigInt
    consumption_tax_minor: BigInt
    withholding_minor: BigInt
    payout_minor: BigInt
    confirm_within_days: int | None = None


class NoticeStepRow(SQLModel, table=True):
    """One step of a notice: sent, confirmed, disputed, or replaced by a corrected one."""

    __tablename__ = "notice_step"
    __table_args__ = (
        UniqueConstraint("document_id", "version"),
        references("document_id owner_id", "payment_notice"),
        Index("notice_step_payee", "owner_id"),
    )

    notice_step_id: NewKey = None
    document_id: BigInt
    owner_id: BigInt  # The payee
    version: int
    state: String
    mode: OptionalString = None
    clause: String
    reason: String
    recorded_at: Instant
    recorded_by: String
