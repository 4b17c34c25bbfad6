"""Who did what: the latest first, page by page; the house sees everybody's."""

from starlette.responses import Response

from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.services import witnessing

_SHOWN = 50


def show_acts(visit: Visit) -> Response:
    """List acts."""
    acts = witnessing.list_acts(
        visit.database, owner_id=visit.owner_id, before=_before(visit), limit=_SHOWN + 1
    )
    following = acts[_SHOWN - 1].id if len(acts) > _SHOWN else None
    return page(visit, "acts.html", acts=acts[:_SHOWN], following=following)


def _before(visit: Visit) -> int | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageNotThere
    return int(text)


PAGES = (Page(path="/acts", handler=show_acts, right=Right.SEE_ACTS),)
