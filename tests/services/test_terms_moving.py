"""A change of terms that is committed between two readings is never half in an answer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from threading import Barrier

import psycopg
import pytest
from sqlalchemy import event

from ledger.core.clearance import Use
from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, ReportedGeneration, Unit, UseClass
from ledger.services import BOOK_ID, clearing, previewing
from ledger.store import batches, correction_desk, licenses
from ledger.store.correction_desk import Looked
from ledger.store.database import Database, DatabaseBusy
from tests import builders
from tests.rows import counted_statements
from tests.services import offers
from tests.services.firms import NOW, Firm, firm, wait_until_waiting
from tests.services.usage import generation

KAZE, YORU = "kaze-no-machi", "yoru-no-umi"
IN_MAY = builders.STARTS_AT.replace(day=2, month=5)

#: What only the statement has that looks for subjects by name, or for all that are granted.
NAMED, GRANTED = "LEFT JOIN opt_in", "(SELECT subject_id FROM grant_subject)"

#: What only the statement has that looks for what subjects belong to.
LINEAGE = "array_agg(a.kind"

AFTER = [("subject_suspended",)] * 2


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm with a license of one work, beside another that was never decided about."""
    builders.license(database)
    builders.work(database, YORU, offered_at=None)
    return firm(database)


@contextmanager
def just_before(
    database: Database,
    part: str,
    change: Callable[[], object],
    *,
    without: str = "\0",
    times: int = 1,
) -> Iterator[None]:
    """Commit a change elsewhere before each of the first statements that have a part."""
    changes = iter(range(times))
    is_changing = False

    def commit(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal is_changing
        if is_changing or part not in statement or without in statement:
            return
        if next(changes, None) is not None:
            is_changing = True
            change()
            is_changing = False

    event.listen(database.engine, "before_cursor_execute", commit)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", commit)
    assert next(changes, None) is None, "it was not read so often"


def suspending(studio: Firm) -> Callable[[], object]:
    """Return what suspends both works."""
    return lambda: builders.offer(
        studio.database,
        [KAZE, YORU],
        state="suspended",
        reason="asked for",
        effective_at=IN_MAY,
    )


def both() -> list[ReportedGeneration]:
    return [generation(), generation(subjects=[YORU])]


def reported(studio: Firm) -> list[tuple[str, ...]]:
    return [tuple(each.reasons) for each in studio.report(*both())]


def previewed(studio: Firm) -> list[tuple[str, ...]]:
    preview = previewing.preview(
        studio.database,
        terms=studio.terms,
        licensee_id=studio.id,
        reported=both(),
        previewed_at=NOW,
    )
    return [tuple(each.result.reasons) for each in preview.generations]


def cleared(studio: Firm) -> list[tuple[str, ...]]:
    desk = clearing.open_desk(studio.database, cache=studio.terms, desk=None)
    desk = clearing.meet_subjects(
        studio.database, cache=studio.terms, desk=desk, references=[KAZE, YORU]
    )
    answer = desk.clear(
        licensee_id=studio.id,
        license_reference=None,
        use=Use(UseClass.GENERATION, Modality.IMAGE, Unit.IMAGE, "JP"),
        references=[KAZE, YORU],
        at=NOW,
    )
    return [tuple(each.reasons) for each in answer.clearances]


def corrected(studio: Firm) -> list[tuple[str, ...]]:
    """Return what two generations of one work are judged as, with the other put into the second."""
    first, second = generation(), generation()
    studio.report(first, second)
    other = generation(event_id=second.event_id, subjects=[YORU])
    with studio.database.transaction() as session:
        desk = correction_desk.open_desk(
            session, studio.terms, book_id=BOOK_ID, licensee_id=studio.id, recorded_at=NOW
        )
        looked = desk.look([instead(first._replace(quantity=Decimal(2))), instead(other)])
    return [_reasons_after(each) for each in looked]


def _reasons_after(looked: Looked | Refusal) -> tuple[str, ...]:
    assert isinstance(looked, Looked)
    assert looked.after is not None
    return tuple(looked.after.judgement.reasons)


def instead(event: ReportedGeneration) -> Correction:
    return Correction(
        source=event.source,
        event_id=event.event_id,
        kind=CorrectionKind.REPLACE,
        reason=CorrectionReason.WRONG_QUANTITY,
        replacement=event,
    )


EVERYBODY = [reported, previewed, corrected]
Ask = Callable[[Firm], list[tuple[str, ...]]]


@pytest.mark.parametrize("ask", EVERYBODY)
def test_a_decision_between_the_terms_and_a_named_subject_is_in_all_or_nothing(
    studio: Firm, ask: Ask
) -> None:
    with just_before(studio.database, NAMED, suspending(studio), without=GRANTED):
        assert ask(studio) == AFTER


@pytest.mark.parametrize("ask", [*EVERYBODY, cleared])
@pytest.mark.parametrize("part", [NAMED, LINEAGE])
def test_nor_is_one_mixed_in_where_holders_make_offers(studio: Firm, ask: Ask, part: str) -> None:
    """What a subject belongs to is read after it, and a decision may fall between those too."""
    builders.work(studio.database, "yama", offered_at=None)
    offers.make(studio.database, subject="yama")
    clearing.open_desk(studio.database, cache=studio.terms, desk=None)  # Which reads the terms.
    with just_before(studio.database, part, suspending(studio), without=GRANTED):
        assert ask(studio) == AFTER


def test_others_who_use_the_same_terms_are_not_told_of_both_versions(studio: Firm) -> None:
    """Terms that were in use stay as they are; nothing of the new version is learned into them."""
    studio.report(generation())
    before = studio.terms.newest
    with just_before(studio.database, NAMED, suspending(studio), without=GRANTED):
        assert reported(studio) == AFTER
    assert before is not None
    assert YORU not in before.subjects
    assert studio.terms.newest is not before


def test_terms_that_change_while_they_are_read_are_read_again(studio: Firm) -> None:
    """The licenses were read already when another was granted, and its work was not."""
    with (
        just_before(
            studio.database,
            GRANTED,
            lambda: builders.license(
                studio.database, "LIC-2", grants=(builders.new_grant(subjects=(YORU,)),)
            ),
        ),
        studio.database.transaction() as session,
    ):
        snapshot = licenses.load_snapshot(session, book_id=BOOK_ID)
        assert snapshot.version == licenses.terms_clock(session, book_id=BOOK_ID)
    assert YORU in snapshot.subjects
    assert "LIC-2" in snapshot.licenses


@pytest.mark.parametrize(("part", "without"), [(NAMED, GRANTED), (GRANTED, "\0")])
def test_terms_that_never_stand_still_are_given_up(studio: Firm, part: str, without: str) -> None:
    """A batch does not wait for ever; nothing of it is recorded, and it may be sent again."""
    numbers = count()
    with (
        just_before(
            studio.database,
            part,
            lambda: builders.work(studio.database, f"new-{next(numbers)}", offered_at=None),
            without=without,
            times=licenses.READINGS_MAX,
        ),
        pytest.raises(DatabaseBusy),
    ):
        reported(studio)
    assert studio.batches() == []
    assert reported(studio) == [(), ("subject_not_offered",)]


def test_subjects_met_before_cost_no_statement_and_others_one(studio: Firm) -> None:
    """The clock comes with the subjects that are looked for, not by itself."""
    studio.report(generation())
    known, version = {KAZE}, studio.terms.newest.version if studio.terms.newest else 0
    with counted_statements(studio.database) as sent, studio.database.transaction() as session:
        studio.terms.naming(session, version=version, references=known)
        assert len(sent) == 0
        studio.terms.naming(session, version=version, references={KAZE, YORU, "nowhere"})
        studio.terms.naming(session, version=version, references={KAZE, YORU, "nowhere"})
    assert len(sent) == 1


def test_clearances_asked_while_terms_change_are_never_mixed(studio: Firm) -> None:
    """Eight threads of one process ask at the moment at which both works are suspended."""
    offers.make(studio.database)
    suspend = suspending(studio)
    ready = Barrier(9)

    def ask(number: int) -> list[tuple[str, ...]]:
        ready.wait(timeout=10)
        if number:
            return cleared(studio)
        suspend()
        return []

    with ThreadPoolExecutor(9) as threads:
        answers = [tuple(each) for each in threads.map(ask, range(9)) if each]
    assert len(answers) == 8
    before = ((), ("subject_not_licensed",))
    assert set(answers) <= {before, tuple(AFTER)}


def test_a_batch_that_waited_for_its_place_knows_what_was_decided_meanwhile(
    studio: Firm, owner: psycopg.Connection
) -> None:
    def take_place() -> tuple[int, int]:
        with studio.database.transaction() as session:
            place = batches.lock_log(session, licensee_id=studio.id, book_id=BOOK_ID)
            return place.terms_version, licenses.terms_clock(session, book_id=BOOK_ID)

    with ThreadPoolExecutor(1) as desk:
        with owner.transaction():
            owner.execute("SELECT lock_log(%s)", (studio.id,))
            place = desk.submit(take_place)
            wait_until_waiting(owner)
            suspending(studio)()
        seen, is_now = place.result()
    assert seen == is_now
