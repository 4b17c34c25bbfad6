"""docs/client.md: its examples run, and its tables are those of the code."""

import ast

import msgspec

from api import client, tabular
from api.client.batches import GZIP_ABOVE_BYTES
from api.client.files import FORMATS
from api.client.spool import BYTES_MAX
from api.commands.report import _Mapping
from api.events import decode
from ledger.core.usage import ReportedGeneration
from tests.docs.pages import blocks, code, table, text

CLIENT = "docs/client.md"


def test_the_examples_in_python_use_what_is_there() -> None:
    for block in blocks(CLIENT, "python"):
        tree = ast.parse(block)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "api.client":
                assert {alias.name for alias in node.names} <= set(client.__all__)


def test_the_example_of_a_generation_is_one() -> None:
    example = ast.parse(blocks(CLIENT, "python")[0])
    imports = [node for node in example.body if isinstance(node, ast.ImportFrom)]
    (made,) = (
        node
        for node in ast.walk(example)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Generation"
    )
    shown: dict[str, object] = {}
    exec("\n".join(map(ast.unparse, imports)), shown)  # noqa: S102 (the page's own lines)
    assert isinstance(eval(ast.unparse(made), shown), client.Generation)  # noqa: S307 (the same)


def test_the_example_of_a_table_is_taken() -> None:
    (example,) = blocks(CLIENT, "csv")
    decoded = decode(example.encode(), media_type="text/csv", content_encoding=None)
    assert len(decoded) == 2
    assert all(isinstance(each, ReportedGeneration) for each in decoded)


def test_the_example_of_a_mapping_is_one() -> None:
    (example,) = blocks(CLIENT, "toml")
    names = msgspec.toml.decode(example, type=_Mapping).names()
    header = ",".join(names.columns).encode()
    tabular.open_rows(header, delimiter=",", names=names)


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
