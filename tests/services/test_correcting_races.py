"""Corrections that meet one another, or a closing, on their way into the book."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import psycopg
import pytest

from ledger.core.correction import CorrectionConflict
from ledger.core.period import Month
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm, wait_until_waiting
from tests.services.test_correcting import correct, instead, is_sound, void
from tests.services.test_reporting_months import closing_of
from tests.services.usage import generation

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi at ¥12."""
    builders.license(database)
    return firm(database)


def test_the_same_correction_from_many_sides_is_made_once(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    with ThreadPoolExecutor(6) as desk:
        made = [desk.submit(correct, studio.beside(), void(one)) for _ in range(6)]
        looked = [each.result()[0] for each in made]
    assert sum(not each.is_known for each in looked) == 1
    assert len({each.receipt for each in looked}) == 1
    assert studio.count("correction") == 1
    assert is_sound(studio)


def test_of_two_corrections_under_one_revision_one_is_made(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    corrections = [instead(one._replace(quantity=Decimal(number))) for number in range(4)]
    with ThreadPoolExecutor(4) as desk:
        asked = [desk.submit(correct, studio.beside(), each) for each in corrections]
        failed = [each.exception() for each in asked]
    assert sum(error is None for error in failed) == 1
    assert all(isinstance(error, CorrectionConflict) for error in failed if error)
    assert is_sound(studio)


def test_a_month_that_closes_under_a_correction_counts_it_in_the_next(
    studio: Firm, owner: psycopg.Connection
) -> None:
    one = generation(5, on=date(2026, 9, 15))
    studio.report(one)
    with ThreadPoolExecutor(1) as desk:
        with closing_of(owner, SEPTEMBER):
            correcting = desk.submit(correct, studio, void(one), recorded_at=NOW)
            wait_until_waiting(owner)
        made, _ = correcting.result()
    assert made.counted_month == OCTOBER.first_day


def test_a_closing_that_is_given_up_costs_a_correction_nothing(
    studio: Firm, owner: psycopg.Connection
) -> None:
    one = generation(5, on=date(2026, 9, 15))
    studio.report(one)
    with ThreadPoolExecutor(1) as desk:
        with closing_of(owner, SEPTEMBER, is_kept=False):
            correcting = desk.submit(correct, studio, void(one), recorded_at=NOW)
            wait_until_waiting(owner)
        made, _ = correcting.result()
    assert made.counted_month is None
    assert is_sound(studio)
