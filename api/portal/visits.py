"""
One request for a page: who asks, in which language, for whose rows, and with what in the form.

Here, and nowhere else, it is decided whose rows a page can see: ``visit.database`` is the book
as the organisation may read it, and ``visit.owner_id`` says the same to the use cases.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.context import Context
from api.portal.options import PREFIX, PortalOptions
from api.portal.uploads import Upload
from api.sandboxes import Sandboxes
from ledger.core.membership import MemberRole, Right, may
from ledger.core.party import Role
from ledger.services.entering import Browser
from ledger.store.database import Database
from ledger.store.portal_sessions import Found
from ledger.store.scopes import scoped_to

#: Hosts to which a browser sends a cookie without HTTPS; anywhere else it is Secure.
_PLAIN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})

LANGUAGE_COOKIE = "genbo_language"
_LANGUAGE_LASTS = 365 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request as a page sees it. ``found`` is None where nobody is signed in."""

    request: Request
    given: Context
    options: PortalOptions
    sandboxes: Sandboxes
    language: str
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    found: Found | None = None
    is_kept: bool = False  # the form was typed before a session was over, and is to be shown again
    visitor: str = ""  # a cookie that every browser gets, for the forms before the sign-in

    @property
    def session(self) -> Found:
        """Who is signed in; only for pages that are shown to nobody else."""
        assert self.found is not None, "the page is for people who are signed in"
        return self.found

    @property
    def owner_id(self) -> int | None:
        """Whose rows are seen: the organisation's own, or for the house everybody's (None)."""
        if self.session.organisation_role == Role.OPERATOR:
            return None
        return self.session.owner_id

    @cached_property
    def database(self) -> Database:
        """The book as the organisation may read it, for everything that is shown."""
        return scoped_to(self.given.database, party_id=self.owner_id)

    @property
    def book(self) -> Database:
        """The whole book: for signing in, and for what an operator does."""
        return self.given.database

    @cached_property
    def now(self) -> datetime:
        """The instant of the request, the same throughout."""
        return self.given.clock()

    @property
    def path(self) -> str:
        """The page, as an address within this host; with what was asked of it."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    @property
    def browser(self) -> Browser:
        """From where somebody comes."""
        client = self.request.client
        return Browser(
            address=client.host if client else "",
            name=_printable(self.request.headers.get("user-agent", "")),
        )

    @property
    def csrf(self) -> str:
        """What every form of this browser carries: nobody else can know it."""
        signed_in = "" if self.found is None else self.found.reference
        return self.options.seal("form", f"{self.visitor}:{signed_in}")

    def may(self, right: str) -> bool:
        """Tell whether whoever is signed in has a right."""
        return self.found is not None and may(MemberRole(self.found.role), Right(right))

    def field(self, name: str) -> str:
        """Return what was typed into a field; nothing when it was not there."""
        return self.form.get(name, "")

    def go(self, path: str) -> Response:
        """Send the browser on to another page of the portal."""
        return RedirectResponse(f"{PREFIX}{path}", status_code=303)


def is_secure(request: Request) -> bool:
    """Tell whether cookies are for HTTPS alone: everywhere but on a plain machine of one's own."""
    return request.url.scheme == "https" or request.url.hostname not in _PLAIN_HOSTS


def session_cookie(request: Request) -> str:
    """Return the name of the session's cookie; the prefix binds it to this very host."""
    return "__Host-genbo_session" if is_secure(request) else "genbo_session"


def visitor_cookie(request: Request) -> str:
    """Return the name of the cookie that every browser gets."""
    return "__Host-genbo_visitor" if is_secure(request) else "genbo_visitor"


def set_cookie(
    request: Request, answer: Response, name: str, value: str, lasts: int | None = None
) -> None:
    """Give a browser a cookie that no script reads and no other site's form sends."""
    answer.set_cookie(
        name,
        value,
        max_age=lasts,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def keep_language(request: Request, answer: Response, language: str) -> None:
    """Let a browser keep the language that was chosen."""
    set_cookie(request, answer, LANGUAGE_COOKIE, language, _LANGUAGE_LASTS)


def begin(request: Request, answer: Response, token: str) -> None:
    """Let a browser keep a session, until it is closed or the session ends."""
    set_cookie(request, answer, session_cookie(request), token)


def end(request: Request, answer: Response) -> None:
    """Let a browser forget its session."""
    answer.delete_cookie(
        session_cookie(request),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def new_token() -> str:
    """Return what a browser shows to go on with its session."""
    return secrets.token_urlsafe(32)


def has_own_origin(visit: Visit) -> bool:
    """Tell whether a form's page was one of this host's, as far as the browser says."""
    origin = visit.request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == visit.request.headers.get("host")


def is_from_here(visit: Visit) -> bool:
    """Tell whether a form was sent from one of our pages: by what it carries, and its origin."""
    if not has_own_origin(visit):
        return False
    return hmac.compare_digest(visit.field("csrf").encode(), visit.csrf.encode())


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
