"""Tables of performers' consents to the use of their voices."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    NewKey,
    String,
    Strings,
    references,
)


class ConsentRow(SQLModel, table=True):
    """A performer's consent to some uses of one voice."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("subject_id", "reference"),
        UniqueConstraint("consent_id", "subject_id", "owner_id"),
        references("subject_id owner_id", "subject"),
    )

    consent_id: NewKey = None
    subject_id: BigInt
    owner_id: BigInt
    reference: String
    performer: String
    use_classes: Strings
    languages: Strings
    given_on: date
    notice_period_days: int
    evidence_sha256: bytes | None = None
    recorded_at: Instant
    recorded_by: String


class ConsentWithdrawalRow(SQLModel, table=True):
    """That a consent is withdrawn; its notice begins with the day."""

    __tablename__ = "consent_withdrawal"
    __table_args__ = (
        references("subject_id owner_id", "subject"),
        references("consent_id subject_id owner_id", "consent"),
    )

    consent_id: KeyBigInt
    subject_id: BigInt
    owner_id: BigInt
    withdrawn_on: date
    reason: String
    recorded_at: Instant
    recorded_by: String
