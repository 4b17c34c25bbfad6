"""docs/explain.md: its references and the tree it shows are those of a book that is paid out."""

import re
from io import StringIO

import pytest
from rich.console import Console

from api.explanation_trees import tree
from api.problems import STATUS_OF
from ledger.core.explanation_tree import Kind
from ledger.store.database import Database
from tests.docs.pages import blocks, code, table, text
from tests.refusals import refusal
from tests.services.explained import explained, october, world

PAGE = "docs/explain.md"


@pytest.fixture
def book(database: Database) -> Database:
    world(database)
    october(database)
    return database


def test_the_tree_is_the_one_that_is_shown(book: Database) -> None:
    written = StringIO()
    Console(file=written, width=400).print(tree(explained(book, "LINE-2026-10-1"), language="en"))
    shown = written.getvalue()
    for line in blocks(PAGE, "text")[0].splitlines()[:-1]:
        beginning = line.removesuffix("…").rstrip()
        assert re.search(rf"^{re.escape(beginning)}", shown, re.MULTILINE), beginning


def test_every_kind_of_reference_is_known(book: Database) -> None:
    found = {}
    for reference in (
        *("LINE-2026-10-1", "INV-2026-000001", "INV-2026-000001:2", "STM-2026-000002"),
        *("STM-2026-000002:1", "PAY-2026-11", "PAY-2026-11:hoshino", "GEN-efuda-1-2"),
    ):
        found[re.sub(r"\d+", "0", reference).replace("efuda", "studio-a")] = explained(
            book, reference
        )
    named = {re.sub(r"\d+", "0", code(row[0])) for row in table(PAGE, "reference")}
    assert named == set(found)
    with refusal("explanation_not_found", "reference"):
        explained(book, "INV-2026-1")


def test_the_kinds_are_those_of_the_code() -> None:
    assert [code(row[0]) for row in table(PAGE, "kind")] == list(Kind)


def test_the_problems_are_those_that_are_answered() -> None:
    for name, status in re.findall(r"`(\w+)` \((\d{3})", text(PAGE)):
        assert STATUS_OF.get(name, 422) == int(status), name


def test_the_three_ways_of_a_worth_are_those_of_the_code() -> None:
    told = {code(row[0]) for row in table(PAGE, "step")}
    source = text("ledger/core/explanation_generation.py")
    assert told == set(re.findall(r"\"(worth_\w+)\"", source))
