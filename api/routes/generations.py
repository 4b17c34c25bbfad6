"""
``POST /v1/generations``: a batch comes in, each event gets its answer in order.

The body is read and decoded by hand because a batch is thousands of events; everything else
about the route is ordinary FastAPI, so that the OpenAPI page shows it whole.
"""

from email.message import Message
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.context import Context, context
from api.events import BODY_BYTES_MAX, BodyUnreadable, Decoded, InvalidEvent, decode
from api.problems import asked_language, problem_body
from api.security import Caller, reporter
from api.shapes import EVENT_EXAMPLE, ReportAnswer, problems
from ledger.core.period import Month
from ledger.core.usage import ReportedGeneration
from ledger.services import reporting
from ledger.services.reporting import Receipt, Result, Status

router = APIRouter(tags=["Reporting"])

#: What each field of a problem's event is called in the body, where the names differ.
_BODY_NAMES = {
    "event_id": "id",
    "occurred_at": "time",
    "license_reference": "license",
}

_REPORT_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
            "example": [EVENT_EXAMPLE],
        },
        "application/x-ndjson": {"schema": {"type": "string"}},
        "application/cloudevents+json": {"schema": {"type": "object"}},
        "application/cloudevents-batch+json": {"schema": {"type": "array"}},
    },
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
        422: {"model": ReportAnswer, "description": "No event could be taken."},
        **problems(400, 401, 403, 413, 415, 503),
    },
    openapi_extra={"requestBody": _REPORT_BODY},
)
async def report_generations(
    request: Request,
    given: Annotated[Context, Depends(context)],
    caller: Annotated[Caller, Depends(reporter)],
) -> Response:
    body = await _body(request)
    return await run_in_threadpool(_report, request, given, caller, body)


def _report(request: Request, given: Context, caller: Caller, body: bytes) -> Response:
    decoded = decode(
        body,
        media_type=_media_type(request),
        content_encoding=request.headers.get("content-encoding"),
    )
    results = iter(
        reporting.record(
            given.database,
            terms=given.terms,
            book_id=given.book_id,
            licensee_id=caller.party_id,
            reported=[each for each in decoded if isinstance(each, ReportedGeneration)],
            recorded_at=given.clock(),
        )
    )
    language = asked_language(request)
    answers = [
        _invalid(index, each, language)
        if isinstance(each, InvalidEvent)
        else _answer(index, each, next(results), language)
        for index, each in enumerate(decoded)
    ]
    return _respond(answers, language)


async def _body(request: Request) -> bytes:
    """Read the body, stopping as soon as it is larger than any that could be taken."""
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise BodyUnreadable("body_too_large", 413, limit=BODY_BYTES_MAX)
        chunks.append(chunk)
    return b"".join(chunks)


def _media_type(request: Request) -> str:
    """Parse the content type; parameters such as charset are allowed."""
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    return header.get_content_type()


def _answer(index: int, reported: Decoded, result: Result, language: str) -> dict[str, Any]:
    assert isinstance(reported, ReportedGeneration)
    answer: dict[str, Any] = {
        "index": index,
        "id": reported.event_id,
        "status": result.status,
    }
    if result.reasons:
        answer["reasons"] = result.reasons
    if result.receipt is not None:
        answer["receipt"] = _receipt(result.receipt)
    if result.status is Status.CONFLICT:
        fields = [_BODY_NAMES.get(name, name) for name in result.differing]
        answer["problem"] = problem_body(
            "identity_conflict",
            language=language,
            pointer=f"/{index}/{fields[0]}",
            values={"id": reported.event_id, "fields": ", ".join(fields)},
            fields=fields,
        )
    elif result.problem is not None:
        answer["problem"] = problem_body(
            result.problem,
            language=language,
            pointer=f"/{index}/time",
            values={
                "month": str(Month.of(reported.occurred_at)),
                "time": reported.occurred_at.isoformat(),
            },
        )
    return answer


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "batch": receipt.batch_number,
        "position": receipt.position,
        "leaf": receipt.leaf_hash.hex(),
        "root": receipt.root.hex(),
        "head": receipt.head.hex(),
    }


def _invalid(index: int, event: InvalidEvent, language: str) -> dict[str, Any]:
    pointer = f"/{index}{event.pointer}"
    values = {"field": event.pointer or "/", "value": event.detail, "reason": event.detail}
    return {
        "index": index,
        "id": event.event_id,
        "status": Status.INVALID,
        "problem": problem_body(event.code, language=language, pointer=pointer, values=values),
    }


def _respond(answers: list[dict[str, Any]], language: str) -> Response:
    counts: dict[str, int] = dict.fromkeys(Status, 0)
    for answer in answers:
        counts[answer["status"]] += 1
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
