"""Usage files of any size are read in little memory, and arrays cut where their elements end."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.client.arrays import ArrayBroken, element_of, pieces
from api.client.files import UsageFile, format_of
from tests.api.reported import an_event
from tests.api.test_tabular import row, table

# Size.

EVENTS = [an_event(id=str(number)) for number in range(10_500)]


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    for name, content in (
        ("a.ndjson", b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS)),
        ("a.json", json.dumps(EVENTS, indent=1).encode()),
        ("a.csv", table(*(row(id=event["id"]) for event in EVENTS))),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        tracemalloc.start()
        with UsageFile(path, format=format_of(path)) as usage:
            count = sum(1 for _ in usage.events())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == len(EVENTS)
        assert peak < 1_000_000 < len(content)


# Arrays.


def _cut(content: bytes, chunk: int) -> Iterator[bytes]:
    read = io.BytesIO(content).read
    found = pieces(lambda _: read(chunk), is_inside=False, chunk=chunk, piece_max=10_000)
    for index, piece in enumerate(found):
        if element := element_of(piece, is_first=index == 0):
            yield element


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.lists(JSON, max_size=5), st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
def test_an_array_is_cut_into_its_elements(
    array: list[Any], chunk: int, indent: int | None, is_ascii: bool
) -> None:
    content = json.dumps(array, indent=indent, ensure_ascii=is_ascii).encode(errors="surrogatepass")
    assert [
        json.loads(each.decode(errors="surrogatepass")) for each in _cut(content, chunk)
    ] == array


@pytest.mark.parametrize("content", [b"1", b"{}", b'"[', b"[1", b'["]', b"x [1]"])
def test_what_is_no_array_is_told(content: bytes) -> None:
    with pytest.raises(ArrayBroken):
        list(_cut(content, 4))
