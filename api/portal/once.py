"""
Forms that act: carried out once for each time they were shown, and told of in the activity.

A form brings a token that its page gave it. Sent twice, by a finger that was too quick or a browser
that tried again, the second sending leads where the first one led. The act is written into the
activity by the transaction that carries it out.
"""

import re
import time
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe

from starlette.responses import Response

from api.portal.rendering import page
from api.portal.visits import Visit
from ledger.services import repeating, witnessing
from ledger.services.repeating import AnswerLost, KeptAnswer, KeyOfOtherRequest, RequestInFlight
from ledger.store.database import Database

#: The name of the field that brings the token.
FIELD = "once"

_TOKEN = re.compile(r"[\w-]{20,60}", re.ASCII)
_WAITED_SECONDS = 5
_PAUSE_SECONDS = 0.1

#: What makes no difference between two sendings of a form.
_UNCOUNTED = {"csrf", FIELD}


def new_form() -> str:
    """Return the token of a form that is about to be shown."""
    return token_urlsafe(18)


def carry_out(visit: Visit, *, act: str, subject: str, do: Callable[[Database], str]) -> Response:
    """
    Carry out what a form asks for, once, and go where it leads.

    ``do`` is one use case of one transaction, on the database that it is given; it returns a path
    of the portal. ``act`` and ``subject`` are what the activity says of it.

    :raises Refusal: whatever the use case refuses; the form may then be mended and sent again.
    """
    token = visit.field(FIELD)
    if not _TOKEN.fullmatch(token):
        return page(visit, "stale.html", status=403)
    try:
        found = _claimed(visit, token)
    except KeyOfOtherRequest:
        return page(visit, "sent_already.html", status=409)
    except AnswerLost:
        return visit.go("/")
    if isinstance(found, KeptAnswer):
        return visit.go(found.content.decode())
    witnessed = witnessing.witnessed(
        visit.book, current=visit.session, act=act, subject=subject, recorded_at=visit.now
    )
    try:
        path = do(repeating.marking(witnessed, claim=found, at=visit.now))
    except BaseException:
        repeating.release(visit.book, claim=found)
        raise
    answer = KeptAnswer(status=303, media_type="text/plain", content=path.encode())
    repeating.keep_answer(visit.book, claim=found, answer=answer, at=visit.now)
    return visit.go(path)


def _claimed(visit: Visit, token: str) -> repeating.Claim | KeptAnswer:
    """Claim a form, and while somebody else is carrying it out wait for what comes of that."""
    given_up_at = time.monotonic() + _WAITED_SECONDS
    while True:
        try:
            return repeating.claim(
                visit.book,
                owner_id=visit.session.owner_id,
                key=f"form:{token}",
                fingerprint=_fingerprint(visit),
                at=visit.now,
            )
        except RequestInFlight:
            if time.monotonic() > given_up_at:
                raise
            time.sleep(_PAUSE_SECONDS)


def _fingerprint(visit: Visit) -> bytes:
    said = sorted((name, text) for name, text in visit.form.items() if name not in _UNCOUNTED)
    files = [(name, sha256(each.content).hexdigest()) for name, each in visit.files.items()]
    return sha256(repr((visit.request.url.path, said, files)).encode()).digest()
