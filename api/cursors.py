"""Opaque cursors: where a list goes on, in a form nobody needs to read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from ledger.core.refusal import Refusal

T = TypeVar("T")


class CursorMalformed(Refusal):
    """The cursor is not one that this list gave."""

    code = "cursor_malformed"
    field = "cursor"


def write_cursor(place: object) -> str:
    """Return a place in a list as text that is safe in an address."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(text: str | None, *, kind: type[T], otherwise: T) -> T:
    """
    Read a cursor back into the kind of place it was written from.

    :raises CursorMalformed: it was not written by :func:`write_cursor` for such a place.
    """
    if text is None:
        return otherwise
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=kind)
    except ValueError:
        raise CursorMalformed(value=text[:100]) from None
