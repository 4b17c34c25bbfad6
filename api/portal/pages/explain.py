"""What an amount follows from, as a page: the same steps and figures as ``genbo explain``."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from api.explanation_words import Line, Writer
from api.explanations import as_json
from api.portal.rendering import page
from api.portal.table import Page
from api.portal.visits import Visit
from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Step
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.services import explaining
from ledger.services.explaining import ExplanationNotFound

#: Deeper steps are folded until somebody opens them.
_OPEN_DEPTH = 2
_REFERENCE_LENGTH_MAX = 256

#: What can be asked for in its turn.
_OWN = re.compile(r"(LINE-\d{4}-\d{2}-\d+|STM-\S+|PAY-\d{4}-\d{2}\S*|GEN-\S+-\d+-\d+)")
_ASKED_FOR = re.compile(
    r"(LINE-\d{4}-\d{2}-\d+|STM-\S+|PAY-\d{4}-\d{2}\S*|INV-\S+|GEN-\S+-\d+-\d+)"
)


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A step as a page shows it, with those in it."""

    line: Line
    asked_for: str | None  # by which its own explanation is asked for
    is_open: bool
    branches: tuple["Branch", ...]


def show_form(visit: Visit) -> Response:
    """Ask for a number, or go to the one that was asked for."""
    reference = visit.request.query_params.get("reference", "").strip()[:_REFERENCE_LENGTH_MAX]
    if reference:
        return visit.go(f"/explain/{quote(reference, safe='')}")
    return page(visit, "explain.html", reference="", branch=None, missing=False)


def show_explanation(visit: Visit) -> Response:
    """Show what a line, statement, payout or generation follows from."""
    reference = visit.request.path_params["reference"]
    try:
        found = explaining.explain(
            visit.book,
            book_id=visit.given.book_id,
            reference=reference[:_REFERENCE_LENGTH_MAX],
            reader=_reader(visit),
        )
    except ExplanationNotFound:
        return page(
            visit, "explain.html", status=404, reference=reference, branch=None, missing=True
        )
    if visit.request.query_params.get("as") == "json":
        return Response(
            as_json(found),
            media_type="application/json",
            headers={"Content-Disposition": "attachment; filename*=UTF-8''" + _file(reference)},
        )
    is_whole = visit.request.query_params.get("open") == "all"
    # A payee sees of an invoice the line it earned from, and nothing by its number.
    asked_for = _OWN if visit.session.organisation_role == Role.RIGHTS_HOLDER else _ASKED_FOR
    branch = _branch(found, None, Writer(visit.language), 0, is_whole, reference, asked_for)
    return page(
        visit, "explain.html", reference=reference, branch=branch, missing=False, is_whole=is_whole
    )


def _reader(visit: Visit) -> Reader:
    if visit.owner_id is None:
        return Reader()
    return Reader(id=visit.owner_id, reference=visit.session.organisation)


def _branch(
    step: Step,
    currency: str | None,
    writer: Writer,
    depth: int,
    is_whole: bool,
    shown: str,
    asked_for: re.Pattern[str],
) -> Branch:
    own = step.currency or currency
    reference = step.reference
    is_asked_for = reference is not None and reference != shown and asked_for.fullmatch(reference)
    return Branch(
        line=writer.line(step, own),
        asked_for=reference if is_asked_for else None,
        is_open=is_whole or depth < _OPEN_DEPTH,
        branches=tuple(
            _branch(each, own, writer, depth + 1, is_whole, shown, asked_for) for each in step.steps
        ),
    )


def _file(reference: str) -> str:
    return quote(f"{reference}.json", safe="")


PAGES = (
    Page(path="/explain", handler=show_form, right=Right.SEE_DOCUMENTS),
    Page(path="/explain/{reference}", handler=show_explanation, right=Right.SEE_DOCUMENTS),
)
