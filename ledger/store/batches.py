"""Batches: a licensee's gapless chain, the judgements its generations name, and its totals."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from struct import Struct
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from sqlmodel import Session

from ledger.core.acceptance import Judgement, Kind
from ledger.core.batch import Total, TotalKey
from ledger.store.binary_rows import (
    HEADER,
    TRAILER,
    days,
    integer_field,
    numeric_field,
    text_field,
)
from ledger.store.database import driver_connection
from ledger.store.generation_rows import copy_generations

# The clocks are read after the lock is held, by a function that sees what was written meanwhile:
# the query itself sees the book as it stood before it waited.
_LOCK = """
    SELECT log.batch_number, log.head, now.terms_version, now.last_closed_month
    FROM lock_log(%(licensee)s) log,
         LATERAL (SELECT * FROM clocks(%(book)s + 0 * log.batch_number)) now
"""

_INSERT_BATCH = """
    INSERT INTO batch (licensee_id, batch_number, recorded_at, first_month, last_month,
                       generation_count, accepted_count, held_count, refused_count,
                       root, previous_head, head, counted_month)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_COPY_TOTALS = """
    COPY batch_total (licensee_id, batch_number, position, accrual_month, day, decision, reason,
                      terms_version_id, rate_line_id, subject_id, territory,
                      generation_count, quantity, net_revenue)
    FROM STDIN (FORMAT BINARY)
"""
#: The number of columns, then licensee and batch, each after its length.
_TOTAL_HEAD = Struct(">hiqiq")
#: Position, month and day, each after its length.
_TOTAL_PLACE = Struct(">iiiiii")

# Reasons are plain words, so a comma between them is enough to pass a list of lists.
_INSERT_JUDGEMENTS = """
    INSERT INTO judgement (licensee_id, judgement_hash, license_reference, license_id, use_class,
                           modality, unit, territory, decision, reasons, language)
    SELECT %(licensee)s, n.hash, n.license, n.license_id, n.use_class, n.modality, n.unit,
           n.territory, n.decision, string_to_array(n.reasons, ','), n.language
    FROM unnest(%(hash)s::bytea[], %(license)s::text[], %(license_id)s::bigint[],
                %(use_class)s::text[], %(modality)s::text[], %(unit)s::text[],
                %(territory)s::text[], %(decision)s::text[], %(reasons)s::text[],
                %(language)s::text[])
             AS n (hash, license, license_id, use_class, modality, unit, territory, decision,
                   reasons, language)
    ON CONFLICT (licensee_id, judgement_hash) DO NOTHING
    RETURNING judgement_hash, judgement_id
"""

_FIND_JUDGEMENTS = """
    SELECT judgement_hash, judgement_id FROM judgement
    WHERE licensee_id = %(licensee)s AND judgement_hash = ANY (%(hash)s::bytea[])
"""

_COPY_LINES = """
    COPY judgement_line (licensee_id, judgement_id, position, subject_reference, subject_id,
                         weight_bp, terms_version_id, rate_line_id, decision, reasons)
    FROM STDIN (FORMAT BINARY)
"""
_LINE_TYPES = ["int8", "int8", "int4", "text", "int8", "int4", "int8", "int8", "text", "text[]"]


class AlreadyRecorded(Exception):
    """At least one generation of a licensee's batch is in the book, or twice in the batch."""

    def __init__(self, licensee_id: int) -> None:
        super().__init__(licensee_id)
        self.licensee_id = licensee_id


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where a licensee's chain stands while we hold its place in line."""

    batch_number: int
    head: bytes
    terms_version: int
    last_closed_month: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """One batch about to be written."""

    licensee_id: int
    batch_number: int
    recorded_at: datetime
    first_month: date
    last_month: date
    decisions: Mapping[str, int]
    root: bytes
    previous_head: bytes
    head: bytes
    counted_month: date | None = None  # of a batch for closed months: where it is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJudgement:
    """What was decided about one kind of generation, under the hash that names it."""

    hash: bytes
    license_id: int | None
    kind: Kind
    judgement: Judgement


def lock_log(session: Session, *, licensee_id: int, book_id: int) -> LogPosition:
    """
    Take the licensee's place in line until the transaction ends, and read what a batch needs.

    One query tells the chain's head, the version of the terms, and the last closed month.
    """
    parameters = {"licensee": licensee_id, "book": book_id}
    row = driver_connection(session).execute(_LOCK, parameters).fetchone()
    assert row is not None
    number, head, terms_version, last_closed_month = row
    return LogPosition(number, head, terms_version or 0, last_closed_month)


def wait_briefly(session: Session) -> None:
    """
    Let the transaction give up after a moment where it would wait for another writer.

    For work that others would have to wait for too: it can be done again in parts.

    :raises DatabaseBusy: later, by whatever would have waited longer.
    """
    driver_connection(session).execute("SET LOCAL lock_timeout = '500ms'")


