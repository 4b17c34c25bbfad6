"""Floors and caps of single events: from the contract through reports to the royalty of a month."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
import pytest

from ledger.core.closing import RoyaltyLine
from ledger.core.period import Month
from ledger.core.receipt import Status
from ledger.core.royalty import ChargeStep
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse
from ledger.services import auditing, closing, granting, previewing
from ledger.services.closing import Closed
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services.falsified import falsify
from tests.services.firms import NOW, Firm, firm
from tests.services.test_correcting import correct, instead, void
from tests.services.usage import generation

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
CAST = ("akari", "hinata", "kage")


def contract(
    database: Database,
    *rates: int,
    cap: int | str | None = None,
    allocation: str = "equal",
    line: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
    bases: Mapping[str, str] | None = None,
) -> Firm:
    """Video of three characters, each under a grant of its own, at a rate a second."""
    groups = (
        ()
        if cap is None
        else (NewStackingGroup(group="cast", cap_minor=cap, allocation=allocation),)
    )
    grants = tuple(
        builders.new_grant(
            subjects=(name,),
            modalities=("video",),
            terms=builders.new_terms(
                rate_lines=(
                    builders.new_rate_line(
                        basis=(bases or {}).get(name, "per_second"),
                        rate=rate,
                        stacking_group=None if cap is None else "cast",
                        **(line or {}),
                    ),
                ),
                stacking_groups=groups,
            ),
        )
        for name, rate in zip(CAST, rates, strict=True)
    )
    builders.license(database, grants=grants, **(changes or {}))
    return firm(database)


def video(
    seconds: int | str = 8,
    *,
    subjects: Sequence[str] = CAST,
    weights: Sequence[int | None] = (None, None, None),
    **changes: Any,
) -> ReportedGeneration:
    """One output with all of the cast, with the influence that is reported for each."""
    uses = tuple(SubjectUse(*pair) for pair in zip(subjects, weights, strict=False))
    event = generation(seconds, modality=Modality.VIDEO, **changes)
    return event._replace(subjects=uses)


def close(studio: Firm, month: Month = OCTOBER) -> Closed:
    return closing.close_month(
        studio.database, month=month, closed_by="keiri", closed_at=month.ends_at
    )


def exact(lines: Sequence[RoyaltyLine]) -> list[Fraction]:
    return [line.charge.exact for line in lines]


def charged(closed: Closed) -> tuple[ChargeStep, ...]:
    return closed.lines[0].charge.steps


def is_sound(studio: Firm) -> bool:
    return not any(auditing.audit(studio.database).values())


@pytest.mark.parametrize(
    ("rates", "cap", "allocation", "weights", "shares"),
    [
        # Eight seconds of three characters (DOMAIN E6).
        ((90, 90, 90), 1_500, "equal", (None,) * 3, ["500", "500", "500"]),
        (
            (90, 60, 45),
            1_200,
            "weight",
            (None,) * 3,
            ["553.846154", "369.230769", "276.923077"],
        ),
        ((90, 90, 90), 1_500, "declared", (5_000, 3_000, 2_000), ["750", "450", "300"]),
        ((90, 90, 90), "1500.000001", "equal", (None,) * 3, ["500.000001", "500", "500"]),
        ((90, 90, 90), 2_160, "equal", (None,) * 3, ["720", "720", "720"]),  # Just under it.
    ],
)
def test_subjects_of_one_output_share_its_cap(
    database: Database,
    rates: tuple[int, int, int],
    cap: int | str,
    allocation: str,
    weights: Sequence[int | None],
    shares: Sequence[str],
) -> None:
    studio = contract(database, *rates, cap=cap, allocation=allocation)
    studio.report(video(weights=weights))
    closed = close(studio)
    assert exact(closed.lines) == [Fraction(share) for share in shares]
    assert [line.amount_minor for line in closed.lines] == [int(Decimal(each)) for each in shares]
    assert is_sound(studio)


def test_a_cap_is_of_each_output_and_a_line_says_how_many_it_cut(database: Database) -> None:
    studio = contract(database, 90, 90, 90, cap=1_500)
    studio.report(video(8), video(8), video(2), video(8, subjects=CAST[:1]))
    closed = close(studio)
    assert [line.amount_minor for line in closed.lines] == [1_900, 1_180, 1_180]
    steps = [(step.code, str(step.quantity), int(step.exact)) for step in charged(closed)]
    assert steps == [("unit", "26", 2_340), ("stacking_cap", "2", -440)]
    assert rows(database, "SELECT quantity, generation_count FROM batch_event_total") == [
        (Decimal(8), 2),
        (Decimal(2), 1),
        (Decimal(8), 1),
    ]
    assert is_sound(studio)


def test_an_event_earns_its_floor_and_a_month_its_cap_at_most(database: Database) -> None:
    studio = contract(database, 90, 45, 10, line={"event_floor_minor": "100.5", "cap_minor": 300})
    studio.report(video(1), video(2))
    closed = close(studio)
    assert [line.amount_minor for line in closed.lines] == [280, 201, 201]
    told = [(step.code, str(step.quantity)) for step in charged(closed)]
    assert told == [("unit", "3"), ("event_floor", "1")]
    later = Month(2026, 11)
    studio.report(video(5, on=later.first_day), at=later.ends_at)
    assert [line.amount_minor for line in close(studio, later).lines] == [300, 225, 100]
    assert is_sound(studio)


def test_a_refund_stays_one_whatever_an_event_or_a_month_earns_at_least(
    database: Database,
) -> None:
    """A tenth of revenue, at least ¥20 an event and ¥100 a month: 20 for 0, and -50 for -500."""
    line = builders.new_rate_line(
        basis="pct_revenue", rate=10, event_floor_minor="20", minimum_minor=100
    )
    terms = builders.new_terms(rate_lines=(line,))
    builders.license(database, grants=(builders.new_grant(terms=terms),))
    studio = firm(database)

    def sold(revenue: int, month: Month) -> ReportedGeneration:
        return generation(on=month.first_day, net_revenue=Decimal(revenue), currency="JPY")

    september = [sold(0, SEPTEMBER), sold(3_000, SEPTEMBER), sold(-500, SEPTEMBER)]
    studio.report(*september, at=SEPTEMBER.ends_at)
    (of_september,) = close(studio, SEPTEMBER).lines
    assert of_september.amount_minor == 20 + 300 - 50
    # October gives back only. September's first sale is taken back with its floor, to the yen.
    studio.report(sold(-500, OCTOBER), at=OCTOBER.ends_at)
    correct(studio, void(september[0]), recorded_at=OCTOBER.ends_at)
    lines = close(studio, OCTOBER).lines
    assert sorted(line.amount_minor for line in lines) == [-50, -20]
    assert is_sound(studio)


def test_a_refund_is_neither_counted_nor_cut_by_a_stacking_cap(database: Database) -> None:
    """Two characters cost ¥720 each under a cap of 1,000, and the third shares revenue."""
    studio = contract(database, 90, 90, 10, cap=1_000, bases={"kage": "pct_revenue"})
    studio.report(video(net_revenue=Decimal(-300), currency="JPY"))
    assert [line.amount_minor for line in close(studio).lines] == [500, 500, -30]
    assert is_sound(studio)


def test_ordinary_reports_count_no_events(database: Database) -> None:
    builders.license(database)
    studio = firm(database)
    studio.report(generation(3), generation(4))
    assert rows(database, "SELECT count(*) FROM batch_event_total") == [(0,)]
    assert is_sound(studio)


def test_what_is_not_charged_for_takes_no_part_in_a_cap(database: Database) -> None:
    studio = contract(database, 90, 90, 90, cap=900)
    granting.set_opt_in(
        database,
        subject_references=["kage"],
        state="suspended",
        effective_at=OCTOBER.starts_at,
        recorded_by="kage-agency",
        recorded_at=OCTOBER.starts_at,
        reason="dispute",
    )
    (result,) = studio.report(video(8))
    assert result.status is Status.REFUSED
    assert [line.amount_minor for line in close(studio).lines] == [450, 450]
    assert is_sound(studio)


def test_an_influence_that_is_not_declared_holds(database: Database) -> None:
    studio = contract(database, 90, 90, 90, cap=900, allocation="declared")
    held, alone = studio.report(
        video(weights=(5_000, 5_000, None)), video(subjects=CAST[:1], weights=(None,))
    )
    assert (held.status, held.reasons) == (Status.HELD, ("weight_unknown",))
    assert alone.status is Status.ACCEPTED  # There is nobody to share with.
    assert is_sound(studio)


@pytest.mark.parametrize("sizes", [(4,), (1, 3), (1, 1, 1, 1)])
def test_the_batches_that_events_come_in_change_nothing(
    database: Database, sizes: Sequence[int]
) -> None:
    studio = contract(database, 90, 60, 45, cap="1200", allocation="weight")
    events = [video(8), video("8.0"), video("7.5"), video(1)]
    for size in sizes:
        studio.report(*(events.pop() for _ in range(size)))
    # Twice 8 s at E6's shares, 7.5 s at the same, 1 s in full.
    assert [line.amount_minor for line in close(studio).lines] == [1_751, 1_167, 875]
    assert is_sound(studio)


def test_corrections_and_late_reports_are_capped_like_the_rest(database: Database) -> None:
    studio = contract(database, 90, 90, 90, cap=1_500)
    first, second, third = (video(8, on=SEPTEMBER.first_day) for _ in range(3))
    studio.report(first, second, third)
    correct(studio, void(first))
    correct(studio, instead(second._replace(quantity=Decimal(2))))
    september = close(studio, SEPTEMBER)
    assert [line.amount_minor for line in september.lines] == [680, 680, 680]
    correct(studio, instead(third._replace(quantity=Decimal(9))))
    studio.report(video(10, on=SEPTEMBER.last_day))
    october = close(studio, OCTOBER)
    told = [(line.month, line.amount_minor) for line in october.lines]
    assert told == [(SEPTEMBER.first_day, 500)] * 3  # One more output, and none above the cap.
    assert is_sound(studio)


def test_quantities_that_are_swapped_are_events_that_differ(database: Database) -> None:
    """The sums of the month stay the same, and what the cap leaves of it does not."""
    studio = contract(database, 90, 90, 90, cap=1_500)
    one, other = video(4, on=SEPTEMBER.first_day), video(6, on=SEPTEMBER.first_day)
    studio.report(one, other)
    assert [line.amount_minor for line in close(studio, SEPTEMBER).lines] == [860] * 3
    correct(studio, instead(one._replace(quantity=Decimal(1))))
    correct(studio, instead(other._replace(quantity=Decimal(9))))
    october = close(studio, OCTOBER)
    assert [line.amount_minor for line in october.lines] == [-270] * 3
    assert is_sound(studio)


def test_a_preview_knows_the_limits_of_events(database: Database) -> None:
    studio = contract(database, 90, 90, 90, cap=1_500, line={"cap_minor": 1_200})
    studio.report(video(8), video(8))
    event = video(8, subjects=CAST[:2])
    preview = previewing.preview(
        studio.database,
        terms=studio.terms,
        licensee_id=studio.id,
        reported=[event],
        previewed_at=NOW,
    )
    before = closing.preview(database, month=OCTOBER)
    studio.report(event)
    after = closing.preview(database, month=OCTOBER)
    grown = [new.amount_minor - old.amount_minor for new, old in zip(after, before, strict=True)]
    assert grown == [200, 200, 0]  # 720 each, and the month's cap leaves 200 of it.
    assert [growth.amount_minor for growth in preview.growths] == grown[:2]
    assert [part.price for part in preview.generations[0].parts if part] == [720, 720]


def test_a_month_whose_events_were_tampered_with_stays_open(
    database: Database, owner: psycopg.Connection
) -> None:
    studio = contract(database, 90, 90, 90, cap=1_500)
    studio.report(video(8))
    falsify(owner, "UPDATE batch_event_total SET quantity = 9")
    with refusal("events_disagree", "month"):
        close(studio)
    broken = {name for name, found in auditing.audit(database).items() if found}
    assert broken == {"events_agree"}
