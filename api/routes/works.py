"""``GET /v1/works``: what could be licensed, found by title in any spelling or by identifier."""

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Meta

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.offer_answers import FoundBody, FoundListBody
from api.offer_bodies import subject_offer_body
from api.problems import asked_language
from api.security import Caller, require
from api.shapes import problems
from ledger.core.offer import state_at
from ledger.services import cataloguing
from ledger.store.lineages import Offered
from ledger.store.searches import SearchCursor
from ledger.store.works import SubjectInBook

router = APIRouter(tags=["Works"])

#: No text of the book holds the character, so the database is not asked for it.
_WITHOUT_NUL = "^[^\\x00]*$"


class _Place(NamedTuple):
    """A cursor of a search as it comes back, within what the book can be asked for."""

    rank: Annotated[int, Meta(ge=0, le=99)]
    length: Annotated[int, Meta(ge=0, le=1_000_000)]
    reference: Annotated[str, Meta(max_length=100, pattern=_WITHOUT_NUL)]


@router.get(
    "/works",
    summary="Find works, characters and voices",
    description=(
        "By Japanese, kana, romaji or English title in any width and spelling, or by identifier "
        "written scheme:value, with or without its hyphens. A whole title comes first, then the "
        "beginning of one, then a part."
    ),
    responses=problems(401, 403, 422, 503),
)
def find_works(
    request: Request,
    given: Annotated[Context, Depends(context)],
    caller: Annotated[Caller, Depends(require("read"))],
    q: Annotated[str, Query(min_length=1, max_length=256, pattern=_WITHOUT_NUL)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> FoundListBody:
    first: _Place | None = None
    place = read_cursor(cursor, kind=_Place, otherwise=first)
    page = cataloguing.search(
        given.database, query=q, limit=limit, cursor=None if place is None else SearchCursor(*place)
    )
    now, language = given.clock(), asked_language(request)
    return FoundListBody(
        works=[_shown(each, page.offered.get(each.id), now, language) for each in page.subjects],
        next_cursor=None if page.next_cursor is None else write_cursor(page.next_cursor),
    )


def _shown(
    subject: SubjectInBook, offered: Offered | None, now: datetime, language: str
) -> FoundBody:
    facts = subject.facts
    states = subject.opt_in if offered is None else offered.opt_in
    return FoundBody(
        id=facts.reference,
        kind=facts.kind,
        title_ja=facts.title_ja,
        title_kana=facts.title_kana,
        title_en=facts.title_en,
        rights_holder_ja=subject.owner_name_ja,
        rights_holder_en=subject.owner_name_en,
        credit_line=facts.credit_line,
        opt_in=state_at(states, now),
        offer=None if offered is None else subject_offer_body(offered.standing_at(now), language),
    )
