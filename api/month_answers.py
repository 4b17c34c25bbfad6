"""A month as it is answered: what closing it would come to, and how far its closing has come."""

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel, Field

from api.month_words import told_finding
from ledger.core.completeness import MonthReport
from ledger.core.month_findings import Finding
from ledger.core.month_preview import (
    Compared,
    ComparedLine,
    ComparedTotal,
    MonthPreview,
    PreviewLine,
    Waiting,
)
from ledger.core.month_run import Amount, MonthRun, MonthState, Progress


class ComparedBody(BaseModel):
    """An amount beside that of the month before, tax-exclusive, in whole minor units."""

    currency: str
    before: str | None = Field(description="null when there was no line", examples=["389470"])
    now: str | None = Field(description="null when there is none any more", examples=["401220"])
    difference: str = Field(examples=["11750"])
    percent: str | None = Field(description="To one decimal, cut; null of nothing")
    change: str = Field(description="new, vanished, changed or same")


class TotalBody(ComparedBody):
    """What one firm's or one holder's lines come to."""

    reference: str


class LineChangeBody(ComparedBody):
    """The month's own use of one subject on one license."""

    licensee: str
    holder: str
    license: str
    subject: str
    title_ja: str
    title_en: str
    basis: str
    modality: str | None
    use_class: str | None


class AdjustmentBody(BaseModel):
    """A line that says something new about a month that is closed."""

    month: str = Field(description="The month it is about", examples=["2026-09"])
    cause: str = Field(description="late, retro, late_retro or revenue_share")
    licensee: str
    holder: str
    license: str
    subject: str
    clause: str
    currency: str
    amount: str


class WaitingBody(BaseModel):
    """Use that is held or was refused."""

    decision: str = Field(description="held or refused")
    reason: str
    licensee: str
    subject: str | None = Field(description="null where nobody knows whose it is")
    count: int = Field(description="Parts of generations: one with three subjects is three")
    since: date


class DeclarationStateBody(BaseModel):
    """A firm whose month is not agreed on."""

    licensee: str
    state: str = Field(description="undeclared or differs")
    generation_difference: int | None = Field(
        description="What the book has less what was declared; null without a declaration"
    )


class FindingBody(BaseModel):
    """Something to be known before the month is closed."""

    code: str
    stops: str | None = Field(description="The step that it stops (close, bill); null of a warning")
    values: dict[str, str]
    detail: str


class MonthPreviewBody(BaseModel):
    """What closing a month would come to; of a closed one, what it came to."""

    month: str = Field(examples=["2026-10"])
    closed: bool
    previous_closed: bool = Field(description="While false, what it is compared with may move")
    totals: list[ComparedBody]
    licensees: list[TotalBody]
    holders: list[TotalBody]
    lines: list[LineChangeBody]
    adjustments: list[AdjustmentBody]
    waiting: list[WaitingBody]
    undeclared: list[DeclarationStateBody]
    blockers: list[FindingBody]
    warnings: list[FindingBody]


class AmountBody(BaseModel):
    """An amount in whole minor units."""

    currency: str
    amount: str


class ProgressBody(BaseModel):
    """One thing that happened to a closing."""

    step: str = Field(description="audit, close, bill or settle")
    state: str = Field(description="begun, done, refused or failed")
    at: datetime
    values: dict[str, str] = Field(description="What it came to, or the code of the refusal")


class MonthRunBody(BaseModel):
    """The closing of a month as it was asked for, and what happened to it."""

    asked_by: str
    asked_at: datetime
    through: str
    over: bool
    progress: list[ProgressBody]


class MonthStateBody(BaseModel):
    """How far a month has come."""

    month: str = Field(examples=["2026-10"])
    closed_at: datetime | None
    closed_by: str | None
    generation_count: int
    line_count: int
    royalties: list[AmountBody]
    invoice_count: int
    invoiced: list[AmountBody] = Field(description="Tax-inclusive")
    settled_at: datetime | None
    settled_by: str | None
    statement_count: int
    payout_run: str | None
    payout: str = Field(description="What the run pays, in whole minor units of the book")
    run: MonthRunBody | None = Field(description="The closing that was asked for last")


