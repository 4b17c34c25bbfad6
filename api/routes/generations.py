"""
``POST /v1/generations``: a batch comes in, each event gets its answer in order.

The body is read and decoded by hand because a batch is thousands of events, and the caller is
asked for by hand because single events come by the thousand; the OpenAPI page is told in full all
the same.
"""

import json
from collections.abc import Sequence
from enum import StrEnum

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from api import report_answers
from api.clearance_tokens import doubts_of
from api.context import context
from api.events import BODY_BYTES_MAX, BodyUnreadable, Decoded, decode
from api.intake import Intake
from api.lean_routes import BEARER, LeanRoute
from api.problems import asked_language
from api.sandboxes import intake_of
from api.security import Caller, NotALicensee, ScopeMissing, authenticate_from_memory
from api.shapes import EVENT_EXAMPLE, ReportAnswer, problems
from ledger.core.columns import Columns
from ledger.core.fields import check_word
from ledger.core.receipt import NOT_TAKEN, Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services.reporting import NotTakenWhole, Report

#: A body up to this size is decoded on the spot and may share its commit; a larger one has a
#: thread and a commit of its own.
_SMALL_BODY = 32 * 1024

#: How much of a body is read in order that its sender hears why it is refused.
_CUT_OFF_AT = 4 * BODY_BYTES_MAX

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


class _Choice(StrEnum):
    TRUE = "true"
    FALSE = "false"


#: What an event hears that could have been taken, when another of its report could not.
_GIVEN_UP = Result(Status.INVALID, problem=report_answers.REPORT_GIVEN_UP)

_ATOMIC = {
    "name": "atomic",
    "in": "query",
    "description": "All or nothing: one event that cannot be taken keeps out all others.",
    "schema": {"type": "string", "enum": list(_Choice), "default": _Choice.FALSE},
    "example": "true",
}


async def report_generations(request: Request) -> Response:
    caller = await _caller(request)
    is_atomic = bool(request.url.query) and _is_atomic(request)
    body = await _body(request)
    intake = intake_of(request)
    if is_atomic:
        return await run_in_threadpool(_take_whole, request, body, intake, caller)
    if len(body) > _SMALL_BODY:
        return await run_in_threadpool(_take, request, body, intake, caller)
    decoded = _decode(request, body)
    report = _report(caller, decoded)
    results = await intake.record(report) if report.reported else []
    return _respond(request, caller, decoded, results)


async def _caller(request: Request) -> Caller:
    """
    Return the AI firm that reports; nobody reports in another's name.

    :raises ScopeMissing: its key is for something else.
    :raises NotALicensee: it is no AI firm.
    """
    authorization = request.headers.get("authorization", "")
    caller = await authenticate_from_memory(context(request), authorization)
    if "report" not in caller.scopes:
        raise ScopeMissing(scope="report")
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    return caller


def _take(request: Request, body: bytes, intake: Intake, caller: Caller) -> Response:
    """Take in a large body from its bytes to its answer, which costs one change of thread."""
    decoded = _decode(request, body)
    report = _report(caller, decoded)
    results = intake.record_by_itself(report) if report.reported else []
    return _respond(request, caller, decoded, results)


def _is_atomic(request: Request) -> bool:
    """
    Tell whether the report is to be taken whole or not at all.

    :raises WordNotKnown: ``atomic`` is neither true nor false.
    """
    asked = request.query_params.get("atomic", _Choice.FALSE)
    return check_word(asked, of=_Choice, field="atomic") is _Choice.TRUE


def _take_whole(request: Request, body: bytes, intake: Intake, caller: Caller) -> Response:
    """Take in a report whole or not at all: one event that cannot be taken keeps out all others."""
    decoded = _decode(request, body)
    reported = _readable(decoded)
    if len(reported) < len(decoded):
        return _respond(request, caller, decoded, [_GIVEN_UP] * len(reported))
    try:
        results = intake.record_by_itself(Report(caller.party_id, reported, is_atomic=True))
    except NotTakenWhole as given_up:
        results = [each if each.status in NOT_TAKEN else _GIVEN_UP for each in given_up.results]
    return _respond(request, caller, decoded, results)


def _report(caller: Caller, decoded: Sequence[Decoded]) -> Report:
    return Report(caller.party_id, _readable(decoded))


def _readable(decoded: Sequence[Decoded]) -> Sequence[ReportedGeneration]:
    """Return the events of a body that could be read, in order."""
    if isinstance(decoded, Columns):
        return decoded
    return [each for each in decoded if isinstance(each, ReportedGeneration)]


def _decode(request: Request, body: bytes) -> Sequence[Decoded]:
    return decode(
        body,
        media_type=_media_type(request),
        content_encoding=request.headers.get("content-encoding"),
    )


def _respond(
    request: Request, caller: Caller, decoded: Sequence[Decoded], results: Sequence[Result]
) -> Response:
    request.state.cost = len(decoded)  # What the key's quota is counted in.
    language = asked_language(request)
    counts = report_answers.count(decoded, results)
    doubts = doubts_of(decoded, seal=context(request).seal, licensee=caller.reference)
    return Response(
        report_answers.write(decoded, results, counts=counts, language=language, doubts=doubts),
        status_code=report_answers.http_status(counts),
        media_type="application/json",
        headers={"Content-Language": language},
    )


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
    """Return the content type without its parameters, such as charset, which are allowed."""
    sent = request.headers.get("content-type", "")
    return sent.partition(";")[0].strip().lower()


#: Looked for before all others: single events come by the thousand.
route = LeanRoute(
    "/v1/generations",
    report_generations,
    methods=["POST"],
    tags=["Reporting"],
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
    openapi_extra={"parameters": [_ATOMIC], "requestBody": _REPORT_BODY, **BEARER},
)
