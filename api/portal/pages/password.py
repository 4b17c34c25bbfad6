"""One's own password: another one, after the present one was shown."""

from dataclasses import replace

from starlette.responses import Response

from api.portal import passwords
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of
from api.portal.table import Door, Page
from api.portal.visits import Visit
from ledger.core.membership import PASSWORD_LENGTH_MIN
from ledger.core.refusal import Refusal
from ledger.services import entering, renewing
from ledger.services.entering import TooManyTries


class PasswordNotRight(Refusal):
    """The present password was not the one that was typed."""

    code = "password_not_right"
    field = "old"


def show_password(visit: Visit) -> Response:
    """Show the form."""
    return _shown(visit)


def change_password(visit: Visit) -> Response:
    """Compare the present password as at the sign-in, waits included, and set the other."""
    try:
        attempt = entering.begin_try(
            visit.book, email=visit.session.email, address=visit.browser.address, at=visit.now
        )
        kept = attempt.shows.password_hash if attempt.shows else None
        if not passwords.is_right(visit.field("old"), kept):
            raise PasswordNotRight
        renewing.change_password(
            visit.book,
            current=visit.session,
            attempt_id=attempt.id,
            password=visit.field("password"),
            hashed=passwords.hashed,
            at=visit.now,
        )
    except TooManyTries as refusal:
        return _shown(visit, problem=replace(problem_of(visit, refusal), status=429))
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return visit.go("/account?password=changed")


def _shown(visit: Visit, *, problem: Problem | None = None) -> Response:
    return page(
        visit,
        "password.html",
        status=200 if problem is None else problem.status,
        least=PASSWORD_LENGTH_MIN,
        problem=problem,
    )


PAGES = (
    Page(path="/account/password", handler=show_password, door=Door.OWN),
    Page(path="/account/password", handler=change_password, method="POST", door=Door.OWN),
)
