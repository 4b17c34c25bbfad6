"""Where an AI firm's programs are told of events: addresses, what was sent there, and again."""

import secrets
from datetime import datetime, time

from starlette.responses import Response

from api.addresses import Guard
from api.days import read_day
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of
from api.portal.table import Handler, Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.period import TOKYO
from ledger.core.refusal import Refusal
from ledger.core.webhook import EventType, Secret, secret_text
from ledger.services import subscribing, witnessing
from ledger.store.database import Database

_SHOWN = 50
_ENDPOINTS_SHOWN = 200
_SECRET_BYTES = 32
_URL_LENGTH_MAX = 2_000
_DIGITS_MAX = 18

#: What concerns an AI firm; the others are told to payees.
EVENTS = (
    EventType.INVOICE_ISSUED,
    EventType.INVOICE_PAID,
    EventType.TERMS_CHANGED,
    EventType.HOLD_OPENED,
    EventType.CONSENT_WITHDRAWN,
    EventType.LICENSE_SUSPENDED,
    EventType.LICENSE_RESTORED,
)

#: For how many hours a secret that is replaced signs beside the new one; one is chosen.
OVERLAPS = (0, 24, 168)


def show_webhooks(visit: Visit) -> Response:
    """List endpoints, those that are told first."""
    return _listed(visit)


def make_webhook(visit: Visit) -> Response:
    """Make an endpoint, and show its secret this once."""
    if visit.is_kept:
        return _listed(visit)
    url = visit.field("url").strip()[:_URL_LENGTH_MAX]
    events = [event for event in EVENTS if visit.field(f"event-{event}") == "yes"]
    secret = Secret(secrets.token_bytes(_SECRET_BYTES))
    try:
        Guard(allows_loopback=visit.options.webhooks_loop_back).target(url)
        made = subscribing.create_endpoint(
            _witnessed(visit, "webhook_made", url),
            owner_id=visit.session.owner_id,
            reference=f"whk_{secrets.token_hex(12)}",
            url=url,
            events=events,
            secret=secret,
            recorded_at=visit.now,
        )
    except Refusal as refusal:
        return _listed(visit, problem=problem_of(visit, refusal))
    return _shown(visit, made.reference, secret=secret_text(secret))


def show_webhook(visit: Visit) -> Response:
    """Show an endpoint with what was sent to it."""
    return _shown(visit, visit.request.path_params["webhook"])


def end_webhook(visit: Visit) -> Response:
    """End an endpoint with whatever waits for it."""
    reference = visit.request.path_params["webhook"]
    subscribing.end_endpoint(
        _witnessed(visit, "webhook_ended", reference),
        owner_id=visit.session.owner_id,
        reference=reference,
        ended_at=visit.now,
    )
    return visit.go("/programs/webhooks")


def rotate_secret(visit: Visit) -> Response:
    """Sign with another secret from now on, and show it this once."""
    reference = visit.request.path_params["webhook"]
    overlap = visit.field("overlap_hours")
    secret = Secret(secrets.token_bytes(_SECRET_BYTES))
    try:
        subscribing.rotate_secret(
            _witnessed(visit, "webhook_secret_rotated", reference),
            owner_id=visit.session.owner_id,
            reference=reference,
            secret=secret,
            overlap_hours=int(overlap) if overlap in map(str, OVERLAPS) else 24,
            recorded_at=visit.now,
        )
    except Refusal as refusal:
        return _shown(visit, reference, problem=problem_of(visit, refusal))
    return _shown(visit, reference, secret=secret_text(secret))


def replay(visit: Visit) -> Response:
    """Send a message again, or everything since the beginning of a day in Japan."""
    reference = visit.request.path_params["webhook"]
    message, since = visit.field("message"), visit.field("since")
    try:
        if message:
            subscribing.replay_message(
                _witnessed(visit, "webhook_replayed", message),
                owner_id=visit.session.owner_id,
                reference=reference,
                message_id=message[:100],
                recorded_at=visit.now,
            )
        else:
            subscribing.replay_since(
                _witnessed(visit, "webhook_replayed", since),
                owner_id=visit.session.owner_id,
                reference=reference,
                since=datetime.combine(read_day(since), time(0), TOKYO),
                recorded_at=visit.now,
            )
    except Refusal as refusal:
        return _shown(visit, reference, problem=problem_of(visit, refusal))
    return visit.go(f"/programs/webhooks/{reference}#sent")


def _listed(visit: Visit, *, problem: Problem | None = None) -> Response:
    found = subscribing.list_endpoints(
        visit.database, owner_id=visit.session.owner_id, limit=_ENDPOINTS_SHOWN
    ).endpoints
    return page(
        visit,
        "webhooks.html",
        status=200 if problem is None else problem.status,
        living=[each for each in found if each.ended_at is None],
        ended=[each for each in found if each.ended_at is not None],
        events=EVENTS,
        problem=problem,
        asked=visit.form if problem or visit.is_kept else {},
    )


def _shown(
    visit: Visit, reference: str, *, secret: str | None = None, problem: Problem | None = None
) -> Response:
    endpoint = subscribing.find_endpoint(
        visit.database, owner_id=visit.session.owner_id, reference=reference
    )
    found = subscribing.list_deliveries(
        visit.database,
        owner_id=visit.session.owner_id,
        reference=reference,
        before=_before(visit),
        limit=_SHOWN,
    )
    return page(
        visit,
        "webhook.html",
        status=200 if problem is None else problem.status,
        endpoint=endpoint,
        deliveries=found.deliveries,
        following=found.next_before,
        secret=secret,
        problem=problem,
        overlaps=OVERLAPS,
    )


def _before(visit: Visit) -> int:
    text = visit.request.query_params.get("before")
    if text is None:
        return subscribing.KEY_MAX
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise PageNotThere
    return int(text)


def _witnessed(visit: Visit, act: str, subject: str) -> Database:
    return witnessing.witnessed(
        visit.book,
        current=visit.session,
        act=act,
        subject=subject[:100],
        recorded_at=visit.now,
    )


_ONE = "/programs/webhooks/{webhook}"


def _form(path: str, handler: Handler, *, keeps: bool = False) -> Page:
    return Page(
        path=path,
        handler=handler,
        method="POST",
        right=Right.MANAGE_PROGRAMS,
        of=Role.LICENSEE,
        keeps=keeps,
    )


def _page(path: str, handler: Handler) -> Page:
    return Page(path=path, handler=handler, right=Right.MANAGE_PROGRAMS, of=Role.LICENSEE)


PAGES = (
    _page("/programs/webhooks", show_webhooks),
    _form("/programs/webhooks", make_webhook, keeps=True),
    _page(_ONE, show_webhook),
    _form(f"{_ONE}/end", end_webhook),
    _form(f"{_ONE}/secret", rotate_secret),
    _form(f"{_ONE}/replay", replay),
)
