"""
``POST /v1/clearances``: may we do this, and what would it cost? Asked on every prompt.

It is decoded by hand, and answered from memory without a thread, so that it takes no longer
than an empty route; the OpenAPI page is told in full all the same. Nothing is charged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Annotated, Any

import msgspec
from fastapi import Request, Response
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool

from api.clearance_tokens import CLOCK_TOLERANCE, LIFETIME, ClearedSubject, instant
from api.clearance_tokens import Clearance as Sealed
from api.context import Context, context
from api.event_bodies import Instant, SubjectNamed, Text, described
from api.events import BodyUnreadable
from api.lean_routes import BEARER, LeanRoute
from api.places import refused_field
from api.security import Caller, NotALicensee, ScopeMissing, authenticate_from_memory
from api.shapes import CLEARANCE_EXAMPLE, ClearanceAnswer, problems
from ledger.core.acceptance import Decision, OptInState, Reason
from ledger.core.clearance import PERMITTED, Clearance, Cleared, Use, estimate
from ledger.core.fields import (
    NumberOutOfRange,
    check_exact,
    check_instant,
    check_list,
    check_text,
)
from ledger.core.language import TAG, TAG_LENGTH_MAX
from ledger.core.quota_terms import OnExceed, QuotaPeriod
from ledger.core.terms import Basis, RateLine
from ledger.core.usage import Modality, Unit, UseClass, canonical_decimal
from ledger.services import clearing
from ledger.services.clearing import Desk

BODY_BYTES_MAX = 64 * 1024
_SUBJECTS_MAX = 50

#: A key that reports may ask, and so may one that only reads.
_SCOPES = frozenset({"report", "read"})

_STATUS = {
    Decision.ACCEPTED: "cleared",
    Decision.WIND_DOWN: "cleared",  # Its reasons say until when that is about to end.
    Decision.HELD: "held",
    Decision.REFUSED: "refused",
}

#: A price may be asked for more than any event reports.
_Quantity = (
    Annotated[str, described(r"^(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?$")]
    | Annotated[int, Meta(extra_json_schema={"minimum": 0, "exclusiveMaximum": 10**30})]
)


class ClearanceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a firm is about to do. Subjects are named as in a report, or by their ids alone."""

    subjects: Annotated[
        tuple[SubjectNamed | Text, ...], Meta(min_length=1, max_length=_SUBJECTS_MAX)
    ]
    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    quantity: _Quantity | None = None
    occurred_at: Instant | None = None
    license: Text | None = None
    language: Annotated[str, Meta(max_length=TAG_LENGTH_MAX, pattern=f"^{TAG}$")] | None = None


class _Rate(Struct, frozen=True, gc=False):
    basis: Basis
    rate: str
    currency: str
    tiered: bool


class _Quota(Struct, frozen=True, gc=False):
    remaining: str
    unit: Unit | None
    period: QuotaPeriod
    on_exceed: OnExceed


class _Subject(Struct, frozen=True, gc=False):
    id: str
    status: str
    reasons: tuple[Reason, ...]
    license: str | None
    terms_version: int | None
    clause: str | None
    rate: _Rate | None
    price_minor: str | None
    credit_line: str | None
    ai_label: str | None
    prohibited_content: tuple[str, ...]
    quota: _Quota | None
    opt_in: OptInState


class _Answer(Struct, frozen=True, gc=False):
    status: str
    subjects: list[_Subject]
    clearance: str | None
    expires_at: datetime | None


_Headers = Mapping[bytes, bytes]

_decoder = msgspec.json.Decoder(ClearanceBody)
_encoder = msgspec.json.Encoder()


def _described() -> dict[str, Any]:
    """Return the body's schema in one piece, and how a caller proves itself."""
    _, parts = msgspec.json.schema_components([ClearanceBody])
    schema = _whole(parts[ClearanceBody.__name__], parts)
    content = {"application/json": {"schema": schema, "example": CLEARANCE_EXAMPLE}}
    return {"requestBody": {"required": True, "content": content}, **BEARER}