def append(
    session: Session,
    *,
    batch: NewBatch,
    accrual_months: Sequence[date],
    tails: Sequence[bytes],
    totals: Sequence[bytes],
) -> None:
    """
    Write one whole batch: its row, its generations and its totals, which come packed.

    The database refuses a batch that does not continue the licensee's chain.

    :raises AlreadyRecorded: a generation is in the book already; the transaction cannot go on.
    """
    connection = driver_connection(session)
    try:
        _insert_batch(connection, batch)
        copy_generations(
            connection,
            licensee_id=batch.licensee_id,
            batch_number=batch.batch_number,
            accrual_months=accrual_months,
            tails=tails,
        )
        _copy_totals(connection, batch, totals)
    except UniqueViolation:
        raise AlreadyRecorded(batch.licensee_id) from None


def intern_judgements(
    session: Session, *, licensee_id: int, judgements: Collection[NewJudgement]
) -> dict[bytes, int]:
    """Return the ids of judgements by their hashes, writing those that are new."""
    connection = driver_connection(session)
    new = {each.hash: each for each in judgements}
    parameters = _columns(licensee_id, list(new.values()))
    inserted = dict(connection.execute(_INSERT_JUDGEMENTS, parameters).fetchall())
    if inserted:
        with connection.cursor().copy(_COPY_LINES) as copy:
            copy.set_types(_LINE_TYPES)
            for hash_, judgement_id in inserted.items():
                for line in _lines(licensee_id, judgement_id, new[hash_]):
                    copy.write_row(line)
    if len(inserted) == len(new):
        return inserted
    return dict(connection.execute(_FIND_JUDGEMENTS, parameters).fetchall())


def open_months(
    session: Session, *, book_id: int, months: Sequence[date], opened_at: datetime
) -> None:
    """Open months that are not open yet, each with the partition its generations go to."""
    driver_connection(session).execute(
        "SELECT open_month(%s, month, %s) FROM unnest(%s::date[]) AS month ORDER BY month",
        (book_id, opened_at, list(months)),
    )


def months_in_book(session: Session, *, book_id: int, months: Collection[date]) -> set[date]:
    """Return those of some months that were ever opened, closed ones too."""
    rows = driver_connection(session).execute(
        "SELECT month FROM accounting_month WHERE book_id = %s AND month = ANY (%s::date[])",
        (book_id, list(months)),
    )
    return {month for (month,) in rows}


def _insert_batch(connection: Connection[Any], batch: NewBatch) -> None:
    accepted, held, refused = (
        batch.decisions.get(name, 0) for name in ("accepted", "held", "refused")
    )
    connection.execute(
        _INSERT_BATCH,
        (
            batch.licensee_id,
            batch.batch_number,
            batch.recorded_at,
            batch.first_month,
            batch.last_month,
            accepted + held + refused,
            accepted,
            held,
            refused,
            batch.root,
            batch.previous_head,
            batch.head,
            batch.counted_month,
        ),
    )


def pack_totals(totals: Mapping[TotalKey, Total]) -> list[bytes]:
    """Return the rows of a batch's totals without their heads, in order of position."""
    return [
        b"".join(
            (
                _TOTAL_PLACE.pack(
                    4, position, 4, days(key.accrual_month.toordinal()), 4,
                    days(key.day.toordinal()),
                ),
                text_field(key.decision),
                text_field(key.reason),
                integer_field(key.terms_version_id),
                integer_field(key.rate_line_id),
                integer_field(key.subject_id),
                text_field(key.territory),
                integer_field(total.generation_count),
                numeric_field(total.quantity),
                numeric_field(total.net_revenue),
            )
        )
        for position, (key, total) in enumerate(totals.items())
    ]  # fmt: skip


def _copy_totals(connection: Connection[Any], batch: NewBatch, tails: Sequence[bytes]) -> None:
    head = _TOTAL_HEAD.pack(14, 8, batch.licensee_id, 8, batch.batch_number)
    with connection.cursor().copy(_COPY_TOTALS) as copy:
        copy.write(b"".join((HEADER, *(head + tail for tail in tails), TRAILER)))


def _columns(licensee_id: int, judgements: Sequence[NewJudgement]) -> dict[str, object]:
    return {
        "licensee": licensee_id,
        "hash": [each.hash for each in judgements],
        "license": [each.kind.license_reference for each in judgements],
        "license_id": [each.license_id for each in judgements],
        "use_class": [str(each.kind.use_class) for each in judgements],
        "modality": [str(each.kind.modality) for each in judgements],
        "unit": [str(each.kind.unit) for each in judgements],
        "territory": [each.kind.territory for each in judgements],
        "decision": [str(each.judgement.decision) for each in judgements],
        "language": [each.kind.language for each in judgements],
        "reasons": [",".join(each.judgement.reasons) for each in judgements],
    }


def _lines(licensee_id: int, judgement_id: int, new: NewJudgement) -> Iterator[tuple[object, ...]]:
    parts = zip(new.kind.subjects, new.judgement.lines, strict=True)
    for position, (use, line) in enumerate(parts):
        yield (
            licensee_id,
            judgement_id,
            position,
            use.reference,
            line.subject_id,
            line.weight_bp,
            line.terms_version_id,
            line.rate_line_id,
            str(line.decision),
            [str(reason) for reason in line.reasons],
        )
