"""Licenses and terms are written whole and dated; nothing closed is reached back into."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.core.agreement import NewLicense, NewTerms, NewTier
from ledger.core.period import Month
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.terms import Allocation, Basis, Stacking, TierMode
from ledger.core.usage import UseClass
from ledger.services import BOOK_ID, cataloguing, closing, granting
from ledger.store.database import Database
from ledger.store.licenses import Snapshot, load_snapshot
from tests import builders
from tests.builders import (
    RECORDED_AT,
    STARTS_AT,
    new_grant,
    new_license,
    new_rate_line,
    new_terms,
)
from tests.refusals import refusal
from tests.rows import counted_statements, row_counts, rows

IN_MAY = Month(2026, 5).starts_at
IN_JUNE = Month(2026, 6).starts_at


def snapshot(database: Database) -> Snapshot:
    with database.transaction() as session:
        return load_snapshot(session, book_id=BOOK_ID)


# Licenses.


def test_a_license_is_written_with_its_grants_subjects_and_terms(database: Database) -> None:
    tiers = (
        NewTier(up_to="100000", rate="12"),
        NewTier(up_to=None, rate="0.0000123"),
    )
    line = new_rate_line(tier_mode="whole_volume", tiers=tiers, counter_scope="life")
    video = new_rate_line(basis="per_second", rate=90, modality="video")
    builders.license(
        database,
        grants=(
            new_grant(
                subjects=("yoru", "kaze-no-machi"), terms=new_terms(rate_lines=(line, video))
            ),
            new_grant(use_classes=("training", "fine_tuning"), ends_at=IN_JUNE),
        ),
    )
    known = snapshot(database)
    license_ = known.licenses["LIC-2026-001"]
    first, second = license_.grants
    assert (first.ends_at, second.ends_at) == (None, IN_JUNE)
    assert second.use_classes == {UseClass.TRAINING, UseClass.FINE_TUNING}
    [version] = first.versions
    assert [line.basis for line in version.rate_lines] == [Basis.PER_IMAGE, Basis.PER_SECOND]
    assert version.rate_lines[0].tier_mode is TierMode.WHOLE_VOLUME
    assert version.rate_lines[0].tiers[1].rate == Decimal("0.0000123")
    named = {subject.id: reference for reference, subject in known.subjects.items()}
    in_order = [named[key] for key in known.terms[version.id].subject_ids]
    assert in_order == ["yoru", "kaze-no-machi"]  # As the contract lists them.


def test_packages_are_written_as_they_were_agreed(database: Database) -> None:
    tiers = (NewTier(up_to=1_000, rate=10_000), NewTier(up_to=None, rate=40_000))
    line = new_rate_line(tier_mode="package", tiers=tiers, counter_scope="contract_year")
    builders.license(database, grants=(new_grant(terms=new_terms(rate_lines=(line,))),))
    (grant,) = snapshot(database).licenses["LIC-2026-001"].grants
    (written,) = grant.versions[0].rate_lines
    assert written.tier_mode is TierMode.PACKAGE
    assert [tier.rate for tier in written.tiers] == [10_000, 40_000]


def test_event_terms_are_written_as_they_were_agreed(database: Database) -> None:
    cast = NewStackingGroup(group="cast", cap_minor="1500.5", allocation="declared")
    line = new_rate_line(cap_minor=90_000, event_floor_minor="0.25", stacking_group="cast")
    terms = new_terms(rate_lines=(line,), stacking_groups=(cast,))
    builders.license(database, grants=(new_grant(terms=terms),))
    (grant,) = snapshot(database).licenses["LIC-2026-001"].grants
    (written,) = grant.versions[0].rate_lines
    assert (written.cap_minor, written.event_floor_minor) == (90_000, Decimal("0.25"))
    assert written.stacking == Stacking(
        group="cast", cap_minor=Decimal("1500.5"), allocation=Allocation.DECLARED
    )


def test_new_terms_agree_with_the_other_grants_about_a_stacking_group(database: Database) -> None:
    cast = NewStackingGroup(group="cast", cap_minor=1_500, allocation="equal")
    line = new_rate_line(stacking_group="cast")
    terms = new_terms(rate_lines=(line,), stacking_groups=(cast,), clause_reference="5")
    grants = (new_grant(terms=terms), new_grant(subjects=("yoru",), terms=terms))
    builders.license(database, grants=grants)
    lower = replace(
        terms,
        effective_from=IN_MAY,
        stacking_groups=(replace(cast, cap_minor=1_200),),
        clause_reference="5-2",
    )

    def change(grant: int, new: NewTerms) -> None:
        granting.add_terms_version(
            database,
            license_reference="LIC-2026-001",
            grant=grant,
            terms=new,
            recorded_at=RECORDED_AT,
        )

    with refusal("stacking_group_contradicts", "stacking_group"):
        change(0, lower)
    renamed = replace(
        lower,
        rate_lines=(replace(line, stacking_group="cast-2"),),
        stacking_groups=(replace(cast, group="cast-2", cap_minor=1_200),),
    )
    change(0, renamed)  # A group of another name may have another cap.
    change(1, renamed)


def test_all_that_is_written_belongs_to_the_licensee(database: Database) -> None:
    builders.licensee(database, "studio-b")
    builders.license(database, licensee="studio-a")
    builders.license(database, "LIC-2026-002", licensee="studio-b")
    for table in ("license_grant", "grant_subject", "terms_version", "rate_line"):
        owners = rows(
            database,
            f"SELECT p.reference FROM {table} t JOIN party p ON p.party_id = t.licensee_id"
            " ORDER BY 1",
        )
        assert owners == [("studio-a",), ("studio-b",)], table
    known = snapshot(database).licenses
    assert known["LIC-2026-001"].licensee_id != known["LIC-2026-002"].licensee_id


def test_a_license_that_cannot_stand_leaves_nothing(database: Database) -> None:
    builders.license(database)
    builders.close_through(database, Month(2026, 4))
    before = row_counts(database)
    in_may = new_grant(terms=new_terms(effective_from=IN_MAY))
    free = new_license("LIC-2026-002", grants=(in_may,))
    cases: list[tuple[NewLicense, str, str]] = [
        (new_license(), "reference_taken", "reference"),
        (replace(free, licensee="nobody"), "party_unknown", "licensee"),
        (replace(free, licensee="hoshino"), "party_not_a_licensee", "licensee"),
        (
            replace(free, grants=(in_may, replace(in_may, subjects=("kaze-no-machi", "nothing")))),
            "subject_unknown",
            "grants.1.subjects",
        ),
        (
            # What is set off and what is paid would be different money.
            replace(free, grants=(in_may, new_grant(terms=new_terms(currency="USD")))),
            "license_currency_differs",
            "grants.1.terms.currency",
        ),
        (
            # A fixed fee for April would never be charged, and April would not add up again.
            replace(free, grants=(in_may, new_grant())),
            "effective_in_closed_month",
            "grants.1.terms.effective_from",
        ),
    ]
    for license_, code, field in cases:
        with refusal(code, field):
            granting.grant_license(database, license=license_, recorded_at=RECORDED_AT)
    assert row_counts(database) == before


def test_a_license_takes_few_statements_however_many_subjects(database: Database) -> None:
    many = [builders.new_work(f"w{number}") for number in range(500)]
    builders.party(database)
    builders.licensee(database)
    cataloguing.add_subjects(database, subjects=many, recorded_at=RECORDED_AT)
    grant = new_grant(subjects=tuple(work.reference for work in many))
    with counted_statements(database) as statements:
        granting.grant_license(
            database, license=new_license(grants=(grant, grant)), recorded_at=RECORDED_AT
        )
    assert len(statements) < 12
    assert rows(database, "SELECT count(*) FROM grant_subject") == [(1_000,)]


# New versions of the terms.


def add_terms(database: Database, **changes: Any) -> int:
    place: dict[str, Any] = {
        name: changes.pop(name) for name in ("license_reference", "grant") if name in changes
    }
    terms = new_terms(
        **{"effective_from": IN_MAY, "rate_lines": (new_rate_line(rate=13),), **changes}
    )
    return granting.add_terms_version(
        database,
        **{
            "license_reference": "LIC-2026-001",
            "terms": terms,
            "recorded_at": RECORDED_AT,
            **place,
        },
    )


def test_new_terms_take_over_from_their_own_instant_on(database: Database) -> None:
    builders.license(database)
    assert add_terms(database) == 2
    assert add_terms(database, effective_from=IN_JUNE) == 3
    [grant] = snapshot(database).licenses["LIC-2026-001"].grants
    rates = {
        at: version.rate_lines[0].rate
        for at in (STARTS_AT, IN_MAY - timedelta(microseconds=1), IN_MAY)
        if (version := grant.version_at(at))
    }
    assert list(rates.values()) == [12, 12, 13]
    assert [version.version for version in grant.versions] == [1, 2, 3]


def test_new_terms_are_for_the_named_grant_alone(database: Database) -> None:
    builders.license(database, grants=(new_grant(), new_grant(modalities=("video",))))
    add_terms(database, grant=1)
    first, second = snapshot(database).licenses["LIC-2026-001"].grants
    assert (len(first.versions), len(second.versions)) == (1, 2)


def test_terms_that_cannot_take_over_leave_nothing(database: Database) -> None:
    builders.license(database)
    add_terms(database)
    builders.close_through(database, Month(2026, 5))
    before = row_counts(database)
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"license_reference": "LIC-0"}, "grant_unknown", "license"),
        ({"grant": 1}, "grant_unknown", "license"),
        ({"effective_from": IN_MAY}, "version_not_later", "terms.effective_from"),
        (
            {"effective_from": IN_JUNE - timedelta(microseconds=1)},  # The last instant of May.
            "retroactive_terms_mid_month",
            "terms.effective_from",
        ),
        ({"effective_from": IN_JUNE, "rate_lines": ()}, "list_empty", "terms.rate_lines"),
    ]
    for changes, code, field in cases:
        with refusal(code, field):
            add_terms(database, **changes)
    assert row_counts(database) == before
    assert add_terms(database, effective_from=IN_JUNE) == 3


def test_terms_for_closed_months_are_counted_in_the_first_open_one(database: Database) -> None:
    builders.license(database)
    builders.close_through(database, Month(2026, 6))
    two = (new_rate_line(rate=13), new_rate_line(basis="per_second", rate=90))
    for lines in (two, (new_rate_line(basis="per_clip", rate=13),)):
        with refusal("retroactive_terms_differ", "terms.rate_lines"):
            add_terms(database, rate_lines=lines)
    assert add_terms(database, effective_from=IN_MAY) == 2
    assert add_terms(database, effective_from=IN_JUNE) == 3
    assert add_terms(database, effective_from=Month(2026, 7).starts_at) == 4
    [grant] = snapshot(database).licenses["LIC-2026-001"].grants
    july = Month(2026, 7).first_day
    assert [version.counted_month for version in grant.versions] == [None, july, july, None]


def test_terms_for_closed_months_do_not_ask_for_an_influence_that_nobody_declared(
    database: Database,
) -> None:
    """Such events were not held for want of it, and could not be divided by the closing."""

    def terms(group: str, allocation: str) -> dict[str, Any]:
        cap = NewStackingGroup(group=group, cap_minor=900, allocation=allocation)
        return {"rate_lines": (new_rate_line(stacking_group=group),), "stacking_groups": (cap,)}

    agreed = builders.new_terms(**terms("cast", "equal"))
    builders.license(database, grants=(new_grant(terms=agreed),))
    builders.close_through(database, Month(2026, 6))
    with refusal("retroactive_terms_differ", "terms.rate_lines"):
        add_terms(database, **terms("by-influence", "declared"))
    assert add_terms(database, **terms("by-weight", "weight")) == 2


def test_terms_do_not_reach_back_before_the_first_month_of_the_book(database: Database) -> None:
    """It was never charged, so there is nothing that could be adjusted."""
    builders.license(database, starts_at=STARTS_AT)
    close_only(database, Month(2026, 6))
    with refusal("effective_in_closed_month", "terms.effective_from"):
        add_terms(database, effective_from=IN_MAY)


def close_only(database: Database, month: Month) -> None:
    closing.close_month(database, month=month, closed_by="keiri", closed_at=month.ends_at)


def test_each_change_moves_the_terms_clock(database: Database) -> None:
    builders.work(database, offered_at=None)
    builders.licensee(database)
    changes: list[Callable[[], object]] = [
        lambda: builders.license(database),
        lambda: builders.offer(database, ["kaze-no-machi"]),
        lambda: add_terms(database),
        lambda: builders.work(database, "yoru", offered_at=None),
    ]
    for change in changes:
        before = snapshot(database).version
        change()
        assert snapshot(database).version > before


def test_an_instant_is_kept_to_the_microsecond(database: Database) -> None:
    at = datetime(2026, 5, 1, 12, 34, 56, 789_012, tzinfo=UTC)
    builders.license(database)
    add_terms(database, effective_from=at)
    [grant] = snapshot(database).licenses["LIC-2026-001"].grants
    assert grant.versions[-1].effective_from == at
