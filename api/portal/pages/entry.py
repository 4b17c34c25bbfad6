"""Coming in and going out: the sign-in, the one-time code, the sign-out."""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from api.portal import codes, kept, passwords, visits
from api.portal.kept import KeptForm
from api.portal.options import PREFIX
from api.portal.rendering import page
from api.portal.table import Door, Page
from api.portal.visits import Visit
from api.words import detail_of
from ledger.core.sign_in import Stage
from ledger.services import entering
from ledger.services.entering import CodeUsed, NotSignedIn, SessionUnknown, TooManyTries, Try


def show_sign_in(visit: Visit) -> Response:
    """Show the form; whoever is signed in already goes on."""
    if visit.found is not None:
        return visit.go("/")
    wanted = _wanted(visit.request.query_params.get("next", ""))
    return page(visit, "sign_in.html", wanted=wanted, email="", problem=None, kept="")


def sign_in(visit: Visit) -> Response:
    """Compare an address and a password, and begin a session, or say that they do not fit."""
    email, wanted = visit.field("email").strip()[:254], _wanted(visit.field("next"))
    try:
        attempt, member_stage, token = _signed_in(visit, email)
    except (NotSignedIn, TooManyTries) as refusal:
        return page(
            visit,
            "sign_in.html",
            status=429 if isinstance(refusal, TooManyTries) else 422,
            wanted=wanted,
            email=email,
            problem=detail_of(refusal, visit.language),
            kept=visit.field(kept.FIELD),
        )
    assert attempt.shows is not None
    brought = kept.opened(visit)
    if brought is not None:
        answer = _go_on_with(visit, brought, member_stage, token)
        visits.begin(visit.request, answer, token)
        return answer
    to_code = f"{PREFIX}/code?next={wanted}" if wanted else f"{PREFIX}/code"
    where = to_code if member_stage is Stage.CODE else (wanted or f"{PREFIX}/")
    answer = RedirectResponse(where, status_code=303)
    visits.begin(visit.request, answer, token)
    if visits.LANGUAGE_COOKIE not in visit.request.cookies:
        visits.keep_language(visit.request, answer, attempt.shows.person.language)
    return answer


def _go_on_with(visit: Visit, brought: KeptForm, stage: Stage, token: str) -> Response:
    """Lead whoever has signed in back to their form, over the one-time code where one is owed."""
    if stage is Stage.PORTAL:
        return _sent_on(brought)
    found = entering.find_session(visit.book, token=token, at=visit.now)
    waiting = replace(visit, found=found)
    return page(waiting, "code.html", wanted="", problem=None, kept=visit.field(kept.FIELD))


def _sent_on(brought: KeptForm) -> Response:
    """Send the browser on to the form's own address, with the sealed form (RFC 9110, 15.4.8)."""
    return RedirectResponse(brought.path, status_code=307)


def show_code(visit: Visit) -> Response:
    """Ask for a one-time code."""
    wanted = _wanted(visit.request.query_params.get("next", ""))
    return page(visit, "code.html", wanted=wanted, problem=None, kept="")


def enter_code(visit: Visit) -> Response:
    """Compare a one-time code, and let its person in."""
    wanted = _wanted(visit.field("next"))
    try:
        token = _entered(visit)
    except (CodeUsed, TooManyTries) as refusal:
        return page(
            visit,
            "code.html",
            status=429 if isinstance(refusal, TooManyTries) else 422,
            wanted=wanted,
            problem=detail_of(refusal, visit.language),
            kept=visit.field(kept.FIELD),
        )
    brought = kept.opened(visit)
    answer = _sent_on(brought) if brought else RedirectResponse(wanted or f"{PREFIX}/", 303)
    visits.begin(visit.request, answer, token)
    return answer


def sign_out(visit: Visit) -> Response:
    """End the session."""
    with suppress(SessionUnknown):  # Ended in another window: that is what was asked for.
        entering.leave(
            visit.book,
            current=visit.session,
            reference=visit.session.reference,
            reason="signed_out",
            at=visit.now,
        )
    answer = visit.go("/sign-in")
    visits.end(visit.request, answer)
    return answer


def _signed_in(visit: Visit, email: str) -> tuple[Try, Stage, str]:
    attempt = entering.begin_try(
        visit.book, email=email, address=visit.browser.address, at=visit.now
    )
    kept = attempt.shows.password_hash if attempt.shows else None
    if not passwords.is_right(visit.field("password"), kept):
        raise NotSignedIn
    assert attempt.shows is not None
    stage = Stage.PORTAL if attempt.shows.sealed_secret is None else Stage.CODE
    token = visits.new_token()
    entering.begin_session(
        visit.book,
        attempt=attempt,
        token=token,
        stage=stage,
        browser=visit.browser,
        at=visit.now,
    )
    return attempt, stage, token


def _entered(visit: Visit) -> str:
    waiting = visit.session
    attempt = entering.begin_try(
        visit.book, email=waiting.email, address=visit.browser.address, at=visit.now
    )
    kept = attempt.shows.sealed_secret if attempt.shows else None
    secret = codes.opened(visit.options, kept) if kept else None
    step = None
    if secret is not None:
        step = codes.step_of(visit.field("code"), secret=secret, at=visit.now)
    token = visits.new_token()
    entering.enter_by_code(
        visit.book,
        attempt=attempt,
        waiting=waiting,
        step=step,
        token=token,
        browser=visit.browser,
        at=visit.now,
    )
    return token


def _wanted(text: str) -> str:
    """Return the page somebody came for, nothing when it is not one of ours."""
    parts = urlsplit(text)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(f"{PREFIX}/")
    return text if is_ours and "\\" not in text and text.isprintable() else ""


PAGES = (
    Page(path="/sign-in", handler=show_sign_in, door=Door.OPEN),
    Page(path="/sign-in", handler=sign_in, method="POST", door=Door.OPEN),
    Page(path="/code", handler=show_code, door=Door.CODE),
    Page(path="/code", handler=enter_code, method="POST", door=Door.CODE),
    Page(path="/sign-out", handler=sign_out, method="POST", door=Door.OWN),
)
