"""What is sent again gets its original receipt; what differs is named and changes nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from ledger.core.acceptance import Reason
from ledger.core.period import Month
from ledger.core.receipt import Status
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass
from ledger.services import closing
from ledger.store import batches, generations
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm, receipts, statuses
from tests.services.usage import generation

ACCEPTED, DUPLICATE, HELD = Status.ACCEPTED, Status.DUPLICATE, Status.HELD
REFUSED, CONFLICT, INVALID = Status.REFUSED, Status.CONFLICT, Status.INVALID


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


def close(database: Database) -> datetime:
    """Close October an hour after its end, and return a later instant."""
    month = Month(2026, 10)
    at = month.ends_at + timedelta(hours=1)
    closing.close_month(database, month=month, closed_by="keiri", closed_at=at)
    return at + timedelta(days=1)


def test_a_batch_sent_again_gets_its_original_receipts_and_writes_nothing(studio: Firm) -> None:
    events = [generation(1), generation(None), generation(modality=Modality.VIDEO)]
    first = studio.report(*events)
    before = studio.contents()
    again = studio.report(*events, at=NOW + timedelta(days=1))
    assert statuses(again) == [DUPLICATE] * 3
    assert receipts(again) == receipts(first)
    assert [each.reasons for each in again] == [each.reasons for each in first]
    assert studio.contents() == before


def test_a_batch_sent_again_is_looked_for_and_not_written_in_vain(
    studio: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A COPY that fails leaves dead rows behind, and a spool resends whole days."""
    events = [generation(number) for number in range(1, 101)]
    first = receipts(studio.report(*events))

    def write(*_: object, **__: object) -> None:
        raise AssertionError("tried to write what is known")

    monkeypatch.setattr(batches, "append", write)
    assert receipts(studio.report(*events)) == first


