"""Tables of offers: what holders let anybody take up, in versions, and who accepted which."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Json,
    KeyBigInt,
    NewKey,
    OptionalBigInt,
    OptionalInstant,
    OptionalJson,
    String,
    Strings,
    references,
)


class OfferRow(SQLModel, table=True):
    """What a holder offers something for: one subject, or everything it has."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("offer_id", "owner_id"),
        references("book_id", "book"),
        references("owner_id book_id", "party", "party_id book_id"),
        references("subject_id owner_id", "subject"),
    )

    offer_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt
    reference: String
    breadth: String
    subject_id: OptionalBigInt = None
    recorded_at: Instant
    recorded_by: String


class OfferVersionRow(SQLModel, table=True):
    """What an offer says from an instant on, who said so, and why; never edited."""

    __tablename__ = "offer_version"
    __table_args__ = (
        UniqueConstraint("offer_id", "version"),
        UniqueConstraint("offer_version_id", "owner_id"),
        references("offer_id owner_id", "offer"),
    )

    offer_version_id: NewKey = None
    offer_id: BigInt
    owner_id: BigInt
    version: int
    state: String
    effective_at: Instant
    ends_at: OptionalInstant = None
    modalities: Strings
    use_classes: Strings
    territories: Strings
    wind_down_days: int
    ai_label: String = ""
    prohibited_content: Strings
    terms: Json  # In the words of the agreement
    quota: OptionalJson = None
    advances: Json
    guarantees: Json
    recorded_at: Instant
    recorded_by: String
    reason: String = ""


class OfferAcceptanceRow(SQLModel, table=True):
    """Which version of an offer a license accepts."""

    __tablename__ = "offer_acceptance"
    __table_args__ = (
        Index("offer_acceptance_version", "offer_version_id"),
        references("license_id licensee_id", "license"),
        references("offer_version_id", "offer_version"),
    )

    license_id: KeyBigInt
    licensee_id: BigInt
    offer_version_id: BigInt
    accepted_at: Instant
    accepted_by: String
