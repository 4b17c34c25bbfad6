"""Papers sent and received: found by date, amount and counterparty, shown, and taken along."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import quote, urlencode

from starlette.responses import Response, StreamingResponse

from api.archive import check_printable, rendered
from api.archive_export import export_papers
from api.cursors import CursorMalformed, read_cursor, write_cursor
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.archive import Direction, FiledKind
from ledger.core.confirmation import NoticeState
from ledger.core.membership import Right
from ledger.services import archiving, confirming, filing
from ledger.store.found_papers import BLANKS, Wanted
from ledger.store.notices import NoticeInBook

_SHOWN = 50

#: The fields of the search, as they stand in the address: a search can be kept as a bookmark.
_FIELDS = ("kind", "from", "to", "least", "most", "party", "number", "direction", "blank")

_DIGITS_MAX = 15

#: A PDF is shown within our own pages, by whatever a browser shows it with.
_PDF_POLICY = "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

#: Most papers that are picked by hand; more are found by a search.
_PICKED_MAX = 500


def show_documents(visit: Visit) -> Response:
    """List papers that are looked for, the latest first; all when nothing is."""
    asked = {name: visit.request.query_params.get(name, "").strip() for name in _FIELDS}
    wanted, faults = _wanted(asked)
    found = filing.search(
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.owner_id,
        wanted=wanted,
        before=_before(visit),
        limit=_SHOWN,
    )
    kept = {name: value for name, value in asked.items() if value}
    following = found.next_before and write_cursor(found.next_before)
    return page(
        visit,
        "documents.html",
        rows=() if faults else found.papers,
        asked=asked,
        faults=faults,
        kinds=kinds_of(is_house=visit.owner_id is None),
        directions=tuple(Direction),
        blanks=BLANKS,
        is_searched=bool(kept),
        query=urlencode(kept),
        following=following and urlencode({**kept, "before": following}),
        is_house=visit.owner_id is None,
        awaited=_awaited(visit),
    )


def _awaited(visit: Visit) -> tuple[NoticeInBook, ...]:
    """Return notices of payments that their payee has not answered yet."""
    if visit.owner_id is None or not visit.may(Right.ANSWER_NOTICES):
        return ()
    return confirming.list_notices(
        visit.database,
        book_id=visit.given.book_id,
        payee_id=visit.owner_id,
        state=NoticeState.SENT,
        limit=_SHOWN,
    ).notices


def export(visit: Visit) -> Response:
    """Give exactly what was picked as one ZIP, or everything that the same search finds."""
    asked = {name: visit.request.query_params.get(name, "").strip() for name in _FIELDS}
    wanted, faults = _wanted(asked)
    if picked := dict.fromkeys(visit.request.query_params.getlist("pick")):
        wanted, faults = _picked(visit, tuple(picked)), frozenset()
    if faults:
        return show_documents(visit)
    check_printable()
    pieces = export_papers(
        visit.database,
        book=visit.book,
        book_id=visit.given.book_id,
        owner_id=visit.owner_id,
        wanted=wanted,
        rendered_at=visit.now,
    )
    return StreamingResponse(
        pieces,
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="archive.zip"'},
    )


def _picked(visit: Visit, references: tuple[str, ...]) -> Wanted:
    """
    Return the papers that were picked.

    :raises PageNotThere: one of them is nobody's that asks.
    """
    if len(references) > _PICKED_MAX or any("\0" in each for each in references):
        raise PageNotThere
    wanted = Wanted(references=references)
    found = filing.search(
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.owner_id,
        wanted=wanted,
        before=None,
        limit=_PICKED_MAX,
    )
    if {each.paper.reference for each in found.papers} != set(references):
        raise PageNotThere
    return wanted


def show_pdf(visit: Visit) -> Response:
    """Give the bytes that were rendered first; the first who asks may wait for them."""
    document = archiving.find_document(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["reference"],
        owner_id=visit.owner_id,
    )
    how = "attachment" if visit.request.query_params.get("save") == "yes" else "inline"
    return Response(
        rendered(visit.book, document=document, rendered_at=visit.now),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'{how}; filename="{document.reference}.pdf"',
            "Content-Security-Policy": _PDF_POLICY,
        },
    )


def show_file(visit: Visit) -> Response:
    """Give a file as it was filed away, to be saved: what came from outside is not shown here."""
    if visit.owner_id is not None:
        raise PageNotThere
    history = filing.read_history(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["reference"],
    )
    return Response(
        filing.read_file(visit.database, content_sha256=history[-1].content_sha256),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(history[-1].file_name)}"
        },
    )


def kinds_of(*, is_house: bool) -> tuple[str, ...]:
    """Return the kinds of papers that somebody may look for."""
    from invoices.kinds import KINDS

    if not is_house:
        return tuple(KINDS)
    return (*KINDS, "declaration", "usage", *FiledKind)


def _wanted(asked: Mapping[str, str]) -> tuple[Wanted, frozenset[str]]:
    """Return what is looked for, and the fields that cannot be read."""
    faults: set[str] = set()

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(asked[name]) if asked[name] else None
        except ValueError:
            faults.add(name)
            return None

    def amount(name: str) -> int | None:
        digits = asked[name].replace(",", "")
        if not digits:
            return None
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX):
            faults.add(name)
            return None
        return int(digits)

    def text(name: str) -> str:
        return "".join(each for each in asked[name] if each.isprintable())[:200]

    wanted = Wanted(
        kind=asked["kind"] if asked["kind"] in kinds_of(is_house=True) else None,
        direction=asked["direction"] if asked["direction"] in tuple(Direction) else None,
        first_day=day("from"),
        last_day=day("to"),
        least=amount("least"),
        most=amount("most"),
        counterparty=text("party"),
        number=text("number"),
        blank=(asked["blank"],) if asked["blank"] in BLANKS else (),
    )
    return wanted, frozenset(faults)


def _before(visit: Visit) -> tuple[date, str] | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    try:
        return read_cursor(text, kind=tuple[date, str], otherwise=(date.max, ""))
    except CursorMalformed:
        raise PageNotThere from None


PAGES = (
    Page(path="/documents", handler=show_documents, right=Right.SEE_DOCUMENTS),
    Page(path="/documents/export", handler=export, right=Right.SEE_DOCUMENTS),
    Page(path="/documents/{reference}/pdf", handler=show_pdf, right=Right.SEE_DOCUMENTS),
    Page(path="/documents/{reference}/file", handler=show_file, right=Right.SEE_DOCUMENTS),
)
