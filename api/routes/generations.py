"""
``POST /v1/generations``: a batch comes in, each event gets its answer in order.

The body is read and decoded by hand because a batch is thousands of events; everything else
about the route is ordinary FastAPI, so that the OpenAPI page shows it whole.
"""

import json
from collections import Counter
from collections.abc import Sequence
from email.message import Message
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from api.events import BODY_BYTES_MAX, BodyUnreadable, Decoded, InvalidEvent, decode
from api.intake import SMALL, Intake
from api.problems import asked_language, problem_body
from api.security import Caller, reporter
from api.shapes import EVENT_EXAMPLE, ReportAnswer, problems
from ledger.core.period import Month
from ledger.core.receipt import Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services.reporting import Report

router = APIRouter(tags=["Reporting"])

#: A body up to this size is decoded on the spot; a larger one in a thread of its own.
_SMALL_BODY = 32 * 1024

#: How much of a body is read in order that its sender hears why it is refused.
_CUT_OFF_AT = 4 * BODY_BYTES_MAX

#: What each field of a problem's event is called in the body, where the names differ.
_BODY_NAMES = {
    "event_id": "id",
    "occurred_at": "time",
    "license_reference": "license",
}

_EVENT = {"$ref": "#/components/schemas/Event"}
_EVENTS = {"type": "array", "items": _EVENT}
_CLOUD_EVENT = {"$ref": "#/components/schemas/CloudEvent"}
_WRAPPED = {
    "type": "object",
    "properties": {"events": _EVENTS},
    "required": ["events"],
    "additionalProperties": False,
}

_REPORT_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"anyOf": [_EVENTS, _EVENT, _WRAPPED]},
            "example": [EVENT_EXAMPLE],
        },
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "One event a line."},
            "example": json.dumps(EVENT_EXAMPLE) + "\n",
        },
        "text/csv": {"schema": {"type": "string"}},
        "text/tab-separated-values": {"schema": {"type": "string"}},
        "application/cloudevents+json": {"schema": _CLOUD_EVENT},
        "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _CLOUD_EVENT}},
    },
}

#: No event could be taken, or there was none.
_NOTHING_TAKEN = {
    "model": ReportAnswer,
    "description": "No event could be taken.",
    "content": problems(422)[422]["content"],
}


@router.post(
    "/generations",
    summary="Report generations",
    description=(
        "Takes up to 10,000 events. Answers one result for each, in order, after everything "
        "answered as accepted, held or refused has been committed. Sending the same events "
        "again is safe and returns the original receipts."
    ),
    response_model=ReportAnswer,
    responses={
        207: {"model": ReportAnswer, "description": "Some events could not be taken."},
        422: _NOTHING_TAKEN,
        **problems(400, 401, 403, 413, 415, 503),
    },
    openapi_extra={"requestBody": _REPORT_BODY},
)
async def report_generations(
    request: Request,
    caller: Annotated[Caller, Depends(reporter)],
) -> Response:
    body = await _body(request)
    if len(body) > _SMALL_BODY:
        decoded = await run_in_threadpool(_decode, request, body)
    else:
        decoded = _decode(request, body)
    reported = [each for each in decoded if isinstance(each, ReportedGeneration)]
    intake: Intake = request.app.state.intake
    results = await intake.record(Report(caller.party_id, reported)) if reported else []
    if len(decoded) > SMALL:
        return await run_in_threadpool(_respond, request, decoded, results)
    return _respond(request, decoded, results)


def _decode(request: Request, body: bytes) -> list[Decoded]:
    return decode(
        body,
        media_type=_media_type(request),
        content_encoding=request.headers.get("content-encoding"),
    )


def _respond(request: Request, decoded: Sequence[Decoded], results: Sequence[Result]) -> Response:
    language = asked_language(request)
    following = iter(results)
    answers = [
        _invalid(index, each, language)
        if isinstance(each, InvalidEvent)
        else _answer(index, each, next(following), language)
        for index, each in enumerate(decoded)
    ]
    return _response(answers, language)


async def _body(request: Request) -> bytes:
    """
    Read the body, keeping no more of it than could be taken.

    A body that is too large is read on for a while, because most senders listen for an answer
    only when they have sent everything; one that goes on and on is cut off.
    """
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= BODY_BYTES_MAX:
            chunks.append(chunk)
        elif size > _CUT_OFF_AT:
            break
    if size > BODY_BYTES_MAX:
        raise BodyUnreadable("body_too_large", 413, limit=BODY_BYTES_MAX)
    return b"".join(chunks)


def _media_type(request: Request) -> str:
    """Parse the content type; parameters such as charset are allowed."""
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    return header.get_content_type()


class _Receipt(Struct, frozen=True):
    batch: int
    position: int
    leaf: str
    root: str
    head: str


class _Answer(Struct, frozen=True, omit_defaults=True):
    index: int
    id: str | None
    status: Status
    reasons: tuple[str, ...] = ()
    receipt: _Receipt | None = None
    problem: dict[str, Any] | None = None


def _answer(index: int, reported: ReportedGeneration, result: Result, language: str) -> _Answer:
    receipt = result.receipt
    return _Answer(
        index,
        reported.event_id,
        result.status,
        result.reasons,
        None
        if receipt is None
        else _Receipt(
            receipt.batch_number,
            receipt.position,
            receipt.leaf_hash.hex(),
            _hex(receipt.root),
            _hex(receipt.head),
        ),
        _problem(index, reported, result, language)
        if result.differing or result.problem is not None
        else None,
    )


#: A batch's root and head are the same for all its events.
_hex = lru_cache(maxsize=64)(bytes.hex)


def _problem(
    index: int, reported: ReportedGeneration, result: Result, language: str
) -> dict[str, Any] | None:
    if result.status is Status.CONFLICT:
        fields = [_BODY_NAMES.get(name, name) for name in result.differing]
        return problem_body(
            "identity_conflict",
            language=language,
            pointer=f"/{index}/{fields[0]}",
            values={"id": reported.event_id, "fields": ", ".join(fields)},
            fields=fields,
        )
    if result.problem is not None:
        return problem_body(
            result.problem,
            language=language,
            pointer=f"/{index}/time",
            values={
                "month": str(Month.of(reported.occurred_at)),
                "time": reported.occurred_at.isoformat(),
            },
        )
    return None


def _invalid(index: int, event: InvalidEvent, language: str) -> _Answer:
    values = {"field": event.pointer or "/", "value": event.detail, "reason": event.detail}
    return _Answer(
        index,
        event.event_id,
        Status.INVALID,
        problem=problem_body(
            event.code, language=language, pointer=f"/{index}{event.pointer}", values=values
        ),
    )


def _response(answers: list[_Answer], language: str) -> Response:
    told = Counter([answer.status for answer in answers])
    counts = {status: told[status] for status in Status}
    taken = counts[Status.ACCEPTED] + counts[Status.DUPLICATE] + counts[Status.HELD]
    if taken == len(answers):
        status = 200
    else:
        status = 207 if taken or counts[Status.REFUSED] else 422
    return Response(
        msgspec.json.encode({"results": answers, "counts": counts}),
        status_code=status,
        media_type="application/json",
        headers={"Content-Language": language},
    )
