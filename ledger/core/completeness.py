"""
Whether a month is complete: what an AI firm declares it to have been, and what the book has.

A declaration counts every generation of a month once, whatever becomes of it: accepted, held
and refused ones are all in the book, and all were generated. A difference is what the book has
less what was declared, so below zero something was not reported. Whether they agree is worked
out each time it is asked for and never kept: one more report undoes an agreement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.core.acceptance import Decision
from ledger.core.fields import (
    FieldRefusal,
    NumberOutOfRange,
    check_exact,
    check_list,
    check_whole,
    check_word,
)
from ledger.core.money import add_exactly
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, Unit

#: More generations than any month has, and few enough to be counted on.
COUNT_MAX = 10**15

_NOTHING = Decimal(0)


class NilReportHasFigures(FieldRefusal):
    """A month is said to have had nothing, and a figure beside it says otherwise."""

    code = "nil_report_has_figures"


class NilNotStated(Refusal):
    """A declaration counts no generations and does not say that there were none."""

    code = "nil_not_stated"
    field = "generation_count"


class MonthNotBegun(Refusal):
    """A month is declared that has not begun. Carries when it does."""

    code = "month_not_begun"
    field = "month"


class State(StrEnum):
    """Where a firm's month stands."""

    UNDECLARED = "undeclared"
    AGREED = "agreed"
    DIFFERS = "differs"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class NewTotal:
    """A declared quantity as it comes in: words and numbers not read yet."""

    modality: str
    unit: str
    quantity: str | int | Decimal


@dataclass(frozen=True, kw_only=True)
class NewDeclaration:
    """What a firm sends: control totals, or that there was nothing."""

    is_nil: bool = False
    generation_count: int | None = None
    totals: tuple[NewTotal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeclaredTotal:
    """How much of one modality was generated, in one unit."""

    modality: Modality
    unit: Unit
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class ControlTotals:
    """What a month is declared to have been; two that say the same are equal."""

    is_nil: bool
    generation_count: int
    totals: tuple[DeclaredTotal, ...]  # by modality and unit, in their order


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One version of what a firm declared; the latest one counts, and those before it stay."""

    version: int
    declared_at: datetime
    said: ControlTotals


@dataclass(frozen=True, kw_only=True)
class ReportedTotal:
    """What the book has of one modality and unit, by what was decided about it."""

    modality: Modality
    unit: Unit
    decision: Decision
    generation_count: int
    quantity: Decimal  # of those whose quantity is known


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One modality and unit, as it was declared and as the book has it."""

    modality: Modality
    unit: Unit
    declared: Decimal
    reported: Decimal

    @property
    def difference(self) -> Decimal:
        """What the book has less what was declared; below zero something was not reported."""
        return add_exactly((self.reported, self.declared.copy_negate()))


@dataclass(frozen=True, kw_only=True)
class MonthReport:
    """A firm's month: every version of its declaration, and what the book has."""

    licensee: str
    month: Month
    is_closed: bool
    declarations: tuple[Declaration, ...]  # the first one first
    reported: tuple[ReportedTotal, ...]

    @property
    def latest(self) -> Declaration | None:
        """The declaration that counts; None when there is none."""
        return self.declarations[-1] if self.declarations else None

    @property
    def generation_count(self) -> int:
        """How many generations the book has, whatever became of them."""
        return sum(total.generation_count for total in self.reported)

    @property
    def count_difference(self) -> int | None:
        """The generations the book has less those declared; None without a declaration."""
        if self.latest is None:
            return None
        return self.generation_count - self.latest.said.generation_count

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every modality and unit that was declared or reported; none without a declaration."""
        return () if self.latest is None else _compare(self.latest.said, self.reported)

    @property
    def has_difference(self) -> bool:
        """True when what was declared is not what the book has."""
        return bool(self.count_difference) or any(each.difference for each in self.comparisons)

    @property
    def state(self) -> State:
        """Where the month stands; once it is closed, that and nothing else."""
        if self.is_closed:
            return State.CLOSED
        if self.latest is None:
            return State.UNDECLARED
        return State.DIFFERS if self.has_difference else State.AGREED


def read_declaration(new: NewDeclaration) -> ControlTotals:
    """
    Read what a firm declares.

    :raises NilReportHasFigures: it says that there was nothing, and how much.
    :raises NilNotStated: it counts nothing without saying that there was nothing.
    :raises ListedTwice: a modality and unit is there twice.
    :raises FieldRefusal: a word, count or quantity cannot be taken.
    """
    if new.is_nil:
        return _read_nil(new)
    if not new.generation_count:
        raise NilNotStated
    count = check_whole(new.generation_count, field="generation_count", least=1, most=COUNT_MAX)
    totals = [_read_total(total, f"totals.{place}") for place, total in enumerate(new.totals)]
    if totals:
        check_list([f"{each.modality}/{each.unit}" for each in totals], field="totals")
    return ControlTotals(is_nil=False, generation_count=count, totals=_sorted(totals))


def check_begun(month: Month, *, at: datetime) -> None:
    """
    Make sure that a month has begun.

    :raises MonthNotBegun: it lies ahead.
    """
    if at < month.starts_at:
        raise MonthNotBegun(month=month, starts_at=month.starts_at.isoformat())


def _read_nil(new: NewDeclaration) -> ControlTotals:
    if new.generation_count:
        raise NilReportHasFigures(field="generation_count", value=new.generation_count)
    if new.totals:
        raise NilReportHasFigures(field="totals", value=len(new.totals))
    return ControlTotals(is_nil=True, generation_count=0, totals=())


def _read_total(new: NewTotal, place: str) -> DeclaredTotal:
    quantity = check_exact(new.quantity, field=f"{place}.quantity")
    if quantity < 0:
        raise NumberOutOfRange(field=f"{place}.quantity", value=new.quantity, least=0, most="1E+30")
    return DeclaredTotal(
        modality=check_word(new.modality, of=Modality, field=f"{place}.modality"),
        unit=check_word(new.unit, of=Unit, field=f"{place}.unit"),
        quantity=quantity,
    )


def _sorted(totals: Sequence[DeclaredTotal]) -> tuple[DeclaredTotal, ...]:
    """Order what was declared, without the modalities of which there was nothing."""
    declared = (total for total in totals if total.quantity)
    return tuple(sorted(declared, key=lambda each: (each.modality, each.unit)))


def _compare(said: ControlTotals, reported: Sequence[ReportedTotal]) -> tuple[Comparison, ...]:
    declared = {(each.modality, each.unit): each.quantity for each in said.totals}
    found: dict[tuple[Modality, Unit], list[Decimal]] = {}
    for total in reported:
        found.setdefault((total.modality, total.unit), []).append(total.quantity)
    return tuple(
        Comparison(
            modality=modality,
            unit=unit,
            declared=declared.get((modality, unit), _NOTHING),
            reported=add_exactly(found.get((modality, unit), ())),
        )
        for modality, unit in sorted({*declared, *found})
    )
