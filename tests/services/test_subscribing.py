"""Endpoints are made, rotated and ended by their owner alone; what was told can be told again."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ledger.core.webhook import EventType, Secret
from ledger.services import delivering, subscribing
from ledger.services.subscribing import ENDPOINTS_MAX, OVERLAP_HOURS_MAX
from ledger.store.database import Database
from tests.refusals import refusal
from tests.rows import rows
from tests.services.webhooked import (
    NOW,
    SECRET,
    answered,
    endpoint,
    log,
    party_id,
    queue,
    tell,
)

HOUR = timedelta(hours=1)
NEXT_SECRET = Secret(b"fedcba9876543210fedcba9876543210")


def signers(database: Database, after: timedelta) -> tuple[Secret, ...]:
    """Return which secrets sign the one message that is due."""
    (claimed,) = delivering.claim_due(database, at=NOW + after)
    return claimed.signed_by


def rotate(database: Database, secret: Secret, *, hours: int = 24, at: timedelta) -> None:
    subscribing.rotate_secret(
        database,
        owner_id=party_id(database),
        reference="whk_1",
        secret=secret,
        overlap_hours=hours,
        recorded_at=NOW + at,
    )


def replay(database: Database, **changes: Any) -> int:
    asked: dict[str, Any] = {
        "owner_id": party_id(database),
        "reference": "whk_1",
        "recorded_at": NOW,
    }
    if "message_id" in changes:
        return subscribing.replay_message(database, **(asked | changes))
    return subscribing.replay_since(database, **(asked | changes))


def deliver_all(database: Database, status: int = 200) -> None:
    while claimed := delivering.claim_due(database, at=NOW):
        for each in claimed:
            delivering.record_attempt(database, delivery=each.delivery, answer=answered(status))


# Endpoints.


def test_an_endpoint_is_told_only_of_what_it_asked_for(database: Database) -> None:
    endpoint(database, "whk_1", events=[EventType.INVOICE_PAID])
    endpoint(database, "whk_2", events=[EventType.TERMS_CHANGED, EventType.INVOICE_PAID])
    tell(database, "INV-1", type_=EventType.INVOICE_PAID)
    tell(database, "INV-1", type_=EventType.TERMS_CHANGED)
    tell(database, "INV-1", type_=EventType.INVOICE_ISSUED)
    assert [each.event for each in log(database, "whk_1")] == ["invoice.paid"]
    assert [each.event for each in log(database, "whk_2")] == ["terms.changed", "invoice.paid"]


def test_two_endpoints_are_told_the_same_under_the_same_id(database: Database) -> None:
    endpoint(database, "whk_1")
    endpoint(database, "whk_2")
    tell(database, "INV-1")
    first, second = log(database, "whk_1") + log(database, "whk_2")
    assert first.message_id == second.message_id


def test_nobody_is_told_of_what_concerns_another(database: Database) -> None:
    endpoint(database, "whk_1", owner="studio-a")
    tell(database, "INV-1", owner="studio-b")
    assert log(database) == ()
    assert queue(database) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda database, who: subscribing.list_deliveries(
            database, owner_id=who, reference="whk_1"
        ),
        lambda database, who: subscribing.end_endpoint(
            database, owner_id=who, reference="whk_1", ended_at=NOW
        ),
        lambda database, who: subscribing.rotate_secret(
            database,
            owner_id=who,
            reference="whk_1",
            secret=NEXT_SECRET,
            overlap_hours=0,
            recorded_at=NOW,
        ),
        lambda database, who: subscribing.replay_since(
            database, owner_id=who, reference="whk_1", since=NOW, recorded_at=NOW
        ),
    ],
    ids=["log", "end", "rotate", "replay"],
)
def test_anothers_endpoint_is_as_unknown_as_none(database: Database, act: Any) -> None:
    endpoint(database)
    stranger = party_id(database, "studio-b")
    with refusal("webhook_unknown", None):
        act(database, stranger)
    (untouched,) = subscribing.list_endpoints(database, owner_id=party_id(database)).endpoints
    assert untouched.ended_at is None
    assert subscribing.list_endpoints(database, owner_id=stranger).endpoints == ()


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([], "list_empty"),
        ([EventType.INVOICE_PAID, EventType.INVOICE_PAID], "value_listed_twice"),
        (["invoice.dreamt"], "word_not_known"),
    ],
)
def test_events_are_some_of_those_there_are(
    database: Database, events: list[str], code: str
) -> None:
    with refusal(code, "events"):
        endpoint(database, events=events)


def test_a_party_has_only_so_many_living_endpoints(database: Database) -> None:
    for number in range(ENDPOINTS_MAX):
        endpoint(database, f"whk_{number}")
    with refusal("webhooks_too_many", "url"):
        endpoint(database, "whk_more")
    endpoint(database, "whk_other", owner="studio-b")
    subscribing.end_endpoint(database, owner_id=party_id(database), reference="whk_0", ended_at=NOW)
    endpoint(database, "whk_more")


def test_endpoints_are_listed_in_pages_in_the_order_in_which_they_were_made(
    database: Database,
) -> None:
    for number in range(5):
        endpoint(database, f"whk_{number}")
    seen, after = [], 0
    while True:
        page = subscribing.list_endpoints(
            database, owner_id=party_id(database), after=after, limit=2
        )
        seen += [each.reference for each in page.endpoints]
        if page.next_after is None:
            break
        after = page.next_after
    assert seen == [f"whk_{number}" for number in range(5)]


def test_an_endpoint_that_has_ended_is_sent_nothing_more_and_keeps_its_log(
    database: Database,
) -> None:
    endpoint(database)
    tell(database, "INV-1")
    for later in (timedelta(0), HOUR):  # Ending it again changes nothing.
        subscribing.end_endpoint(
            database, owner_id=party_id(database), reference="whk_1", ended_at=NOW + later
        )
    tell(database, "INV-2")
    assert delivering.claim_due(database, at=NOW + HOUR) == []
    (dropped,) = log(database)
    assert (dropped.due_at, dropped.attempts) == (None, ())
    (ended,) = subscribing.list_endpoints(database, owner_id=party_id(database)).endpoints
    assert (ended.ended_at, ended.end_reason) == (NOW, "asked")
    with refusal("webhook_ended", None):
        replay(database, since=NOW)
    with refusal("webhook_ended", None):
        rotate(database, NEXT_SECRET, at=HOUR)


# Secrets.


def test_two_secrets_sign_while_they_overlap(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    rotate(database, NEXT_SECRET, hours=24, at=HOUR)
    assert signers(database, 2 * HOUR) == (NEXT_SECRET, SECRET)
    assert signers(database, 24 * HOUR) == (NEXT_SECRET, SECRET)
    assert signers(database, 25 * HOUR) == (NEXT_SECRET,)


def test_a_secret_that_leaked_ends_at_once(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    rotate(database, NEXT_SECRET, hours=0, at=HOUR)
    assert signers(database, HOUR) == (NEXT_SECRET,)


def test_never_more_than_two_secrets_sign(database: Database) -> None:
    third = Secret(b"t" * 24)
    endpoint(database)
    tell(database, "INV-1")
    rotate(database, NEXT_SECRET, at=HOUR)
    rotate(database, third, at=2 * HOUR)
    assert signers(database, 3 * HOUR) == (third, NEXT_SECRET)


@pytest.mark.parametrize("hours", [-1, OVERLAP_HOURS_MAX + 1])
def test_an_overlap_has_bounds(database: Database, hours: int) -> None:
    endpoint(database)
    with refusal("number_out_of_range", "overlap_hours"):
        rotate(database, NEXT_SECRET, hours=hours, at=HOUR)


# Replays.


def test_a_message_is_sent_again_under_its_own_id(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    deliver_all(database)
    (first,) = log(database)
    assert replay(database, message_id=first.message_id) == 1
    (claimed,) = delivering.claim_due(database, at=NOW)
    assert claimed.delivery.message_id == first.message_id
    assert claimed.delivery.number == 1  # With a schedule of its own.
    again, unchanged = log(database)
    assert (again.is_replay, unchanged) == (True, first)


def test_what_still_waits_is_not_sent_again_beside_itself(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    (waiting,) = log(database)
    with refusal("message_waiting", "message"):
        replay(database, message_id=waiting.message_id)
    assert replay(database, since=NOW) == 0


def test_a_message_that_is_not_yours_is_not_there(database: Database) -> None:
    endpoint(database)
    endpoint(database, "whk_other", owner="studio-b")
    tell(database, "INV-1", owner="studio-b")
    (others,) = log(database, "whk_other", owner="studio-b")
    for message_id in (others.message_id, "msg_none", ""):
        with refusal("message_unknown", "message"):
            replay(database, message_id=message_id)


def test_everything_since_an_instant_is_sent_again_in_order(database: Database) -> None:
    early = NOW - HOUR
    tell(database, "INV-1", at=early)
    tell(database, "INV-2")
    tell(database, "INV-3", type_=EventType.INVOICE_ISSUED)
    tell(database, "INV-4", owner="studio-b")
    # Made afterwards: what it missed is among what it is sent.
    endpoint(database, events=[EventType.INVOICE_PAID])
    assert replay(database, since=NOW) == 1
    deliver_all(database)
    assert replay(database, since=early) == 2
    numbers = [json.loads(payload)["data"]["invoice"] for payload in _waiting(database)]
    assert numbers == ["INV-1", "INV-2"]


def _waiting(database: Database) -> list[str]:
    asked = (
        "SELECT payload FROM webhook_queue JOIN webhook_delivery USING (webhook_delivery_id) "
        "JOIN outbox USING (outbox_id) ORDER BY webhook_delivery_id"
    )
    return [payload for (payload,) in rows(database, asked)]


def test_the_log_comes_in_pages_newest_first(database: Database) -> None:
    endpoint(database)
    tell(database, *(f"INV-{number}" for number in range(5)))
    whole = [each.id for each in log(database)]
    seen: list[int] = []
    before = subscribing.KEY_MAX
    while True:
        page = subscribing.list_deliveries(
            database, owner_id=party_id(database), reference="whk_1", before=before, limit=2
        )
        seen += [each.id for each in page.deliveries]
        if page.next_before is None:
            break
        before = page.next_before
    assert seen == whole == sorted(whole, reverse=True)
