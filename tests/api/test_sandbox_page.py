"""docs/sandbox.md: each answer of its table is the one that a sandbox gives."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.sandboxes import OPEN_MAX
from ledger.core.acceptance import HOLDING_REASONS, Reason
from tests.api.doors import Door
from tests.api.reported import an_event
from tests.api.sandboxed import drop_sandboxes, key_of_the_sandbox
from tests.docs.pages import code, table, text

PAGE = "docs/sandbox.md"


@pytest.fixture
def key(door: Door) -> Iterator[str]:
    """A key of the firm's sandbox."""
    yield key_of_the_sandbox(door)
    drop_sandboxes(door)


def _event(number: int, row: list[str]) -> dict[str, Any]:
    changes = dict([re.findall(r"`(.+?)`", row[3])] if row[3] else [])
    subjects = [{"id": code(row[2])}]
    return an_event(id=f"{number}", license=code(row[1]), subjects=subjects, **changes)


def test_each_answer_is_the_one_that_is_told(door: Door, key: str) -> None:
    told = table(PAGE, "you get")
    sent = [_event(number, row) for number, row in enumerate(told)]
    results = door.report(sent, key=key).json()["results"]
    for row, result in zip(told, results, strict=True):
        expected = code(row[0])
        if expected == "accepted":
            assert result["status"] == "accepted", row
        else:
            held = Reason(expected) in HOLDING_REASONS
            assert result["status"] == ("held" if held else "refused"), row
            assert result["reasons"][0] == expected, row


def test_reasons_are_told_in_their_order_of_precedence() -> None:
    told = [code(row[0]) for row in table(PAGE, "you get")]
    assert told == ["accepted", *(reason for reason in Reason if reason in told)]


def test_the_limits_are_as_told() -> None:
    assert OPEN_MAX == 6
    assert "keeps six\nopen" in text(PAGE)
