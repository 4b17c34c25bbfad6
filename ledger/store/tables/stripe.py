"""Tables of what Stripe is asked, what it tells, and how the balance that it holds moves."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Json,
    KeyBigInt,
    KeyBool,
    KeyInt,
    NewKey,
    OptionalBigInt,
    OptionalInstant,
    OptionalJson,
    OptionalString,
    String,
    references,
)


class StripeCustomerRow(SQLModel, table=True):
    """Under which id Stripe knows a firm."""

    __tablename__ = "stripe_customer"
    __table_args__ = (
        UniqueConstraint("stripe_id"),
        references("licensee_id", "party", "party_id"),
    )

    licensee_id: KeyBigInt
    is_live: KeyBool
    stripe_id: String
    recorded_at: Instant


class PaymentRequestRow(SQLModel, table=True):
    """What a firm is asked to pay of an invoice, and how."""

    __tablename__ = "payment_request"
    __table_args__ = (
        UniqueConstraint("reference"),
        references("document_id licensee_id currency", "invoice"),
        Index("payment_request_of_invoice", "document_id"),
    )

    payment_request_id: NewKey = None
    licensee_id: BigInt
    document_id: BigInt
    reference: String
    method: String
    is_live: bool
    currency: String
    amount_minor: BigInt
    requested_at: Instant
    requested_by: String


class StripeCallRow(SQLModel, table=True):
    """What Stripe is to do."""

    __tablename__ = "stripe_call"
    __table_args__ = (
        UniqueConstraint("book_id", "kind", "subject"),
        UniqueConstraint("stripe_call_id", "licensee_id"),
        references("licensee_id book_id", "party", "party_id book_id"),
    )

    stripe_call_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    kind: String
    subject: String
    arguments: Json
    is_live: bool
    queued_at: Instant
    queued_by: String


class StripeTryRow(SQLModel, table=True):
    """That Stripe is about to be asked."""

    __tablename__ = "stripe_try"
    __table_args__ = (
        UniqueConstraint("stripe_call_id", "number", "licensee_id"),
        references("stripe_call_id licensee_id", "stripe_call"),
    )

    stripe_call_id: KeyBigInt
    number: KeyInt
    licensee_id: BigInt
    begun_at: Instant


class StripeOutcomeRow(SQLModel, table=True):
    """What came of a try."""

    __tablename__ = "stripe_outcome"
    __table_args__ = (
        references("stripe_call_id number licensee_id", "stripe_try"),
        Index(
            "stripe_outcome_last",
            "stripe_call_id",
            unique=True,
            postgresql_where=text("outcome <> 'later'"),
        ),
    )

    stripe_call_id: KeyBigInt
    number: KeyInt
    licensee_id: BigInt
    ended_at: Instant
    outcome: String
    reason: String
    answer: OptionalJson
    next_at: OptionalInstant = None


class StripeEventRow(SQLModel, table=True):
    """What Stripe told, byte for byte."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        references("book_id", "book"),
    )

    stripe_event_id: NewKey = None
    book_id: BigInt
    reference: String
    type: String
    is_live: bool
    body: String
    created_at: Instant
    received_at: Instant


class StripeHandlingRow(SQLModel, table=True):
    """What became of an event when it was looked at."""

    __tablename__ = "stripe_handling"
    __table_args__ = (references("stripe_event_id", "stripe_event"),)

    stripe_event_id: KeyBigInt
    number: KeyInt
    handled_at: Instant
    outcome: String
    reason: String
    recorded_by: String
    next_at: OptionalInstant = None


class StripeMovementRow(SQLModel, table=True):
    """A movement of the balance that Stripe holds."""

    __tablename__ = "stripe_movement"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        references("book_id", "book"),
        references("licensee_id book_id", "party", "party_id book_id"),
    )

    stripe_movement_id: NewKey = None
    book_id: BigInt
    licensee_id: OptionalBigInt = None
    reference: String
    category: String
    source: String
    currency: String
    amount_minor: BigInt
    fee_minor: BigInt
    paid_currency: OptionalString = None
    paid_minor: OptionalBigInt = None
    moved_at: Instant
    recorded_at: Instant


class StripeReconciliationRow(SQLModel, table=True):
    """That the book was held against Stripe, and what differed."""

    __tablename__ = "stripe_reconciliation"
    __table_args__ = (references("book_id", "book"),)

    stripe_reconciliation_id: NewKey = None
    book_id: BigInt
    is_live: bool
    reconciled_at: Instant
    reconciled_by: String
    differences: Json
