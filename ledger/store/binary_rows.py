"""
Rows in PostgreSQL's binary COPY format, packed by hand where a batch has thousands of them.

A field is its length and its bytes; a row is its number of fields and the fields (PostgreSQL
documentation, COPY, "Binary Format"). Packing the fixed columns of a row at once and keeping
the bytes of values that repeat takes half the time of the driver's general way, and intake
spends more time here than anywhere else.
"""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from struct import Struct

from psycopg.adapt import PyFormat, Transformer

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

_LENGTH = Struct(">i")
_INTEGER = Struct(">iq")
_EPOCH = date(2000, 1, 1)

#: From 1970, where our instants begin, to 2000, where PostgreSQL's do.
MICROSECONDS_TO_EPOCH = (_EPOCH - date(1970, 1, 1)).days * 24 * 60 * 60 * 1_000_000


def bytes_field(value: bytes | None) -> bytes:
    """Return a bytea field."""
    return NULL if value is None else _LENGTH.pack(len(value)) + value


def text_field(value: str | None) -> bytes:
    """Return a text field."""
    return NULL if value is None else bytes_field(value.encode())


def integer_field(value: int | None) -> bytes:
    """Return a bigint field."""
    return NULL if value is None else _INTEGER.pack(8, value)


@lru_cache(maxsize=4096)
def numeric_field(value: Decimal | None) -> bytes:
    """Return a numeric field; the driver spells the number."""
    if value is None:
        return NULL
    spelled = Transformer().get_dumper(value, PyFormat.BINARY).dump(value)
    return bytes_field(None if spelled is None else bytes(spelled))


def days(day_ordinal: int) -> int:
    """Return a day, given as ``date.toordinal()``, as PostgreSQL counts it."""
    return day_ordinal - _EPOCH.toordinal()
