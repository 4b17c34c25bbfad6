"""Tables of the yearly records of what payees were paid."""

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, KeyBigInt, String, references


class PaymentRecordRow(SQLModel, table=True):
    """The figures of one payee's record of a year."""

    __tablename__ = "payment_record"
    __table_args__ = (
        UniqueConstraint("owner_id", "year", "scope"),
        references("document_id owner_id", "document"),
    )

    document_id: KeyBigInt
    owner_id: BigInt  # The payee
    year: int
    scope: String
    currency: String
    amount_minor: BigInt
    consumption_tax_minor: BigInt
    withheld_minor: BigInt


class PaymentRecordTotalRow(SQLModel, table=True):
    """The figures of a year's total sheet."""

    __tablename__ = "payment_record_total"
    __table_args__ = (
        UniqueConstraint("owner_id", "year"),
        references("document_id owner_id", "document"),
    )

    document_id: KeyBigInt
    owner_id: BigInt  # The house
    year: int
    currency: String
    amount_minor: BigInt
    consumption_tax_minor: BigInt
    withheld_minor: BigInt
