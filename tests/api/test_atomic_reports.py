"""``POST /v1/generations?atomic=true``: a report is taken whole, or nothing of it is."""

from typing import Any

import httpx
import pytest

from tests.api.doors import Door, events, problem, statuses
from tests.api.reported import JSON, an_event
from tests.services.firms import firm

GOOD = events(3)
#: An event that cannot be taken, beside good ones, and what it is answered itself.
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("cannot be read", an_event(id="bad", quantity=1.5), "invalid"),
    ("lies in the future", an_event(id="bad", time="2199-01-01T00:00:00Z"), "invalid"),
    ("lies too far back", an_event(id="bad", time="2001-01-01T00:00:00Z"), "invalid"),
    ("differs from the book", an_event(id="known", quantity="7"), "conflict"),
    ("differs within the report", an_event(id=GOOD[0]["id"], quantity="9"), "conflict"),
]


def ask(door: Door, sent: list[dict[str, Any]], atomic: str = "true") -> httpx.Response:
    return door.report(sent, JSON, params={"atomic": atomic})


def test_a_report_without_fault_is_taken_as_ever(door: Door) -> None:
    sent = [*GOOD, an_event(id="held", quantity=None), an_event(id="no", subjects=[{"id": "no"}])]
    answer = ask(door, sent)
    assert statuses(answer) == ["accepted"] * 3 + ["held", "refused"]
    assert statuses(ask(door, GOOD)) == ["duplicate"] * 3


@pytest.mark.parametrize(("reason", "bad", "status"), BAD, ids=[case[0] for case in BAD])
def test_one_event_that_cannot_be_taken_keeps_out_all(
    door: Door, reason: str, bad: dict[str, Any], status: str
) -> None:
    door.report(an_event(id="known"))
    answer = ask(door, [*GOOD, bad])
    assert answer.status_code == 422
    *others, told = answer.json()["results"]
    assert told["status"] == status
    assert {each["problem"]["code"] for each in others} == {"report_given_up"}, reason
    assert [each["problem"]["pointer"] for each in others] == ["/0", "/1", "/2"]
    assert len(firm(door.database).batches()) == 1
    assert statuses(ask(door, GOOD)) == ["accepted"] * 3, "Nothing of it was left behind."


def test_a_receipt_is_shown_only_of_what_is_in_the_book(door: Door) -> None:
    """What was to be recorded and was taken back has none, whoever contradicts it."""
    known = door.report(an_event(id="known")).json()["results"][0]
    sent = [*GOOD, an_event(id=GOOD[0]["id"], quantity="9"), an_event(id="known", quantity="7")]
    *others, within, beside = ask(door, sent).json()["results"]
    assert [each["status"] for each in (within, beside)] == ["conflict"] * 2
    assert not any("receipt" in each for each in (*others, within))
    assert beside["receipt"] == known["receipt"]


def test_what_is_neither_true_nor_false_is_refused_before_anything_is_read(door: Door) -> None:
    told = problem(ask(door, GOOD, "yes"), 422, "word_not_known")
    assert told["pointer"] == "/atomic"
    assert statuses(ask(door, GOOD, "false")) == ["accepted"] * 3
