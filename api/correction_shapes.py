"""The shapes of answers about corrections, and how they are filled from what the book says."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from api.problems import problem_body
from api.shapes import Problem, ReceiptBody
from ledger.core.correction import History, Identity, Revision
from ledger.core.correction_draft import RefusedCorrection
from ledger.core.difference import DifferenceLine
from ledger.core.receipt import Receipt
from ledger.core.usage import ReportedGeneration, canonical_decimal
from ledger.services.correcting import Draft
from ledger.store.correction_desk import Looked

_MONTH = "A month in Japan, such as 2026-11"
_COUNTED = "When the month was closed: the open month whose invoice takes it in"


class DifferenceBody(BaseModel):
    """What becomes more or less for one subject under one rate line in one month."""

    month: str = Field(description=_MONTH)
    counted_in: str | None = Field(description=_COUNTED)
    subject: str | None
    decision: str = Field(description="accepted, held or refused; only accepted is charged")
    reason: str | None
    generation_count: int
    quantity: str
    net_revenue: str
    currency: str | None
    price_minor: str | None = Field(
        description="Exact, in minor units, before the month is rounded; null when it depends on"
        " the rest of the month, as with tiers, and for what is not charged"
    )


class CorrectedBody(BaseModel):
    """One correction that is in the book."""

    id: str
    source: str
    month: str = Field(description=_MONTH)
    revision: int
    kind: str
    status: str = Field(description="recorded, or duplicate when it was in the book before")
    decision: str | None = Field(description="Of the replacement: accepted, held or refused")
    reasons: list[str]
    counted_in: str | None = Field(description=_COUNTED)
    receipt: ReceiptBody


class CorrectionAnswer(CorrectedBody):
    """One correction, and what it changed."""

    difference: list[DifferenceBody]


class RecordedEvent(BaseModel):
    """The facts of a generation as they were reported or put in place."""

    source: str
    id: str
    time: datetime
    license: str
    subjects: list[dict[str, Any]]
    use_class: str
    modality: str
    quantity: str | None
    unit: str
    territory: str
    net_revenue: str | None
    currency: str | None
    model: str | None
    output_sha256: str | None
    title: str | None
    c2pa: str | None
    language: str | None


class RevisionBody(BaseModel):
    """One state of a generation. Revision 0 is the report; the highest stands."""

    revision: int
    kind: str = Field(description="report, replace or void")
    reason: str | None
    note: str
    recorded_at: datetime
    recorded_by: str | None = Field(description="Null for a report")
    counted_in: str | None = Field(description=_COUNTED)
    decision: str | None = Field(description="accepted, held or refused; null when void")
    reasons: list[str]
    event: RecordedEvent | None
    receipt: ReceiptBody


class GenerationBody(BaseModel):
    """A recorded generation with every correction of it."""

    id: str
    source: str
    month: str = Field(description=_MONTH)
    standing: int = Field(description="The revision that counts")
    revisions: list[RevisionBody]


class RefusedLine(BaseModel):
    """A correction of a draft that cannot be made."""

    index: int = Field(description="In the draft, from 0")
    id: str
    problem: Problem


class DraftBody(BaseModel):
    """A batch of corrections that is drawn up: what making it would change."""

    id: str
    state: str = Field(description="open, committed or discarded")
    created_at: datetime
    ended_at: datetime | None
    correction_count: int
    known_count: int = Field(description="Recorded before; they change nothing again")
    refused: list[RefusedLine] = Field(description="While there is one, nothing can be committed")
    difference: list[DifferenceBody]


class CommittedBody(BaseModel):
    """A draft that was made, with a receipt for each of its corrections, in order."""

    id: str
    corrections: list[CorrectedBody]


def corrected_body(made: Looked) -> CorrectedBody:
    """Return one correction as it is answered."""
    return CorrectedBody(**_corrected(made))


def correction_answer(made: Looked, lines: Iterable[DifferenceLine]) -> CorrectionAnswer:
    """Return one correction with what it changed."""
    return CorrectionAnswer(**_corrected(made), difference=[*map(_difference, lines)])


def draft_body(draft: Draft, *, language: str) -> DraftBody:
    """Return a draft with the words for what cannot be made of it."""
    return DraftBody(
        id=draft.reference,
        state=draft.outcome or "open",
        created_at=draft.recorded_at,
        ended_at=draft.ended_at,
        correction_count=draft.preview.correction_count,
        known_count=draft.preview.known_count,
        refused=[_refused(each, language) for each in draft.preview.refused],
        difference=[*map(_difference, draft.preview.lines)],
    )


def generation_body(identity: Identity, history: History) -> GenerationBody:
    """Return a recorded generation as it is shown."""
    return GenerationBody(
        id=identity.event_id,
        source=identity.source,
        month=_month(identity.month),
        standing=history[-1].number,
        revisions=[*map(_revision, history)],
    )


def _corrected(made: Looked) -> dict[str, Any]:
    assert made.receipt is not None, "what is made has a receipt"
    judgement = made.after.judgement if made.after else None
    return {
        "id": made.identity.event_id,
        "source": made.identity.source,
        "month": _month(made.identity.month),
        "revision": made.correction.revision,
        "kind": made.correction.kind,
        "status": "duplicate" if made.is_known else "recorded",
        "decision": judgement.decision if judgement else None,
        "reasons": list(judgement.reasons) if judgement else [],
        "counted_in": _month_or_none(made.counted_month),
        "receipt": _receipt(made.receipt),
    }


def _difference(line: DifferenceLine) -> DifferenceBody:
    return DifferenceBody(
        month=_month(line.month),
        counted_in=_month_or_none(line.counted_month),
        subject=line.subject,
        decision=line.decision,
        reason=line.reason,
        generation_count=line.generation_count,
        quantity=canonical_decimal(line.quantity),
        net_revenue=canonical_decimal(line.net_revenue),
        currency=line.currency,
        price_minor=None if line.price is None else canonical_decimal(line.price),
    )


def _refused(line: RefusedCorrection, language: str) -> RefusedLine:
    pointer = f"/corrections/{line.index}"
    if line.field:
        pointer += "/" + line.field.replace(".", "/")
    body = problem_body(line.code, language=language, pointer=pointer, values=dict(line.values))
    return RefusedLine(index=line.index, id=line.event_id, problem=Problem(**body))


def _revision(revision: Revision) -> RevisionBody:
    state = revision.state
    return RevisionBody(
        revision=revision.number,
        kind=revision.kind or "report",
        reason=revision.reason,
        note=revision.note,
        recorded_at=revision.recorded_at,
        recorded_by=revision.recorded_by,
        counted_in=_month_or_none(revision.counted_month),
        decision=state.judgement.decision if state else None,
        reasons=list(state.judgement.reasons) if state else [],
        event=_event(state.reported) if state else None,
        receipt=_receipt(revision.receipt),
    )


def _event(reported: ReportedGeneration) -> RecordedEvent:
    return RecordedEvent(
        source=reported.source,
        id=reported.event_id,
        time=reported.occurred_at,
        license=reported.license_reference,
        subjects=_subjects(reported),
        use_class=reported.use_class,
        modality=reported.modality,
        quantity=_number(reported.quantity),
        unit=reported.unit,
        territory=reported.territory,
        net_revenue=_number(reported.net_revenue),
        currency=reported.currency,
        model=reported.model,
        output_sha256=reported.output_sha256,
        title=reported.title,
        c2pa=reported.c2pa,
        language=reported.language,
    )


def _subjects(reported: ReportedGeneration) -> list[dict[str, Any]]:
    return [
        {"id": use.reference} | ({} if use.weight_bp is None else {"weight_bp": use.weight_bp})
        for use in reported.subjects
    ]


def _receipt(receipt: Receipt) -> ReceiptBody:
    return ReceiptBody(
        batch=receipt.batch_number,
        position=receipt.position,
        leaf=receipt.leaf_hash.hex(),
        root=receipt.root.hex(),
        head=receipt.head.hex(),
    )


def _number(value: Decimal | None) -> str | None:
    return None if value is None else canonical_decimal(value)


def _month(first_day: date) -> str:
    return f"{first_day:%Y-%m}"


def _month_or_none(first_day: date | None) -> str | None:
    return None if first_day is None else _month(first_day)
