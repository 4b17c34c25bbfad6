"""Tables of advances and guarantees: what is agreed, set off by closings, billed and passed on."""

from datetime import date
from typing import Annotated

from sqlalchemy import BigInteger, Date, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Integers,
    Json,
    KeyBigInt,
    KeyDate,
    KeyInt,
    KeyString,
    NewKey,
    OptionalBigInt,
    OptionalString,
    String,
    Strings,
    references,
)

Days = Annotated[list[date], Field(sa_type=ARRAY(Date))]
BigInts = Annotated[list[int], Field(sa_type=ARRAY(BigInteger))]


class RecoupGroupRow(SQLModel, table=True):
    """Grants of a license that are accounted for together."""

    __tablename__ = "recoup_group"
    __table_args__ = (
        UniqueConstraint("license_id", "reference"),
        UniqueConstraint("recoup_group_id", "licensee_id"),
        references("license_id licensee_id", "license"),
    )

    recoup_group_id: NewKey = None
    license_id: BigInt
    licensee_id: BigInt
    position: int
    reference: String
    crossing: String


class RecoupSourceRow(SQLModel, table=True):
    """A grant of a group; it is in no other."""

    __tablename__ = "recoup_source"
    __table_args__ = (
        UniqueConstraint("recoup_group_id", "position"),
        references("license_grant_id licensee_id", "license_grant"),
        references("recoup_group_id licensee_id", "recoup_group"),
    )

    license_grant_id: KeyBigInt
    recoup_group_id: BigInt
    licensee_id: BigInt
    position: int


class RecoupAmendmentRow(SQLModel, table=True):
    """What a group is from a month on; ``terms`` are its advances and guarantees as agreed."""

    __tablename__ = "recoup_amendment"
    __table_args__ = (
        UniqueConstraint("recoup_group_id", "effective_from"),
        references("recoup_group_id licensee_id", "recoup_group"),
    )

    recoup_group_id: KeyBigInt
    version: KeyInt
    licensee_id: BigInt
    effective_from: date
    crossing: String
    clause_reference: String
    terms: Json
    recorded_by: String
    recorded_at: Instant


class RecoupAmendmentSourceRow(SQLModel, table=True):
    """A grant of a group from a version on, until the next."""

    __tablename__ = "recoup_amendment_source"
    __table_args__ = (
        UniqueConstraint("recoup_group_id", "version", "position"),
        references("recoup_group_id version", "recoup_amendment"),
        references("license_grant_id licensee_id", "license_grant"),
        Index("recoup_amendment_source_of", "license_grant_id"),
    )

    recoup_group_id: KeyBigInt
    version: KeyInt
    license_grant_id: KeyBigInt
    licensee_id: BigInt
    position: int


class MinimumGuaranteeRow(SQLModel, table=True):
    """A minimum guarantee with the days and targets of its checkpoints."""

    __tablename__ = "minimum_guarantee"
    __table_args__ = (
        UniqueConstraint("recoup_group_id", "position"),
        references("recoup_group_id licensee_id", "recoup_group"),
    )

    recoup_group_id: KeyBigInt
    reference: KeyString
    licensee_id: BigInt
    position: int
    sources: Strings
    starts_on: date
    due_on: Days
    targets_minor: BigInts
    version: int = 1  # of the group, that brought it


class PrepaymentRow(SQLModel, table=True):
    """An advance, or what a guarantee lacked at a checkpoint."""

    __tablename__ = "prepayment"
    __table_args__ = (
        UniqueConstraint("recoup_group_id", "reference"),
        UniqueConstraint("prepayment_id", "licensee_id"),
        references("recoup_group_id licensee_id", "recoup_group"),
        references("recoup_group_id guarantee", "minimum_guarantee", "recoup_group_id reference"),
        references("recoup_group_id closing_month", "recoupment"),
    )

    prepayment_id: NewKey = None
    recoup_group_id: BigInt
    licensee_id: BigInt
    reference: String
    kind: String
    currency: String
    amount_minor: BigInt
    due_on: date
    sources: Strings
    shares_bp: Integers
    guarantee: OptionalString
    closing_month: date | None
    target_minor: OptionalBigInt
    credited_minor: OptionalBigInt
    version: int = 1  # of the group, that brought it


class RecoupmentRow(SQLModel, table=True):
    """What a closing did to a group, step by step, and where the next one begins."""

    __tablename__ = "recoupment"
    __table_args__ = (
        references("recoup_group_id licensee_id", "recoup_group"),
        references("book_id closing_month", "month_closing", "book_id month"),
    )

    recoup_group_id: KeyBigInt
    closing_month: KeyDate
    book_id: BigInt
    licensee_id: BigInt
    state: Json
    steps: Json


class RecoupedSourceRow(SQLModel, table=True):
    """What became of one source's earnings in a closing."""

    __tablename__ = "recouped_source"
    __table_args__ = (references("recoup_group_id closing_month", "recoupment"),)

    recoup_group_id: KeyBigInt
    closing_month: KeyDate
    source: KeyString
    licensee_id: BigInt
    carried_in_minor: BigInt
    royalty_minor: BigInt
    adjustment_minor: BigInt
    recouped_minor: BigInt
    payable_minor: BigInt
    carried_out_minor: BigInt


class RoyaltySetOffRow(SQLModel, table=True):
    """What prepayments pay of a royalty line; a line of a group is invoiced once it is here."""

    __tablename__ = "royalty_set_off"
    __table_args__ = (
        references("royalty_line_id licensee_id", "royalty_line"),
        references("recoup_group_id closing_month", "recoupment"),
    )

    royalty_line_id: KeyBigInt
    licensee_id: BigInt
    recoup_group_id: BigInt
    closing_month: date
    recouped_minor: BigInt


class PrepaymentUseRow(SQLModel, table=True):
    """A part of a prepayment and whose it has become."""

    __tablename__ = "prepayment_use"
    __table_args__ = (
        UniqueConstraint("prepayment_use_id", "licensee_id"),
        references("prepayment_id licensee_id", "prepayment"),
        references("recoup_group_id closing_month", "recoupment"),
        references("subject_id owner_id", "subject"),
        references("royalty_line_id licensee_id", "royalty_line"),
        Index("prepayment_use_of", "prepayment_id"),
        Index("prepayment_use_line", "royalty_line_id"),
    )

    prepayment_use_id: NewKey = None
    prepayment_id: BigInt
    licensee_id: BigInt
    recoup_group_id: BigInt
    closing_month: date
    kind: String
    subject_id: OptionalBigInt
    owner_id: OptionalBigInt  # The rights holder
    royalty_line_id: OptionalBigInt
    amount_minor: BigInt


class InvoicePrepaymentRow(SQLModel, table=True):
    """A prepayment on an invoice, with its part of the tax."""

    __tablename__ = "invoice_prepayment"
    __table_args__ = (
        UniqueConstraint("prepayment_id"),
        references("document_id licensee_id", "invoice"),
        references("prepayment_id licensee_id", "prepayment"),
    )

    document_id: KeyBigInt
    number: KeyInt
    licensee_id: BigInt
    prepayment_id: BigInt
    amount_minor: BigInt
    tax_minor: BigInt


class SettledPrepaymentUseRow(SQLModel, table=True):
    """A use that a settlement passed on, once, with its part of the prepayment's tax."""

    __tablename__ = "settled_prepayment_use"
    __table_args__ = (
        references("settlement_id", "settlement"),
        references("prepayment_use_id licensee_id", "prepayment_use"),
    )

    prepayment_use_id: KeyBigInt
    settlement_id: BigInt
    licensee_id: BigInt
    tax_minor: BigInt
