"""One's own: where one is signed in, one-time codes, and for whom one acts."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from starlette.responses import RedirectResponse, Response

from api.portal import codes, visits
from api.portal.options import PREFIX
from api.portal.rendering import page
from api.portal.table import Door, Page, PageNotThere
from api.portal.visits import Visit
from api.words import detail_of
from ledger.services import entering
from ledger.services.entering import CodeUsed


def show_account(visit: Visit) -> Response:
    """Show sessions, codes and organisations."""
    session = visit.session
    return page(
        visit,
        "account.html",
        sessions=entering.list_sessions(visit.book, person_id=session.person_id, at=visit.now),
        organisations=entering.organisations(visit.book, person_id=session.person_id),
    )


def end_session(visit: Visit) -> Response:
    """End a session in another place, or all of them."""
    chosen = visit.field("session") or None
    entering.leave(
        visit.book, current=visit.session, reference=chosen, reason="revoked", at=visit.now
    )
    if chosen is None or chosen == visit.session.reference:
        answer = visit.go("/sign-in")
        visits.end(visit.request, answer)
        return answer
    return visit.go("/account")


def switch(visit: Visit) -> Response:
    """Go on for another organisation."""
    token = visits.new_token()
    entering.switch(
        visit.book,
        current=visit.session,
        member=visit.field("member"),
        token=token,
        browser=visit.browser,
        at=visit.now,
    )
    answer = RedirectResponse(f"{PREFIX}/", status_code=303)
    visits.begin(visit.request, answer, token)
    return answer


def show_codes(visit: Visit) -> Response:
    """Show a new secret as a picture and as text; nothing is kept before a code proves it."""
    if visit.session.has_codes:
        return visit.go("/account")
    return _set_up(visit, codes.new_secret(), problem=None)


def set_codes(visit: Visit) -> Response:
    """Keep the secret whose code was shown."""
    if visit.session.has_codes:
        return visit.go("/account")
    secret = _secret(visit)
    step = codes.step_of(visit.field("code"), secret=secret, at=visit.now)
    try:
        entering.set_codes(
            visit.book,
            current=visit.session,
            sealed_secret=codes.sealed(visit.options, secret),
            step=step,
            at=visit.now,
        )
    except CodeUsed as refusal:
        return _set_up(visit, secret, problem=detail_of(refusal, visit.language))
    return visit.go("/account")


def _set_up(visit: Visit, secret: bytes, *, problem: str | None) -> Response:
    address = codes.address(secret, email=visit.session.email, issuer="Genbo")
    kept = b64encode(codes.sealed(visit.options, secret)).decode()
    return page(
        visit,
        "codes.html",
        status=200 if problem is None else 422,
        picture=codes.picture(address),
        secret=codes.as_text(secret),
        kept=kept,
        problem=problem,
    )


def _secret(visit: Visit) -> bytes:
    """Return the secret that the form was shown with; it comes back sealed."""
    try:
        secret = codes.opened(visit.options, b64decode(visit.field("kept"), validate=True))
    except (NotBase64, ValueError):
        secret = None
    if secret is None:
        raise PageNotThere
    return secret


PAGES = (
    Page(path="/account", handler=show_account, door=Door.OWN),
    Page(path="/account/sessions", handler=end_session, method="POST", door=Door.OWN),
    Page(path="/account/organisation", handler=switch, method="POST", door=Door.OWN),
    Page(path="/account/codes", handler=show_codes, door=Door.OWN),
    Page(path="/account/codes", handler=set_codes, method="POST", door=Door.OWN),
)
