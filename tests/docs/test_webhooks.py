"""docs/webhooks.md: its events, schedule, example and limits are those of the code."""

import json
import re
from datetime import UTC, datetime

from ledger.core.webhook import DELAYS, Event, EventType, Failure, Secret, headers, secret_text
from ledger.core.webhook import payload as body_of
from ledger.services.subscribing import ENDPOINTS_MAX
from tests.docs.pages import blocks, code, table, text

PAGE = "docs/webhooks.md"
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def test_the_events_are_those_there_are() -> None:
    assert sorted(code(row[0]) for row in table(PAGE, "event")) == sorted(EventType)


def test_the_schedule_is_the_one_that_is_kept() -> None:
    (waits,) = table(PAGE, "attempt")
    told = [int(each[:-1]) * _SECONDS[each[-1]] for each in waits[1:]]
    assert told == [delay.total_seconds() for delay in DELAYS]


def test_the_example_is_a_message() -> None:
    (example,) = (json.loads(each) for each in blocks(PAGE, "json"))
    event = Event(owner_id=1, type=EventType(example["type"]), data=example["data"])
    occurred_at = datetime.fromisoformat(example["timestamp"])
    assert json.loads(body_of(event, occurred_at=occurred_at)) == example
    told = next(row for row in table(PAGE, "event") if code(row[0]) == event.type)
    assert list(event.data) == re.findall(r"`(\w+)`", told[3])


def test_the_verification_of_the_example_verifies() -> None:
    secret = Secret(b"s" * 32)
    body = '{"type":"invoice.paid"}'
    signed = headers(
        message_id="msg_1", sent_at=datetime.now(UTC), payload=body, signed_by=[secret]
    )
    names = {"secret": secret_text(secret), "body": body, "headers": signed}
    exec(blocks(PAGE, "python")[0], names)  # noqa: S102
    assert names["event"] == {"type": "invoice.paid"}


def test_the_reasons_and_limits_are_as_told() -> None:
    page = text(PAGE)
    assert all(f"`{failure}`" in page for failure in Failure)
    assert ENDPOINTS_MAX == 10
    assert "up to ten" in page
