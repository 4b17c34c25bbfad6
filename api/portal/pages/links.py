"""Passwords by letter: asking for a link, and setting a password by one."""

from starlette.responses import Response

from api.portal import passwords
from api.portal.options import reference_of_link
from api.portal.rendering import page
from api.portal.table import Door, Page, PageNotThere
from api.portal.visits import Visit
from api.words import detail_of
from ledger.core.fields import FieldRefusal
from ledger.core.membership import PASSWORD_LENGTH_MIN
from ledger.services import inviting


def show_forgotten(visit: Visit) -> Response:
    """Ask for the address to which a link is to go."""
    return page(visit, "forgotten.html", is_asked=False)


def ask_link(visit: Visit) -> Response:
    """Write the letter if the address is somebody's; the answer is the same if it is nobody's."""
    inviting.ask_reset(
        visit.book,
        email=visit.field("email")[:254],
        is_mailed=visit.options.sends_mail,
        asked_at=visit.now,
    )
    return page(visit, "forgotten.html", is_asked=True)


def show_link(visit: Visit) -> Response:
    """Show whose password is to be set, and the form."""
    link = inviting.find_link(visit.book, reference=_reference(visit), at=visit.now)
    return page(visit, "link.html", link=link, least=PASSWORD_LENGTH_MIN, problem=None)


def use_link(visit: Visit) -> Response:
    """Set the password, and show the way to the sign-in."""
    reference = _reference(visit)
    try:
        link = inviting.set_password(
            visit.book,
            link=reference,
            password=visit.field("password"),
            hashed=passwords.hashed,
            at=visit.now,
        )
    except FieldRefusal as refusal:
        link = inviting.find_link(visit.book, reference=reference, at=visit.now)
        problem = detail_of(refusal, visit.language)
        return page(
            visit, "link.html", status=422, link=link, least=PASSWORD_LENGTH_MIN, problem=problem
        )
    return page(visit, "password_set.html", link=link)


def _reference(visit: Visit) -> str:
    reference = reference_of_link(visit.options, visit.request.path_params["link"])
    if reference is None:
        raise PageNotThere
    return reference


PAGES = (
    Page(path="/forgotten", handler=show_forgotten, door=Door.OPEN),
    Page(path="/forgotten", handler=ask_link, method="POST", door=Door.OPEN),
    Page(path="/link/{link}", handler=show_link, door=Door.OPEN),
    Page(path="/link/{link}", handler=use_link, method="POST", door=Door.OPEN),
)
