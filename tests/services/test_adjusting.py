"""What is told after a month was closed becomes a line of the next one, and closed months stay."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import psycopg
import pytest

from ledger.core.agreement import NewTier
from ledger.core.closing import RoyaltyLine
from ledger.core.period import Month
from ledger.core.usage import Modality
from ledger.services import auditing, closing
from ledger.services.closing import Closed
from ledger.store.database import Database
from ledger.store.recounting import TotalsDisagree
from tests import builders
from tests.services.falsified import falsify
from tests.services.firms import Firm, firm
from tests.services.test_correcting import correct, instead, void
from tests.services.usage import generation

JULY, AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (7, 8, 9, 10))


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images at ¥12 and video at ¥90 a second."""
    grant = builders.new_grant(
        modalities=("image", "video"),
        terms=builders.new_terms(
            rate_lines=(
                builders.new_rate_line(),
                builders.new_rate_line(basis="per_second", rate=Decimal(90)),
            )
        ),
    )
    builders.license(database, grants=(grant,))
    return firm(database)


def close(studio: Firm, *months: Month) -> Closed:
    for month in months:
        closed = closing.close_month(
            studio.database, month=month, closed_by="keiri", closed_at=month.ends_at
        )
    return closed


def told(lines: tuple[RoyaltyLine, ...]) -> list[tuple[str, Decimal, int]]:
    return [(f"{line.month:%Y-%m}", line.quantity, line.amount_minor) for line in lines]


def is_sound(studio: Firm) -> bool:
    return not any(auditing.audit(studio.database).values())


def test_what_came_late_is_charged_by_the_next_closing(studio: Firm) -> None:
    studio.report(generation(20, on=date(2026, 9, 1)))
    first = close(studio, SEPTEMBER)
    late, _ = studio.report(
        generation(3, on=date(2026, 9, 30)), generation(1, on=date(2026, 10, 1))
    )
    assert late.counted_month == OCTOBER.first_day
    preview = closing.preview(studio.database, month=OCTOBER)
    closed = close(studio, OCTOBER)
    assert told(closed.lines) == [("2026-10", Decimal(1), 12), ("2026-09", Decimal(3), 36)]
    assert closed.lines == preview
    adjustment = closed.lines[1]
    assert adjustment.closing_month == OCTOBER.first_day
    assert [(step.code, step.exact) for step in adjustment.charge.steps] == [
        ("unit", Fraction(276)),
        ("charged_before", Fraction(-240)),
    ]
    assert first.generation_count == 1
    assert closed.generation_count == 1  # Of its own month.
    assert is_sound(studio)


def test_what_was_taken_out_is_given_back_by_the_next_closing(studio: Firm) -> None:
    event = generation(20, on=date(2026, 9, 1))
    studio.report(event)
    close(studio, SEPTEMBER)
    correct(studio, void(event))
    closed = close(studio, OCTOBER)
    assert told(closed.lines) == [("2026-09", Decimal(-20), -240)]
    assert closed.lines[0].generation_count == -1
    assert is_sound(studio)


def test_several_closings_adjust_one_after_another(studio: Firm) -> None:
    """Each takes off what all before it charged."""
    event = generation(20, on=date(2026, 8, 1))
    studio.report(event)
    close(studio, AUGUST)
    studio.report(generation(5, on=date(2026, 8, 2)))
    assert told(close(studio, SEPTEMBER).lines) == [("2026-08", Decimal(5), 60)]
    correct(studio, instead(event._replace(quantity=Decimal(1))))
    studio.report(generation(7, on=date(2026, 9, 3)))
    closed = close(studio, OCTOBER)
    assert told(closed.lines) == [("2026-08", Decimal(-19), -228), ("2026-09", Decimal(7), 84)]
    assert is_sound(studio)


def test_what_cancels_out_before_it_is_counted_makes_no_line(studio: Firm) -> None:
    event = generation(20, on=date(2026, 9, 1))
    studio.report(event)
    close(studio, SEPTEMBER)
    late = generation(3, on=date(2026, 9, 30))
    studio.report(late)
    correct(studio, void(late))
    correct(studio, instead(event._replace(model="another")))
    assert close(studio, OCTOBER).lines == ()
    assert is_sound(studio)


def test_a_month_is_rounded_as_a_whole_again(database: Database) -> None:
    """417, 958 and 1,203 characters at ¥35 per 1,000 are 90 together, whenever they came."""
    line = builders.new_rate_line(basis="per_1k_chars", rate=Decimal(35))
    grant = builders.new_grant(modalities=("audio",), terms=builders.new_terms(rate_lines=(line,)))
    builders.license(database, grants=(grant,))
    studio = firm(database)

    def say(count: int) -> None:
        event = generation(count, on=date(2026, 9, 1), modality=Modality.AUDIO)
        studio.report(event)

    say(417)
    amounts = [close(studio, SEPTEMBER).lines[0].amount_minor]
    for count, month in ((958, OCTOBER), (1_203, OCTOBER.next())):
        say(count)
        amounts.append(close(studio, month).lines[0].amount_minor)
    assert (amounts, sum(amounts)) == ([14, 34, 42], 90)
    assert is_sound(studio)


def test_tiers_are_run_again(database: Database) -> None:
    """What came late for August moves the counter of September, and its price."""
    tiers = (
        NewTier(up_to=Decimal(100), rate=Decimal(12)),
        NewTier(up_to=None, rate=Decimal(10)),
    )
    line = builders.new_rate_line(tier_mode="marginal", tiers=tiers, counter_scope="contract_year")
    terms = builders.new_terms(rate_lines=(line,))
    builders.license(database, grants=(builders.new_grant(terms=terms),))
    studio = firm(database)
    studio.report(generation(90, on=date(2026, 8, 1)), generation(20, on=date(2026, 9, 1)))
    close(studio, AUGUST, SEPTEMBER)  # 90 × 12; 10 × 12 + 10 × 10
    studio.report(generation(5, on=date(2026, 8, 2)))
    closed = close(studio, OCTOBER)
    # Five more at 12 in August, so that in September five fewer are left at 12.
    assert told(closed.lines) == [("2026-08", Decimal(5), 60), ("2026-09", Decimal(0), -10)]
    assert is_sound(studio)


def test_late_usage_that_was_changed_behind_our_back_keeps_the_month_open(
    studio: Firm, owner: psycopg.Connection
) -> None:
    studio.report(generation(20, on=date(2026, 9, 1)))
    close(studio, SEPTEMBER)
    studio.report(generation(3, on=date(2026, 9, 30)))
    falsify(owner, "UPDATE batch_total SET quantity = quantity + 1 WHERE batch_number = 2")
    with pytest.raises(TotalsDisagree):
        close(studio, OCTOBER)
