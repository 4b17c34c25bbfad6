"""A table says the same as JSON; a bad row costs only itself, wrong totals cost the file."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import tabular
from api.event_bodies import PlainEvent
from api.events import EVENT_BYTES_MAX, EVENTS_MAX, BodyUnreadable, InvalidEvent
from locales.catalogues import LANGUAGES, message
from tests.api.reported import an_event, decoded, taken

CSV = "text/csv"
TSV = "text/tab-separated-values"

HEADER = (
    *("source", "id", "time", "license", "subjects", "use_class", "modality"),
    *("quantity", "unit", "territory"),
)


def row(**changes: str) -> dict[str, str]:
    return {**an_event(), "subjects": "kaze-no-machi", **changes}


def table(*rows: dict[str, str], columns: tuple[str, ...] = HEADER, end: str = "\r\n") -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, lineterminator=end, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def one_refused(body: bytes, media_type: str = CSV) -> InvalidEvent:
    (event,) = decoded(body, media_type)
    assert isinstance(event, InvalidEvent), event
    return event


def unreadable(body: bytes, media_type: str = CSV) -> BodyUnreadable:
    with pytest.raises(BodyUnreadable) as refused:
        decoded(body, media_type)
    for language in LANGUAGES:
        message(language, f"problem.{refused.value.code}.detail", **refused.value.values)
    return refused.value


# By column names.


def test_a_row_says_the_same_as_an_object() -> None:
    assert taken(table(row()), CSV) == taken(an_event())
    more = {
        "net_revenue": "3.10",
        "currency": "USD",
        "model": "nagare, xl",
        "output_sha256": "ab" * 32,
        "title": '風の町 "第二部"',
        "language": "ja",
    }
    columns = (*HEADER, *more)
    assert taken(table(row(**more), columns=columns), CSV) == taken(an_event(**more))


def test_a_table_is_read_however_its_lines_end() -> None:
    rows = [row(id=str(number)) for number in range(3)]
    expected = decoded([an_event(id=str(number)) for number in range(3)])
    for body in (
        table(*rows),
        table(*rows, end="\n"),
        table(*rows, end="\n\n"),  # Empty lines are no rows.
        table(*rows).rstrip(),
        b"\xef\xbb\xbf" + table(*rows),  # As spreadsheets begin a file.
        table(*rows, columns=HEADER[::-1]),
    ):
        assert decoded(body, CSV) == expected


def test_tabs_may_stand_for_commas() -> None:
    body = table(row()).replace(b",", b"\t")
    assert taken(body, TSV) == taken(an_event())


def test_an_empty_quantity_is_unknown_and_other_empty_cells_are_not_given() -> None:
    assert taken(table(row(quantity="")), CSV) == taken(an_event(quantity=None))
    event = one_refused(table(row(license="")))
    assert (event.code, event.pointer) == ("field_missing", "/line/2/license")


@pytest.mark.parametrize(
    ("cell", "subjects"),
    [
        ("a", [{"id": "a"}]),
        ("a;b", [{"id": "a"}, {"id": "b"}]),
        ("a:6000;b:4000", [{"id": "a", "weight_bp": 6000}, {"id": "b", "weight_bp": 4000}]),
        ("a:0;b", [{"id": "a", "weight_bp": 0}, {"id": "b"}]),
        ("isbn:978:5", [{"id": "isbn:978", "weight_bp": 5}]),
        ('[{"id": "isbn:978"}]', [{"id": "isbn:978"}]),  # An id with a sign in it.
        ('[{"id": "a;b", "weight_bp": 7}]', [{"id": "a;b", "weight_bp": 7}]),
    ],
)
def test_subjects_stand_in_one_cell(cell: str, subjects: list[Any]) -> None:
    assert taken(table(row(subjects=cell)), CSV) == taken(an_event(subjects=subjects))


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"quantity": "1,5"}, "number_not_exact", "/line/2/quantity"),
        ({"quantity": "-1"}, "number_negative", "/line/2/quantity"),
        ({"unit": "turn", "quantity": "1.5"}, "count_not_whole", "/line/2/quantity"),
        ({"time": "2026-08-03 10:15"}, "field_invalid", "/line/2/time"),
        ({"subjects": "a:much"}, "field_invalid", "/line/2/subjects/0/weight_bp"),
        ({"subjects": "a:-1"}, "field_invalid", "/line/2/subjects/0/weight_bp"),
        ({"subjects": "a:10001"}, "field_invalid", "/line/2/subjects/0/weight_bp"),
        ({"subjects": "a:１"}, "field_invalid", "/line/2/subjects/0/weight_bp"),
        ({"subjects": "a;;b"}, "field_invalid", "/line/2/subjects/1/id"),
        ({"subjects": "isbn:9784000000000"}, "field_invalid", "/line/2/subjects/0/weight_bp"),
        ({"subjects": "[1"}, "field_invalid", "/line/2/subjects/0"),
        ({"subjects": ""}, "field_missing", "/line/2/subjects"),
        ({"modality": "Image"}, "field_invalid", "/line/2/modality"),
        ({"model": "x" * EVENT_BYTES_MAX}, "event_too_large", "/line/2"),
    ],
)
def test_the_line_and_the_field_at_fault_are_named(
    changes: dict[str, str], code: str, pointer: str
) -> None:
    event = one_refused(table(row(**changes), columns=(*HEADER, "model")))
    assert (event.code, event.pointer) == (code, pointer)


@pytest.mark.parametrize(
    "line",
    [
        b"one,two",
        b",".join([b"x"] * 11),
        b'"a quote that is not closed,1',
        b'"a"b,1',
        b"\xff\xfe,1",
        b"a\rb",
    ],
)
def test_a_row_that_cannot_be_read_costs_only_itself(line: bytes) -> None:
    head, first, second, _ = table(row(id="1"), row(id="2")).split(b"\r\n")
    events = decoded(b"\r\n".join([head, first, line, second]), CSV)
    bad = events[1]
    assert isinstance(bad, InvalidEvent)
    assert (bad.code, bad.pointer) == ("row_unreadable", "/line/3")
    assert [events[0], events[2]] == decoded([an_event(id="1"), an_event(id="2")])


@pytest.mark.parametrize(
    ("columns", "column"),
    [
        ((*HEADER, "prompt"), "prompt"),  # Nobody asked what was wished for.
        (HEADER[1:], "source"),
        ((*HEADER, "id"), "id"),
        ((*HEADER, ""), ""),
    ],
)
def test_wrong_columns_refuse_the_table(columns: tuple[str, ...], column: str) -> None:
    body = ",".join(columns).encode() + b"\n"
    if column:
        refused = unreadable(body)
        assert (refused.code, refused.status) == ("table_header_wrong", 422)
        assert (refused.values["column"], refused.values["line"]) == (column, "1")
    else:
        assert unreadable(body).code == "no_events"  # An unnamed column is not read.


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff\n", "table_unreadable"),
        (b'"source\n', "table_unreadable"),
        (b"", "no_events"),
        (b" \n", "no_events"),
        (table(), "no_events"),
        (table() + b"a\n" * (EVENTS_MAX + 1), "too_many_events"),
    ],
)
def test_what_is_no_table_is_refused_whole(body: bytes, code: str) -> None:
    assert unreadable(body).code == code


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_any_text_survives_a_table(texts: list[tuple[str, str, str]]) -> None:
    facts = [{"source": one, "model": two, "title": three} for one, two, three in texts]
    body = table(*(row(**each) for each in facts), columns=(*HEADER, "model", "title"))
    assert decoded(body, CSV) == decoded([an_event(**each) for each in facts])


@settings(max_examples=100)
@given(st.binary(max_size=80), st.sampled_from([CSV, TSV]))
def test_no_bytes_are_too_strange(rest: bytes, media_type: str) -> None:
    head = table().replace(b",", tabular.DELIMITERS[media_type].encode())
    for body in (rest, head + rest, b"HEAD\n" + rest):
        try:
            decoded(body, media_type)
        except BodyUnreadable as refused:
            assert refused.status in {400, 413, 422}


# In the shape of a DSR.

HEAD = "HEAD\tdsrf/1.1.2/1.6/1.0\tGenboUsage\t1.0\tM-1\t2026-09-01T00:00:00Z\t1\t1"


def record(block: int, **changes: str) -> str:
    cells = {**row(), "weights": "", **changes}
    return "\t".join(["GBEV", str(block), *(cells.get(name, "") for name in tabular.EVENT_CELLS)])


def report(*records: str, foot: str | None = None, summaries: tuple[str, ...] = ()) -> bytes:
    lines = [HEAD, "#GBEV\tBlockId\tsource", *summaries, *records]
    count = sum(each.startswith("GBEV") for each in records)
    length = len(lines) + 1
    stated = f"FOOT\t{length}\t{length}\t{len(summaries)}\t{count}\t{count}"
    return "\n".join([*lines, stated if foot is None else foot, ""]).encode()


ONE_IMAGE = ("GBSY\timage\timage\t1\t1",)


def test_a_record_says_the_same_as_an_object() -> None:
    assert taken(report(record(1), summaries=ONE_IMAGE), TSV) == taken(an_event())
    weighed = record(1, subjects="a|b:c", weights="6000|4000", title="風の町", quantity="1.0")
    subjects = [{"id": "a", "weight_bp": 6000}, {"id": "b:c", "weight_bp": 4000}]
    expected = taken(an_event(subjects=subjects, title="風の町"))
    assert taken(report(weighed, summaries=ONE_IMAGE), TSV) == expected


def test_a_pipe_inside_an_id_is_escaped() -> None:
    body = report(record(1, subjects=r"a\|b|c\\|d"), summaries=ONE_IMAGE)
    assert [each.reference for each in taken(body, TSV).subjects] == ["a|b", "c|d"]


def test_totals_are_compared_for_each_modality_and_unit() -> None:
    records = [
        record(1, quantity="0.1"),
        record(2, id="2", quantity="0.2"),
        record(3, id="3", quantity=""),
        record(4, id="4", modality="audio", unit="second", quantity="12"),
    ]
    summaries = ("GBSY\timage\timage\t3\t0.3", "GBSY\taudio\tsecond\t1\t12.00")
    assert len(decoded(report(*records, summaries=summaries), TSV)) == 4


@pytest.mark.parametrize(
    ("summaries", "foot", "line", "name"),
    [
        (("GBSY\timage\timage\t2\t1",), None, "3", "image image generations"),
        (("GBSY\timage\timage\t1\t2",), None, "3", "image image quantity"),
        (("GBSY\timage\timage\t1\tmany",), None, "3", "image image quantity"),
        (("GBSY\timage\timage\t1",), None, "3", "image image quantity"),
        ((*ONE_IMAGE, "GBSY\taudio\tsecond\t1\t9"), None, "4", "audio second generations"),
        ((), None, "4", "image image generations"),  # What is there must be stated.
        (ONE_IMAGE, "FOOT\t4\t4\t1\t1\t1", "5", "NumberOfLinesInFile"),
        (ONE_IMAGE, "FOOT\t5\t6\t1\t1\t1", "5", "NumberOfLinesInReport"),
        (ONE_IMAGE, "FOOT\t5\t\t2\t1\t", "5", "NumberOfSummaryRecords"),
        (ONE_IMAGE, "FOOT\t5\t\t1\t2\t", "5", "NumberOfBlocksInFile"),
        (ONE_IMAGE, "FOOT\t5\t\t1\t1\t2", "5", "NumberOfBlocksInReport"),
        (ONE_IMAGE, "FOOT", "5", "NumberOfLinesInFile"),
    ],
)
def test_totals_that_differ_refuse_the_file(
    summaries: tuple[str, ...], foot: str | None, line: str, name: str
) -> None:
    refused = unreadable(report(record(1), summaries=summaries, foot=foot), TSV)
    assert (refused.code, refused.status) == ("control_totals_differ", 422)
    assert (refused.values["line"], refused.values["name"]) == (line, name)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"HEAD\n", "1"),  # No FOOT: it was cut off.
        (report(record(1), summaries=ONE_IMAGE) + b"GBEV\t2\n", "6"),
        (report("AS02\t1"), "3"),
        (HEAD.replace("\t1\t1", "\t1\t2").encode() + b"\nFOOT\n", "1"),  # One of two files.
        (b"HEAD\n\xff\n", "2"),
    ],
)
def test_a_file_of_another_shape_is_refused_by_its_line(body: bytes, line: str) -> None:
    refused = unreadable(body, TSV)
    assert (refused.code, refused.status) == ("table_unreadable", 400)
    assert refused.values["line"] == line


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"weights": "1|2"}, "/line/4"),
        ({"title": "a\tb"}, "/line/4"),
        ({"weights": "x"}, "/line/4/subjects/0/weight_bp"),
        ({"territory": "Japan"}, "/line/4/territory"),
    ],
)
def test_a_record_at_fault_is_named_by_its_line(changes: dict[str, str], pointer: str) -> None:
    event = one_refused(report(record(1, **changes), summaries=ONE_IMAGE), TSV)
    assert event.pointer == pointer


def test_the_cells_are_the_fields() -> None:
    named = {*tabular.EVENT_CELLS} - {"weights"}
    assert named == set(PlainEvent.__struct_fields__)
