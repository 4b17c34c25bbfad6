"""
The answer to a preview: what a report would be told, and beside it what each part would cost.

Results are worded as a report's are, by the same code; prices and reasons of each subject are
added to them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import msgspec
from pydantic import BaseModel, Field

from api import report_answers
from api.events import Decoded
from api.report_answers import NO_DOUBTS, Doubts
from api.shapes import Problem, RateBody, ReceiptBody
from ledger.core.acceptance import UsageLine
from ledger.core.counter import Place
from ledger.core.preview import Growth, Part, Share, exact_decimal
from ledger.core.quota_terms import QuotaPeriod
from ledger.core.receipt import Status
from ledger.core.usage import ReportedGeneration, canonical_decimal
from ledger.services.previewing import Foreseen, Preview, QuotaForeseen

#: The price looks at a tier counter, which every report moves.
COUNTER_MOVES = "counter_moves"
#: Not accepted as a whole; some of its subjects are charged for all the same.
CHARGED_IN_PART = "charged_in_part"


class PreviewedSubject(BaseModel):
    """What would become of one subject's part in a generation, and its price."""

    id: str
    status: str = Field(description="accepted, wind_down, held or refused")
    reasons: list[str]
    license: str
    terms_version: int | None
    clause: str | None
    rate: RateBody | None
    counter_before: str | None = Field(
        description="Under tiers: what was counted before, the events before this one included"
    )
    price_minor: str | None = Field(description="Exact, in minor units; null when not charged")


class PreviewedResult(BaseModel):
    """What would become of one event."""

    index: int
    id: str | None
    status: str = Field(description="accepted, duplicate, held, refused, conflict or invalid")
    reasons: list[str] | None = None
    receipt: ReceiptBody | None = Field(None, description="Of an event that is in the book")
    problem: Problem | None = None
    subjects: list[PreviewedSubject] = Field(description="Empty when nothing would be recorded")
    warnings: list[str] = Field(description="Those of a report; counter_moves, charged_in_part")
    counted_in: str | None = Field(
        None, description="Of an event of a closed month: the month whose invoice takes it in"
    )


class PreviewedLine(BaseModel):
    """By how much one line of a month's statement would grow."""

    month: str
    license: str
    subject: str
    terms_version: int
    clause: str
    rate: RateBody
    generation_count: int
    quantity: str
    exact_minor: str
    amount_minor: int = Field(description="The line rounded once, less the line as it stands")


class PreviewedTotal(BaseModel):
    """What the lines of one currency come to, tax-exclusive."""

    currency: str
    exact_minor: str
    amount_minor: int


class PreviewedShare(BaseModel):
    """What of it a rights holder and the house would get, tax-exclusive."""

    holder: str
    currency: str
    amount_minor: int
    admin_fee_bp: int
    admin_fee_minor: int
    holder_minor: int


class PreviewedQuota(BaseModel):
    """One period of a grant's quota: what is used of it now, and what would be left of it."""

    license: str
    grant: int = Field(description="Its position in the license")
    since: date | None = Field(description="Null for a quota that is for the whole license")
    until: date | None = Field(description="The last day of the period")
    units: str
    unit: str | None = Field(description="image, second, …; null counts subjects of generations")
    on_exceed: str = Field(description="What is beyond: hold, reject or overage")
    used_before: str
    used_after: str
    remaining: str
    beyond_count: int = Field(description="Subjects of events that would be held or refused")
    overage: str = Field(description="How much would be sold as overage")


class PreviewAnswer(BaseModel):
    """One result for each event, in order, and what they would come to. Nothing is recorded."""

    results: list[PreviewedResult]
    counts: dict[str, int]
    lines: list[PreviewedLine]
    totals: list[PreviewedTotal]
    shares: list[PreviewedShare]
    quotas: list[PreviewedQuota] = Field(description="Those that the events come under")
    previewed_at: str


