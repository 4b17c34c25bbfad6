"""Tables of works, characters and voices, their holders' decisions, and committees' waterfalls."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    KeyString,
    NewKey,
    OptionalBigInt,
    String,
    references,
)

#: An identifier as it is compared; ``ledger.core.catalogue.identifier_key`` says the same.
IDENTIFIER_KEY = "upper(translate(normalize(value, NFKC), '-\u2010\u2011\u2012\u2013\u2212 ', ''))"


class SubjectRow(SQLModel, table=True):
    """A franchise, work, character, voice or style that may be named by a generation."""

    __tablename__ = "subject"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("subject_id", "owner_id"),
        references("book_id", "book"),
        references("parent_id", "subject", "subject_id"),
        references("owner_id book_id", "party", "party_id book_id"),
        Index(
            "subject_search",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index(
            "subject_characters", text("string_to_array(search_text, NULL)"), postgresql_using="gin"
        ),
    )

    subject_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt  # The rights holder: a company, a person or a committee
    reference: String
    kind: String
    medium: String = ""
    parent_id: OptionalBigInt = None
    title_ja: String
    title_kana: String = ""
    title_en: String = ""
    credit_line: String = ""
    search_text: String
    recorded_at: Instant


class SubjectIdentifierRow(SQLModel, table=True):
    """A number by which others know a subject: ISBN, EIDR, JAN."""

    __tablename__ = "subject_identifier"
    __table_args__ = (
        references("subject_id owner_id", "subject"),
        Index("subject_identifier_key", "scheme", text(IDENTIFIER_KEY)),
    )

    subject_id: KeyBigInt
    owner_id: BigInt
    scheme: KeyString
    value: KeyString


class OptInRow(SQLModel, table=True):
    """A holder's decision about a subject, from an instant on."""

    __tablename__ = "opt_in"
    __table_args__ = (
        UniqueConstraint("subject_id", "effective_at"),
        references("subject_id owner_id", "subject"),
    )

    opt_in_id: NewKey = None
    subject_id: BigInt
    owner_id: BigInt
    state: String
    effective_at: Instant
    recorded_at: Instant
    recorded_by: String
    reason: String = ""


class WaterfallVersionRow(SQLModel, table=True):
    """How a committee divides what it receives, from a closing month on."""

    __tablename__ = "waterfall_version"
    __table_args__ = (
        UniqueConstraint("owner_id", "version"),
        UniqueConstraint("owner_id", "effective_from"),
        UniqueConstraint("waterfall_version_id", "owner_id"),
        references("owner_id", "party", "party_id"),
    )

    waterfall_version_id: NewKey = None
    owner_id: BigInt  # The committee
    version: int
    effective_from: date  # First closing month it is used for
    preset: String


class WaterfallStepRow(SQLModel, table=True):
    """One deduction of a waterfall, in order."""

    __tablename__ = "waterfall_step"
    __table_args__ = (
        references("payee_id", "party", "party_id"),
        references("waterfall_version_id owner_id", "waterfall_version"),
    )

    waterfall_version_id: KeyBigInt
    position: KeyInt
    owner_id: BigInt
    kind: String
    category: String
    payee_id: BigInt
    rate_bp: int | None = None
    amount_minor: OptionalBigInt = None
    cap_minor: OptionalBigInt = None


class WaterfallPassRow(SQLModel, table=True):
    """A part of a step that its payee passes on to another."""

    __tablename__ = "waterfall_pass"
    __table_args__ = (
        references("payee_id", "party", "party_id"),
        references(
            "waterfall_version_id step_position", "waterfall_step", "waterfall_version_id position"
        ),
        references("waterfall_version_id owner_id", "waterfall_version"),
    )

    waterfall_version_id: KeyBigInt
    step_position: KeyInt
    position: KeyInt
    owner_id: BigInt
    payee_id: BigInt
    rate_bp: int


class WaterfallMemberRow(SQLModel, table=True):
    """A committee member and its investment share."""

    __tablename__ = "waterfall_member"
    __table_args__ = (
        UniqueConstraint("waterfall_version_id", "member_id"),
        references("member_id", "party", "party_id"),
        references("waterfall_version_id owner_id", "waterfall_version"),
    )

    waterfall_version_id: KeyBigInt
    position: KeyInt
    owner_id: BigInt
    member_id: BigInt
    share: BigInt
