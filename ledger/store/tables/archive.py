"""Tables of the archive: what documents are found by, filed papers, fiscal years."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    FiledReference,
    Instant,
    KeyBigInt,
    KeyBytes,
    KeyInt,
    NewKey,
    OptionalBigInt,
    OptionalString,
    String,
    references,
)


class DocumentFactsRow(SQLModel, table=True):
    """What an issued document is found by, as it was printed."""

    __tablename__ = "document_facts"
    __table_args__ = (references("document_id owner_id", "document"),)

    document_id: KeyBigInt
    owner_id: BigInt
    counterparty_ja: String
    counterparty_en: String
    counterparty_key: String
    currency: OptionalString = None
    amount_minor: OptionalBigInt = None


class FiledContentRow(SQLModel, table=True):
    """A file as it came or went, once however often it is filed."""

    __tablename__ = "filed_content"

    content_sha256: KeyBytes
    content: bytes


class FiledPaperRow(SQLModel, table=True):
    """A paper that was filed away; what is said of it has versions."""

    __tablename__ = "filed_paper"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        references("book_id", "book"),
    )

    filed_paper_id: NewKey = None
    book_id: BigInt
    reference: FiledReference = None
    direction: String


class FiledVersionRow(SQLModel, table=True):
    """What is said of a filed paper; the last version holds."""

    __tablename__ = "filed_version"
    __table_args__ = (
        Index("filed_version_content", "content_sha256"),
        references("filed_paper_id", "filed_paper"),
        references("content_sha256", "filed_content"),
    )

    filed_paper_id: KeyBigInt
    version: KeyInt
    state: String
    kind: String
    dealt_on: date | None = None
    currency: OptionalString = None
    amount_minor: OptionalBigInt = None
    counterparty: String
    counterparty_key: String
    document_number: String
    file_name: String
    media_type: String
    content_sha256: bytes
    reason: String
    recorded_at: Instant
    recorded_by: String


class FiscalYearRow(SQLModel, table=True):
    """A fiscal year of the operator; of two that hold a day, the later recorded one is meant."""

    __tablename__ = "fiscal_year"
    __table_args__ = (references("book_id", "book"),)

    fiscal_year_id: NewKey = None
    book_id: BigInt
    first_day: date
    last_day: date
    extension_months: int = 0
    is_loss: bool | None = None
    recorded_at: Instant
    recorded_by: String
