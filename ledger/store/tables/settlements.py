"""Tables of receipts that are divided, of what is earned, paid out and stated."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Json,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalBigInt,
    OptionalString,
    String,
    references,
)


class SettlementRow(SQLModel, table=True):
    """The division of what was received, for a closing month."""

    __tablename__ = "settlement"
    __table_args__ = (
        UniqueConstraint("book_id", "closing_month"),
        UniqueConstraint("settlement_id", "closing_month"),
        references("book_id", "book"),
    )

    settlement_id: NewKey = None
    book_id: BigInt
    closing_month: date
    settled_at: Instant
    settled_by: String


class SettledReceiptRow(SQLModel, table=True):
    """A receipt that a settlement divided; each is divided once."""

    __tablename__ = "settled_receipt"
    __table_args__ = (
        references("settlement_id", "settlement"),
        references("receipt_id licensee_id", "receipt"),
    )

    receipt_id: KeyBigInt
    settlement_id: BigInt
    licensee_id: BigInt


class AccruedLineRow(SQLModel, table=True):
    """A line under accrual terms that a settlement divided; each is divided once, and whole."""

    __tablename__ = "accrued_line"
    __table_args__ = (
        references("settlement_id", "settlement"),
        references("royalty_line_id licensee_id", "royalty_line"),
        references("royalty_line_id recognition", "royalty_line"),
        Index("accrued_line_settlement", "settlement_id"),
    )

    royalty_line_id: KeyBigInt
    settlement_id: BigInt
    licensee_id: BigInt
    recognition: String = "accrual"
    amount_minor: BigInt
    tax_minor: BigInt


class HolderSettlementRow(SQLModel, table=True):
    """One holder's part of a settlement: what came in, the fee, the deficit."""

    __tablename__ = "holder_settlement"
    __table_args__ = (
        references("settlement_id", "settlement"),
        references("owner_id", "party", "party_id"),
        references("waterfall_version_id owner_id", "waterfall_version"),
    )

    settlement_id: KeyBigInt
    owner_id: KeyBigInt  # The rights holder: direct, or a committee
    waterfall_version_id: OptionalBigInt = None
    currency: String
    receipts_minor: BigInt
    receipts_tax_minor: BigInt
    admin_fee_bp: int
    admin_fee_minor: BigInt
    admin_fee_tax_minor: BigInt
    deficit_in_minor: BigInt
    deficit_out_minor: BigInt
    distributed_before_minor: BigInt
    distributed_after_minor: BigInt
    steps: Json
    set_aside_minor: BigInt = 0  # Net of what came back
    set_aside_tax_minor: BigInt = 0
    set_aside: Json = []
    sold_minor: BigInt = 0  # What of the receipts the house sold for itself
    margin_minor: BigInt = 0  # What of the fee is its margin on that
    purchase_tax_minor: BigInt = 0  # On what it bought for it
    bought_from: OptionalString = None


class EarningRow(SQLModel, table=True):
    """What one payee earned from one holder's settlement."""

    __tablename__ = "earning"
    __table_args__ = (
        references("owner_id", "party", "party_id"),
        references("settlement_id holder_id", "holder_settlement", "settlement_id owner_id"),
        Index("earning_payee", "owner_id"),
    )

    settlement_id: KeyBigInt
    holder_id: KeyBigInt
    position: KeyInt
    owner_id: BigInt  # The payee
    kind: String
    category: String
    base_minor: BigInt
    rate_bp: int | None = None
    amount_minor: BigInt
    tax_minor: BigInt


class PayoutRunRow(SQLModel, table=True):
    """Payouts planned from a settlement, or made again."""

    __tablename__ = "payout_run"
    __table_args__ = (
        UniqueConstraint("settlement_id"),
        UniqueConstraint("book_id", "reference"),
        references("book_id", "book"),
        references("settlement_id", "settlement"),
    )

    payout_run_id: NewKey = None
    book_id: BigInt
    settlement_id: OptionalBigInt = None  # None when it pays what other runs did not
    reference: String
    pay_on: date
    planned_at: Instant
    planned_by: String


class PayoutRow(SQLModel, table=True):
    """One payee's payout, with its taxes and its bank account."""

    __tablename__ = "payout"
    __table_args__ = (
        references("payout_run_id", "payout_run"),
        references("owner_id", "party", "party_id"),
        references("bank_account_id owner_id", "bank_account"),
    )

    payout_run_id: KeyBigInt
    owner_id: KeyBigInt  # The payee
    supplies_minor: BigInt
    passthrough_minor: BigInt
    consumption_tax_minor: BigInt
    withholding_base_minor: BigInt
    withholding_minor: BigInt
    payout_minor: BigInt
    bank_account_id: BigInt


class PayoutReleaseRow(SQLModel, table=True):
    """The approval of a run by a second person, and the bank file it made."""

    __tablename__ = "payout_release"
    __table_args__ = (references("payout_run_id", "payout_run"),)

    payout_run_id: KeyBigInt
    released_at: Instant
    released_by: String
    file_content: bytes
    file_sha256: bytes
    abroad_content: bytes | None = None  # Of a run that pays at home and abroad
    abroad_sha256: bytes | None = None


class StatementRow(SQLModel, table=True):
    """The figures of a payee's statement for a closing month."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("settlement_id", "owner_id", "revision"),
        references("document_id owner_id", "document"),
        references("settlement_id closing_month", "settlement"),
    )

    document_id: KeyBigInt
    settlement_id: BigInt
    owner_id: BigInt  # The payee
    closing_month: date
    revision: int
    currency: String
    carried_in_minor: BigInt
    earned_minor: BigInt
    payable_minor: BigInt
    carried_out_minor: BigInt
    consumption_tax_minor: BigInt
    withholding_minor: BigInt
    payout_minor: BigInt
    advance_paid_minor: BigInt = 0
    advance_recouped_minor: BigInt = 0
