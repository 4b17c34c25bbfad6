"""``/v1/archive``: papers found by date, amount and counterparty, and taken along as a ZIP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.archive import check_printable
from api.archive_export import export_papers
from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.days import Day
from api.money_texts import major
from api.month_paths import WITHOUT_NUL
from api.security import Caller, require
from api.shapes import problems
from ledger.core.archive import Direction
from ledger.core.money import AMOUNT_MINOR_MAX
from ledger.services import filing
from ledger.services.filing import ArchivedPaper
from ledger.store.found_papers import Wanted

router = APIRouter(prefix="/archive", tags=["Documents"])

Reader = Annotated[Caller, Depends(require("read"))]
Given = Annotated[Context, Depends(context)]

_BEYOND = (date.max, "")


class PaperBody(BaseModel):
    """A paper as a search shows it; what is blank on it is null."""

    reference: str
    kind: str = Field(examples=["invoice"])
    direction: Direction
    date: str | None = Field(examples=["2026-11-05"])
    amount: str | None = Field(description="In major units", examples=["110000"])
    currency: str | None
    counterparty: str | None = Field(
        description="As it was printed on the paper", examples=["Studio A Inc."]
    )
    number: str | None = Field(examples=["INV-2026-000001"])
    is_removed: bool = Field(description="It was filed by mistake")
    kept_through: str | None = Field(
        description="The last day it is kept; null until the house recorded the fiscal year",
        examples=["2034-05-31"],
    )


class PaperList(BaseModel):
    """A page of papers, the latest first."""

    papers: list[PaperBody]
    next_cursor: str | None


def asked(
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    least: Annotated[int | None, Query(ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX)] = None,
    most: Annotated[int | None, Query(ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX)] = None,
    counterparty: Annotated[str, Query(max_length=200, pattern=WITHOUT_NUL)] = "",
    number: Annotated[str, Query(max_length=200, pattern=WITHOUT_NUL)] = "",
    kind: Annotated[str | None, Query(max_length=50, pattern=WITHOUT_NUL)] = None,
    direction: Direction | None = None,
    blank: Annotated[list[Literal["date", "amount", "counterparty"]] | None, Query()] = None,
    removed: bool = False,
) -> Wanted:
    """Read what is looked for; amounts are in whole major units, bounds included."""
    return Wanted(
        kind=None if kind is None else _plain(kind),
        direction=direction,
        first_day=first,
        last_day=last,
        least=least,
        most=most,
        counterparty=_plain(counterparty),
        number=_plain(number),
        blank=tuple(blank or ()),
        with_removed=removed,
    )


Asked = Annotated[Wanted, Depends(asked)]


@router.get(
    "",
    summary="Find papers by date, amount and counterparty",
    description="The latest first. The house finds everything that was sent or came in; a party"
    " the documents that were addressed to it. `blank` asks for what has no date, amount or"
    " counterparty. Width and kana make no difference in names.",
    responses=problems(401, 403, 422, 503),
)
def search_archive(
    given: Given,
    caller: Reader,
    wanted: Asked,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> PaperList:
    before = read_cursor(cursor, kind=tuple[date, str], otherwise=_BEYOND)
    page = filing.search(
        given.database,
        book_id=given.book_id,
        owner_id=caller.scope_id,
        wanted=wanted,
        before=None if cursor is None else (before[0], _plain(before[1])),
        limit=limit,
    )
    return PaperList(
        papers=[_shown(each) for each in page.papers],
        next_cursor=None if page.next_before is None else write_cursor(page.next_before),
    )


@router.get(
    "/export",
    summary="Download papers with an index and hashes",
    description="A ZIP of everything the search finds: files, `index.csv`, `SHA256SUMS`. The same"
    " papers give the same bytes.",
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The papers.",
        },
        **problems(401, 403, 422, 503),
    },
)
def export_archive(given: Given, caller: Reader, wanted: Asked) -> Response:
    check_printable()
    pieces = export_papers(
        given.database,
        book=given.database,
        book_id=given.book_id,
        owner_id=caller.scope_id,
        wanted=wanted,
        rendered_at=given.clock(),
    )
    return StreamingResponse(
        pieces,
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="archive.zip"'},
    )


def _shown(each: ArchivedPaper) -> PaperBody:
    paper = each.paper
    return PaperBody(
        reference=paper.reference,
        kind=paper.kind,
        direction=Direction(paper.direction),
        date=None if paper.dealt_on is None else paper.dealt_on.isoformat(),
        amount=major(paper.amount_minor, paper.currency) or None,
        currency=paper.currency,
        counterparty=paper.counterparty_ja or paper.counterparty_en or None,
        number=paper.number or None,
        is_removed=paper.is_removed,
        kept_through=None if each.kept_through is None else each.kept_through.isoformat(),
    )


def _plain(text: str) -> str:
    """Leave out what no text of the book holds."""
    return text.replace("\0", "")
