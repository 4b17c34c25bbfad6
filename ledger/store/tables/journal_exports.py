"""Tables of the journal's exports: each with what was asked for, and the entries that it has."""

from datetime import date

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


class JournalExportRow(SQLModel, table=True):
    """A file of the journal that was made for another program."""

    __tablename__ = "journal_export"
    __table_args__ = (
        UniqueConstraint("book_id", "number"),
        references("book_id", "book"),
    )

    journal_export_id: NewKey = None
    book_id: BigInt
    number: BigInt
    format: String
    first_day: date | None = None
    last_day: date | None = None
    currency: OptionalString = None
    is_new_only: bool
    encoding: String
    entry_count: BigInt
    content_sha256: bytes
    exported_at: Instant
    exported_by: String


class JournalExportEntryRow(SQLModel, table=True):
    """An entry that an export has."""

    __tablename__ = "journal_export_entry"
    __table_args__ = (
        references("journal_export_id", "journal_export"),
        references("entry_id", "entry"),
        Index("journal_export_of_entry", "entry_id"),
    )

    journal_export_id: KeyBigInt
    entry_id: KeyBigInt
