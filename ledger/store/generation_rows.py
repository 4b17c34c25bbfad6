"""
Reported generations on their way into the book: packed by column, written by one COPY.

This speaks to the driver directly, because a row at a time costs ten times as much. It runs
inside the caller's transaction like everything else.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, repeat
from struct import Struct
from typing import Any

from psycopg import Connection

from ledger.core.batch import Batch
from ledger.store.binary_rows import (
    HEADER,
    MICROSECONDS_TO_EPOCH,
    NULL,
    TRAILER,
    bytes_field,
    days,
    numeric_field,
    text_field,
)

# What a whole batch has in common comes first, then what many of its rows have, then their own.
_COPY = """
    COPY generation (licensee_id, accrual_month, batch_number, judgement_id, currency, model, title,
                     c2pa, quantity, net_revenue, source, position, occurred_at, event_id,
                     output_sha256, content_hash)
    FROM STDIN (FORMAT BINARY)
"""
#: The number of columns; then licensee, accrual month and batch, each after its length.
_HEAD = Struct(">hiqiiiq")
_JUDGEMENT = Struct(">iq")
#: A position after its length, and the length of the instant that follows it.
_POSITION = Struct(">iii")
_LENGTH = Struct(">i")
_HASH_LENGTH = _LENGTH.pack(32)


def pack_tails(batch: Batch, *, judgement_ids: Mapping[int, int]) -> list[bytes]:
    """
    Return the rows of a batch's generations without their heads, in order of position.

    That is all of them but what is known only in line: the number of the batch. So it can be
    done before. ``judgement_ids`` maps ``id(judgement)`` to the stored judgement.
    """
    reported, count = batch.reported, len(batch)
    common = {
        alike: _JUDGEMENT.pack(8, judgement_ids[id(alike.judgement)])
        + text_field(alike.example.currency)
        + text_field(alike.example.model)
        + text_field(alike.example.title)
        + text_field(alike.example.c2pa)
        for alike in set(batch.alikes)
    }
    amounts = {
        amount: numeric_field(amount.quantity) + numeric_field(amount.net_revenue)
        for amount in set(batch.amounts)
    }
    sources = {source: text_field(source) for source in set(reported.sources)}
    instants = [instant - MICROSECONDS_TO_EPOCH for instant in batch.instants]
    event_ids = [event_id.encode() for event_id in reported.event_ids]
    columns = (
        map(common.__getitem__, batch.alikes),
        map(amounts.__getitem__, batch.amounts),
        map(sources.__getitem__, reported.sources),
        _positions(count),
        _cutter(count, 8).unpack(Struct(f">{count}q").pack(*instants)),
        map(_length, map(len, event_ids)),
        event_ids,
        *_outputs(reported.outputs),
        repeat(_HASH_LENGTH, count),
        batch.content_hashes,
    )
    return [*map(b"".join, zip(*columns, strict=True))]


def copy_generations(
    connection: Connection[Any],
    *,
    licensee_id: int,
    batch_number: int,
    accrual_months: Sequence[date],
    tails: Sequence[bytes],
) -> None:
    """
    Write a batch's generations, whose packed tails and months are given in order of position.

    :raises psycopg.errors.UniqueViolation: one of them is in the book already.
    """
    heads = {
        month: _HEAD.pack(16, 8, licensee_id, 4, days(month.toordinal()), 8, batch_number)
        for month in set(accrual_months)
    }
    rows = zip(map(heads.__getitem__, accrual_months), tails, strict=True)
    with connection.cursor().copy(_COPY) as copy:
        copy.write(b"".join((HEADER, *chain.from_iterable(rows), TRAILER)))


@lru_cache(maxsize=4)
def _positions(count: int) -> Sequence[bytes]:
    """Return the first positions; most senders send batches of one size."""
    return [_POSITION.pack(4, position, 8) for position in range(count)]


@lru_cache(maxsize=1024)
def _length(length: int) -> bytes:
    return _LENGTH.pack(length)


def _outputs(outputs: Sequence[str | None]) -> tuple[Iterable[bytes], ...]:
    """Return the output hashes as columns of their fields."""
    given = [*filter(None, outputs)]
    if len(given) < len(outputs) or {*map(len, given)} != {64}:
        return ([NULL if each is None else bytes_field(bytes.fromhex(each)) for each in outputs],)
    joined = bytes.fromhex("".join(given))
    return repeat(_HASH_LENGTH, len(given)), _cutter(len(given), 32).unpack(joined)


@lru_cache(maxsize=8)
def _cutter(count: int, size: int) -> Struct:
    """Return what cuts bytes that were made at once into so many parts of one size."""
    return Struct(f"{size}s" * count)
