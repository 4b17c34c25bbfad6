"""A fixed monthly fee: owed whole for a month in force on any day, shared over its subjects."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ledger.core.counter import ClosingTerms
from tests.core.month import (
    FLAT_FEE,
    HERO,
    MASCOT,
    RIVAL,
    amounts,
    at,
    november,
    terms,
    used,
    version,
)


@pytest.mark.parametrize(
    ("book", "is_owed"),
    [
        (terms(version(FLAT_FEE)), True),
        (terms(version(FLAT_FEE), grant_starts_at=at(2026, 11, 30)), True),  # On one day.
        (terms(version(FLAT_FEE), grant_starts_at=at(2026, 12, 1)), False),
        (terms(version(FLAT_FEE), grant_ends_at=at(2026, 11, 1)), False),  # Its end is excluded.
        (terms(version(FLAT_FEE), grant_ends_at=at(2026, 11, 2)), True),
        (terms(version(FLAT_FEE), ends_at=at(2026, 11, 1)), False),  # The whole license ended.
        (terms(version(FLAT_FEE, effective_from=at(2026, 11, 20))), True),  # Priced from the 20th.
        (terms(version(FLAT_FEE, effective_from=at(2026, 12, 1))), False),
    ],
)
def test_a_fixed_fee_is_owed_whole_for_a_month_in_force_on_any_day(
    book: ClosingTerms, is_owed: bool
) -> None:
    assert amounts(november(book)) == ([100] if is_owed else [])


def test_a_fixed_fee_is_that_of_the_version_in_force_when_the_month_begins() -> None:
    dearer = replace(FLAT_FEE, id=29, rate=Decimal(150))
    change = version(dearer, number=2, effective_from=at(2026, 11, 2))
    assert amounts(november(terms(version(FLAT_FEE), change))) == [100]
    in_time = replace(change, effective_from=at(2026, 11, 1))
    assert amounts(november(terms(version(FLAT_FEE), in_time))) == [150]
    starts_later = terms(version(FLAT_FEE), change, grant_starts_at=at(2026, 11, 20))
    assert amounts(november(starts_later)) == [150]


def test_a_fixed_fee_is_shared_over_subjects_in_the_order_of_the_contract() -> None:
    lines = november(terms(version(FLAT_FEE), subjects=(MASCOT, HERO, RIVAL)))
    assert [(line.subject_id, line.amount_minor) for line in lines] == [
        (MASCOT, 34),  # The spare yen goes to the first listed.
        (HERO, 33),
        (RIVAL, 33),
    ]


def test_usage_under_a_fixed_fee_is_counted_and_costs_nothing_more() -> None:
    dearer = replace(FLAT_FEE, id=29, rate=Decimal(150))
    change = version(dearer, number=2, effective_from=at(2026, 11, 16))
    old, new = november(
        terms(version(FLAT_FEE), change),
        used(40, line=FLAT_FEE),
        used(60, line=dearer, version_id=2),
    )
    assert [old.amount_minor, old.quantity] == [100, 40]
    assert [new.amount_minor, new.quantity] == [0, 60]


def test_a_fee_of_less_than_its_subjects_makes_no_line_of_nothing() -> None:
    cheap = replace(FLAT_FEE, rate=Decimal(1))
    lines = november(terms(version(cheap), subjects=(HERO, RIVAL)))
    assert [(line.subject_id, line.amount_minor) for line in lines] == [(HERO, 1)]