def show_preview(preview: MonthPreview, *, language: str) -> MonthPreviewBody:
    """Return a preview as it is answered."""
    return MonthPreviewBody(
        month=str(preview.month),
        closed=preview.standing.is_closed,
        previous_closed=preview.standing.is_previous_closed,
        totals=[
            ComparedBody.model_validate(_compared(each.amount, each.currency))
            for each in preview.totals
        ],
        licensees=_totals(preview.licensees),
        holders=_totals(preview.holders),
        lines=[_line(each) for each in preview.compared],
        adjustments=[_adjustment(each) for each in preview.adjustments],
        waiting=[_waiting(each) for each in preview.waiting],
        undeclared=[_declared(each) for each in preview.unsettled],
        blockers=[_finding(each, language) for each in preview.blockers],
        warnings=[_finding(each, language) for each in preview.warnings],
    )


def show_state(state: MonthState) -> MonthStateBody:
    """Return how far a month has come as it is answered."""
    return MonthStateBody(
        month=str(state.month),
        closed_at=state.closed_at,
        closed_by=state.closed_by,
        generation_count=state.generation_count,
        line_count=state.line_count,
        royalties=_amounts(state.royalties),
        invoice_count=state.invoice_count,
        invoiced=_amounts(state.invoiced),
        settled_at=state.settled_at,
        settled_by=state.settled_by,
        statement_count=state.statement_count,
        payout_run=state.payout_run,
        payout=str(state.payout_minor),
        run=None if state.run is None else _run(state.run),
    )


def _compared(amount: Compared, currency: str) -> dict[str, str | None]:
    return {
        "currency": currency,
        "before": None if amount.before_minor is None else str(amount.before_minor),
        "now": None if amount.now_minor is None else str(amount.now_minor),
        "difference": str(amount.difference_minor),
        "percent": None if amount.percent is None else str(amount.percent),
        "change": amount.change,
    }


def _totals(totals: Iterable[ComparedTotal]) -> list[TotalBody]:
    return [
        TotalBody.model_validate(
            {"reference": each.reference, **_compared(each.amount, each.currency)}
        )
        for each in totals
    ]


def _line(each: ComparedLine) -> LineChangeBody:
    place = each.place
    return LineChangeBody.model_validate(
        {
            **_compared(each.amount, place.currency),
            "licensee": place.licensee,
            "holder": place.holder,
            "license": place.license,
            "subject": place.subject,
            "title_ja": each.title_ja,
            "title_en": each.title_en,
            "basis": place.basis,
            "modality": place.modality or None,
            "use_class": place.use_class or None,
        }
    )


def _adjustment(line: PreviewLine) -> AdjustmentBody:
    place = line.place
    return AdjustmentBody(
        month=f"{line.accrual_month:%Y-%m}",
        cause=line.cause,
        licensee=place.licensee,
        holder=place.holder,
        license=place.license,
        subject=place.subject,
        clause=line.clause,
        currency=place.currency,
        amount=str(line.amount_minor),
    )


def _waiting(each: Waiting) -> WaitingBody:
    return WaitingBody(
        decision=each.decision,
        reason=each.reason,
        licensee=each.licensee,
        subject=each.subject,
        count=each.use_count,
        since=each.since,
    )


def _declared(report: MonthReport) -> DeclarationStateBody:
    return DeclarationStateBody(
        licensee=report.licensee,
        state=report.state,
        generation_difference=report.count_difference,
    )


def _finding(finding: Finding, language: str) -> FindingBody:
    return FindingBody(
        code=finding.code,
        stops=finding.stops,
        values=dict(finding.values),
        detail=told_finding(finding, language),
    )


def _amounts(amounts: Iterable[Amount]) -> list[AmountBody]:
    return [AmountBody(currency=each.currency, amount=str(each.amount_minor)) for each in amounts]


def _run(run: MonthRun) -> MonthRunBody:
    return MonthRunBody(
        asked_by=run.order.asked_by,
        asked_at=run.asked_at,
        through=run.order.through,
        over=run.is_over,
        progress=[_progress(each) for each in run.progress],
    )


def _progress(progress: Progress) -> ProgressBody:
    return ProgressBody(
        step=progress.step, state=progress.state, at=progress.at, values=dict(progress.told)
    )
