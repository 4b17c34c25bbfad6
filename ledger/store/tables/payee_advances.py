"""Tables of advances to payees: what was agreed, paid, set off, or withdrawn before it was paid."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, KeyBigInt, NewKey, String, references


class PayeeAdvanceRow(SQLModel, table=True):
    """An advance that is agreed with a payee."""

    __tablename__ = "payee_advance"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("payee_advance_id", "owner_id"),
        references("book_id", "book"),
        references("owner_id book_id", "party", "party_id book_id"),
        Index("payee_advance_payee", "owner_id"),
    )

    payee_advance_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt  # The payee
    reference: String
    amount_minor: BigInt
    pay_from: date
    reason: String
    recorded_at: Instant
    recorded_by: String


class PayeeAdvanceWithdrawalRow(SQLModel, table=True):
    """That an advance will not be paid, and why."""

    __tablename__ = "payee_advance_withdrawal"
    __table_args__ = (references("payee_advance_id owner_id", "payee_advance"),)

    payee_advance_id: KeyBigInt
    owner_id: BigInt
    withdrawn_at: Instant
    withdrawn_by: String
    reason: String


class PayeeAdvancePaymentRow(SQLModel, table=True):
    """The settlement whose payout run paid an advance."""

    __tablename__ = "payee_advance_payment"
    __table_args__ = (
        references("settlement_id", "settlement"),
        references("payee_advance_id owner_id", "payee_advance"),
        Index("payee_advance_payment_of", "settlement_id"),
    )

    payee_advance_id: KeyBigInt
    settlement_id: BigInt
    owner_id: BigInt


class PayeeAdvanceUseRow(SQLModel, table=True):
    """What a settlement set off against an advance."""

    __tablename__ = "payee_advance_use"
    __table_args__ = (
        references("settlement_id", "settlement"),
        references("payee_advance_id", "payee_advance_payment"),
        references("payee_advance_id owner_id", "payee_advance"),
        Index("payee_advance_use_of", "payee_advance_id"),
    )

    settlement_id: KeyBigInt
    payee_advance_id: KeyBigInt
    owner_id: BigInt
    amount_minor: BigInt
