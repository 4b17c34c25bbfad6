"""Tables of what banks say: files, statements and lines, and what became of each line."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    NewKey,
    OptionalBigInt,
    String,
    references,
)


class BankFileRow(SQLModel, table=True):
    """A file as it came from a bank, byte for byte, once."""

    __tablename__ = "bank_file"
    __table_args__ = (
        UniqueConstraint("book_id", "content_sha256"),
        UniqueConstraint("bank_file_id", "book_id"),
        references("book_id", "book"),
    )

    bank_file_id: NewKey = None
    book_id: BigInt
    name: String
    content: bytes
    content_sha256: bytes
    imported_at: Instant
    imported_by: String


class BankStatementRow(SQLModel, table=True):
    """What a file says of one account and some days."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("bank_statement_id", "book_id"),
        references("bank_file_id book_id", "bank_file"),
    )

    bank_statement_id: NewKey = None
    bank_file_id: BigInt
    book_id: BigInt
    kind: String
    account: String
    currency: String
    first_day: date
    last_day: date
    opening_minor: OptionalBigInt = None
    closing_minor: OptionalBigInt = None


class BankLineRow(SQLModel, table=True):
    """One movement on an account, from the first file that told of it."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("book_id", "identity"),
        UniqueConstraint("bank_line_id", "book_id"),
        UniqueConstraint("bank_statement_id", "place"),
        references("bank_statement_id book_id", "bank_statement"),
        references("resembles", "bank_line", "bank_line_id"),
        Index("bank_line_alike", "book_id", "account", "booked_on", "amount_minor"),
    )

    bank_line_id: NewKey = None
    bank_statement_id: BigInt
    book_id: BigInt
    place: int
    account: String
    currency: String
    booked_on: date
    amount_minor: BigInt
    number: String
    balance_minor: OptionalBigInt = None
    payer: String
    payer_code: String
    bank_name: String
    branch_name: String
    remark: String
    edi: String
    is_cancelled: bool
    identity: bytes
    reason: String
    resembles: OptionalBigInt = None


class BankLineEndingRow(SQLModel, table=True):
    """What became of a line: a payment, a payout that came back, not ours, or known already."""

    __tablename__ = "bank_line_ending"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        UniqueConstraint("returned_run_id", "returned_owner_id"),
        references("bank_line_id book_id", "bank_line"),
        references("payment_id", "payment"),
        references("returned_run_id returned_owner_id", "payout_return", "payout_run_id owner_id"),
    )

    bank_line_id: KeyBigInt
    book_id: BigInt
    state: String
    payment_id: OptionalBigInt = None
    reason: String
    ended_at: Instant
    ended_by: String
    returned_run_id: OptionalBigInt = None  # Of a payout that came back
    returned_owner_id: OptionalBigInt = None


class PayerAliasRow(SQLModel, table=True):
    """A name or a code under which a firm pays, as a person said."""

    __tablename__ = "payer_alias"
    __table_args__ = (
        UniqueConstraint("licensee_id", "kind", "value"),
        references("licensee_id book_id", "party", "party_id book_id"),
    )

    payer_alias_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    kind: String
    value: String
    recorded_at: Instant
    recorded_by: String
