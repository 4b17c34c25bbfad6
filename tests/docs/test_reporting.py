"""docs/reporting.md: its tables are those of the code, and its examples are taken and true."""

import ast
import re

import msgspec

from api import client, event_bodies, event_fields, events, problems, shapes
from ledger.core import proof
from ledger.core.reason import Reason, decision_for
from ledger.core.receipt import STATUS_OF, Status
from ledger.core.usage import ReportedGeneration
from locales.catalogues import keys, message
from tests.docs.pages import blocks, code, table, text

REPORTING = "docs/reporting.md"
GUARDS = "ledger/store/migrations/sql/0001_guards.sql"


def test_the_reasons_are_those_of_the_code_in_their_order() -> None:
    told = [(code(row[0]), row[1]) for row in table(REPORTING, "reason")]
    assert told == [(str(reason), STATUS_OF[decision_for([reason])]) for reason in Reason]


def test_the_statuses_are_those_of_the_code() -> None:
    assert [code(row[0]) for row in table(REPORTING, "status")] == [str(each) for each in Status]


def test_the_fields_are_those_that_are_decoded() -> None:
    told = {code(row[0]): row[1] == "yes" for row in table(REPORTING, "field")}
    decoded = msgspec.structs.fields(event_bodies.PlainEvent)
    assert told == {each.name: each.required for each in decoded}


def test_the_problems_are_those_that_are_answered() -> None:
    told = {code(row[0]) for row in table(REPORTING, "code")}
    whole = {code(row[1]): int(row[0]) for row in table(REPORTING, "HTTP", "code")}
    answered = {
        node.value
        for path in (
            *("api/events.py", "api/event_fields.py", "api/routes/generations.py"),
            *("api/report_answers.py", "ledger/services/reporting.py"),
        )
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and f"problem.{node.value}.title" in keys("en")
    }
    guards = set(re.findall(r"refuse\('(\w+)'", text(GUARDS)))  # Looked at, not answered.
    assert answered - guards <= told | whole.keys()
    for name in told | whole.keys():
        assert f"problem.{name}.title" in keys("ja"), name
    for name, status in whole.items():
        assert problems.STATUS_OF.get(name, status) == status


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{events.EVENTS_MAX:,} events" in text(REPORTING)
    assert f"{events.BODY_BYTES_MAX >> 20} MiB" in text(REPORTING)
    assert f"{events.EVENT_BYTES_MAX >> 10} KiB" in text(REPORTING)
    assert f"{event_fields.DIGITS_MAX} digits" in text(REPORTING)


def _decoded(body: str, media_type: str) -> list[events.Decoded]:
    return [*events.decode(body.encode(), media_type=media_type, content_encoding=None)]


def _example() -> ReportedGeneration:
    (event,) = _decoded(blocks(REPORTING, "json")[0], "application/json")
    assert isinstance(event, ReportedGeneration)
    return event


def test_the_examples_of_events_decode() -> None:
    example, cloud, *_ = blocks(REPORTING, "json")
    (lines,) = blocks(REPORTING, "ndjson")
    decoded = _decoded(lines, "application/x-ndjson")
    assert len(decoded) == 2
    assert all(isinstance(each, ReportedGeneration) for each in decoded)
    assert _decoded(cloud, "application/cloudevents+json") == _decoded(example, "application/json")


def test_the_client_has_the_names_that_are_shown() -> None:
    shown = re.findall(r"from genbo_client import (.+)", "".join(blocks(REPORTING, "python")))
    told = re.findall(r"`(derive_event_id|Generation)`", text(REPORTING))
    assert {*shown, *told} <= set(client.__all__)


def _answer() -> tuple[shapes.ResultBody, ...]:
    answer = shapes.ReportAnswer.model_validate_json(blocks(REPORTING, "json")[2])
    assert set(answer.counts) == {str(each) for each in Status}
    return tuple(answer.results)


def test_the_example_of_an_answer_is_one() -> None:
    accepted, invalid = _answer()
    leaf = _example().content_hash()
    head = proof.chain_head(previous=proof.EMPTY_HEAD, number=1, count=1, root=leaf)
    receipt = accepted.receipt
    assert receipt is not None
    assert (receipt.leaf, receipt.root, receipt.head) == (leaf.hex(), leaf.hex(), head.hex())
    assert invalid.problem is not None
    assert invalid.problem.title == message("en", f"problem.{invalid.problem.code}.title")


def test_a_receipt_can_be_checked_as_shown() -> None:
    shown: dict[str, object] = {}
    exec(blocks(REPORTING, "python")[0], shown)  # noqa: S102 (the page's own few lines)
    receipt = _answer()[0].receipt
    for name in ("leaf", "root", "head"):
        value = shown[name]
        assert isinstance(value, bytes)
        assert value.hex() == getattr(receipt, name)
