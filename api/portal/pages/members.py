"""Who acts for an organisation; the house sees everybody."""

from starlette.responses import Response

from api.portal.rendering import page
from api.portal.table import Page
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.services import inviting


def show_members(visit: Visit) -> Response:
    """List members by organisation."""
    members = inviting.list_members(visit.database, owner_id=visit.owner_id)
    return page(visit, "members.html", members=members)


PAGES = (Page(path="/members", handler=show_members, right=Right.SEE_MEMBERS),)
