"""Going on with a form whose session was over: what is asked first, and what it begins with."""

from dataclasses import replace

from starlette.responses import Response

from api.portal import kept, rendering, visits
from api.portal.table import Page
from api.portal.visits import Visit
from ledger.core.sign_in import Stage
from locales.catalogues import message


def asked_to_sign_in(page: Page, visit: Visit) -> Response | None:
    """Ask whoever sent a form without a session to sign in, with what was typed kept beside."""
    is_signed_in = visit.found is not None and visit.found.stage == Stage.PORTAL
    if is_signed_in or page.method != "POST" or not page.keeps:
        return None
    if not visits.has_own_origin(visit):
        return None
    return rendering.page(
        visit,
        "sign_in.html",
        status=401,
        wanted="",
        email="",
        problem=message(visit.language, "portal.kept.ask"),
        kept=kept.sealed(visit),
    )


def with_what_was_kept(page: Page, visit: Visit) -> Visit:
    """Return a visit with the form that was kept; also one whose proof is of an older session."""
    if not page.keeps or not visits.has_own_origin(visit):
        return visit
    found = kept.opened(visit)
    if found is not None and found.path == visit.path:
        return replace(visit, form=found.fields, is_kept=True)
    if visit.form and kept.FIELD not in visit.form and not visits.is_from_here(visit):
        return replace(visit, is_kept=True)
    return visit
