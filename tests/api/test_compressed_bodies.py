"""A compressed body is taken whole or refused; it is never cut, and never fills the memory."""

import gzip
import json
import tracemalloc
import zlib

import pytest

from api.events import BODY_BYTES_MAX, BodyUnreadable
from tests.api.reported import LINES, an_event, decoded, taken

EVENTS = [an_event(id=str(number)) for number in range(20)]
PLAIN = b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS)
PACKED = gzip.compress(PLAIN, mtime=0)
BROKEN_SUM = PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip ", "x-gzip"])
def test_a_compressed_body_says_the_same(encoding: str) -> None:
    assert decoded(PACKED, LINES, encoding) == decoded(PLAIN, LINES)


@pytest.mark.parametrize("encoding", [None, "", "identity", "Identity"])
def test_a_body_may_come_as_it_is(encoding: str | None) -> None:
    assert taken(an_event(), encoding=encoding) == taken(an_event())


def test_several_members_are_one_body() -> None:
    """As RFC 1952 has it, and as programs write that append to an archive."""
    first, second = PLAIN[:700], PLAIN[700:]
    body = gzip.compress(first) + gzip.compress(b"") + gzip.compress(second)
    assert decoded(body, LINES, "gzip") == decoded(PLAIN, LINES)


@pytest.mark.parametrize(
    "body",
    [
        PACKED[:-1],  # One byte of the length is missing,
        PACKED[:-8],  # the sum and the length,
        PACKED[: len(PACKED) // 2],  # half of the events,
        PACKED[:5],  # most of the header.
        PACKED + b"and more",
        PACKED + PACKED[:20],
        BROKEN_SUM,
        PACKED[:20] + b"\xff\xff\xff\xff" + PACKED[24:],
        PLAIN,  # Not compressed at all.
        zlib.compress(PLAIN),  # The header of another format.
    ],
)
def test_a_broken_archive_is_refused_whole(body: bytes) -> None:
    """Events that come before the fault are not taken: whoever sent them sends all again."""
    with pytest.raises(BodyUnreadable) as refused:
        decoded(body, LINES, "gzip")
    assert (refused.value.code, refused.value.status) == ("encoding_broken", 400)
    assert refused.value.values["reason"]


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "*"])
def test_another_encoding_is_refused_by_its_name(encoding: str) -> None:
    with pytest.raises(BodyUnreadable) as refused:
        decoded(PACKED, LINES, encoding)
    assert (refused.value.code, refused.value.status) == ("encoding_unsupported", 415)
    assert refused.value.values["encoding"] == encoding


def test_an_empty_body_is_empty_however_it_is_packed() -> None:
    for body in (b"", gzip.compress(b""), gzip.compress(b"\n\n")):
        with pytest.raises(BodyUnreadable) as refused:
            decoded(body, LINES, "gzip")
        assert refused.value.code == "no_events"


def test_a_body_of_exactly_the_largest_size_is_unpacked() -> None:
    padded = PLAIN + b" " * (BODY_BYTES_MAX - len(PLAIN))
    assert decoded(gzip.compress(padded, compresslevel=1), LINES, "gzip") == decoded(PLAIN, LINES)
    with pytest.raises(BodyUnreadable) as refused:
        decoded(gzip.compress(padded + b" ", compresslevel=1), LINES, "gzip")
    assert refused.value.code == "body_too_large"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(100_000_000), compresslevel=1)
    tracemalloc.start()
    with pytest.raises(BodyUnreadable) as refused:
        decoded(bomb, LINES, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.value.code, refused.value.status) == ("body_too_large", 413)
    assert refused.value.values == {"limit": str(BODY_BYTES_MAX)}
    assert peak < 4 * BODY_BYTES_MAX
