"""Tables of people: whom they act for, how they come in, what they are sent, what they did."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalBigInt,
    OptionalInstant,
    OptionalString,
    String,
    references,
)


class PersonRow(SQLModel, table=True):
    """Somebody with an address, whichever organisations they act for."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("book_id", "email"),
        references("book_id", "book"),
    )

    person_id: NewKey = None
    book_id: BigInt
    reference: String  # Made by the database
    email: String
    name: String
    language: String
    recorded_at: Instant
    recorded_by: String


class MemberRow(SQLModel, table=True):
    """A person in an organisation, with one role."""

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("member_id", "owner_id"),
        UniqueConstraint("member_id", "owner_id", "person_id"),
        Index("member_owner", "owner_id"),
        Index("member_person", "person_id"),
        references("owner_id", "party", "party_id"),
        references("person_id", "person"),
    )

    member_id: NewKey = None
    owner_id: BigInt
    person_id: BigInt
    reference: String  # Made by the database
    role: String
    recorded_at: Instant
    recorded_by: String


class MemberEndingRow(SQLModel, table=True):
    """That a person acts for an organisation no more: since when and why."""

    __tablename__ = "member_ending"
    __table_args__ = (references("member_id owner_id", "member"),)

    member_id: KeyBigInt
    owner_id: BigInt
    ended_at: Instant
    ended_by: String
    reason: String


class AccessLinkRow(SQLModel, table=True):
    """What lets a person set a password, once and not for long."""

    __tablename__ = "access_link"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("access_link_id", "person_id"),
        Index("access_link_person", "person_id"),
        references("person_id", "person"),
    )

    access_link_id: NewKey = None
    person_id: BigInt
    reference: String  # Made by the database
    purpose: String
    recorded_at: Instant
    expires_at: Instant
    recorded_by: String


class AccessLinkUseRow(SQLModel, table=True):
    """That a link was used."""

    __tablename__ = "access_link_use"
    __table_args__ = (references("access_link_id person_id", "access_link"),)

    access_link_id: KeyBigInt
    person_id: BigInt
    used_at: Instant


class PortalSessionRow(SQLModel, table=True):
    """A browser that has shown who it is; of its cookie only the hash is kept."""

    __tablename__ = "portal_session"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("token_hash"),
        UniqueConstraint("portal_session_id", "person_id"),
        Index("portal_session_person", "person_id", "expires_at"),
        references("member_id owner_id person_id", "member"),
    )

    portal_session_id: NewKey = None
    person_id: BigInt
    member_id: BigInt
    owner_id: BigInt
    reference: String  # Made by the database
    token_hash: bytes
    stage: String
    begun_at: Instant
    expires_at: Instant
    address: String
    browser: String


class PortalSessionEndingRow(SQLModel, table=True):
    """That a session ended before its time, and why."""

    __tablename__ = "portal_session_ending"
    __table_args__ = (references("portal_session_id person_id", "portal_session"),)

    portal_session_id: KeyBigInt
    person_id: BigInt
    ended_at: Instant
    reason: String


class SignInAttemptRow(SQLModel, table=True):
    """That somebody tried to come in, by the hash of the address they typed."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("sign_in_attempt_login", "login_hash", "tried_at"),)

    sign_in_attempt_id: NewKey = None
    login_hash: bytes
    address: String
    tried_at: Instant


class SignInPassRow(SQLModel, table=True):
    """That an attempt led all the way in."""

    __tablename__ = "sign_in_pass"
    __table_args__ = (references("sign_in_attempt_id", "sign_in_attempt"),)

    sign_in_attempt_id: KeyBigInt
    passed_at: Instant


class PortalActRow(SQLModel, table=True):
    """Who did what, for whom, and when."""

    __tablename__ = "portal_act"
    __table_args__ = (
        Index("portal_act_owner", "owner_id", "portal_act_id"),
        references("owner_id", "party", "party_id"),
        references("person_id", "person"),
    )

    portal_act_id: NewKey = None
    owner_id: BigInt
    person_id: BigInt
    act: String
    subject: String = ""
    recorded_at: Instant


class MailRow(SQLModel, table=True):
    """A letter: it brings a link to a person, or reminds a firm. Its words are set when sent."""

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("mail_id", "person_id"),
        UniqueConstraint("dunning_letter_id", "email"),
        references("access_link_id person_id", "access_link"),
        references("dunning_letter_id", "dunning_letter"),
    )

    mail_id: NewKey = None
    person_id: OptionalBigInt = None  # To whom a link is brought
    access_link_id: OptionalBigInt = None
    recorded_at: Instant
    dunning_letter_id: OptionalBigInt = None
    email: OptionalString = None  # To whom a reminder goes, as it was then
    name: OptionalString = None
    language: OptionalString = None


class MailAttemptRow(SQLModel, table=True):
    """One try to send a letter, and what came of it."""

    __tablename__ = "mail_attempt"
    __table_args__ = (references("mail_id person_id", "mail"), references("mail_id", "mail"))

    mail_id: KeyBigInt
    number: KeyInt
    person_id: OptionalBigInt = None
    tried_at: Instant
    outcome: String
    failure: String
    next_due_at: OptionalInstant = None


class PasswordRow(SQLModel, table=True):
    """The hash of a person's password; moved by a function only, and no old one is kept."""

    __tablename__ = "password"
    __table_args__ = (references("person_id", "person"),)

    person_id: KeyBigInt
    hash: String
    set_at: Instant


class SecondFactorRow(SQLModel, table=True):
    """What a person's one-time codes are made of, sealed; moved by functions only."""

    __tablename__ = "second_factor"
    __table_args__ = (references("person_id", "person"),)

    person_id: KeyBigInt
    sealed_secret: bytes
    set_at: Instant
    last_step: BigInt


class PortalSessionUseRow(SQLModel, table=True):
    """When a session was last used, to the minute; moved by a function only."""

    __tablename__ = "portal_session_use"
    __table_args__ = (references("portal_session_id", "portal_session"),)

    portal_session_id: KeyBigInt
    used_at: Instant


class MailQueueRow(SQLModel, table=True):
    """Which try of which letter is due when; moved by triggers and a function only."""

    __tablename__ = "mail_queue"
    __table_args__ = (references("mail_id", "mail"), Index("mail_queue_due", "due_at"))

    mail_id: KeyBigInt
    number: int
    due_at: Instant
