"""
The site: from a request to a page, through the same gates for every one of them.

A page says in the table of its module who may see it. Everything else is decided here: the
language, the session, the form's proof, the right, and how a refusal is told.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from secrets import token_urlsafe
from types import MappingProxyType
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.context import Context
from api.portal import rendering, visits
from api.portal.going_on import asked_to_sign_in, with_what_was_kept
from api.portal.navigation import first_place
from api.portal.options import PREFIX, PortalOptions
from api.portal.pages import (
    account,
    acts,
    books,
    consents,
    contracts,
    desk,
    documents,
    earnings,
    entry,
    explain,
    generations,
    home,
    invoices,
    keys,
    licenses,
    links,
    machinery,
    members,
    months,
    offers,
    overview,
    paper,
    parties,
    password,
    payouts,
    receipts,
    reports,
    reviews,
    sandbox,
    standing,
    statements,
    usage,
    webhooks,
    withholding,
)
from api.portal.table import Door, Page, PageNotThere
from api.portal.uploads import Upload, read_parts
from api.portal.visits import Visit
from api.problems import STATUS_OF, asked_language
from api.sandboxes import Sandboxes
from api.words import detail_of, title_of
from ledger.core.membership import HOUSE_ROLES
from ledger.core.refusal import Refusal
from ledger.core.sign_in import Stage
from ledger.services import entering
from ledger.store.portal_sessions import Found
from locales.catalogues import languages

#: Every page there is.
PAGES: tuple[Page, ...] = (
    *entry.PAGES,
    *links.PAGES,
    *account.PAGES,
    *password.PAGES,
    *members.PAGES,
    *home.PAGES,
    *earnings.PAGES,
    *generations.PAGES,
    *explain.PAGES,
    *statements.PAGES,
    *standing.PAGES,
    *offers.PAGES,
    *consents.PAGES,
    *months.PAGES,
    *payouts.PAGES,
    *receipts.PAGES,
    *desk.PAGES,
    *reviews.PAGES,
    *machinery.PAGES,
    *parties.PAGES,
    *contracts.PAGES,
    *acts.PAGES,
    *books.PAGES,
    *withholding.PAGES,
    *documents.PAGES,
    *paper.PAGES,
    *overview.PAGES,
    *usage.PAGES,
    *reports.PAGES,
    *invoices.PAGES,
    *licenses.PAGES,
    *keys.PAGES,
    *webhooks.PAGES,
    *sandbox.PAGES,
)

#: More fields than any form has, and more than anybody types into one.
_FIELDS_MAX = 500
_FORM_BYTES_MAX = 256 * 1024
_NO_FILES: Mapping[str, Upload] = MappingProxyType({})

_log = logging.getLogger("genbo.portal")


def create_site(given: Context, options: PortalOptions, sandboxes: Sandboxes) -> Starlette:
    """Return the portal of one book."""
    routes = [
        Route("/static/{name}", _static, methods=["GET"]),
        Route("/", _Endpoint(_home, given, options, sandboxes).answer, methods=["GET"]),
    ]
    for page in PAGES:
        routes.append(
            Route(
                page.path, _Endpoint(page, given, options, sandboxes).answer, methods=[page.method]
            )
        )
    missing = _Endpoint(_nowhere, given, options, sandboxes)
    return Starlette(routes=routes, exception_handlers={HTTPException: missing.answer_missing})


def _go_home(visit: Visit) -> Response:
    return visit.go(first_place(visit))


def _be_nowhere(_visit: Visit) -> Response:
    raise PageNotThere


_home = Page(path="/", handler=_go_home, door=Door.OWN)
_nowhere = Page(path="", handler=_be_nowhere, door=Door.OPEN)


async def _static(request: Request) -> Response:
    found = rendering.static_file(request.path_params["name"])
    return found or Response(status_code=404)


class _Endpoint:
    """Answers requests for one page."""

    def __init__(
        self, page: Page, given: Context, options: PortalOptions, sandboxes: Sandboxes
    ) -> None:
        self._page = page
        self._sandboxes = sandboxes
        self._given = given
        self._options = options

    async def answer(self, request: Request) -> Response:
        """Read the form, and answer in a thread, where the database may be waited for."""
        form, files = await _form(request) if request.method == "POST" else ({}, {})
        return await run_in_threadpool(self._answer, request, form, files)

    async def answer_missing(self, request: Request, _error: Exception) -> Response:
        """Answer a request for an address at which there is nothing."""
        return await run_in_threadpool(self._answer, request, {})

    def _answer(
        self, request: Request, form: Mapping[str, str], files: Mapping[str, Upload] = _NO_FILES
    ) -> Response:
        chosen = request.query_params.get("lang")
        if request.method == "GET" and chosen in languages():
            return _in_language(request, chosen)
        visit = self._visit(request, form, files)
        try:
            answer = self._pass(visit)
        except Refusal as refusal:
            answer = _refused(visit, refusal)
        except (PageNotThere, HTTPException):
            answer = rendering.page(visit, "missing.html", status=404)
        except Exception:
            number = getattr(request.state, "request_id", "")
            _log.exception("request %s failed", number)
            answer = rendering.page(visit, "broken.html", status=500, number=number)
        if not request.cookies.get(visits.visitor_cookie(request)):
            visits.set_cookie(request, answer, visits.visitor_cookie(request), visit.visitor)
        for name, value in rendering.HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    def _visit(
        self, request: Request, form: Mapping[str, str], files: Mapping[str, Upload]
    ) -> Visit:
        token = request.cookies.get(visits.session_cookie(request))
        found = None
        if token:
            found = entering.find_session(self._given.database, token=token, at=self._given.clock())
        return Visit(
            request=request,
            given=self._given,
            options=self._options,
            sandboxes=self._sandboxes,
            language=_language(request),
            form=form,
            files=files,
            found=found,
            visitor=request.cookies.get(visits.visitor_cookie(request)) or token_urlsafe(16),
        )

    def _pass(self, visit: Visit) -> Response:
        """Lead a visit through the gates, and to the page behind them."""
        page, visit = self._page, _without_half_session(self._page, visit)
        if page.door is not Door.OPEN:
            elsewhere = _elsewhere(page, visit)
            if elsewhere is not None:
                return asked_to_sign_in(page, visit) or elsewhere
        if page.right is not None and not visit.may(page.right):
            raise PageNotThere
        if page.of is not None and visit.session.organisation_role != page.of:
            raise PageNotThere
        if page.method == "POST":
            visit = with_what_was_kept(page, visit)
            if not visit.is_kept and not visits.is_from_here(visit):
                return rendering.page(visit, "stale.html", status=403)
        return page.handler(visit)


def _elsewhere(page: Page, visit: Visit) -> Response | None:
    """Return where somebody has to go first; None when they may go on."""
    found = visit.found
    if page.door is Door.CODE:
        waits = found is not None and found.stage == Stage.CODE
        return None if waits else visit.go("/sign-in")
    if found is None or found.stage != Stage.PORTAL:
        return _to_sign_in(visit)
    if page.door is Door.INSIDE and owes_codes(visit.options, found):
        return visit.go("/account/codes")
    return None


def owes_codes(options: PortalOptions, found: Found) -> bool:
    """Tell whether somebody has to set up one-time codes before anything else."""
    if found.has_codes or options.codes_for == "nobody":
        return False
    return options.codes_for == "everyone" or found.role in HOUSE_ROLES


def _without_half_session(page: Page, visit: Visit) -> Visit:
    """Whoever has shown only a password is nobody yet, save where the code is asked for."""
    found = visit.found
    if found is None or found.stage == Stage.PORTAL or page.door is Door.CODE:
        return visit
    return replace(visit, found=None)


def _to_sign_in(visit: Visit) -> Response:
    is_get = visit.request.method == "GET"
    wanted = visit.path if is_get else visit.request.headers.get("referer", "")
    wanted = wanted[wanted.find(PREFIX) :] if PREFIX in wanted else ""
    following = f"?next={quote(wanted, safe='')}" if wanted else ""
    return visit.go(f"/sign-in{following}")


def _refused(visit: Visit, refusal: Refusal) -> Response:
    status = STATUS_OF.get(refusal.code, 422)
    if status >= 500:
        _log.error("%s: %s", visit.request.url.path, refusal)
    if status == 404:
        return rendering.page(visit, "missing.html", status=404)
    return rendering.page(
        visit,
        "refused.html",
        status=status,
        title=title_of(refusal, visit.language),
        detail=detail_of(refusal, visit.language),
    )


def _in_language(request: Request, language: str) -> Response:
    """Keep the language that was chosen, and show the same page again without asking."""
    rest = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in request.query_params.multi_items()
        if name != "lang"
    )
    path = quote(request.url.path)
    answer = RedirectResponse(f"{path}?{rest}" if rest else path, status_code=303)
    visits.keep_language(request, answer, language)
    return answer


def _language(request: Request) -> str:
    kept = request.cookies.get(visits.LANGUAGE_COOKIE)
    return kept if kept in languages() else asked_language(request)


async def _form(request: Request) -> tuple[Mapping[str, str], Mapping[str, Upload]]:
    """
    Return a form's fields, the last of each name, and its files.

    Nothing of what is no form, or no text; what has no file may not be long.
    """
    told = request.headers.get("content-type", "")
    kind = told.partition(";")[0].strip().lower()
    body = await request.body()
    if kind == "multipart/form-data":
        return read_parts(told, body)
    if kind != "application/x-www-form-urlencoded" or len(body) > _FORM_BYTES_MAX:
        return {}, {}
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_FIELDS_MAX,
            errors="strict",
        )
    except ValueError:
        return {}, {}
    return dict(pairs), {}
