"""
A quarter that was closed, and what was told about it afterwards (DOMAIN E5).

Images at ¥12, video at ¥90 a second. July to September are closed and billed; then 340 images of
August come late, and 125 seconds of September's video were never made. October's invoice takes
both in, each on a line that names its original.
"""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.explanation_facts import Reader
from ledger.core.invoice import Invoice, InvoiceLine
from ledger.core.period import Month
from ledger.core.snapshot import from_json
from ledger.core.usage import Modality, ReportedGeneration
from ledger.services import auditing, billing, explaining, granting
from ledger.store.database import Database
from tests import builders
from tests.services.billed import bill, close, issued, operator
from tests.services.firms import Firm, firm
from tests.services.test_correcting import correct, instead
from tests.services.usage import generation

pytestmark = pytest.mark.usefixtures("worked_out_again")

JULY, AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (7, 8, 9, 10))


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm with images and video, and a house that bills it."""
    operator(database)
    lines = (
        builders.new_rate_line(),
        builders.new_rate_line(basis="per_second", rate=Decimal(90)),
    )
    grant = builders.new_grant(
        modalities=("image", "video"), terms=builders.new_terms(rate_lines=lines)
    )
    builders.license(database, grants=(grant,))
    return firm(database)


def use(studio: Firm, month: Month, images: int, seconds: int = 0) -> None:
    """Report a month's images in one event, and its video in another."""
    studio.report(generation(images, on=month.first_day), at=month.ends_at)
    if seconds:
        studio.report(video(month, seconds), at=month.ends_at)


def video(month: Month, seconds: int) -> ReportedGeneration:
    return generation(
        seconds, on=month.first_day, modality=Modality.VIDEO, event_id=f"video-{month}"
    )


def invoice(database: Database, reference: str) -> Invoice:
    return from_json(Invoice, issued(database, reference).snapshot)


def close_and_bill(database: Database, month: Month) -> list[str]:
    close(database, month)
    return bill(database, month)


def is_sound(database: Database) -> bool:
    return not any(auditing.audit(database).values())


def test_what_is_told_after_a_closing_is_adjusted_on_the_next_invoice(studio: Firm) -> None:
    database = studio.database
    use(studio, JULY, 20_000)
    use(studio, AUGUST, 25_500)
    use(studio, SEPTEMBER, 18_250, seconds=1_000)
    closed = [close_and_bill(database, month) for month in (JULY, AUGUST, SEPTEMBER)]
    numbers = [number for (number,) in closed]
    before = [invoice(database, number) for number in numbers]
    images = sum(each.lines[0].amount_minor for each in before)
    assert images == 765_000

    (late,) = studio.report(generation(340, on=date(2026, 8, 31)), at=OCTOBER.starts_at)
    assert late.counted_month == OCTOBER.first_day
    correct(studio, instead(video(SEPTEMBER, 875)), recorded_at=OCTOBER.starts_at)
    use(studio, OCTOBER, 25_000)

    (number,) = close_and_bill(database, OCTOBER)
    issued_now = invoice(database, number)
    assert [figures(line) for line in issued_now.lines] == [
        (300_000, Decimal(25_000), None),
        (4_080, Decimal(340), (AUGUST.first_day, numbers[1], 1)),
        (-11_250, Decimal(-125), (SEPTEMBER.first_day, numbers[2], 2)),
    ]
    assert (issued_now.subtotal_minor, issued_now.tax_minor) == (292_830, 29_283)
    assert issued_now.period_start == OCTOBER.first_day
    assert [invoice(database, each) for each in numbers] == before
    assert is_sound(database)


def test_a_month_that_only_gives_back_is_carried(studio: Firm) -> None:
    database = studio.database
    use(studio, SEPTEMBER, 100, seconds=1_000)
    close_and_bill(database, SEPTEMBER)
    correct(studio, instead(video(SEPTEMBER, 900)), recorded_at=OCTOBER.starts_at)
    use(studio, OCTOBER, 100)
    assert close_and_bill(database, OCTOBER) == []
    (carried,) = billing.carried(database, month=OCTOBER)
    assert carried.amount_minor == 1_200 - 9_000
    november = OCTOBER.next()
    use(studio, november, 1_000)
    (number,) = close_and_bill(database, november)
    assert [line.amount_minor for line in invoice(database, number).lines] == [
        1_200,
        -9_000,
        12_000,
    ]
    assert is_sound(database)


def figures(line: InvoiceLine) -> tuple[int, Decimal, tuple[date, str | None, int | None] | None]:
    adjusts = line.adjusts
    named = None if adjusts is None else (adjusts.month, adjusts.invoice, adjusts.number)
    return (line.amount_minor, line.quantity, named)