def _whole(part: Any, parts: Mapping[str, Any]) -> Any:
    """Put every shape that is referred to in its place."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _whole(parts[part["$ref"].rpartition("/")[2]], parts)
        return {name: _whole(each, parts) for name, each in part.items()}
    return [_whole(each, parts) for each in part] if isinstance(part, list) else part


async def ask_clearance(request: Request) -> Response:
    given = context(request)
    headers = dict(request.scope["headers"])
    caller = await _caller(given, headers)
    asked = _decode(await _body(request, headers))
    now = given.clock()
    at = now if asked.occurred_at is None else check_instant(asked.occurred_at, field="occurred_at")
    references = [each if isinstance(each, str) else each.id for each in asked.subjects]
    if len(set(references)) < len(references) or not "".join(references).isprintable():
        _check_references(references)
    if asked.license is not None and not asked.license.isprintable():
        check_text(asked.license, field="license")
    desk = await given.desk.get(partial(_open_desk, given), given.clock)
    if desk.lacks(references):
        desk = await run_in_threadpool(
            clearing.meet_subjects,
            given.database,
            cache=given.terms,
            desk=desk,
            references=references,
        )
    use = Use(asked.use_class, asked.modality, asked.unit, asked.territory, asked.language)
    cleared = desk.clear(
        licensee_id=caller.party_id,
        license_reference=asked.license,
        use=use,
        references=references,
        at=at,
    )
    quantity = None if asked.quantity is None else _quantity(asked.quantity)
    if any(each.grant is not None and each.grant.quota for each in cleared.clearances):
        cleared = await run_in_threadpool(
            clearing.within_quotas,
            given.database,
            desk=desk,
            licensee_id=caller.party_id,
            cleared=cleared,
            use=use,
            quantity=quantity,
            at=at,
        )
    sealed = _sealed(caller, asked, cleared, at=at, now=now)
    answer = _Answer(
        _STATUS[cleared.decision],
        [_subject(each, quantity, desk) for each in cleared.clearances],
        None if sealed is None else given.seal.sign(sealed),
        None if sealed is None else instant(sealed.expires_at),
    )
    return Response(_encoder.encode(answer), media_type="application/json")


def _check_references(references: Sequence[str]) -> None:
    check_list(references, field="subjects")
    for index, reference in enumerate(references):
        check_text(reference, field=f"subjects.{index}")


async def _caller(given: Context, headers: _Headers) -> Caller:
    """
    Return the AI firm that asks.

    :raises ScopeMissing: its key is for something else.
    :raises NotALicensee: it is no AI firm, and has no licenses to ask.
    """
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    caller = await authenticate_from_memory(given, authorization)
    if caller.scopes.isdisjoint(_SCOPES):
        raise ScopeMissing(scope=min(_SCOPES))
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    return caller


async def _body(request: Request, headers: _Headers) -> bytes:
    """Read the body, which is JSON, not compressed, and small."""
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        shown = media_type.decode("latin-1")
        raise BodyUnreadable("media_type_unsupported", 415, media_type=shown)
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1")
    if encoding != "identity":
        raise BodyUnreadable("encoding_unsupported", 415, encoding=encoding)
    body = b""
    while True:
        message = await request.receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise BodyUnreadable("body_too_large", 413, limit=BODY_BYTES_MAX)
        if not message.get("more_body", False):  # The whole of it, or whoever asked is gone.
            return body


def _decode(body: bytes) -> ClearanceBody:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise refused_field(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None


def _open_desk(given: Context, before: Desk | None) -> Desk:
    return clearing.open_desk(given.database, cache=given.terms, desk=before)


@lru_cache(maxsize=1024)
def _quantity(sent: str | int) -> Decimal:
    quantity = check_exact(sent, field="quantity")
    if quantity < 0:
        raise NumberOutOfRange(field="quantity", value=sent, least=0, most="1E+30")
    return quantity


def _subject(clearance: Clearance, quantity: Decimal | None, desk: Desk) -> _Subject:
    grant, terms, line = clearance.grant, clearance.terms, clearance.rate_line
    return _Subject(
        clearance.reference,
        _STATUS[clearance.decision],
        clearance.reasons,
        clearance.license_reference,
        terms.version if terms else None,
        terms.clause_reference if terms else None,
        _rate(line, terms.currency) if terms and line else None,
        _price(line, quantity, terms.currency) if terms and line and quantity is not None else None,
        desk.credit_line(clearance.reference),
        grant.ai_label or None if grant else None,
        grant.prohibited_content if grant else (),
        _left(clearance),
        clearance.opt_in,
    )


def _left(clearance: Clearance) -> _Quota | None:
    quota = clearance.grant.quota if clearance.grant is not None else None
    if quota is None or clearance.remaining is None:
        return None
    remaining = canonical_decimal(clearance.remaining)
    return _Quota(remaining, quota.unit, quota.period, quota.on_exceed)


@lru_cache(maxsize=4096)
def _rate(line: RateLine, currency: str) -> _Rate:
    return _Rate(line.basis, canonical_decimal(line.rate), currency, bool(line.tiers))


@lru_cache(maxsize=4096)
def _price(line: RateLine, quantity: Decimal, currency: str) -> str | None:
    price = estimate(line=line, quantity=quantity, currency=currency)
    return None if price is None else canonical_decimal(price)


def _sealed(
    caller: Caller, asked: ClearanceBody, cleared: Cleared, *, at: datetime, now: datetime
) -> Sealed | None:
    """Bind a token to the subjects that are cleared now; for another time there is none."""
    subjects = tuple(
        ClearedSubject(each.reference, each.license_reference, each.terms.version)
        for each in cleared.clearances
        if each.decision in PERMITTED and each.license_reference and each.terms
    )
    expires_at = min(now + LIFETIME, cleared.valid_until)
    if not subjects or abs(at - now) > CLOCK_TOLERANCE or expires_at <= now:
        return None
    return Sealed(
        licensee=caller.reference,
        use_class=asked.use_class,
        modality=asked.modality,
        territory=asked.territory,
        subjects=subjects,
        issued_at=int(now.timestamp()),
        expires_at=int(expires_at.timestamp()),
        language=asked.language,
    )


#: Looked for before all others, and not inside a router, which would cost as much as an answer.
route = LeanRoute(
    "/v1/clearances",
    ask_clearance,
    methods=["POST"],
    tags=["Clearance"],
    summary="Ask whether a license permits a use, and its price",
    description=(
        "Answers each subject as cleared, held or refused, with the reasons a report would be "
        "told. The firm names no license: the first that permits the use for all subjects is "
        "taken. Nothing is charged and nothing is stored. A change of terms, or the end of a "
        "key, is known within a second."
    ),
    response_model=ClearanceAnswer,
    responses=problems(400, 401, 403, 413, 415, 422, 503),
    openapi_extra=_described(),
)
