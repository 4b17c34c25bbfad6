"""Many senders at once: each event once, one chain without a gap, and one story for each id."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from threading import Barrier

import pytest

from ledger.core.receipt import Receipt, Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing
from ledger.store.database import Database
from tests import builders
from tests.services.firms import Firm, firm, receipts, select, statuses
from tests.services.usage import generation

THREADS = 8
ACCEPTED, DUPLICATE, CONFLICT = Status.ACCEPTED, Status.DUPLICATE, Status.CONFLICT


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


def at_once(senders: Sequence[Callable[[], list[Result]]]) -> list[list[Result]]:
    """Let every sender begin at the same moment, and return what each was answered."""
    ready = Barrier(len(senders))

    def send(sender: Callable[[], list[Result]]) -> list[Result]:
        ready.wait(timeout=10)
        return sender()

    with ThreadPoolExecutor(len(senders)) as threads:
        return list(threads.map(send, senders))


def sender(studio: Firm, *events: ReportedGeneration) -> Callable[[], list[Result]]:
    return lambda: studio.report(*events)


def test_overlapping_batches_store_each_event_once(studio: Firm) -> None:
    events = [generation(number) for number in range(120)]
    chance = Random(8)
    batches = [chance.sample(events, 60) for _ in range(THREADS * 3)]
    # Half of them in one process, half in others.
    processes = [studio if number % 2 else studio.beside() for number in range(len(batches))]
    answers = at_once(
        [sender(each, *batch) for each, batch in zip(processes, batches, strict=True)]
    )

    told: dict[str, set[Receipt]] = {}
    counts: Counter[Status] = Counter()
    for batch, results in zip(batches, answers, strict=True):
        counts.update(statuses(results))
        for event, receipt in zip(batch, receipts(results), strict=True):
            told.setdefault(event.event_id, set()).add(receipt)
    assert set(counts) == {ACCEPTED, DUPLICATE}
    assert counts[ACCEPTED] == len(told) == studio.count("generation")
    assert {len(receipts_) for receipts_ in told.values()} == {1}
    assert sum(batch.generation_count for batch in studio.batches()) == len(told)
    studio.check_chain()
    assert studio.count("judgement") == 1
    assert not any(auditing.audit(studio.database).values())


def test_the_same_batch_from_everybody_is_one_batch(studio: Firm) -> None:
    events = [generation(number) for number in range(50)]
    answers = at_once([sender(studio, *events)] * THREADS)
    assert sorted(statuses(results)[0] for results in answers) == [ACCEPTED] + [DUPLICATE] * 7
    assert len({tuple(receipts(results)) for results in answers}) == 1
    assert len(studio.batches()) == 1


def test_of_two_stories_told_at_once_one_wins(studio: Firm) -> None:
    event = generation()
    stories = [event._replace(quantity=Decimal(number)) for number in range(THREADS)]
    answers = at_once([sender(studio, story, generation()) for story in stories])
    won = [results[0].status for results in answers]
    assert sorted(won) == [ACCEPTED] + [CONFLICT] * (THREADS - 1)
    (stored,) = select(
        studio.database, "SELECT quantity FROM generation WHERE event_id = :id", id=event.event_id
    )
    assert stored.quantity == won.index(ACCEPTED)
    assert [results[0].differing for results in answers if results[0].status is CONFLICT] == [
        ("quantity",)
    ] * (THREADS - 1)
    assert {statuses(results)[1] for results in answers} == {ACCEPTED}  # Their neighbours.
    studio.check_chain()


def test_firms_do_not_wait_for_one_another(studio: Firm) -> None:
    """A firm whose batch is never finished holds its own line and nobody else's."""
    rival = firm(studio.database, "studio-b")
    with studio.database.transaction() as session:
        session.connection().exec_driver_sql("SELECT * FROM lock_log(%s)", (studio.id,))
        assert statuses(rival.report(generation())) == [Status.REFUSED]
    assert statuses(studio.report(generation())) == [ACCEPTED]


def test_the_first_batches_of_many_firms_open_their_month_together(database: Database) -> None:
    """A partition is made once, whoever comes first, and nobody is refused for it."""
    firms = [firm(database, f"studio-{number}") for number in range(THREADS)]
    answers = at_once([sender(each, generation(), generation()) for each in firms])
    assert {status for results in answers for status in statuses(results)} == {Status.REFUSED}
    assert len(select(database, "SELECT month FROM accounting_month")) == 1
    for each in firms:
        each.check_chain()


def test_terms_that_change_while_batches_are_sent_are_never_mixed(studio: Firm) -> None:
    """Each batch is judged as a whole under one version of the terms."""
    builders.work(studio.database, "yoru-no-umi", offered_at=None)
    both = [generation(), generation(subjects=["yoru-no-umi"])]

    def suspend() -> list[Result]:
        builders.offer(
            studio.database,
            ["kaze-no-machi", "yoru-no-umi"],
            state="suspended",
            reason="asked for",
            effective_at=builders.STARTS_AT.replace(day=2, month=5),
        )
        return []

    answers = at_once(
        [
            *(sender(studio, *(each._replace(event_id=f"{n}-{i}") for i, each in enumerate(both)))
              for n in range(THREADS)),
            suspend,
        ]
    )  # fmt: skip
    outcomes = {tuple(result.reasons for result in results) for results in answers if results}
    before = ((), ("subject_not_offered",))
    after = (("subject_suspended",), ("subject_suspended",))
    assert outcomes <= {before, after}
    (last,) = studio.report(generation())
    assert last.reasons == ("subject_suspended",)
