"""A month is complete when what was declared is what the book has, whatever became of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.acceptance import Decision
from ledger.core.completeness import (
    ControlTotals,
    Declaration,
    DeclaredTotal,
    MonthReport,
    NewDeclaration,
    NewTotal,
    ReportedTotal,
    State,
    check_begun,
    read_declaration,
)
from ledger.core.period import Month
from ledger.core.usage import Modality, Unit
from tests.refusals import refusal

OCTOBER = Month(2026, 10)
NIL = ControlTotals(is_nil=True, generation_count=0, totals=())


def images(count: int, quantity: str | None = None) -> ControlTotals:
    """Return a declaration of images."""
    return read_declaration(
        NewDeclaration(generation_count=count, totals=(new_images(quantity or str(count)),))
    )


def new_images(quantity: Any) -> NewTotal:
    return NewTotal(modality="image", unit="image", quantity=quantity)


def reported(
    count: int,
    quantity: str | None = None,
    decision: Decision = Decision.ACCEPTED,
    modality: Modality = Modality.IMAGE,
    unit: Unit = Unit.IMAGE,
) -> ReportedTotal:
    return ReportedTotal(
        modality=modality,
        unit=unit,
        decision=decision,
        generation_count=count,
        quantity=Decimal(quantity or count),
    )


def month(
    *said: ControlTotals, book: tuple[ReportedTotal, ...] = (), closed: bool = False
) -> MonthReport:
    """Return a month with these declarations, one after another."""
    return MonthReport(
        licensee="studio-a",
        month=OCTOBER,
        is_closed=closed,
        declarations=tuple(
            Declaration(version=version, declared_at=OCTOBER.ends_at, said=each)
            for version, each in enumerate(said, start=1)
        ),
        reported=book,
    )


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (month(), State.UNDECLARED),
        (month(book=(reported(3),)), State.UNDECLARED),
        (month(images(3), book=(reported(3),)), State.AGREED),
        (month(NIL), State.AGREED),  # Nothing was declared, in so many words, and nothing is there.
        (month(NIL, book=(reported(1),)), State.DIFFERS),
        (month(images(3)), State.DIFFERS),
        (month(images(3), book=(reported(4),)), State.DIFFERS),
        (month(images(3, "3.5"), book=(reported(3, "3.5"),)), State.AGREED),
        (month(images(3, "3"), book=(reported(3, "3.5"),)), State.DIFFERS),
        # The count is right, and one of them was of another form.
        (
            month(images(3), book=(reported(2), reported(1, modality=Modality.VIDEO))),
            State.DIFFERS,
        ),
        # Whatever became of them, they were generated.
        (
            month(
                images(6),
                book=(
                    reported(1),
                    reported(2, decision=Decision.HELD),
                    reported(3, decision=Decision.REFUSED),
                ),
            ),
            State.AGREED,
        ),
        (month(images(2), images(3), book=(reported(3),)), State.AGREED),  # The latest counts.
        (month(images(3), images(2), book=(reported(3),)), State.DIFFERS),
        (month(closed=True), State.CLOSED),
        (month(images(1), closed=True), State.CLOSED),
    ],
)
def test_the_state_of_a_month(report: MonthReport, state: State) -> None:
    assert report.state is state


def test_a_difference_is_what_the_book_has_less_what_was_declared() -> None:
    said = read_declaration(
        NewDeclaration(
            generation_count=10,
            totals=(
                NewTotal(modality="video", unit="second", quantity="26997.5"),
                new_images(7),
            ),
        )
    )
    book = (
        reported(5),
        reported(3, decision=Decision.HELD),
        reported(1, "40", modality=Modality.AUDIO, unit=Unit.CHARACTER),
    )
    report = month(said, book=book)
    assert report.count_difference == -1
    assert [(each.modality, each.unit, each.difference) for each in report.comparisons] == [
        ("audio", "character", 40),
        ("image", "image", 1),
        ("video", "second", Decimal("-26997.5")),
    ]


@pytest.mark.parametrize("spelled", ["1e3", "1000", "1000.000", 1000])
def test_the_same_quantity_is_the_same_declaration_however_it_is_written(spelled: Any) -> None:
    assert images(1, "1000") == read_declaration(
        NewDeclaration(generation_count=1, totals=(new_images(spelled),))
    )


def test_the_order_of_totals_and_a_total_of_nothing_say_nothing() -> None:
    video = NewTotal(modality="video", unit="second", quantity="0.0")
    assert images(1) == read_declaration(
        NewDeclaration(generation_count=1, totals=(video, new_images("1.0")))
    )


@given(st.lists(st.integers(min_value=1, max_value=10**9), min_size=1), st.integers(1, 10**9))
def test_one_more_report_undoes_an_agreement(counts: list[int], one_more: int) -> None:
    book = tuple(reported(count) for count in counts)
    said = images(sum(counts))
    assert month(said, book=book).state is State.AGREED
    after = month(said, book=(*book, reported(one_more)))
    assert (after.state, after.count_difference) == (State.DIFFERS, one_more)


@pytest.mark.parametrize(
    ("new", "code", "field"),
    [
        (NewDeclaration(), "nil_not_stated", "generation_count"),
        (NewDeclaration(generation_count=0), "nil_not_stated", "generation_count"),
        (
            NewDeclaration(is_nil=True, generation_count=1),
            "nil_report_has_figures",
            "generation_count",
        ),
        (NewDeclaration(is_nil=True, totals=(new_images(1),)), "nil_report_has_figures", "totals"),
        (NewDeclaration(generation_count=-1), "number_out_of_range", "generation_count"),
        (NewDeclaration(generation_count=10**16), "number_out_of_range", "generation_count"),
        (NewDeclaration(generation_count=True), "number_not_whole", "generation_count"),
        *(
            (
                NewDeclaration(generation_count=1, totals=(new_images(quantity),)),
                code,
                "totals.0.quantity",
            )
            for quantity, code in (
                ("-1", "number_out_of_range"),
                (1.5, "number_not_exact"),
                (float("nan"), "number_not_exact"),
                ("NaN", "number_not_exact"),
                ("1e999", "number_too_long"),
                ("1e-40", "number_too_long"),
                ("", "number_not_exact"),
                (None, "number_not_exact"),
            )
        ),
        (
            NewDeclaration(
                generation_count=1,
                totals=(new_images(1), NewTotal(modality="smell", unit="image", quantity=1)),
            ),
            "word_not_known",
            "totals.1.modality",
        ),
        (
            NewDeclaration(
                generation_count=1,
                totals=(NewTotal(modality="image", unit="gallon", quantity=1),),
            ),
            "word_not_known",
            "totals.0.unit",
        ),
        (
            NewDeclaration(generation_count=2, totals=(new_images(1), new_images(1))),
            "value_listed_twice",
            "totals",
        ),
    ],
)
def test_what_cannot_be_declared_is_refused_by_its_field(
    new: NewDeclaration, code: str, field: str
) -> None:
    with refusal(code, field):
        read_declaration(new)


def test_a_month_is_declared_once_it_has_begun() -> None:
    check_begun(OCTOBER, at=OCTOBER.starts_at)
    with refusal("month_not_begun", "month") as caught:
        check_begun(OCTOBER, at=OCTOBER.starts_at - timedelta(microseconds=1))
    assert caught[0].values["starts_at"] == datetime(2026, 9, 30, 15, tzinfo=UTC).isoformat()


def test_what_was_declared_of_a_modality_comes_in_its_own_order() -> None:
    assert images(1).totals == (
        DeclaredTotal(modality=Modality.IMAGE, unit=Unit.IMAGE, quantity=Decimal(1)),
    )