def test_a_firm_that_sends_new_batches_is_not_asked_each_time_whether_they_are(
    studio: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once something came before, its batches are looked for again."""
    looked: list[str] = []
    is_known = generations.is_known

    def look(session: Session, *, licensee_id: int, identity: generations.Identity) -> bool:
        looked.append(identity[2])
        return is_known(session, licensee_id=licensee_id, identity=identity)

    monkeypatch.setattr(generations, "is_known", look)
    several = [
        [generation(event_id=f"{number}-{place}") for place in range(100)] for number in range(6)
    ]
    first = [receipts(studio.report(*events)) for events in several[:5]]
    assert looked == ["0-0", "1-0", "2-0"]
    assert receipts(studio.report(*several[0])) == first[0]  # Written in vain, once,
    assert receipts(studio.report(*several[1])) == first[1]  # and from then on looked for.
    assert statuses(studio.report(*several[5])) == [ACCEPTED] * 100
    assert looked == ["0-0", "1-0", "2-0", "1-0", "5-0"]
    studio.check_chain()


def test_a_batch_whose_first_event_alone_is_known_is_taken_all_the_same(studio: Firm) -> None:
    known, *new = [generation(number) for number in range(1, 4)]
    first = receipts(studio.report(known))
    results = studio.report(known, *new)
    assert statuses(results) == [DUPLICATE, ACCEPTED, ACCEPTED]
    assert receipts(results)[:1] == first


def test_the_order_and_the_cut_of_what_is_sent_again_do_not_matter(studio: Firm) -> None:
    events = [generation(number) for number in range(1, 7)]
    first = receipts(studio.report(*events[:4])) + receipts(studio.report(*events[4:]))
    assert receipts(studio.report(*reversed(events))) == first[::-1]
    assert receipts(studio.report(events[5], events[0])) == [first[5], first[0]]
    assert [batch.batch_number for batch in studio.batches()] == [1, 2]


def test_new_events_between_known_ones_make_a_batch_of_their_own(studio: Firm) -> None:
    known = [generation(number) for number in range(1, 4)]
    first = receipts(studio.report(*known))
    new = [generation(7), generation(8)]
    results = studio.report(known[0], new[0], known[1], new[1], known[2])
    assert statuses(results) == [DUPLICATE, ACCEPTED, DUPLICATE, ACCEPTED, DUPLICATE]
    assert receipts(results)[::2] == first
    assert [(each.batch_number, each.position) for each in receipts(results)[1::2]] == [
        (2, 0),
        (2, 1),
    ]
    assert [batch.generation_count for batch in studio.batches()] == [3, 2]
    studio.check_chain()


def test_another_spelling_of_the_same_facts_is_the_same_report(studio: Firm) -> None:
    event = generation("1.50", net_revenue=Decimal(100))
    first = receipts(studio.report(event))
    spelled = event._replace(quantity=Decimal("15E-1"), net_revenue=Decimal("1.00E+2"))
    again = studio.report(spelled)
    assert (statuses(again), receipts(again)) == ([DUPLICATE], first)


def test_a_replay_is_answered_as_it_was_judged_then(studio: Firm) -> None:
    """What is decided is decided: another decision about the work changes later events only."""
    event, unmatched = generation(), generation(subjects=["yoru-no-umi"], title="夜の海")
    first = studio.report(event, unmatched)
    builders.work(studio.database, "yoru-no-umi")
    builders.offer(
        studio.database,
        ["kaze-no-machi"],
        state="suspended",
        reason="asked by the author",
        effective_at=NOW - timedelta(days=9),
    )
    again = studio.report(event, unmatched, generation())
    assert statuses(again) == [DUPLICATE, DUPLICATE, REFUSED]
    assert receipts(again)[:2] == receipts(first)
    assert again[1].reasons == (Reason.SUBJECT_UNMATCHED,)


#: What a report may say otherwise, and the field that is named for it.
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"occurred_at": datetime(2026, 10, 15, 3, 0, 0, 1, tzinfo=UTC)}, "occurred_at"),
    ({"license_reference": "LIC-2026-002"}, "license_reference"),
    ({"subjects": (SubjectUse("yoru-no-umi"),)}, "subjects"),
    ({"subjects": (SubjectUse("kaze-no-machi", 10_000),)}, "subjects"),
    ({"use_class": UseClass.RETRIEVAL}, "use_class"),
    ({"modality": Modality.VIDEO}, "modality"),
    ({"unit": Unit.TOKEN}, "unit"),
    ({"territory": "US"}, "territory"),
    ({"quantity": Decimal("1.000000000000000000000000000001")}, "quantity"),
    ({"quantity": None}, "quantity"),  # Unknown is not what was said before.
    ({"net_revenue": Decimal(0)}, "net_revenue"),
    ({"currency": "JPY"}, "currency"),
    ({"model": "m"}, "model"),
    ({"output_sha256": "ab" * 32}, "output_sha256"),
    ({"title": "風の町"}, "title"),
]


@pytest.mark.parametrize(("changes", "field"), CHANGES)
def test_a_conflict_names_what_differs_and_changes_nothing(
    studio: Firm, changes: dict[str, Any], field: str
) -> None:
    event = generation()
    first = receipts(studio.report(event))
    before = studio.contents()
    (result,) = studio.report(event._replace(**changes))
    assert (result.status, result.differing) == (CONFLICT, (field,))
    assert result.receipt == first[0]  # Where what differs from it stands.
    after = studio.contents()
    for table in ("batch", "batch_total", "generation"):
        assert after[table] == before[table]
    assert statuses(studio.report(event)) == [DUPLICATE]


def test_a_conflict_names_every_field_in_order(studio: Firm) -> None:
    event = generation(model="a", title="風の町")
    studio.report(event)
    other = event._replace(title=None, quantity=Decimal(2), model="b", territory="US")
    (result,) = studio.report(other)
    assert result.differing == ("territory", "quantity", "model", "title")


def test_a_conflict_costs_its_neighbours_nothing(studio: Firm) -> None:
    known = generation()
    studio.report(known)
    results = studio.report(generation(), known._replace(quantity=Decimal(2)), generation(None))
    assert statuses(results) == [ACCEPTED, CONFLICT, HELD]
    assert studio.batches()[-1].generation_count == 2
    studio.check_chain()


# The same identity twice in one batch: the first one decides, then the book does.


def test_an_event_that_comes_twice_in_a_batch_is_written_once(studio: Firm) -> None:
    event, other = generation(None), generation()
    results = studio.report(event, other, event, event)
    assert statuses(results) == [HELD, ACCEPTED, DUPLICATE, DUPLICATE]
    assert receipts(results)[2:] == [receipts(results)[0]] * 2
    assert results[2].reasons == (Reason.QUANTITY_UNKNOWN,)
    assert studio.count("generation") == 2


def test_the_second_of_two_stories_in_a_batch_is_a_conflict(studio: Firm) -> None:
    event = generation()
    results = studio.report(event, event._replace(quantity=Decimal(5)), event)
    assert statuses(results) == [ACCEPTED, CONFLICT, DUPLICATE]
    assert results[1].differing == ("quantity",)
    assert studio.count("generation") == 1


def test_what_is_in_the_book_is_a_conflict_however_often_it_is_contradicted(
    studio: Firm,
) -> None:
    """Two false reports that agree with each other do not make a true one."""
    event = generation()
    first = receipts(studio.report(event))
    false, worse = event._replace(quantity=Decimal(5)), event._replace(territory="US")
    results = studio.report(false, false, worse, event)
    assert statuses(results) == [CONFLICT, CONFLICT, CONFLICT, DUPLICATE]
    assert [each.differing for each in results] == [("quantity",)] * 2 + [("territory",), ()]
    assert receipts(results) == first * 4


def test_a_repeat_of_what_is_known_is_the_original_too(studio: Firm) -> None:
    event = generation()
    first = receipts(studio.report(event))
    results = studio.report(event, event, event._replace(quantity=Decimal(5)))
    assert statuses(results) == [DUPLICATE, DUPLICATE, CONFLICT]
    assert receipts(results) == first * 3


# After the month has been closed.


def test_a_closed_month_answers_what_it_has(studio: Firm) -> None:
    event = generation()
    first = receipts(studio.report(event, generation(None)))
    later = close(studio.database)
    before = studio.contents()
    results = studio.report(event, event._replace(quantity=Decimal(5)), event, at=later)
    assert statuses(results) == [DUPLICATE, CONFLICT, DUPLICATE]
    assert receipts(results) == first[:1] * 3
    assert results[1].differing == ("quantity",)
    assert studio.contents() == before


def test_what_came_late_is_answered_alike_again(studio: Firm) -> None:
    studio.report(generation())
    later = close(studio.database)
    event = generation()
    other = event._replace(quantity=Decimal(5))
    results = studio.report(event, event, other, at=later)
    assert statuses(results) == [ACCEPTED, DUPLICATE, CONFLICT]
    assert statuses(studio.report(event, other, at=later)) == [DUPLICATE, CONFLICT]
    assert [each.counted_month for each in studio.report(event, at=later)] == [date(2026, 11, 1)]
    assert studio.count("generation") == 2


def test_what_comes_late_is_a_batch_of_its_own(studio: Firm) -> None:
    studio.report(generation())
    later = close(studio.database)
    late, new = generation(), generation(occurred_at=later)
    results = studio.report(late, new, late, at=later)
    assert statuses(results) == [ACCEPTED, ACCEPTED, DUPLICATE]
    assert [each.receipt and each.receipt.batch_number for each in results] == [3, 2, 3]
    months = [(str(batch.first_month), batch.generation_count) for batch in studio.batches()[1:]]
    assert months == [("2026-11-01", 1), ("2026-10-01", 1)]
    studio.check_chain()
