"""What is due is taken by one, what came of it is written once, and the schedule is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from psycopg import errors

from ledger.core.webhook import DELAYS, LEASE, Event, EventType, Outcome
from ledger.services import BOOK_ID, delivering, subscribing
from ledger.services.delivering import COUNT_MAX, OF_EACH_MAX, Claimed
from ledger.store import outbox
from ledger.store.database import Database, RefusedByDatabase
from tests.rows import rows
from tests.services.webhooked import NOW, SECRET, answered, endpoint, log, party_id, queue, tell

SECOND = timedelta(seconds=1)

#: What the rows say is waiting, without the queue.
_DERIVED = """
    SELECT d.webhook_delivery_id, coalesce(max(a.number), 0) + 1
    FROM webhook_delivery d LEFT JOIN webhook_attempt a USING (webhook_delivery_id)
    GROUP BY 1 HAVING coalesce(bool_and(a.outcome = 'retrying'), true) ORDER BY 1
"""
_QUEUED = "SELECT webhook_delivery_id, number FROM webhook_queue ORDER BY 1"


def claim(database: Database, after: timedelta = timedelta(0)) -> list[Claimed]:
    return delivering.claim_due(database, at=NOW + after)


def claim_one(database: Database, after: timedelta = timedelta(0)) -> Claimed:
    (claimed,) = claim(database, after)
    return claimed


def test_what_is_due_carries_what_is_needed_to_send_it(database: Database) -> None:
    endpoint(database, url="https://hooks.example.com/a")
    tell(database, "INV-2026-000001")
    claimed = claim_one(database)
    assert claimed.delivery.number == 1
    assert claimed.delivery.url == "https://hooks.example.com/a"
    assert claimed.delivery.message_id.startswith("msg_")
    assert '"invoice":"INV-2026-000001"' in claimed.delivery.payload
    assert claimed.signed_by == (SECRET,)


def test_what_was_taken_is_not_given_again_before_its_lease_ends(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    first = claim_one(database)
    assert claim(database, LEASE - SECOND) == []
    again = claim_one(database, LEASE)
    assert again.delivery == first.delivery  # The same id, the same bytes, the same number.


def test_an_attempt_that_is_recorded_twice_counts_once(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    lost = claim_one(database)
    taken_over = claim_one(database, LEASE)
    for claimed, status in ((lost, 500), (taken_over, 200)):
        delivering.record_attempt(database, delivery=claimed.delivery, answer=answered(status))
    (delivery,) = log(database)
    assert [attempt.status for attempt in delivery.attempts] == [500]
    assert queue(database) == [(2, DELAYS[1])]


def test_the_schedule_is_kept_to_its_end(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    due = timedelta(0)
    for number, delay in enumerate(DELAYS, start=1):
        due += delay
        assert claim(database, due - SECOND) == []
        claimed = claim_one(database, due)
        assert claimed.delivery.number == number
        following = delivering.record_attempt(
            database,
            delivery=claimed.delivery,
            answer=answered(503, at=NOW + due, duration_ms=1000),
        )
        due += SECOND  # The next one is due after this one ended.
    assert following.outcome is Outcome.GAVE_UP
    assert claim(database, timedelta(days=365)) == []
    (delivery,) = log(database)
    assert delivery.due_at is None
    assert len(delivery.attempts) == len(DELAYS)


def test_success_ends_a_delivery(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    delivering.record_attempt(
        database, delivery=claim_one(database).delivery, answer=answered(204, body="thanks")
    )
    (delivery,) = log(database)
    assert [each.body for each in delivery.attempts] == ["thanks"]
    assert queue(database) == []


def test_an_endpoint_that_is_gone_is_ended_with_all_that_waits_for_it(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1", "INV-2", "INV-3", "INV-4")
    claimed = claim(database)
    delivering.record_attempt(database, delivery=claimed[0].delivery, answer=answered(410))
    (ended,) = subscribing.list_endpoints(database, owner_id=party_id(database)).endpoints
    assert (ended.ended_at, ended.end_reason) == (NOW, "gone")
    # One that was under way while it ended is recorded all the same.
    delivering.record_attempt(database, delivery=claimed[1].delivery, answer=answered(503))
    tell(database, "INV-5")
    assert claim(database, timedelta(days=1)) == []
    assert queue(database) == []
    newest_first = [[attempt.outcome for attempt in each.attempts] for each in log(database)]
    assert newest_first == [[], [], [Outcome.RETRYING], [Outcome.GONE]]


def test_an_endpoint_that_hangs_does_not_hold_up_the_others(database: Database) -> None:
    endpoint(database, "whk_slow")
    tell(database, *(f"INV-{number}" for number in range(COUNT_MAX * 2)))
    endpoint(database, "whk_quick")
    tell(database, "INV-LAST", at=NOW + SECOND)
    claimed = claim(database, SECOND)
    assert len(claimed) == OF_EACH_MAX + 1
    assert any("INV-LAST" in each.delivery.payload for each in claimed)


def test_workers_that_ask_at_once_are_given_different_attempts(database: Database) -> None:
    for name in range(8):
        endpoint(database, f"whk_{name}")
    tell(database, "INV-1", "INV-2", "INV-3")
    start = Barrier(4)

    def work() -> list[tuple[int, int]]:
        start.wait()
        taken = []
        for _ in range(6):
            taken += [
                (each.delivery.id, each.delivery.number)
                for each in delivering.claim_due(database, at=NOW, count_max=3)
            ]
        return taken

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for _ in range(4)]
        taken = [each for future in futures for each in future.result()]
    assert len(taken) == len(set(taken)) == 24


def test_what_another_worker_is_taking_is_passed_over(
    database: Database, owner: psycopg.Connection
) -> None:
    endpoint(database, "whk_1")
    endpoint(database, "whk_2")
    tell(database, "INV-1")
    with owner.transaction():
        owner.execute("SELECT FROM webhook_queue ORDER BY webhook_delivery_id LIMIT 1 FOR UPDATE")
        assert len(claim(database)) == 1  # And it did not wait.
    assert len(claim(database)) == 1


def test_a_fact_that_is_undone_is_told_to_nobody(database: Database) -> None:
    endpoint(database)
    told = Event(owner_id=party_id(database), type=EventType.INVOICE_PAID, data={})

    def fail_after_telling() -> None:
        with database.transaction() as session:
            outbox.enqueue(session, book_id=BOOK_ID, events=[told], occurred_at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_telling()
    assert rows(database, "SELECT count(*) FROM outbox") == [(0,)]
    assert queue(database) == []


def test_the_queue_is_what_the_rows_say(database: Database) -> None:
    endpoint(database, "whk_1")
    endpoint(database, "whk_2")
    tell(database, "INV-1", "INV-2")
    for claimed, status in zip(claim(database), (200, 500, None, 200), strict=True):
        delivering.record_attempt(database, delivery=claimed.delivery, answer=answered(status))
    assert rows(database, _QUEUED) == rows(database, _DERIVED)
    assert len(queue(database)) == 2


def test_an_attempt_that_nobody_awaits_is_refused(database: Database) -> None:
    endpoint(database)
    tell(database, "INV-1")
    claimed = claim_one(database)
    delivering.record_attempt(database, delivery=claimed.delivery, answer=answered(200))
    later = type(claimed.delivery)(**{**vars(claimed.delivery), "number": 7})
    with pytest.raises(RefusedByDatabase) as refused:
        delivering.record_attempt(database, delivery=later, answer=answered(200))
    assert refused.value.code == "attempt_not_awaited"


def test_an_attempt_belongs_to_the_owner_of_its_delivery(
    database: Database, owner: psycopg.Connection
) -> None:
    endpoint(database)
    tell(database, "INV-1")
    stranger = party_id(database, "studio-b")
    with pytest.raises(errors.ForeignKeyViolation):
        owner.execute(
            "INSERT INTO webhook_attempt SELECT webhook_delivery_id, 1, webhook_endpoint_id, %s, "
            "now(), 0, 'delivered', 200, NULL, '' FROM webhook_queue",
            (stranger,),
        )