def write(
    decoded: Sequence[Decoded], preview: Preview, *, language: str, doubts: Doubts = NO_DOUBTS
) -> tuple[bytes, int]:
    """Return the body of the answer, and the status that a report would be answered with."""
    results = [each.result for each in preview.generations]
    counts = report_answers.count(decoded, results)
    worded = report_answers.write(decoded, results, counts=counts, language=language, doubts=doubts)
    answer: dict[str, Any] = msgspec.json.decode(worded)
    following = iter(preview.generations)
    for each, told in zip(decoded, answer["results"], strict=True):
        subjects: list[dict[str, Any]] = []
        warnings: list[str] = []
        if isinstance(each, ReportedGeneration):
            foreseen = next(following)
            subjects, warnings = _subjects(each, foreseen), _warnings(foreseen)
        for warned in told.pop("warnings", ()):
            warnings.append(warned["code"])
            if "counted_in" in warned:
                told["counted_in"] = warned["counted_in"]
        told |= {"subjects": subjects, "warnings": warnings}
    answer |= {
        "lines": [_line(growth, preview) for growth in preview.growths],
        "totals": _totals(preview.growths),
        "shares": [_share(share, preview) for share in preview.shares],
        "quotas": [_quota(each) for each in preview.quotas],
        "previewed_at": preview.previewed_at,
    }
    return msgspec.json.encode(answer), report_answers.http_status(counts)


def _subjects(reported: ReportedGeneration, foreseen: Foreseen) -> list[dict[str, Any]]:
    named = zip(reported.subjects, foreseen.judgement.lines, foreseen.parts, strict=False)
    return [
        _subject(reported.license_reference, use.reference, line, part) for use, line, part in named
    ]


def _subject(
    license_reference: str, reference: str, line: UsageLine, part: Part | None
) -> dict[str, Any]:
    version = part.place.version if part else None
    return {
        "id": reference,
        "status": line.decision,
        "reasons": line.reasons,
        "license": license_reference,
        "terms_version": version.version if version else None,
        "clause": version.clause_reference if version else None,
        "rate": _rate(part.place) if part else None,
        "counter_before": (
            canonical_decimal(part.counter_before)
            if part and part.counter_before is not None
            else None
        ),
        "price_minor": canonical_decimal(part.price) if part else None,
    }


def _warnings(foreseen: Foreseen) -> list[str]:
    charged = [part for part in foreseen.parts if part is not None]
    warnings = []
    if any(part.counter_before is not None for part in charged):
        warnings.append(COUNTER_MOVES)
    if charged and foreseen.result.status is not Status.ACCEPTED:
        warnings.append(CHARGED_IN_PART)
    return warnings


def _rate(place: Place) -> dict[str, Any]:
    return {
        "basis": place.line.basis,
        "rate": canonical_decimal(place.line.rate),
        "currency": place.version.currency,
        "tiered": bool(place.line.tiers),
    }


def _line(growth: Growth, preview: Preview) -> dict[str, Any]:
    version = growth.place.version
    return {
        "month": f"{growth.month:%Y-%m}",
        "license": growth.place.license_.reference,
        "subject": preview.subjects[growth.subject_id],
        "terms_version": version.version,
        "clause": version.clause_reference,
        "rate": _rate(growth.place),
        "generation_count": growth.generation_count,
        "quantity": canonical_decimal(growth.quantity),
        "exact_minor": _exact(growth.exact),
        "amount_minor": growth.amount_minor,
    }


def _totals(growths: Iterable[Growth]) -> list[dict[str, Any]]:
    by_currency: dict[str, list[Growth]] = defaultdict(list)
    for growth in growths:
        by_currency[growth.currency].append(growth)
    return [
        {
            "currency": currency,
            "exact_minor": _exact(sum((growth.exact for growth in own), Fraction(0))),
            "amount_minor": sum(growth.amount_minor for growth in own),
        }
        for currency, own in sorted(by_currency.items())
    ]


def _share(share: Share, preview: Preview) -> dict[str, Any]:
    return {
        "holder": preview.holders[share.owner_id],
        "currency": share.currency,
        "amount_minor": share.amount_minor,
        "admin_fee_bp": share.admin_fee_bp,
        "admin_fee_minor": share.admin_fee_minor,
        "holder_minor": share.holder_minor,
    }


def _quota(foreseen: QuotaForeseen) -> dict[str, Any]:
    quota, measured = foreseen.quota, foreseen.measured
    is_for_life = quota.period is QuotaPeriod.LIFE
    return {
        "license": foreseen.license,
        "grant": foreseen.grant,
        "since": None if is_for_life else foreseen.since,
        "until": None if is_for_life else foreseen.until - timedelta(days=1),
        "units": canonical_decimal(quota.units),
        "unit": quota.unit,
        "on_exceed": quota.on_exceed,
        "used_before": canonical_decimal(measured.used_before),
        "used_after": canonical_decimal(measured.used_after),
        "remaining": canonical_decimal(foreseen.remaining),
        "beyond_count": len(measured.beyond),
        "overage": canonical_decimal(measured.overage),
    }


def _exact(exact: Fraction) -> str:
    return canonical_decimal(exact_decimal(exact))
