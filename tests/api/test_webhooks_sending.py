"""Messages reach a receiver signed, are sent again under their own id, and leak nothing."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from api.jobs import Worker
from ledger.core.webhook import (
    DELAYS,
    LEASE,
    Secret,
    secret_text,
)
from ledger.services import delivering, subscribing
from ledger.store.database import Database, DatabaseUnavailable
from tests.api.receivers import Receiver, receiver
from tests.api.senders import (
    STARTED_AT,
    ClockOfVerifier,
    MovableClock,
    a_sender,
    a_worker,
    invoice,
    subscribe,
)
from tests.services.webhooked import SECRET, log, party_id

NEXT_SECRET = Secret(b"fedcba9876543210fedcba9876543210")


@pytest.fixture(autouse=True)
def _verifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", ClockOfVerifier)


@pytest.fixture
def clock() -> MovableClock:
    """A clock for the worker."""
    return MovableClock()


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with receiver() as listening:
        yield listening


# Signatures.


def test_a_message_is_verified_by_the_package(
    database: Database, clock: MovableClock, hooks: Receiver
) -> None:
    subscribe(database, hooks)
    invoice(database, "請求-1")
    assert a_worker(database, clock).drain() == 1
    (came,) = hooks.received
    verified = Webhook(secret_text(SECRET)).verify(came.body, dict(came.headers))
    assert verified["type"] == "invoice.paid"
    assert verified["data"] == {"invoice": "請求-1"}
    assert came.path == "/hook"
    assert came.headers["content-type"] == "application/json"
    assert came.headers["host"] == f"127.0.0.1:{hooks.port}"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(NEXT_SECRET)).verify(came.body, dict(came.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(SECRET)).verify(came.body + b" ", dict(came.headers))


def test_while_secrets_overlap_either_verifies(
    database: Database, clock: MovableClock, hooks: Receiver
) -> None:
    subscribe(database, hooks)
    subscribing.rotate_secret(
        database,
        owner_id=party_id(database),
        reference="whk_1",
        secret=NEXT_SECRET,
        overlap_hours=1,
        recorded_at=STARTED_AT - timedelta(minutes=59, seconds=59),
    )
    invoice(database, "INV-1", "INV-2")
    worker = a_worker(database, clock)
    first = delivering.claim_due(database, at=clock.now, count_max=1)
    asyncio.run(worker._make(first))
    clock.now += timedelta(seconds=1)
    worker.drain()
    during, after = hooks.received
    for secret, verifies_after in ((NEXT_SECRET, True), (SECRET, False)):
        verifier = Webhook(secret_text(secret))
        verifier.verify(during.body, dict(during.headers))
        if verifies_after:
            verifier.verify(after.body, dict(after.headers))
        else:
            with pytest.raises(WebhookVerificationError):
                verifier.verify(after.body, dict(after.headers))


# Retries and crashes.


def test_a_worker_that_dies_between_sending_and_recording_sends_again_with_the_same_id(
    database: Database, clock: MovableClock, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(database, hooks)
    invoice(database, "INV-1")

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    record_attempt = delivering.record_attempt
    monkeypatch.setattr(delivering, "record_attempt", dies)
    with pytest.raises(KeyboardInterrupt):
        a_worker(database, clock).drain()
    monkeypatch.setattr(delivering, "record_attempt", record_attempt)
    assert len(hooks.received) == 1
    assert log(database)[0].attempts == ()
    assert a_worker(database, clock).drain() == 0  # The lease still runs.
    clock.now += LEASE
    assert a_worker(database, clock).drain() == 1
    assert len(set(hooks.ids)) == 1
    assert hooks.received[0].body == hooks.received[1].body
    assert [attempt.number for attempt in log(database)[0].attempts] == [1]


def test_a_receiver_that_fails_is_tried_again_by_the_clock(
    database: Database, clock: MovableClock, hooks: Receiver
) -> None:
    subscribe(database, hooks)
    invoice(database, "INV-1")
    worker = a_worker(database, clock)
    hooks.status = 503
    for delay in DELAYS[:4]:
        clock.now += delay + timedelta(seconds=15)
        assert worker.drain() == 1
        assert worker.drain() == 0
    hooks.status = 200
    clock.now += DELAYS[4] + timedelta(seconds=15)
    assert worker.drain() == 1
    assert len(set(hooks.ids)) == 1
    stamps = [each.headers["webhook-timestamp"] for each in hooks.received]
    assert len(set(stamps)) == 5  # Each is signed for the second at which it is sent.
    outcomes = [attempt.outcome for attempt in log(database)[0].attempts]
    assert outcomes == ["retrying"] * 4 + ["delivered"]


def test_a_receiver_that_is_gone_is_left_alone(
    database: Database, clock: MovableClock, hooks: Receiver
) -> None:
    subscribe(database, hooks)
    invoice(database, "INV-1")
    hooks.status = 410
    worker = a_worker(database, clock)
    worker.drain()
    invoice(database, "INV-2")
    clock.now += timedelta(days=5)
    assert worker.drain() == 0
    assert len(hooks.received) == 1


def test_two_workers_at_once_send_everything_once(
    database: Database, clock: MovableClock, hooks: Receiver
) -> None:
    for number in range(4):
        subscribe(database, hooks, f"whk_{number}")
    invoice(database, *(f"INV-{number}" for number in range(10)))
    workers = [a_worker(database, clock) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(Worker.drain, workers))
    assert sum(counts) == len(hooks.received) == 40
    assert all(counts)
    assert sorted(hooks.ids) == sorted(list(set(hooks.ids)) * 4)


def test_an_attempt_that_fails_on_our_side_stops_no_other(
    database: Database,
    clock: MovableClock,
    hooks: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    subscribe(database, hooks)
    invoice(database, "INV-1", "INV-2", "INV-3")
    record_attempt, failures = delivering.record_attempt, iter([True])

    def fail_once(*args: Any, **asked: Any) -> Any:
        if next(failures, False):
            raise RuntimeError("nobody foresaw this")
        return record_attempt(*args, **asked)

    monkeypatch.setattr(delivering, "record_attempt", fail_once)
    assert a_worker(database, clock).drain() == 3
    assert sorted(len(each.attempts) for each in log(database)) == [0, 1, 1]
    assert "nobody foresaw this" in caplog.text
    clock.now += LEASE
    assert a_worker(database, clock).drain() == 1
    assert [len(each.attempts) for each in log(database)] == [1, 1, 1]
    assert len(hooks.ids) == 4


def test_a_database_that_goes_away_is_waited_for(
    database: Database, clock: MovableClock, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(database, hooks)
    invoice(database, "INV-1")
    stop, claim, failures = threading.Event(), delivering.claim_due, iter([True])

    def claim_after_a_failure(*args: Any, **asked: Any) -> Any:
        if next(failures, False):
            raise DatabaseUnavailable(address="db", reason="restarting")
        return claim(*args, **asked)

    monkeypatch.setattr(delivering, "claim_due", claim_after_a_failure)
    monkeypatch.setattr("api.jobs.IDLE_SECONDS", 0.01)
    hooks.before = stop.set
    thread = threading.Thread(target=a_worker(database, clock).run, args=(stop,))
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert [attempt.status for attempt in log(database)[0].attempts] == [200]  # It finished.


def test_a_secret_is_in_no_log_and_in_no_error(
    database: Database,
    clock: MovableClock,
    hooks: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    subscribe(database, hooks)
    invoice(database, "INV-1")
    hooks.status = 500
    a_worker(database, clock).drain()
    claimed = delivering.claim_due(database, at=clock.now + timedelta(days=1))
    assert claimed
    told = caplog.text + repr(claimed) + repr(vars(claimed[0].delivery))
    with pytest.raises(Exception, match="foreign key") as failed:
        subscribing.create_endpoint(
            database,
            owner_id=999_999,
            reference="whk_2",
            url=hooks.url,
            events=["invoice.paid"],
            secret=SECRET,
            recorded_at=STARTED_AT,
        )
    told += str(failed.value)
    with pytest.raises(Exception, match="webhook_secret_secret_check") as failed:
        _store_secret(database, Secret(bytes(SECRET[:8])))
    told += str(failed.value)
    assert "Secret(…)" in told  # So it was told about, and hidden.
    for form in (bytes(SECRET).decode(), SECRET.hex(), secret_text(SECRET)[6:], "01234567"):
        assert form not in told


def _store_secret(database: Database, secret: Secret) -> None:
    from ledger.store import webhooks

    with database.transaction() as session:
        webhooks.insert_secret(
            session,
            endpoint_id=1,
            owner_id=party_id(database),
            secret=secret,
            recorded_at=STARTED_AT,
            previous_until=None,
        )


def test_the_body_that_is_sent_is_the_one_that_was_stored(
    database: Database, clock: MovableClock, hooks: Receiver
) -> None:
    subscribe(database, hooks)
    invoice(database, "INV-1")
    (claimed,) = delivering.claim_due(database, at=clock.now)
    answer = asyncio.run(a_sender(clock).send(claimed.delivery, claimed.signed_by))
    delivering.record_attempt(database, delivery=claimed.delivery, answer=replace(answer, body=""))
    assert hooks.received[0].body == claimed.delivery.payload.encode()
    assert json.loads(hooks.received[0].body)["data"] == {"invoice": "INV-1"}
