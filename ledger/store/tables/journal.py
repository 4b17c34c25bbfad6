"""Tables of the journal: accounts, their balances, entries and postings."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalBigInt,
    PreviousNumber,
    String,
    references,
)


class AccountRow(SQLModel, table=True):
    """One account of the journal: a code, the party it is kept for, and its asset."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint(
            "book_id", "code", "party_id", "asset", postgresql_nulls_not_distinct=True
        ),
        UniqueConstraint("account_id", "book_id", "asset"),
        references("book_id", "book"),
        references("party_id book_id", "party"),
    )

    account_id: NewKey = None
    book_id: BigInt
    code: String
    party_id: OptionalBigInt = None
    asset: String


class AccountBalanceRow(SQLModel, table=True):
    """An account's debit and credit totals. Moved by triggers only."""

    __tablename__ = "account_balance"
    __table_args__ = (references("account_id", "account"),)

    account_id: KeyBigInt
    debit_minor: BigInt = 0
    credit_minor: BigInt = 0


class EntryRow(SQLModel, table=True):
    """One balanced movement of money; complete and sealed when it is committed."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("reverses"),
        UniqueConstraint("entry_id", "book_id", "asset", "posting_count"),
        references("book_id month", "accounting_month"),
        references(
            "reverses book_id asset posting_count", "entry", "entry_id book_id asset posting_count"
        ),
        references("entry_id posting_count", "posting", "entry_id number", is_deferred=True),
        Index("entry_source", "book_id", "source"),
    )

    entry_id: NewKey = None
    book_id: BigInt
    month: date
    posted_on: date
    kind: String
    source: String
    asset: String
    posting_count: int
    reverses: OptionalBigInt = None
    recorded_at: Instant


class PostingRow(SQLModel, table=True):
    """One positive amount from the credited to the debited account."""

    __tablename__ = "posting"
    __table_args__ = (
        references("entry_id book_id asset posting_count", "entry"),
        references("entry_id previous_number", "posting", "entry_id number"),
        references("debit_account_id book_id asset", "account", "account_id book_id asset"),
        references("credit_account_id book_id asset", "account", "account_id book_id asset"),
    )

    entry_id: KeyBigInt
    number: KeyInt
    previous_number: PreviousNumber = None
    posting_count: int
    book_id: BigInt
    asset: String
    debit_account_id: BigInt
    credit_account_id: BigInt
    amount_minor: BigInt
