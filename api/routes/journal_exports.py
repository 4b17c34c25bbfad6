"""``/v1/journal/exports``: the house has its entries written for an accounting program."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.idempotency import once
from api.journals import Made, Order, export, export_again, media_type_of
from api.security import Caller, require_house
from api.shapes import problems
from invoices.journals import JournalFormat
from ledger.services import journaling
from ledger.store.journal_exports import LoggedExport

router = APIRouter(prefix="/journal/exports", tags=["Journal"])

_managing = require_house("manage")

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require_house("read"))]
Manager = Annotated[Caller, Depends(_managing)]
Once = Annotated[Context, Depends(once(_managing))]
Number = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[1])]

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("text/csv", "text/plain")
        },
        "description": "The file.",
    }
}


class NewExport(BaseModel, extra="forbid"):
    """Which entries are wanted, for which program."""

    format: JournalFormat
    first_day: date | None = Field(
        default=None, alias="from", description="The first day; the book's first without it"
    )
    last_day: date | None = Field(default=None, alias="to", description="The last day, included")
    new_only: bool = Field(
        default=False, description="Leave out what was exported in this format before"
    )
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", examples=["JPY"])
    encoding: str | None = Field(
        default=None, pattern="^[a-z0-9-]{1,20}$", examples=["cp932"], description="Of the file"
    )


class ExportBody(BaseModel):
    """An export of the log."""

    number: int
    format: JournalFormat
    first_day: date | None
    last_day: date | None
    new_only: bool
    currency: str | None
    encoding: str
    entry_count: int
    content_sha256: str = Field(description="Of the file as it was made")
    exported_at: datetime
    exported_by: str


class NewExportBody(BaseModel):
    """An export that was made, and where its file is."""

    number: int
    name: str = Field(examples=["journal-1-yayoi.csv"])
    entry_count: int
    content_sha256: str
    file: str = Field(examples=["/v1/journal/exports/1/file"])
    replaced: dict[str, str] = Field(
        description="Characters that took another form in the file's encoding"
    )


class ExportList(BaseModel):
    """The newest exports first."""

    exports: list[ExportBody]
    next_cursor: str | None


@router.post(
    "",
    status_code=201,
    summary="Export entries for an accounting program",
    description=(
        "For the house: logs which entries leave, for which program, by whose key, and names the "
        "file. Programs that keep yen refuse entries in other currencies by name."
    ),
    responses=problems(401, 403, 422, 503),
)
def make_export(given: Once, whole: Given, caller: Manager, new: NewExport) -> NewExportBody:
    made = export(
        whole.database,
        Order(
            format=new.format,
            first_day=new.first_day,
            last_day=new.last_day,
            is_new_only=new.new_only,
            currency=new.currency,
            encoding=new.encoding,
            mapping=given.journal_mapping,
        ),
        book_id=given.book_id,
        exported_by=caller.key,
        exported_at=given.clock(),
        log_in=given.database,
    )
    return _made(made)


@router.get(
    "",
    summary="List exports of the journal",
    description="For the house: who took which entries when, the newest first.",
    responses=problems(401, 403, 422, 503),
)
def list_exports(
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> ExportList:
    found = journaling.list_exports(
        given.database,
        book_id=given.book_id,
        before=_place(cursor),
        limit=limit + 1,
    )
    page = found[:limit]
    return ExportList(
        exports=[_logged(each) for each in page],
        next_cursor=write_cursor(page[-1].number) if len(found) > limit else None,
    )


@router.get(
    "/{number}/file",
    summary="Download an export of the journal",
    description=(
        "For the house: the file of an export, made again of exactly its entries. While names and "
        "mapping are the same it has the hash that was logged."
    ),
    response_class=Response,
    responses={**_FILE, **problems(401, 403, 404, 422, 503)},
)
def download_export(given: Given, caller: Reader, number: Number) -> Response:
    made = export_again(
        given.database, book_id=given.book_id, number=number, mapping=given.journal_mapping
    )
    return Response(
        made.file.content,
        media_type=media_type_of(made),
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )


def _place(cursor: str | None) -> int | None:
    return None if cursor is None else read_cursor(cursor, kind=int, otherwise=0)


def _made(made: Made) -> NewExportBody:
    return NewExportBody(
        number=made.number,
        name=made.name,
        entry_count=made.entry_count,
        content_sha256=made.content_sha256.hex(),
        file=f"/v1/journal/exports/{made.number}/file",
        replaced=made.file.replaced,
    )


def _logged(each: LoggedExport) -> ExportBody:
    return ExportBody(
        number=each.number,
        format=JournalFormat(each.format),
        first_day=each.first_day,
        last_day=each.last_day,
        new_only=each.is_new_only,
        currency=each.currency,
        encoding=each.encoding,
        entry_count=each.entry_count,
        content_sha256=each.content_sha256.hex(),
        exported_at=each.exported_at,
        exported_by=each.exported_by,
    )
