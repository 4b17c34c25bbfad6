"""
The same endpoint as most people would write it in this framework: models in, rows, models out.

A pydantic model says what an event may hold, a loop judges and hashes each with the functions
that the core has for one generation, and makes a row of an object mapper of it. One commit for
each request, and a response model. Its tables are those of :mod:`tests.bench.orm_rows`. As
frameworks do, it refuses a body whole in which one event is malformed; and it has no closed
months, quotas or notices.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from api.context import Context, context
from api.security import Caller, reporter
from ledger.core.acceptance import Judgement
from ledger.core.batch import Total, TotalKey, is_future, judgement_hash, kind_of
from ledger.core.language import TAG
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.period import tokyo_day
from ledger.core.proof import EMPTY_HEAD, chain_head, merkle_root
from ledger.core.receipt import STATUS_OF, Status
from ledger.core.usage import C2paState, Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from ledger.store import batches
from ledger.store.terms_cache import Terms
from tests.bench.orm_rows import OrmBatch, OrmGeneration, OrmTotal


def _known_currency(text: str) -> str:
    if text not in CURRENCY_EXPONENTS:
        raise ValueError("Expected a currency of ISO 4217")
    return text


Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Exact = (
    Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$")]
    | Annotated[int, Field(ge=0, lt=10**15, strict=True)]
)
Currency = Annotated[str, AfterValidator(_known_currency)]


class SubjectIn(BaseModel):
    """A subject named by a generation."""

    model_config = ConfigDict(extra="forbid")

    id: Text
    weight_bp: Annotated[int, Field(ge=0, le=10_000)] | None = None


class EventIn(BaseModel):
    """A reported generation."""

    model_config = ConfigDict(extra="forbid")

    source: Text
    id: Text
    time: AwareDatetime
    license: Text
    subjects: Annotated[list[SubjectIn], Field(min_length=1, max_length=50)]
    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    quantity: Exact | None
    net_revenue: Exact | None = None
    currency: Currency | None = None
    model: Text | None = None
    output_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    title: Text | None = None
    c2pa: C2paState | None = None
    language: Annotated[str, Field(pattern=f"^{TAG}$")] | None = None
    clearance: Annotated[str, Field(max_length=32_768)] | None = None


class ReceiptOut(BaseModel):
    """Where a generation is in the book."""

    batch: int
    position: int
    leaf: str
    root: str
    head: str


class ResultOut(BaseModel):
    """What became of one event."""

    index: int
    id: str
    status: Status
    reasons: list[str] = []
    receipt: ReceiptOut | None = None


class AnswerOut(BaseModel):
    """The results in order, and how many there are of each status."""

    results: list[ResultOut]
    counts: dict[Status, int]


router = APIRouter()


@router.post("/v1/generations")
def report(
    events: Annotated[list[EventIn], Field(min_length=1, max_length=10_000)],
    given: Annotated[Context, Depends(context)],
    caller: Annotated[Caller, Depends(reporter)],
) -> AnswerOut:
    """Record what an AI firm reports; what it reported before gets its first receipt."""
    reported = [_reported(event) for event in events]
    try:
        results = _record(given, caller.party_id, reported, known={})
    except IntegrityError:  # Something is known: look for all of it, and write the rest.
        known = _known(given, caller.party_id, reported)
        results = _record(given, caller.party_id, reported, known=known)
    counts = dict.fromkeys(Status, 0)
    for result in results:
        counts[result.status] += 1
    return AnswerOut(results=results, counts=counts)


def _reported(event: EventIn) -> ReportedGeneration:
    return ReportedGeneration(
        source=event.source,
        event_id=event.id,
        occurred_at=event.time.astimezone(UTC),
        license_reference=event.license,
        subjects=tuple(SubjectUse(each.id, each.weight_bp) for each in event.subjects),
        use_class=event.use_class,
        modality=event.modality,
        unit=event.unit,
        territory=event.territory,
        quantity=None if event.quantity is None else Decimal(event.quantity),
        net_revenue=None if event.net_revenue is None else Decimal(event.net_revenue),
        currency=event.currency,
        model=event.model,
        output_sha256=event.output_sha256,
        title=event.title,
        c2pa=event.c2pa,
        language=event.language,
        clearance=event.clearance,
    )


def _record(
    given: Context,
    licensee: int,
    reported: Sequence[ReportedGeneration],
    *,
    known: Mapping[tuple[str, str], tuple[OrmGeneration, OrmBatch]],
) -> list[ResultOut]:
    results: list[ResultOut] = []
    rows: dict[tuple[str, str], OrmGeneration] = {}
    to_receive: list[tuple[ResultOut, OrmGeneration]] = []
    counts: Counter[Status] = Counter()
    totals: dict[TotalKey, Total] = {}
    now = given.clock()
    with given.database.transaction() as session:
        log = batches.lock_log(session, licensee_id=licensee, book_id=given.book_id)
        subjects = {use.reference for each in reported for use in each.subjects}
        terms = given.terms.naming(session, version=log.terms_version, references=subjects)
        judgements = _Judgements(session, terms, licensee)
        before = _last_batch(session, licensee)
        number = before.batch_number + 1 if before else 1
        for index, each in enumerate(reported):
            result = ResultOut(index=index, id=each.event_id, status=Status.INVALID)
            results.append(result)
            identity, content_hash = (each.source, each.event_id), each.content_hash()
            if is_future(each.occurred_at, recorded_at=now):
                continue
            if identity in known:
                row, batch = known[identity]
                result.status = _compare(row, content_hash)
                result.receipt = _receipt(row, batch)
            elif identity in rows:
                result.status = _compare(rows[identity], content_hash)
                to_receive.append((result, rows[identity]))
            else:
                judgement = terms.judge(licensee, each)
                row = OrmGeneration(
                    licensee_id=licensee,
                    batch_number=number,
                    position=len(rows),
                    accrual_month=tokyo_day(each.occurred_at).replace(day=1),
                    judgement_id=judgements.id_of(each, judgement),
                    occurred_at=each.occurred_at,
                    quantity=each.quantity,
                    net_revenue=each.net_revenue,
                    source=each.source,
                    event_id=each.event_id,
                    currency=each.currency,
                    model=each.model,
                    title=each.title,
                    output_sha256=bytes.fromhex(each.output_sha256) if each.output_sha256 else None,
                    content_hash=content_hash,
                )
                rows[identity] = row
                _add(totals, each, judgement)
                result.status, result.reasons = STATUS_OF[judgement.decision], [*judgement.reasons]
                counts[result.status] += 1
                to_receive.append((result, row))
        if rows:
            batch = _batch(before, [*rows.values()], counts, now)
            session.add(batch)
            session.flush()  # What refers to it comes after it.
            session.add_all(rows.values())
            session.add_all(_totals(batch, totals))
            for result, row in to_receive:
                result.receipt = _receipt(row, batch)
    terms.stored_ids.update(judgements.new_ids)
    return results


def _compare(row: OrmGeneration, content_hash: bytes) -> Status:
    return Status.DUPLICATE if row.content_hash == content_hash else Status.CONFLICT


class _Judgements:
    """The stored ids of judgements, of which only the first of a kind has to be written."""

    def __init__(self, session: Session, terms: Terms, licensee: int) -> None:
        self._session = session
        self._terms = terms
        self._licensee = licensee
        self.new_ids: dict[int, int] = {}

    def id_of(self, each: ReportedGeneration, judgement: Judgement) -> int:
        key = id(judgement)
        known = self._terms.stored_ids.get(key) or self.new_ids.get(key)
        return known or self._write(each, judgement)

    def _write(self, each: ReportedGeneration, judgement: Judgement) -> int:
        kind = kind_of(each)
        license_ = self._terms.license(self._licensee, each.license_reference)
        hashed = judgement_hash(kind=kind, judgement=judgement)
        new = batches.NewJudgement(
            hash=hashed,
            license_id=license_.id if license_ else None,
            kind=kind,
            judgement=judgement,
        )
        ids = batches.intern_judgements(self._session, licensee_id=self._licensee, judgements=[new])
        self.new_ids[id(judgement)] = ids[hashed]
        return ids[hashed]


def _last_batch(session: Session, licensee: int) -> OrmBatch | None:
    number = OrmBatch.__table__.c.batch_number  # type: ignore[attr-defined]
    newest = select(OrmBatch).where(OrmBatch.licensee_id == licensee).order_by(number.desc())
    return session.exec(newest.limit(1)).first()


def _batch(
    before: OrmBatch | None,
    rows: Sequence[OrmGeneration],
    counts: Mapping[Status, int],
    now: datetime,
) -> OrmBatch:
    root = merkle_root([row.content_hash for row in rows])
    previous, number = before.head if before else EMPTY_HEAD, rows[0].batch_number
    return OrmBatch(
        licensee_id=rows[0].licensee_id,
        batch_number=number,
        recorded_at=now,
        first_month=min(row.accrual_month for row in rows),
        last_month=max(row.accrual_month for row in rows),
        generation_count=len(rows),
        accepted_count=counts[Status.ACCEPTED],
        held_count=counts[Status.HELD],
        refused_count=counts[Status.REFUSED],
        root=root,
        previous_head=previous,
        head=chain_head(previous=previous, number=number, count=len(rows), root=root),
    )


def _totals(batch: OrmBatch, totals: Mapping[TotalKey, Total]) -> Iterator[OrmTotal]:
    for position, (key, total) in enumerate(totals.items()):
        yield OrmTotal(
            licensee_id=batch.licensee_id,
            batch_number=batch.batch_number,
            position=position,
            **key._asdict(),
            **total._asdict(),
        )


def _add(totals: dict[TotalKey, Total], each: ReportedGeneration, judgement: Judgement) -> None:
    quantity, revenue = each.quantity or Decimal(0), each.net_revenue or Decimal(0)
    day = tokyo_day(each.occurred_at)
    for line in judgement.lines:
        key = TotalKey(
            accrual_month=day.replace(day=1),
            day=day,
            decision=str(line.decision),
            reason=str(line.reasons[0]) if line.reasons else None,
            terms_version_id=line.terms_version_id,
            rate_line_id=line.rate_line_id,
            subject_id=line.subject_id,
            territory=each.territory,
        )
        count, quantities, revenues = totals.get(key, (0, Decimal(0), Decimal(0)))
        totals[key] = Total(count + 1, quantities + quantity, revenues + revenue)


def _known(
    given: Context, licensee: int, reported: Sequence[ReportedGeneration]
) -> dict[tuple[str, str], tuple[OrmGeneration, OrmBatch]]:
    columns: Any = OrmGeneration.__table__.c  # type: ignore[attr-defined]
    with given.database.transaction() as session:
        found = session.exec(
            select(OrmGeneration, OrmBatch).where(
                columns.licensee_id == licensee,
                columns.event_id.in_([each.event_id for each in reported]),
                OrmBatch.licensee_id == columns.licensee_id,
                OrmBatch.batch_number == columns.batch_number,
            )
        )
        return {(row.source, row.event_id): (row, batch) for row, batch in found}


def _receipt(row: OrmGeneration, batch: OrmBatch) -> ReceiptOut:
    return ReceiptOut(
        batch=row.batch_number,
        position=row.position,
        leaf=row.content_hash.hex(),
        root=batch.root.hex(),
        head=batch.head.hex(),
    )
