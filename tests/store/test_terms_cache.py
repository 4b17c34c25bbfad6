"""Terms in memory are read when their clock has moved, and never serve an older version."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from ledger.core.acceptance import Reason
from ledger.store import licenses, terms_cache
from ledger.store.database import Database
from ledger.store.terms_cache import Terms, TermsCache
from tests import builders
from tests.services.firms import firm
from tests.services.usage import generation

NOON = datetime(2026, 10, 15, 3, 0, tzinfo=UTC)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Gather the statements that are sent in the block."""
    sent: list[str] = []

    def remember(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield sent
    event.remove(database.engine, "before_cursor_execute", remember)


def at(cache: TermsCache, database: Database, version: int | None = None) -> Terms:
    """Return a cache's terms of a version; of the newest when none is named."""
    with database.transaction() as session:
        if version is None:
            version = licenses.terms_clock(session, book_id=1)
        return cache.at(session, version)


def test_terms_are_read_once_and_kept_while_they_stand(database: Database) -> None:
    builders.license(database)
    cache = TermsCache()
    assert cache.newest is None
    first = at(cache, database)
    assert cache.newest is first
    with statements(database) as sent, database.transaction() as session:
        assert cache.at(session, first.version) is first
    assert sent == []


def test_a_version_that_is_not_in_memory_is_read(database: Database) -> None:
    builders.license(database)
    cache = TermsCache()
    first = at(cache, database)
    builders.license(database, "LIC-2")
    second = at(cache, database)
    assert second.version > first.version
    studio = firm(database).id
    assert (first.license(studio, "LIC-2"), second.license(studio, "LIC-2") is None) == (
        None,
        False,
    )


def test_what_is_read_is_never_older_than_what_was_asked_for(database: Database) -> None:
    """Whoever asks late for a version that has passed gets what is in force."""
    cache = TermsCache()
    asked = at(cache, database).version
    builders.license(database)
    assert at(TermsCache(), database, asked).version > asked


def test_another_licensees_license_is_as_unknown_as_none(database: Database) -> None:
    builders.license(database)
    terms = at(TermsCache(), database)
    studio = firm(database).id
    found = terms.license(studio, "LIC-2026-001")
    assert found is not None
    assert found.reference == "LIC-2026-001"
    assert terms.license(studio + 1, "LIC-2026-001") is None
    assert terms.license(studio, "LIC-2026-002") is None


def test_a_kind_is_judged_once_for_each_interval(database: Database) -> None:
    builders.license(database)
    builders.offer(
        database, ["kaze-no-machi"], state="suspended", reason="asked for", effective_at=NOON
    )
    terms = at(TermsCache(), database)
    studio = firm(database).id
    before = [
        terms.judge(studio, generation(n, occurred_at=NOON - timedelta(hours=n)))
        for n in range(1, 5)
    ]
    after = [
        terms.judge(studio, generation(n, occurred_at=NOON + timedelta(hours=n))) for n in range(5)
    ]
    assert {id(each) for each in before} == {id(before[0])}
    assert {id(each) for each in after} == {id(after[0])}
    assert (before[0].reasons, after[0].reasons) == ((), (Reason.SUBJECT_SUSPENDED,))


def test_what_a_kind_is_judged_by_tells_kinds_apart(database: Database) -> None:
    builders.license(database)
    terms = at(TermsCache(), database)
    studio = firm(database).id
    known, unknown = generation(1), generation(None)
    assert terms.judge(studio, known) is terms.judge(studio, generation(2, model="m"))
    assert terms.judge(studio, unknown) is not terms.judge(studio, known)
    assert terms.judge(studio + 1, known) is not terms.judge(studio, known)


def test_a_subject_is_looked_for_once(database: Database) -> None:
    builders.license(database)
    builders.work(database, "yoru-no-umi", offered_at=None)
    terms = at(TermsCache(), database)
    named = {"kaze-no-machi", "yoru-no-umi", "nowhere"}
    assert not terms.knows(named)
    with statements(database) as sent, database.transaction() as session:
        terms.learn_subjects(session, 1, named)
        terms.learn_subjects(session, 1, named)
    assert len(sent) == 1
    assert terms.knows(named)
    reasons = [
        terms.judge(firm(database).id, generation(subjects=[reference])).reasons
        for reference in ("yoru-no-umi", "nowhere")
    ]
    assert reasons == [(Reason.SUBJECT_NOT_OFFERED,), (Reason.SUBJECT_UNKNOWN,)]


def test_memory_is_started_afresh_when_it_is_full(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who names a new work with each event cannot fill it for ever."""
    monkeypatch.setattr(terms_cache, "KINDS_MAX", 3)
    cache = TermsCache()
    first = at(cache, database)
    for number in range(4):
        first.judge(1, generation(territory=f"A{'ABCD'[number]}"))
    assert first.is_full
    second = at(cache, database)
    assert second is not first
    assert second.version == first.version
    assert not second.is_full


def test_absent_subjects_fill_the_memory_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms_cache, "KINDS_MAX", 3)
    terms = at(TermsCache(), database)
    with database.transaction() as session:
        terms.learn_subjects(session, 1, {"a", "b", "c", "d"})
    assert terms.is_full
