"""A mapping at fault is refused before any table is looked at, with its place and the cure."""

import json
from pathlib import Path
from typing import Any

import pytest

from api import tabular
from api.mappings import read_mapping
from tests.api.test_mappings import COLUMNS, CONSTANTS, as_toml, mapping_file
from tests.refusals import refusal


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"columns": {**COLUMNS, "identity": "a"}}, "mapping_field_unknown"),
        ({"constants": {**CONSTANTS, "licence": "a"}}, "mapping_field_unknown"),
        ({"values": {"modalities": {}}}, "mapping_field_unknown"),
        ({"constants": {}}, "mapping_field_missing"),
        ({"values": {"modality": {"画像": "picture"}}}, "mapping_value_unknown"),
        ({"constants": {**CONSTANTS, "unit": "images"}}, "mapping_value_unknown"),
        ({"constants": {**CONSTANTS, "modality": "image"}}, "mapping_unreadable"),  # Twice.
        ({"constants": {**CONSTANTS, "quantity": 1.5}}, "mapping_unreadable"),  # Text only.
        ({"colums": {}}, "mapping_unreadable"),
        ({"columns": None}, "mapping_unreadable"),
        ({"encoding": "utf-16"}, "mapping_unreadable"),
        ({"delimiter": "||"}, "mapping_unreadable"),
        ({"delimiter": '"'}, "mapping_unreadable"),
        ({"time": {"zone": "Asia/Tokio"}}, "mapping_unreadable"),
        ({"time": {"zone": "../../etc"}}, "mapping_unreadable"),
        ({"time": {"format": "%Y/%m/%d"}}, "mapping_unreadable"),  # In which zone?
        ({"time": {"format": "%H:%M", "zone": "+09:00"}}, "mapping_unreadable"),  # On which day?
        ({"time": {"format": "%Q", "zone": "+09:00"}}, "mapping_unreadable"),
        ({"numbers": {"decimal": "", "grouping": ""}}, "mapping_unreadable"),
        ({"numbers": {"decimal": ",", "grouping": ","}}, "mapping_unreadable"),
    ],
)
def test_a_mapping_at_fault_is_refused_before_any_table(
    tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    with refusal(code, None):
        read_mapping(mapping_file(tmp_path, **changes))


@pytest.mark.parametrize("content", [None, b"[columns", b"columns = 1", b"\xff", b""])
def test_what_is_no_mapping_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mapping.toml"
    if content is not None:
        path.write_bytes(content)
    with refusal("mapping_unreadable", None):
        read_mapping(path)


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_a_misspelled_field_is_named_with_its_line_and_the_nearest(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"mapping.{ending}"
    told = {"columns": {"id": "a", "quantitty": "b"}}
    if ending == "json":
        path.write_text(json.dumps(told, indent=1))
    else:
        path.write_text('# quantitty = "x"\n' + as_toml(told))
    with refusal("mapping_field_unknown", None) as caught:
        read_mapping(path)
    assert caught[0].values["nearest"] == "quantity"
    assert caught[0].values["line"] == "4"
    assert set(caught[0].values["fields"].split(", ")) == set(tabular.FIELDS)
