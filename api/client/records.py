"""
Records in a file that is only added to: each with its length and a checksum before it.

A record is eight bytes (the payload's length and the CRC-32 of length and payload, both least
byte first) and the payload. So a reader knows where a write broke off, and tells that from
bytes that changed afterwards.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

_LENGTH = struct.Struct("<I")
_HEADER = struct.Struct("<II")
HEADER_BYTES = _HEADER.size

#: Opens every file, so that no other file is taken for one, nor a later format for this one.
MAGIC = b"genbo spool 1\n"


class Record(NamedTuple):
    """One payload, and where in the file its record ends."""

    payload: bytes
    end: int


class Broken(NamedTuple):
    """Where records end to make sense; ``is_torn`` when the write merely broke off there."""

    offset: int
    is_torn: bool


def framed(payload: bytes) -> bytes:
    """Return a payload as a record; it is not empty."""
    assert payload, "an empty record could not be told from zeros"
    return _HEADER.pack(len(payload), _checksum(payload)) + payload


def read_records(content: bytes, *, offset: int) -> Iterator[Record]:
    """
    Give the records of a part of a file that begins at an offset of it.

    It ends where a record is incomplete or does not match its checksum; :func:`broken_at`
    tells which.
    """
    start = 0
    while (payload := _payload_at(content, start)) is not None:
        start += HEADER_BYTES + len(payload)
        yield Record(payload, offset + start)


def broken_at(content: bytes, start: int) -> Broken | None:
    """Tell what is wrong with the record at a place of a file's bytes; None at its end."""
    if start == len(content):
        return None
    if len(content) - start < HEADER_BYTES:
        return Broken(start, is_torn=True)
    length, _ = _HEADER.unpack_from(content, start)
    is_torn = length > 0 and start + HEADER_BYTES + length > len(content)
    return Broken(start, is_torn=is_torn)


def _payload_at(content: bytes, start: int) -> bytes | None:
    if len(content) - start < HEADER_BYTES:
        return None
    length, checksum = _HEADER.unpack_from(content, start)
    payload = content[start + HEADER_BYTES : start + HEADER_BYTES + length]
    if not length or len(payload) < length or _checksum(payload) != checksum:
        return None
    return payload


def _checksum(payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(_LENGTH.pack(len(payload))))
