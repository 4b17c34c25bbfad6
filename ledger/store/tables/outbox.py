"""Tables of the outbox and of webhooks: facts told, endpoints, deliveries, attempts, the queue."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalInstant,
    OptionalString,
    String,
    Strings,
    references,
)


class OutboxRow(SQLModel, table=True):
    """A fact that concerns a party, written with the fact itself."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("message_id"),
        UniqueConstraint("outbox_id", "owner_id"),
        Index("outbox_owner", "owner_id", "occurred_at"),
        references("book_id", "book"),
        references("owner_id book_id", "party", "party_id book_id"),
    )

    outbox_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt
    message_id: String  # Made by the database
    event: String
    payload: String  # The body, byte for byte as it is signed
    occurred_at: Instant


class WebhookEndpointRow(SQLModel, table=True):
    """Where a party is told, and of what."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("webhook_endpoint_id", "owner_id"),
        Index("webhook_endpoint_owner", "owner_id"),
        references("owner_id", "party", "party_id"),
    )

    webhook_endpoint_id: NewKey = None
    owner_id: BigInt
    reference: String
    url: String
    events: Strings
    recorded_at: Instant


class WebhookEndingRow(SQLModel, table=True):
    """The end of an endpoint: it was asked for, or nobody is there any more."""

    __tablename__ = "webhook_ending"
    __table_args__ = (references("webhook_endpoint_id owner_id", "webhook_endpoint"),)

    webhook_endpoint_id: KeyBigInt
    owner_id: BigInt
    ended_at: Instant
    reason: String


class WebhookSecretRow(SQLModel, table=True):
    """A secret that signs what an endpoint is sent; kept as it is, because it has to sign."""

    __tablename__ = "webhook_secret"
    __table_args__ = (
        Index("webhook_secret_endpoint", "webhook_endpoint_id"),
        references("webhook_endpoint_id owner_id", "webhook_endpoint"),
    )

    webhook_secret_id: NewKey = None
    webhook_endpoint_id: BigInt
    owner_id: BigInt
    secret: bytes
    recorded_at: Instant
    previous_until: OptionalInstant = None  # Until when the one before it signs too


class WebhookDeliveryRow(SQLModel, table=True):
    """A fact that is to be told to an endpoint, the first time or once more."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_delivery_id", "webhook_endpoint_id", "owner_id"),
        Index("webhook_delivery_log", "webhook_endpoint_id", "webhook_delivery_id"),
        references("webhook_endpoint_id owner_id", "webhook_endpoint"),
        references("outbox_id owner_id", "outbox"),
    )

    webhook_delivery_id: NewKey = None
    owner_id: BigInt
    webhook_endpoint_id: BigInt
    outbox_id: BigInt
    recorded_at: Instant
    is_replay: bool


class WebhookAttemptRow(SQLModel, table=True):
    """One attempt to deliver, and what was answered."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (
        references("webhook_delivery_id webhook_endpoint_id owner_id", "webhook_delivery"),
    )

    webhook_delivery_id: KeyBigInt
    number: KeyInt
    webhook_endpoint_id: BigInt
    owner_id: BigInt
    started_at: Instant
    duration_ms: int
    outcome: String
    status: int | None = None
    failure: OptionalString = None
    body: String
    next_due_at: OptionalInstant = None


class WebhookQueueRow(SQLModel, table=True):
    """Which attempt of a delivery is due when. Moved by triggers only."""

    __tablename__ = "webhook_queue"
    __table_args__ = (
        Index("webhook_queue_due", "due_at"),
        Index("webhook_queue_endpoint", "webhook_endpoint_id"),
        references("webhook_delivery_id webhook_endpoint_id owner_id", "webhook_delivery"),
    )

    webhook_delivery_id: KeyBigInt
    webhook_endpoint_id: BigInt
    owner_id: BigInt
    number: int
    due_at: Instant
