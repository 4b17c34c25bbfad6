"""
Corrections of recorded generations: one at once, or many drawn up, looked at, and then made.

A generation is named by its id in the address, its source, and its month where the id is
recorded in several.
"""

import secrets
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.context import Context, context
from api.correction_shapes import (
    CommittedBody,
    CorrectionAnswer,
    DraftBody,
    GenerationBody,
    corrected_body,
    correction_answer,
    draft_body,
    generation_body,
)
from api.corrections import MONTH, described, json_body, read_correction, read_corrections
from api.event_bodies import PRINTABLE
from api.idempotency import once
from api.problems import asked_language
from api.security import Caller, reporter
from api.shapes import problems
from ledger.services import correcting


class EventIds(StringConvertor):
    """Ids of events in addresses: they may hold slashes, but do not end as a route does."""

    regex = r"(?:(?!/corrections$).)+"


register_url_convertor("event", EventIds())

router = APIRouter(tags=["Corrections"])

Given = Annotated[Context, Depends(context)]
Reporter = Annotated[Caller, Depends(reporter)]
Once = Annotated[Context, Depends(once(reporter))]
Body = Annotated[bytes, Depends(json_body)]
EventId = Annotated[
    str,
    Path(alias="id", min_length=1, max_length=256, pattern=PRINTABLE, examples=["01K6Z3N8S2-0"]),
]
DraftId = Annotated[
    str, Path(alias="id", max_length=100, pattern="^[A-Za-z0-9_]+$", examples=["cor_6f1c"])
]


@router.get(
    "/generations/{id:event}",
    summary="Read a recorded generation",
    description=(
        "What you reported under a source and id, what was decided about it, and every correction "
        "of it, with their receipts. The highest revision counts."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def read_generation(
    given: Given,
    caller: Reporter,
    event_id: EventId,
    source: Annotated[
        str, Query(min_length=1, max_length=256, pattern=PRINTABLE, examples=["studio-a/images"])
    ],
    month: Annotated[str | None, Query(pattern=MONTH, examples=["2026-11"])] = None,
) -> GenerationBody:
    identity, history = correcting.find_generation(
        given.database,
        licensee_id=caller.party_id,
        source=source,
        event_id=event_id,
        month=None if month is None else date.fromisoformat(f"{month}-01"),
    )
    return generation_body(identity, history)


@router.post(
    "/generations/{id:event}/corrections",
    summary="Correct a recorded generation",
    description=(
        "Voids it, or puts a whole event in its place. Nothing is edited: the correction is a row "
        "of its own in your log, with a receipt. Sending the same correction again is safe and "
        "returns the original receipt. The answer says what becomes more or less."
    ),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra=described(is_batch=False),
)
def correct_generation(
    given: Given, caller: Reporter, event_id: EventId, body: Body
) -> CorrectionAnswer:
    made, lines = correcting.correct(
        given.database,
        terms=given.terms,
        licensee_id=caller.party_id,
        correction=read_correction(body, event_id=event_id),
        recorded_by=caller.reference,
        recorded_at=given.clock(),
    )
    return correction_answer(made, lines)


@router.post(
    "/correction-batches",
    status_code=201,
    summary="Draw up a batch of corrections",
    description=(
        "Takes up to 10,000 corrections and changes nothing. The answer shows what they would "
        "change together, and which cannot be made."
    ),
    responses=problems(400, 401, 403, 413, 415, 422, 503),
    openapi_extra=described(is_batch=True),
)
def draw_up_corrections(request: Request, given: Once, caller: Reporter, body: Body) -> DraftBody:
    draft = correcting.draw_up(
        given.database,
        terms=given.terms,
        licensee_id=caller.party_id,
        reference=f"cor_{secrets.token_hex(12)}",
        asked=read_corrections(body),
        recorded_by=caller.reference,
        recorded_at=given.clock(),
    )
    return draft_body(draft, language=asked_language(request))


@router.get(
    "/correction-batches/{id}",
    summary="Read a batch of corrections",
    description="What it was shown to change when it was drawn up, and what became of it.",
    responses=problems(401, 403, 404, 422, 503),
)
def read_draft(request: Request, given: Given, caller: Reporter, draft_id: DraftId) -> DraftBody:
    draft = correcting.find_draft(given.database, licensee_id=caller.party_id, reference=draft_id)
    return draft_body(draft, language=asked_language(request))


@router.post(
    "/correction-batches/{id}/commit",
    summary="Make a batch of corrections",
    description=(
        "Makes all of them or none. Refused when it would change something else than what was "
        "shown: draw up another. Sending it again is safe and returns the same receipts."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def commit_draft(given: Given, caller: Reporter, draft_id: DraftId) -> CommittedBody:
    made = correcting.commit_draft(
        given.database,
        terms=given.terms,
        licensee_id=caller.party_id,
        reference=draft_id,
        recorded_by=caller.reference,
        recorded_at=given.clock(),
    )
    return CommittedBody(id=draft_id, corrections=[*map(corrected_body, made)])


@router.delete(
    "/correction-batches/{id}",
    status_code=204,
    response_class=Response,
    summary="Discard a batch of corrections",
    description="Gives up what was drawn up. It can still be read.",
    responses=problems(401, 403, 404, 409, 422, 503),
)
def discard_draft(given: Given, caller: Reporter, draft_id: DraftId) -> None:
    correcting.discard_draft(
        given.database,
        licensee_id=caller.party_id,
        reference=draft_id,
        recorded_by=caller.reference,
        recorded_at=given.clock(),
    )
