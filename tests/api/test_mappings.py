"""A mapping says in a firm's own columns, words, times and numbers what an event says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.client.files import FileRefused, UsageEvent, UsageFile
from api.mapped_rows import CellRefused, MappedRows
from api.mappings import ENCODINGS, read_mapping
from ledger.core.refusal import Refusal
from locales.catalogues import LANGUAGES, message
from tests.api.reported import an_event, taken
from tests.refusals import refusal

CONSTANTS = {
    "source": "studio-a/images",
    "license": "LIC-2026-001",
    "use_class": "generation",
    "unit": "image",
    "territory": "JP",
}
COLUMNS = {"id": "依頼", "time": "日時", "subjects": "作品", "modality": "種類", "quantity": "数"}
WORDS = {
    "modality": {"画像": "image", "動画": "video"},
    "subjects": {"風の町": "kaze-no-machi", "夜": "yoru"},
}
SPELLED = {"format": "%Y/%m/%d %H:%M:%S", "zone": "Asia/Tokyo"}
HEADER = "依頼,日時,作品,プロンプト,種類,数"
ROW = "01K6Z3N8S2-0,2026/08/03 10:15:00,風の町,秘密,画像,1"
WHOLE: dict[str, Any] = {
    "columns": COLUMNS,
    "constants": CONSTANTS,
    "values": WORDS,
    "time": SPELLED,
}


def mapping_file(folder: Path, **changes: Any) -> Path:
    told = {name: value for name, value in {**WHOLE, **changes}.items() if value is not None}
    path = folder / "mapping.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def as_toml(told: dict[str, Any]) -> str:
    lines = []
    for section, names in told.items():
        nested = {f"{section}.{name}": each for name, each in names.items() if type(each) is dict}
        for title, values in (nested or {section: names}).items():
            lines += [f"[{title}]", *(f'"{name}" = "{each}"' for name, each in values.items())]
    return "\n".join(lines) + "\n"


def read(folder: Path, *rows: str, header: str = HEADER, **changes: Any) -> list[UsageEvent]:
    mapping = read_mapping(mapping_file(folder, **changes))
    table = folder / "usage.csv"
    table.write_bytes("".join(f"{each}\r\n" for each in (header, *rows)).encode(mapping.encoding))
    with UsageFile(table, format="csv", mapping=mapping) as usage:
        return list(usage.events())


def fault(folder: Path, row: str, **changes: Any) -> Refusal:
    """Return what is wrong with the second of three rows; the others are not affected."""
    before, each, after = read(folder, ROW, row, ROW, **changes)
    assert (before.fault, after.fault) == (None, None)
    assert each.fault is not None
    assert each.fault.values["line"] == "3"
    for language in LANGUAGES:
        assert message(language, f"problem.{each.fault.code}.detail", **each.fault.values)
    return each.fault


# What a row says.


@pytest.mark.parametrize("encoding", sorted({*ENCODINGS, "UTF-8", "Shift_JIS"}))
def test_a_row_says_the_same_as_an_object_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    (each,) = read(tmp_path, ROW, encoding=encoding)
    assert b"\xe7\xa7\x98" not in each.event  # A column that is not named is left out.
    assert taken(each.event) == taken(an_event())


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml = tmp_path / "mapping.toml"
    toml.write_text(as_toml(WHOLE), encoding="utf-8")
    told = read_mapping(toml)
    also = read_mapping(mapping_file(tmp_path))
    assert (told.columns, told.values, told.spelling) == (also.columns, also.values, also.spelling)


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    (each,) = read(tmp_path, ROW, header="\ufeff" + HEADER)
    assert taken(each.event) == taken(an_event())


@pytest.mark.parametrize(
    "title",
    ["①第Ⅳ話", "髙﨑", "～波～", "ﾊﾝｶｸ", "－−ー"],  # As Windows writes Japanese, where it can.
)
def test_cp932_keeps_what_windows_writes(tmp_path: Path, title: str) -> None:
    title = title.encode("cp932", "ignore").decode("cp932")
    columns = COLUMNS | {"title": "題名"}
    (each,) = read(
        tmp_path, f"{ROW},{title}", header=f"{HEADER},題名", columns=columns, encoding="cp932"
    )
    assert taken(each.event).title == title


def test_another_delimiter_and_quotes_are_read(tmp_path: Path) -> None:
    (each,) = read(
        tmp_path,
        'a;2026/08/03 10:15:00;"風の町:6000;夜:4000";"x;y";画像;1',
        header=HEADER.replace(",", ";"),
        delimiter=";",
    )
    assert [(use.reference, use.weight_bp) for use in taken(each.event).subjects] == [
        ("kaze-no-machi", 6000),
        ("yoru", 4000),
    ]


def test_one_column_may_be_two_fields(tmp_path: Path) -> None:
    columns = COLUMNS | {"title": "作品"}
    (each,) = read(tmp_path, ROW, columns=columns)
    assert taken(each.event).title == "風の町"


def test_an_empty_cell_was_not_given(tmp_path: Path) -> None:
    (each,) = read(tmp_path, "a,2026/08/03 10:15:00,風の町,,画像,")
    assert taken(each.event).quantity is None


@pytest.mark.parametrize(
    ("written", "time", "instant"),
    [
        ("2026/08/03 10:15:00", SPELLED, "2026-08-03T01:15:00+00:00"),
        ("03.08.2026 10:15", {"format": "%d.%m.%Y %H:%M", "zone": "+09:00"}, "2026-08-03T01:15:00"),
        ("2026-08-03T10:15:00", {"zone": "Asia/Tokyo"}, "2026-08-03T01:15:00"),
        ("2026-08-03T10:15:00Z", {"zone": "Asia/Tokyo"}, "2026-08-03T10:15:00"),  # It says so.
        ("2026-08-03T10:15:00+02:00", {}, "2026-08-03T08:15:00"),
        ("2026-08-03 10:15:00 +0200", {"format": "%Y-%m-%d %H:%M:%S %z"}, "2026-08-03T08:15:00"),
        ("1785719700", {"format": "unix"}, "2026-08-03T01:15:00"),
        ("1785719700123", {"format": "unix_ms"}, "2026-08-03T01:15:00.123"),
        ("2026/11/01 01:30:00", SPELLED | {"zone": "America/New_York"}, "2026-11-01T05:30:00"),
    ],
)
def test_times_are_read_as_they_are_spelled(
    tmp_path: Path, written: str, time: dict[str, str], instant: str
) -> None:
    (each,) = read(tmp_path, f"a,{written},風の町,,画像,1", time=time)
    assert taken(each.event).occurred_at.isoformat().startswith(instant)


@pytest.mark.parametrize(
    ("written", "numbers", "quantity"),
    [
        ("1.5", {}, "1.5"),
        ('"1,5"', {"decimal": ","}, "1.5"),
        ('"1.234,50"', {"decimal": ",", "grouping": "."}, "1234.50"),
        ('"12,345,678"', {"grouping": ","}, "12345678"),
        ("1234", {"grouping": ","}, "1234"),
    ],
)
def test_numbers_are_read_as_they_are_spelled(
    tmp_path: Path, written: str, numbers: dict[str, str], quantity: str
) -> None:
    (each,) = read(tmp_path, f"a,2026/08/03 10:15:00,風の町,,画像,{written}", numbers=numbers)
    told = taken(each.event)
    assert told.quantity is not None
    assert told.quantity == taken(an_event(quantity=quantity)).quantity


# Rows at fault: line, column, value and remedy; the others are not affected.


@pytest.mark.parametrize(
    ("row", "code", "values"),
    [
        (ROW.replace("画像", "音声"), "value_unmapped", {"column": "種類", "value": "音声"}),
        (ROW.replace("風の町", "風の町;朝"), "value_unmapped", {"name": "subjects", "value": "朝"}),
        (ROW.replace("2026/08", "2026-08"), "time_spelled_otherwise", {"column": "日時"}),
        (ROW.replace("08/03", "13/03"), "time_spelled_otherwise", {"expected": SPELLED["format"]}),
        (ROW + "x", "number_spelled_otherwise", {"column": "数", "value": "1x"}),
        (ROW[:-1] + "1.2.3", "number_spelled_otherwise", {}),
        (ROW[:-1] + "１", "number_spelled_otherwise", {}),
        (ROW + ",more", "cells_miscounted", {"expected": "6", "found": "7"}),
        (ROW.replace("秘密", '"open'), "line_not_cells", {}),
    ],
)
def test_a_cell_at_fault_is_named(
    tmp_path: Path, row: str, code: str, values: dict[str, str]
) -> None:
    refused = fault(tmp_path, row)
    assert refused.code == code
    assert values.items() <= refused.values.items()
    if "mapping" in refused.values:
        assert refused.values["mapping"].endswith("mapping.json")


@pytest.mark.parametrize("written", ['"1.23"', '"1.2345"', '"1234.567"', '".234"', '"1,2.345"'])
def test_a_point_is_never_taken_for_another(tmp_path: Path, written: str) -> None:
    """With groups of three digits, 1.5 is neither 15 nor one and a half."""
    numbers = {"decimal": ",", "grouping": "."}
    refused = fault(tmp_path, f"a,2026/08/03 10:15:00,風の町,,画像,{written}", numbers=numbers)
    assert refused.code == "number_spelled_otherwise"
    assert refused.values["expected"] == "1.234,5"


def test_a_time_without_a_zone_is_not_guessed(tmp_path: Path) -> None:
    row = "a,2026-08-03T10:15:00Z,風の町,,画像,1"
    _, each = read(tmp_path, row, row.replace("Z", ""), time={})
    assert each.fault is not None
    assert each.fault.code == "time_without_zone"


def test_a_row_in_another_encoding_is_named_by_its_bytes(tmp_path: Path) -> None:
    mapping = read_mapping(mapping_file(tmp_path))
    table = tmp_path / "usage.csv"
    table.write_bytes(f"{HEADER}\n".encode() + f"{ROW}\n".encode("cp932") + f"{ROW}\n".encode())
    with UsageFile(table, format="csv", mapping=mapping) as usage:
        first, second = usage.events()
    assert first.fault is not None
    assert (first.fault.code, first.fault.values["line"]) == ("cell_encoding_wrong", "2")
    assert second.fault is None


@pytest.mark.parametrize(
    "written", ["１７８５７１９７００", "1_785_719_700", "-1", "1.5", "9" * 30]
)
def test_a_count_of_seconds_is_written_in_digits(tmp_path: Path, written: str) -> None:
    row = f"a,{written},風の町,,画像,1"
    _, each = read(tmp_path, row.replace(written, "1785719700"), row, time={"format": "unix"})
    assert each.fault is not None
    assert each.fault.code == "time_spelled_otherwise"


def test_subjects_may_be_written_as_in_json(tmp_path: Path) -> None:
    row = 'a,2026/08/03 10:15:00,"[{""id"": ""風の町"", ""weight_bp"": 10000}]",,画像,1'
    (each,) = read(tmp_path, row)
    assert taken(each.event).subjects[0].reference == "kaze-no-machi"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.binary(max_size=60) | st.lists(st.text(max_size=8), min_size=6, max_size=6),
    encoding=st.sampled_from(["utf-8", "cp932"]),
    form=st.sampled_from([SPELLED, {"format": "unix"}, {"format": "unix_ms"}, {}]),
)
def test_no_row_is_too_strange(tmp_path: Path, line: Any, encoding: str, form: Any) -> None:
    mapping = read_mapping(mapping_file(tmp_path, encoding=encoding, time=form))
    rows = MappedRows(HEADER.encode(encoding), delimiter=",", mapping=mapping)
    sent = line if isinstance(line, bytes) else ",".join(line).encode(encoding, "replace")
    for cell in (sent, b"a,b,[%b,,," % sent[:20], b'a,b,"[%b]",,,' % sent[:20]):
        try:
            row = rows.read(2, cell)
        except CellRefused as refused:
            assert all(len(value) < 400 for value in refused.values.values())
        else:
            assert row is None or json.loads(row.event)


# Tables at fault.


@pytest.mark.parametrize(
    ("header", "code", "column"),
    [
        (HEADER.replace("種類", "形式"), "column_missing", "種類"),
        (HEADER.replace("プロンプト", "種類"), "column_twice", "種類"),
        ("", "column_missing", "依頼"),
    ],
)
def test_a_column_at_fault_refuses_the_table(
    tmp_path: Path, header: str, code: str, column: str
) -> None:
    with refusal(code, None) as caught:
        read(tmp_path, ROW, header=header)
    assert isinstance(caught[0], FileRefused)
    assert caught[0].values["column"] == column
    assert caught[0].values["line"] == "1"


def test_a_header_in_another_encoding_refuses_the_table(tmp_path: Path) -> None:
    mapping = read_mapping(mapping_file(tmp_path))
    table = tmp_path / "usage.csv"
    table.write_bytes(f"{HEADER}\n".encode("cp932"))
    with (
        UsageFile(table, format="csv", mapping=mapping) as usage,
        refusal("cell_encoding_wrong", None),
    ):
        list(usage.events())
