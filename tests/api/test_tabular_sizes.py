"""A table is cut only when it fits: a line without end, or totals without end, cost no memory."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from api import tabular
from api.events import BODY_BYTES_MAX, EVENT_BYTES_MAX, InvalidEvent
from tests.api.reported import decoded
from tests.api.test_tabular import CSV, HEAD, HEADER, TSV, row, table, unreadable

LONG = BODY_BYTES_MAX - 1_000
#: What is not cut is copied a few times at most.
BYTES_USED_MAX = 6 * BODY_BYTES_MAX


@contextmanager
def little_memory() -> Iterator[None]:
    """Check that the block uses no more than a few copies of a body."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < BYTES_USED_MAX


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"," * LONG + b"\n", CSV),  # Columns without names, and without end,
        (b"a" * LONG, CSV),  # a name without end,
        (b"a" + b"\t" * LONG, TSV),
        (b"HEAD" + b"\t" * LONG, TSV),
        (HEAD.encode() + b"\nGBEV\t1\ts\ti\tt\tl\t" + b"|" * LONG, TSV),  # subjects,
        (HEAD.encode() + b"\nGBEV" + b"\t" * LONG, TSV),  # a record,
        (HEAD.encode() + b"\n" + b"GBSY\ta\tb\t1\t1\n" + b"GBSY" + b"\t" * LONG, TSV),
    ],
)
def test_a_line_without_end_refuses_the_table(body: bytes, media_type: str) -> None:
    with little_memory():
        refused = unreadable(body, media_type)
    assert (refused.code, refused.status) == ("table_unreadable", 400)
    assert str(tabular.LINE_BYTES_MAX) in refused.values["reason"]


def test_a_row_without_end_costs_only_itself() -> None:
    good = table(row())
    body = good + b"," * (LONG - len(good)) + b"\r\n" + table(row(id="2")).split(b"\r\n")[1]
    with little_memory():
        first, long, second = decoded(body, CSV)
    assert isinstance(long, InvalidEvent)
    assert (long.code, long.pointer) == ("row_unreadable", "/line/3")
    assert not isinstance(first, InvalidEvent)
    assert not isinstance(second, InvalidEvent)


def test_totals_without_end_refuse_the_file() -> None:
    totals = b"".join(b"GBSY\t%d\tx\t1\t1\n" % number for number in range(500_000))
    with little_memory():
        refused = unreadable(HEAD.encode() + b"\n" + totals, TSV)
    assert (refused.code, refused.values["line"]) == (
        "table_unreadable",
        str(tabular.SUMMARIES_MAX + 2),
    )


def test_a_total_that_differs_is_not_said_back_whole() -> None:
    name = "m" * 50_000
    body = f"{HEAD}\nGBSY\t{name}\tx\t{name}\t1\nFOOT\t3\t3\t1\t0\t0\n".encode()
    refused = unreadable(body, TSV)
    assert refused.code == "control_totals_differ"
    assert len("".join(refused.values.values())) < 500


def test_a_line_may_be_longer_than_its_event() -> None:
    """So that an event that is too large is called just that."""
    assert tabular.LINE_BYTES_MAX > EVENT_BYTES_MAX
    header = ",".join(HEADER).encode() + b"\n"
    empty = b"," * (tabular.LINE_BYTES_MAX - 1) + b"\n"
    (refused,) = decoded(header + empty, CSV)
    assert isinstance(refused, InvalidEvent)
    assert f"{len(HEADER)} cells" in refused.detail
