"""docs/client.md: its examples run, and its tables are those of the code."""

import ast
import json
import re
from pathlib import Path

import msgspec

import genbo_client
from api import client, tabular
from api.client.batches import GZIP_ABOVE_BYTES
from api.client.files import FORMATS, UsageFile
from api.client.generation import check_event
from api.client.spool import BYTES_MAX
from api.events import decode
from api.mappings import MappingFile, read_mapping
from ledger.core.refusal import Refusal
from ledger.core.usage import ReportedGeneration
from tests.docs.pages import blocks, code, table, text

CLIENT = "docs/client.md"


def test_the_examples_in_python_use_what_is_there() -> None:
    for block in blocks(CLIENT, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module == "genbo_client":
                assert {alias.name for alias in node.names} <= set(genbo_client.__all__)


def test_the_methods_are_those_of_both_clients() -> None:
    told = {name for row in table(CLIENT, "method") for name in re.findall(r"`(\w+)`", row[0])}
    for kind in (genbo_client.Client, genbo_client.AsyncClient):
        assert told == {name for name in vars(kind) if not name.startswith("_")}


def test_the_exceptions_are_those_that_are_given() -> None:
    told = {name for row in table(CLIENT, "exception") for name in re.findall(r"`(\w+)`", row[0])}
    given = {
        name
        for name in genbo_client.__all__
        if isinstance(getattr(genbo_client, name), type)
        and issubclass(getattr(genbo_client, name), Refusal)
    }
    assert told | {"ServerRefused", "ReceiptDiffers", "BatchDiffers"} == given


def test_the_example_of_a_table_is_taken() -> None:
    example, _ = blocks(CLIENT, "csv")
    decoded = decode(example.encode(), media_type="text/csv", content_encoding=None)
    assert len(decoded) == 2
    assert all(isinstance(each, ReportedGeneration) for each in decoded)


def test_the_example_of_a_mapping_reads_the_table_beside_it(tmp_path: Path) -> None:
    (example,) = blocks(CLIENT, "toml")
    path, table_path = tmp_path / "mapping.toml", tmp_path / "usage.csv"
    path.write_text(example, encoding="utf-8")
    table_path.write_bytes(blocks(CLIENT, "csv")[1].encode("cp932"))
    with UsageFile(table_path, format="csv", mapping=read_mapping(path)) as usage:
        told = [json.loads(each.event) for each in usage.events() if each.fault is None]
    assert [(each["id"], each["quantity"]) for each in told] == [("R-1", "1200"), ("R-2", "1")]
    for each in told:
        check_event(msgspec.json.encode(each))
        assert "someone" not in each.values()


def test_the_settings_of_a_mapping_are_those_that_are_read() -> None:
    told = {code(row[0]) for row in table(CLIENT, "setting")}
    read = set()
    for each in msgspec.structs.fields(MappingFile):
        if msgspec.inspect.is_struct_type(each.type):
            inner = msgspec.structs.fields(each.type)
            read |= {f"[{each.name}] {setting.name}" for setting in inner}
        elif each.name == "values":
            read.add("[values.…]")
        else:
            is_section = each.name in ("columns", "constants")
            read.add(f"[{each.name}]" if is_section else each.name)
    assert told == read


def test_the_formats_are_those_that_are_read() -> None:
    told = {
        ending.strip("` "): code(row[1])
        for row in table(CLIENT, "ending")
        for ending in row[0].split(",")
    }
    assert told == FORMATS


def test_the_records_are_those_that_are_read() -> None:
    told = {code(row[0]): row[1] for row in table(CLIENT, "record")}
    assert told["GBEV"].split(", ")[1:] == list(tabular.EVENT_CELLS)
    assert told["GBSY"].partition(":")[0].split(", ") == list(tabular.SUMMARY_CELLS)
    assert {tabular.EVENT_RECORD, tabular.SUMMARY_RECORD, "HEAD", "FOOT"} == set(told)


def test_the_defaults_are_those_of_the_code() -> None:
    patience = client.Patience()
    assert (patience.tries, patience.base_seconds, patience.wait_seconds_max) == (8, 0.25, 20)
    assert (BYTES_MAX, GZIP_ABOVE_BYTES) == (1 << 30, 32 << 10)
    for told in ("1 GiB", "32 KiB", "eight times", "0.25 s", "20 s"):
        assert told in text(CLIENT)