def test_e5_an_amendment_signed_after_the_close_charges_the_difference(studio: Firm) -> None:
    """¥13 from the quarter's first day: +63,750, and +340 for what came late with it."""
    database = studio.database
    for month, images in ((JULY, 20_000), (AUGUST, 25_500), (SEPTEMBER, 18_250)):
        use(studio, month, images, seconds=1_000 if month == SEPTEMBER else 0)
        close_and_bill(database, month)
    studio.report(generation(340, on=date(2026, 8, 31)), at=OCTOBER.starts_at)
    granting.add_terms_version(
        database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(
            effective_from=JULY.starts_at,
            clause_reference="覚書第1条",
            rate_lines=(
                builders.new_rate_line(rate=Decimal(13)),
                builders.new_rate_line(basis="per_second", rate=Decimal(90)),
            ),
        ),
        recorded_at=OCTOBER.starts_at,
    )
    correct(studio, instead(video(SEPTEMBER, 875)), recorded_at=OCTOBER.starts_at)
    studio.report(generation(300_000, on=OCTOBER.first_day), at=OCTOBER.ends_at)
    (number,) = close_and_bill(database, OCTOBER)
    lines = invoice(database, number).lines
    assert [
        (line.adjusts.month.month, line.adjusts.cause, line.quantity, line.rate, line.amount_minor)
        for line in lines
        if line.adjusts
    ] == [
        (7, "retro", Decimal(20_000), Decimal(1), 20_000),
        (8, "late", Decimal(340), Decimal(12), 4_080),
        (8, "retro", Decimal(25_500), Decimal(1), 25_500),
        (8, "late_retro", Decimal(340), Decimal(1), 340),
        (9, "retro", Decimal(18_250), Decimal(1), 18_250),
        (9, "late", Decimal(-125), Decimal(90), -11_250),
    ]
    causes: Counter[str] = Counter()
    for line in lines:
        causes[line.adjusts.cause if line.adjusts else "use"] += line.amount_minor
    assert causes == {"use": 3_900_000, "retro": 63_750, "late": 4_080 - 11_250, "late_retro": 340}
    assert sum(causes.values()) - 3_900_000 == 56_920
    assert all(line.adjusts.invoice for line in lines if line.adjusts)
    assert is_sound(database)
    # Each can be led back to the line it adjusts, whichever rate line priced that.
    august = {
        line.adjusts.cause: explaining.explain(
            database, reference=f"LINE-2026-10-{line.number}", reader=Reader()
        )
        for line in lines
        if line.adjusts and line.adjusts.month == AUGUST.first_day
    }
    assert august.keys() == {"late", "retro", "late_retro"}
    for told in august.values():
        assert [step.reference for step in told.all("adjusts")] == ["LINE-2026-08-1"]
        assert not told.all("adjusted_by")


def test_e5_the_invoice_after_an_amendment_to_the_yen(studio: Firm) -> None:
    """Adjustments of 56,920 and 300,000 of the month itself: 392,612 with the tax."""
    database = studio.database
    novel = builders.new_terms(rate_lines=(builders.new_rate_line(rate=1),))
    builders.license(database, "LIC-B", grants=(builders.new_grant(subjects=("b",), terms=novel),))
    for month, images in ((JULY, 20_000), (AUGUST, 25_500), (SEPTEMBER, 18_250)):
        use(studio, month, images, seconds=1_000 if month == SEPTEMBER else 0)
    numbers = [
        number for month in (JULY, AUGUST, SEPTEMBER) for number in close_and_bill(database, month)
    ]
    closed = [issued(database, number).snapshot for number in numbers]

    studio.report(generation(340, on=date(2026, 8, 31)), at=OCTOBER.starts_at)
    correct(studio, instead(video(SEPTEMBER, 875)), recorded_at=OCTOBER.starts_at)
    granting.add_terms_version(
        database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(
            effective_from=JULY.starts_at,
            rate_lines=(
                builders.new_rate_line(rate=13),
                builders.new_rate_line(basis="per_second", rate=90),
            ),
        ),
        recorded_at=OCTOBER.starts_at,
    )
    own = generation(300_000, on=OCTOBER.first_day, subjects=("b",), license_reference="LIC-B")
    studio.report(own, at=OCTOBER.ends_at)
    (number,) = close_and_bill(database, OCTOBER)
    october = invoice(database, number)
    by_cause: Counter[str] = Counter()
    for line in october.lines:
        by_cause[line.adjusts.cause if line.adjusts else "use"] += line.amount_minor
    assert by_cause == {
        "retro": 63_750,
        "late": 4_080 - 11_250,
        "late_retro": 340,
        "use": 300_000,
    }
    assert (october.subtotal_minor, october.tax_minor, october.total_minor) == (
        356_920,
        35_692,
        392_612,
    )
    assert [issued(database, each).snapshot for each in numbers] == closed
    assert is_sound(database)
    # One of August's is worth what the amendment says, and names what it was judged under.
    told = explaining.explain(database, reference="GEN-studio-a-2-0", reader=Reader())
    (part,) = told.all("part")
    assert [each.text("rate") for each in part.all("worth_exact")] == ["13"]
    assert [each.text("rate") for each in part.all("terms_replaced")] == ["12"]
    assert [each.reference for each in part.all("in_line")] == ["LINE-2026-08-1"]
    # What came late is counted in October, and in no line of August's own.
    late = explaining.explain(database, reference="GEN-studio-a-5-0", reader=Reader())
    (counted,) = late.all("in_line")
    assert (counted.text("quantity"), (counted.reference or "")[:12]) == ("340", "LINE-2026-10")
