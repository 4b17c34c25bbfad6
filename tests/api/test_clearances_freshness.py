"""How soon a change of terms, of consent, or of a key counts in clearances: within a second."""

from datetime import timedelta
from decimal import Decimal

from api.demo.hosting import DemoClock
from ledger.services import granting
from tests import builders
from tests.api.clearances import ask, only, told
from tests.api.doors import NOW, Door, problem
from tests.rows import counted_statements

SECOND = timedelta(seconds=1)


def test_new_terms_are_told_within_a_second(door: Door, clock: DemoClock) -> None:
    """The terms are written at NOW, when the memory is as fresh as can be."""
    assert only(door)["terms_version"] == 1
    granting.add_terms_version(
        door.database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(
            effective_from=NOW, rate_lines=(builders.new_rate_line(rate=Decimal(15)),)
        ),
        recorded_at=NOW,
    )
    clock.move_to(NOW + SECOND)
    subject = only(door)
    assert (subject["terms_version"], subject["price_minor"]) == (2, "45")


def test_a_withdrawn_subject_is_refused_within_a_second(door: Door, clock: DemoClock) -> None:
    assert only(door)["status"] == "cleared"
    builders.offer(
        door.database,
        ["kaze-no-machi"],
        state="suspended",
        effective_at=NOW,
        reason="The author asked for it",
    )
    clock.move_to(NOW + SECOND)
    subject = only(door)
    assert (subject["reasons"], subject["opt_in"]) == (["subject_suspended"], "suspended")


def test_a_new_subject_is_found_within_a_second(door: Door, clock: DemoClock) -> None:
    assert only(door, subjects=["yoru"])["reasons"] == ["subject_unknown"]
    builders.work(door.database, "yoru")
    clock.move_to(NOW + SECOND)
    assert only(door, subjects=["yoru"])["reasons"] == ["subject_not_licensed"]


def test_terms_take_effect_at_their_instant_without_a_look_at_the_book(
    door: Door, clock: DemoClock
) -> None:
    granting.add_terms_version(
        door.database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(effective_from=NOW + timedelta(milliseconds=200)),
        recorded_at=NOW,
    )
    assert only(door)["terms_version"] == 1
    clock.move_to(NOW + timedelta(milliseconds=200))
    with counted_statements(door.database) as statements:
        assert only(door)["terms_version"] == 2
    assert statements == []


def test_a_revoked_key_is_refused_within_a_second(door: Door, clock: DemoClock) -> None:
    told(door)
    builders.revoke(door.database)
    clock.move_to(NOW + SECOND)
    problem(ask(door), 401, "key_revoked")
    problem(ask(door), 401, "key_revoked")  # Nor is it remembered.


def test_memory_answers_without_a_query(door: Door, clock: DemoClock) -> None:
    told(door)
    clock.move_to(NOW + timedelta(milliseconds=499))
    with counted_statements(door.database) as statements:
        told(door)
        told(door, use_class="training")
    assert statements == []


def test_a_subject_that_was_not_met_costs_one_query(door: Door) -> None:
    told(door)
    with counted_statements(door.database) as statements:
        told(door, subjects=["nobody"])
        told(door, subjects=["nobody"])
    assert len(statements) == 1
