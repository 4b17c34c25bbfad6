"""``POST /v1/generations/preview``: what a report would be answered, and what it would cost."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api import preview_answers
from api.bodies import media_type, read_body
from api.clearance_tokens import doubts_of
from api.context import Context, context
from api.events import BODY_BYTES_MAX, decode
from api.preview_answers import PreviewAnswer
from api.problems import asked_language
from api.security import Caller, reporter
from api.shapes import EVENT_EXAMPLE, problems
from ledger.core.usage import ReportedGeneration
from ledger.services import previewing

router = APIRouter(tags=["Reporting"])

_EVENT = {"$ref": "#/components/schemas/Event"}
_EVENTS = {"type": "array", "items": _EVENT}
_CLOUD_EVENT = {"$ref": "#/components/schemas/CloudEvent"}
_WRAPPED = {
    "type": "object",
    "properties": {"events": _EVENTS},
    "required": ["events"],
    "additionalProperties": False,
}

_BODY = {
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

#: No event would be taken, or there was none.
_NOTHING_TAKEN = {
    "model": PreviewAnswer,
    "description": "No event would be taken.",
    "content": problems(422)[422]["content"],
}


@router.post(
    "/generations/preview",
    summary="Preview a report",
    description=(
        "Takes what a report takes, records nothing, and answers in order what each event would "
        "be, its exact price, and by how much the lines of its months would grow, each rounded "
        "once. Tiers are priced as their counters stand now, and move on from event to event."
    ),
    response_model=PreviewAnswer,
    responses={
        207: {"model": PreviewAnswer, "description": "Some events would not be taken."},
        422: _NOTHING_TAKEN,
        **problems(400, 401, 403, 413, 415, 503),
    },
    openapi_extra={"requestBody": _BODY},
)
async def preview_generations(
    request: Request,
    given: Annotated[Context, Depends(context)],
    caller: Annotated[Caller, Depends(reporter)],
) -> Response:
    body = await read_body(request, limit=BODY_BYTES_MAX)
    return await run_in_threadpool(_preview, request, given, caller, body)


def _preview(request: Request, given: Context, caller: Caller, body: bytes) -> Response:
    decoded = decode(
        body,
        media_type=media_type(request),
        content_encoding=request.headers.get("content-encoding"),
    )
    request.state.cost = len(decoded)
    preview = previewing.preview(
        given.database,
        terms=given.terms,
        book_id=given.book_id,
        licensee_id=caller.party_id,
        reported=[each for each in decoded if isinstance(each, ReportedGeneration)],
        previewed_at=given.clock(),
    )
    language = asked_language(request)
    content, status = preview_answers.write(
        decoded,
        preview,
        language=language,
        doubts=doubts_of(decoded, seal=given.seal, licensee=caller.reference),
    )
    return Response(
        content,
        status_code=status,
        media_type="application/json",
        headers={"Content-Language": language},
    )
