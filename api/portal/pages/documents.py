"""Invoices and statements: found by date, amount and counterparty, and shown as PDF."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from starlette.responses import Response

from api.archive import rendered
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.services import archiving
from ledger.store.found_documents import Wanted

_SHOWN = 50

#: The fields of the search, as they stand in the address: a search can be kept as a bookmark.
_FIELDS = ("kind", "from", "to", "least", "most", "party")

_KINDS = ("invoice", "statement")
_DIGITS_MAX = 15


def show_documents(visit: Visit) -> Response:
    """List documents that are looked for, the latest first; all when nothing is."""
    asked = {name: visit.request.query_params.get(name, "").strip() for name in _FIELDS}
    wanted, faults = _wanted(asked)
    found, following = archiving.search_documents(
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.owner_id,
        wanted=wanted,
        before=_before(visit),
        limit=_SHOWN,
    )
    kept = {name: value for name, value in asked.items() if value}
    return page(
        visit,
        "documents.html",
        rows=() if faults else found,
        asked=asked,
        faults=faults,
        kinds=_KINDS,
        is_searched=bool(kept),
        following=following and urlencode({**kept, "before": following}),
        is_house=visit.owner_id is None,
    )


def show_pdf(visit: Visit) -> Response:
    """Give the bytes that were rendered first; the first who asks may wait for them."""
    document = archiving.find_document(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["reference"],
        owner_id=visit.owner_id,
    )
    return Response(
        rendered(visit.book, document=document, rendered_at=visit.now),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{document.reference}.pdf"'},
    )


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

    kind = asked["kind"] if asked["kind"] in _KINDS else None
    party = "".join(each for each in asked["party"] if each.isprintable())[:200]
    wanted = Wanted(
        kind=kind,
        first_day=day("from"),
        last_day=day("to"),
        least=amount("least"),
        most=amount("most"),
        counterparty=party,
    )
    return wanted, frozenset(faults)


def _before(visit: Visit) -> int | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageNotThere
    return int(text)


PAGES = (
    Page(path="/documents", handler=show_documents, right=Right.SEE_DOCUMENTS),
    Page(path="/documents/{reference}/pdf", handler=show_pdf, right=Right.SEE_DOCUMENTS),
)
