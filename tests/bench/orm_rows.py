"""
The same intake with a row of an object mapper for everything it writes.

It decodes, judges, seals and answers as the product does, and has one commit for each request;
only what is written is written as most programs would write it. Its tables are copies with the
same columns, checks and keys. What the book's triggers look at once for all rows of a statement,
foreign keys say here, because a mapper writes a row at a time; the other triggers are left out.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import psycopg
from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Numeric
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, select

from api.intake import Intake
from ledger.core.batch import Batch, decisions, judge_all, totals
from ledger.core.proof import EMPTY_HEAD, chain_head, merkle_root
from ledger.core.receipt import STATUS_OF, Receipt, Result
from ledger.services.reporting import Report
from ledger.store import batches
from ledger.store.desk import Desk

_COPIED = ("generation", "batch", "batch_total")
_REFERENCES = (
    "batch ADD FOREIGN KEY (licensee_id) REFERENCES party",
    "generation ADD FOREIGN KEY (licensee_id, batch_number) REFERENCES orm_batch",
    "generation ADD FOREIGN KEY (licensee_id, judgement_id) REFERENCES judgement",
    "batch_total ADD FOREIGN KEY (licensee_id, batch_number) REFERENCES orm_batch",
    "batch_total ADD FOREIGN KEY (subject_id) REFERENCES subject",
    """batch_total ADD FOREIGN KEY (rate_line_id, terms_version_id, licensee_id)
       REFERENCES rate_line (rate_line_id, terms_version_id, licensee_id)""",
)


def prepare(connection: psycopg.Connection) -> None:
    """Make the tables, once for each database."""
    for table in _COPIED:
        connection.execute(f"CREATE TABLE orm_{table} (LIKE {table} INCLUDING ALL)")
        connection.execute(f"GRANT SELECT, INSERT ON orm_{table} TO genbo_app")
    for reference in _REFERENCES:
        connection.execute(f"ALTER TABLE orm_{reference}")


class Mapped(SQLModel, registry=registry()):
    """Rows that the book's own tables know nothing of."""


class OrmBatch(Mapped, table=True):
    """One batch of a licensee."""

    __tablename__ = "orm_batch"

    licensee_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    batch_number: int = Field(sa_column=Column(BigInteger, primary_key=True))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True)))
    first_month: date
    last_month: date
    generation_count: int
    accepted_count: int
    held_count: int
    refused_count: int
    root: bytes
    previous_head: bytes
    head: bytes
    kind: str = "report"


class OrmGeneration(Mapped, table=True):
    """One reported generation."""

    __tablename__ = "orm_generation"

    licensee_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    batch_number: int = Field(sa_column=Column(BigInteger, primary_key=True))
    position: int = Field(primary_key=True)
    accrual_month: date = Field(primary_key=True)
    judgement_id: int = Field(sa_column=Column(BigInteger))
    occurred_at: datetime = Field(sa_column=Column(DateTime(timezone=True)))
    quantity: Decimal | None = Field(sa_column=Column(Numeric))
    net_revenue: Decimal | None = Field(sa_column=Column(Numeric))
    source: str
    event_id: str
    currency: str | None
    model: str | None
    title: str | None
    output_sha256: bytes | None = Field(sa_column=Column(LargeBinary))
    content_hash: bytes


class OrmTotal(Mapped, table=True):
    """A batch's total for one day, rate line, subject and territory."""

    __tablename__ = "orm_batch_total"

    licensee_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    batch_number: int = Field(sa_column=Column(BigInteger, primary_key=True))
    position: int = Field(primary_key=True)
    accrual_month: date
    day: date
    decision: str
    reason: str | None
    terms_version_id: int | None = Field(sa_column=Column(BigInteger))
    rate_line_id: int | None = Field(sa_column=Column(BigInteger))
    subject_id: int | None = Field(sa_column=Column(BigInteger))
    territory: str
    generation_count: int = Field(sa_column=Column(BigInteger))
    quantity: Decimal = Field(sa_column=Column(Numeric))
    net_revenue: Decimal = Field(sa_column=Column(Numeric))


class RowByRow(Intake):
    """Writes each report in a commit of its own, as rows of objects."""

    def record_by_itself(self, report: Report) -> Sequence[Result]:
        """Record a report and return its results, in order, after they are committed."""
        given = self._given
        licensee = report.licensee_id
        now = given.clock()
        subjects = {use.reference for each in report.reported for use in each.subjects}
        with given.database.transaction() as session:
            log = batches.lock_log(session, licensee_id=licensee, book_id=given.book_id)
            terms = given.terms.naming(session, version=log.terms_version, references=subjects)
            batch = judge_all(report.reported, lambda each: terms.judge(licensee, each))
            desk = Desk(session, terms, given.book_id, licensee, log, now, frozenset())
            ids = desk.judgement_ids(batch)
            row = _batch_row(session, batch, licensee, now)
            session.add(row)
            session.flush()  # What refers to it comes after it.
            session.add_all(_generation_rows(batch, row, ids))
            session.add_all(_total_rows(batch, row))
        terms.stored_ids.update(desk.new_ids)
        return [
            Result(
                STATUS_OF[each.judgement.decision],
                each.judgement.reasons,
                Receipt(row.batch_number, position, each.content_hash, row.root, row.head),
            )
            for position, each in enumerate(batch.each())
        ]


def _batch_row(session: Session, batch: Batch, licensee: int, now: datetime) -> OrmBatch:
    number = OrmBatch.__table__.c.batch_number  # type: ignore[attr-defined]
    newest = select(OrmBatch).where(OrmBatch.licensee_id == licensee).order_by(number.desc())
    before = session.exec(newest.limit(1)).first()
    root, previous = merkle_root(batch.content_hashes), before.head if before else EMPTY_HEAD
    following = before.batch_number + 1 if before else 1
    counts = decisions(batch)
    return OrmBatch(
        licensee_id=licensee,
        batch_number=following,
        recorded_at=now,
        first_month=min(batch.accrual_months),
        last_month=max(batch.accrual_months),
        generation_count=len(batch),
        accepted_count=counts["accepted"],
        held_count=counts["held"],
        refused_count=counts["refused"],
        root=root,
        previous_head=previous,
        head=chain_head(previous=previous, number=following, count=len(batch), root=root),
    )


def _generation_rows(batch: Batch, row: OrmBatch, ids: dict[int, int]) -> list[OrmGeneration]:
    return [
        OrmGeneration(
            licensee_id=row.licensee_id,
            batch_number=row.batch_number,
            position=position,
            accrual_month=each.accrual_month,
            judgement_id=ids[id(each.judgement)],
            occurred_at=each.reported.occurred_at,
            quantity=each.reported.quantity,
            net_revenue=each.reported.net_revenue,
            source=each.reported.source,
            event_id=each.reported.event_id,
            currency=each.reported.currency,
            model=each.reported.model,
            title=each.reported.title,
            output_sha256=bytes.fromhex(each.reported.output_sha256 or ""),
            content_hash=each.content_hash,
        )
        for position, each in enumerate(batch.each())
    ]


def _total_rows(batch: Batch, row: OrmBatch) -> list[OrmTotal]:
    return [
        OrmTotal(
            licensee_id=row.licensee_id,
            batch_number=row.batch_number,
            position=position,
            **key._asdict(),
            **total._asdict(),
        )
        for position, (key, total) in enumerate(totals(batch).items())
    ]
