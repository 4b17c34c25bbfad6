"""Licenses are read whole, in a few queries, as the core judges and charges by them."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from time import monotonic

import pytest

from ledger.core.acceptance import OptInState, Subject
from ledger.core.period import Month
from ledger.core.terms import Basis
from ledger.services import BOOK_ID, cataloguing, granting
from ledger.store import licenses
from ledger.store.database import Database
from ledger.store.licenses import Snapshot
from tests import builders
from tests.builders import (
    RECORDED_AT,
    STARTS_AT,
    new_grant,
    new_rate_line,
    new_terms,
    new_work,
)
from tests.rows import counted_statements

IN_MAY = Month(2026, 5).starts_at


def snapshot(database: Database) -> Snapshot:
    with database.transaction() as session:
        return licenses.load_snapshot(session, book_id=BOOK_ID)


def find(database: Database, *references: str) -> Mapping[str, Subject]:
    with database.transaction() as session:
        return licenses.find_subjects(session, book_id=BOOK_ID, references=references).subjects


def test_an_empty_book_has_an_empty_snapshot(database: Database) -> None:
    assert snapshot(database) == Snapshot(
        version=0, licenses={}, subjects={}, terms={}, rate_lines={}, has_offers=False
    )


def test_a_snapshot_takes_seven_queries_whatever_it_holds(database: Database) -> None:
    builders.license(database, grants=(new_grant(), new_grant(modalities=("video",))))
    builders.license(database, "LIC-2026-002", licensee="studio-b")
    with counted_statements(database) as statements:
        known = snapshot(database)
    assert len(statements) == 7
    assert sorted(known.licenses) == ["LIC-2026-001", "LIC-2026-002"]


def test_a_snapshot_says_which_version_of_the_terms_it_is(database: Database) -> None:
    builders.license(database)
    with database.transaction() as session:
        clock = licenses.terms_clock(session, book_id=BOOK_ID)
    assert snapshot(database).version == clock > 0


def test_only_subjects_that_are_granted_or_were_offered_are_held(database: Database) -> None:
    builders.work(database, "offered")
    builders.work(database, "withdrawn", offered_at=None)
    builders.offer(database, ["withdrawn"], state="not_offered", reason="never was")
    builders.work(database, "granted", offered_at=None)
    builders.work(database, "neither", offered_at=None)
    builders.license(database, grants=(new_grant(subjects=("granted",)),))
    assert sorted(snapshot(database).subjects) == ["granted", "offered", "withdrawn"]


def test_the_other_subjects_are_found_in_one_query(database: Database) -> None:
    builders.work(database, "offered")
    builders.offer(
        database, ["offered"], state="suspended", effective_at=IN_MAY, reason="on request"
    )
    builders.work(database, "neither", offered_at=None)
    with counted_statements(database) as statements:
        found = find(database, "neither", "offered", "nothing")
    assert len(statements) == 1
    assert sorted(found) == ["neither", "offered"]
    assert found["neither"].opt_in == ()
    assert found["offered"].opt_in == (
        (STARTS_AT, OptInState.OFFERED),
        (IN_MAY, OptInState.SUSPENDED),
    )


def test_terms_and_rate_lines_are_found_by_their_keys(database: Database) -> None:
    second = new_rate_line(basis="pct_revenue", rate="18")
    grant = new_grant(
        subjects=("yoru", "kaze-no-machi"), terms=new_terms(rate_lines=(new_rate_line(), second))
    )
    builders.license(database, grants=(grant,))
    builders.license(database, "LIC-2026-002")
    known = snapshot(database)
    [(version_id, of_snapshot)] = [
        (key, terms)
        for key, terms in known.terms.items()
        if terms.license_reference == "LIC-2026-001"
    ]
    with database.transaction() as session:
        [terms] = licenses.terms_versions(session, ids=[version_id]).values()
        lines = licenses.rate_lines(session, ids=[line.id for line in terms.terms.rate_lines])
    assert terms == of_snapshot
    assert (terms.licensee_reference, terms.license_starts_at) == ("studio-a", STARTS_AT)
    assert [lines[line.id].rate for line in terms.terms.rate_lines] == [12, 18]
    assert [line.basis for line in lines.values()] == [Basis.PER_IMAGE, Basis.PCT_REVENUE]
    assert {key: known.rate_lines[key] for key in lines} == lines


def test_a_rate_comes_back_to_the_last_digit(database: Database) -> None:
    rates = ["0.0000123", "1E+2", "12.50", "0.1"]
    lines = tuple(new_rate_line(rate=rate) for rate in rates)
    builders.license(database, grants=(new_grant(terms=new_terms(rate_lines=lines)),))
    found = [line.rate for line in snapshot(database).rate_lines.values()]
    assert found == [Decimal(rate) for rate in rates]


def test_licenses_of_one_reference_per_book_keep_their_own_licensee(database: Database) -> None:
    builders.license(database)
    builders.license(database, "LIC-2026-002", licensee="studio-b")
    known = snapshot(database)
    by_reference = {terms.license_reference: terms for terms in known.terms.values()}
    for reference, license_ in known.licenses.items():
        assert by_reference[reference].licensee_id == license_.licensee_id
        assert by_reference[reference].license_id == license_.id


@pytest.mark.slow
def test_sixty_thousand_offered_subjects_are_read_in_a_moment(database: Database) -> None:
    builders.party(database)
    builders.licensee(database)
    many = [replace(new_work(), reference=f"w{number}") for number in range(60_000)]
    cataloguing.add_subjects(database, subjects=many, recorded_at=RECORDED_AT)
    references = [work.reference for work in many]
    builders.offer(database, references)
    granting.grant_license(
        database,
        license=builders.new_license(grants=(new_grant(subjects=tuple(references)),)),
        recorded_at=RECORDED_AT,
    )
    started = monotonic()
    known = snapshot(database)
    assert monotonic() - started < 8  # Half a second on two cores; a query each takes a minute.
    assert len(known.subjects) == 60_000
