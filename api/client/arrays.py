"""The elements of a JSON array of any length, cut from a stream without holding it."""

import re
from collections.abc import Callable, Iterator

#: A backslash takes what follows it along, so that a quote after it ends no text.
_TOKEN = re.compile(rb'\\.|["{}\[\],]', re.DOTALL)
_OPENING = frozenset((b"[", b"{"))
_CLOSING = frozenset((b"]", b"}"))


class ArrayBroken(Exception):
    """The stream is no array, or ends inside it."""


def pieces(
    read: Callable[[int], bytes], *, is_inside: bool, chunk: int, piece_max: int
) -> Iterator[bytes]:
    """
    Give the stream in pieces that each end with the comma or bracket behind one element.

    The first piece begins with the array's own bracket, unless reading begins ``is_inside``.
    What follows the array is left unread, except for the rest of a chunk.

    :raises ArrayBroken: there is no array, it does not end, or an element is too long.
    """
    buffer = bytearray()
    depth, is_text = (1, False) if is_inside else (0, False)
    start = at = 0
    while content := read(chunk):
        del buffer[:start]
        at -= start
        start = 0
        buffer += content
        for match in _TOKEN.finditer(buffer, at):
            token, at = match[0], match.end()
            if token == b'"':
                is_text = not is_text
            elif is_text or token[:1] == b"\\":
                continue
            elif token in _OPENING:
                if not depth and (token != b"[" or buffer[: match.start()].strip()):
                    raise ArrayBroken("Expected an array")
                depth += 1
            else:
                depth -= token in _CLOSING
                if depth == 0 or (depth == 1 and token == b","):
                    yield bytes(buffer[start:at])
                    start = at
                if depth <= 0:
                    return
        if len(buffer) - start > piece_max:
            raise ArrayBroken(f"Expected elements of up to {piece_max} bytes")
        if not buffer.endswith(b"\\"):  # Otherwise it is read with what follows.
            at = len(buffer)
    if depth or buffer[start:].strip():
        raise ArrayBroken("The array does not end" if depth else "Expected an array")


def element_of(piece: bytes, *, is_first: bool) -> bytes:
    """Return the element of a piece without what stands around it; empty if there is none."""
    element = piece.strip()[:-1]
    return (element.lstrip()[1:] if is_first else element).strip()
