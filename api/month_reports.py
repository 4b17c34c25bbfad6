"""A firm's month as it is answered: what was declared, what the book has, and the difference."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, Field

from ledger.core.completeness import Declaration, MonthReport, ReportedTotal
from ledger.core.reason import COUNTED_DECISIONS, Decision
from ledger.core.usage import canonical_decimal


class QuantityBody(BaseModel):
    """A quantity of one modality and unit."""

    modality: str
    unit: str
    quantity: str = Field(description="An exact decimal", examples=["44959.5"])


class DeclarationBody(BaseModel):
    """One version of what was declared; the last one counts."""

    version: int
    declared_at: datetime
    nil: bool = Field(description="True when the firm said that nothing was generated")
    generation_count: int
    totals: list[QuantityBody]


class CountedBody(BaseModel):
    """How many generations, and how much of them is known."""

    generation_count: int
    quantity: str


class ReportedBody(BaseModel):
    """What the book has of one modality and unit, by what became of it."""

    modality: str
    unit: str
    accepted: CountedBody
    held: CountedBody
    refused: CountedBody


class QuantityDifferenceBody(BaseModel):
    """A quantity that was declared and is not what the book has."""

    modality: str
    unit: str
    declared: str
    reported: str
    difference: str = Field(
        description="Reported less declared; below zero something was not reported",
        examples=["-2"],
    )


class DifferenceBody(BaseModel):
    """What the book has less what the last declaration says."""

    generation_count: int
    quantities: list[QuantityDifferenceBody] = Field(description="Those that differ")


class MonthReportBody(BaseModel):
    """A firm's month: as it was declared, and as the book has it."""

    licensee: str
    month: str = Field(examples=["2026-10"])
    state: str = Field(description="undeclared, agreed, differs or closed")
    generation_count: int = Field(description="What the book has, whatever became of it")
    reported: list[ReportedBody]
    declarations: list[DeclarationBody] = Field(description="The first one first")
    difference: DifferenceBody | None = Field(description="null when nothing was declared")


class MonthReportList(BaseModel):
    """A page of months, the latest first."""

    reports: list[MonthReportBody]
    next_cursor: str | None


def show(report: MonthReport) -> MonthReportBody:
    """Return a month as it is answered."""
    return MonthReportBody(
        licensee=report.licensee,
        month=str(report.month),
        state=report.state,
        generation_count=report.generation_count,
        reported=_reported(report.reported),
        declarations=[_declared(each) for each in report.declarations],
        difference=_difference(report),
    )


def _declared(declaration: Declaration) -> DeclarationBody:
    said = declaration.said
    return DeclarationBody(
        version=declaration.version,
        declared_at=declaration.declared_at,
        nil=said.is_nil,
        generation_count=said.generation_count,
        totals=[
            QuantityBody(
                modality=each.modality, unit=each.unit, quantity=canonical_decimal(each.quantity)
            )
            for each in said.totals
        ],
    )


def _reported(totals: Iterable[ReportedTotal]) -> list[ReportedBody]:
    by_kind: dict[tuple[str, str], dict[Decision, ReportedTotal]] = {}
    for total in totals:
        by_kind.setdefault((total.modality, total.unit), {})[total.decision] = total
    return [
        ReportedBody(
            modality=modality,
            unit=unit,
            **{decision: _counted(found.get(decision)) for decision in COUNTED_DECISIONS},
        )
        for (modality, unit), found in by_kind.items()
    ]


def _counted(total: ReportedTotal | None) -> CountedBody:
    if total is None:
        return CountedBody(generation_count=0, quantity="0")
    return CountedBody(
        generation_count=total.generation_count, quantity=canonical_decimal(total.quantity)
    )


def _difference(report: MonthReport) -> DifferenceBody | None:
    if report.count_difference is None:
        return None
    return DifferenceBody(
        generation_count=report.count_difference,
        quantities=[
            QuantityDifferenceBody(
                modality=each.modality,
                unit=each.unit,
                declared=canonical_decimal(each.declared),
                reported=canonical_decimal(each.reported),
                difference=canonical_decimal(each.difference),
            )
            for each in report.comparisons
            if each.difference
        ],
    )
