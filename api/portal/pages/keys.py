"""
The keys by which an AI firm's programs come in: made, replaced and ended by a person.

The secret of a key is on the answer to the form that made it and nowhere else, so that answer
is a page and not a way to one.
"""

import secrets

from starlette.responses import Response

from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Handler, Page
from api.portal.visits import Visit
from api.sandbox_opening import ensure_sandbox_of
from ledger.core.fields import WordNotKnown
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.refusal import Refusal
from ledger.services import keeping, recalling, witnessing
from ledger.services.keeping import IssuedKey, Maker, Mode, Scope
from ledger.store.database import Database
from ledger.store.keys import KeyInBook

_SHOWN = 200
_SECRET_BYTES = 32

#: For how many hours a key that is replaced goes on working; one of these is chosen.
OVERLAPS = (0, 24, 168, 720)


def go_to_keys(visit: Visit) -> Response:
    """Lead to the first page of what programs need."""
    return visit.go("/programs/keys")


def show_keys(visit: Visit) -> Response:
    """List keys, those that work first."""
    return _shown(visit)


def make_key(visit: Visit) -> Response:
    """Make a key, and show its secret this once."""
    if visit.is_kept:
        return _shown(visit)
    mode = visit.field("mode")
    label = visit.field("label").strip()
    scopes = [scope for scope in Scope if visit.field(f"scope-{scope}") == "yes"]
    try:
        if mode not in tuple(Mode):
            raise WordNotKnown(field="mode", value=mode[:100], known=", ".join(Mode))
        if mode == Mode.TEST:
            ensure_sandbox_of(
                visit.sandboxes,
                party=visit.session.organisation,
                by=signature(visit),
            )
        issued = keeping.issue_key(
            _witnessed(visit, "key_made", label),
            party_reference=visit.session.organisation,
            label=label,
            scopes=scopes,
            secret=secrets.token_bytes(_SECRET_BYTES),
            recorded_at=visit.now,
            mode=mode,
            maker=Maker(name=signature(visit)),
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return _shown(visit, issued=issued)


def rotate_key(visit: Visit) -> Response:
    """Make a key in the place of another, and show its secret this once."""
    reference = _own(visit).reference
    overlap = visit.field("overlap_hours")
    try:
        issued = keeping.rotate_key(
            _witnessed(visit, "key_rotated", reference),
            owner_id=visit.session.owner_id,
            reference=reference,
            secret=secrets.token_bytes(_SECRET_BYTES),
            overlap_hours=int(overlap) if overlap in map(str, OVERLAPS) else keeping.OVERLAP_HOURS,
            reason=visit.field("reason").strip(),
            maker=Maker(name=signature(visit)),
            rotated_at=visit.now,
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return _shown(visit, issued=issued)


def revoke_key(visit: Visit) -> Response:
    """End a key at once."""
    reference = _own(visit).reference
    try:
        keeping.revoke_key(
            _witnessed(visit, "key_revoked", reference),
            owner_id=visit.session.owner_id,
            reference=reference,
            reason=visit.field("reason").strip(),
            maker=Maker(name=signature(visit)),
            revoked_at=visit.now,
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return visit.go("/programs/keys")


def show_key(visit: Visit) -> Response:
    """Show one key, with the forms that replace and end it."""
    return page(visit, "key.html", key=_own(visit), overlaps=OVERLAPS, now=visit.now, problem=None)


def _shown(
    visit: Visit, *, issued: IssuedKey | None = None, problem: Problem | None = None
) -> Response:
    found = keeping.list_keys(visit.database, owner_id=visit.session.owner_id, limit=_SHOWN).keys
    is_living = {
        each.reference: each.revoked_at is None
        and (each.valid_until is None or each.valid_until > visit.now)
        for each in found
    }
    return page(
        visit,
        "keys.html",
        status=200 if problem is None else problem.status,
        living=[each for each in reversed(found) if is_living[each.reference]],
        ended=[each for each in reversed(found) if not is_living[each.reference]],
        issued=issued,
        problem=problem,
        scopes=tuple(Scope),
        modes=tuple(Mode),
        asked=visit.form if problem or visit.is_kept else {},
    )


def _witnessed(visit: Visit, act: str, subject: str) -> Database:
    return witnessing.witnessed(
        visit.book,
        current=visit.session,
        act=act,
        subject=subject[:100],
        recorded_at=visit.now,
    )


def _own(visit: Visit) -> KeyInBook:
    """Return the key that an address names, if it is the firm's."""
    return recalling.find_key(
        visit.database,
        owner_id=visit.session.owner_id,
        reference=visit.request.path_params["key"],
    )


_ONE = "/programs/keys/{key}"


def _page(path: str, handler: Handler, method: str = "GET", *, keeps: bool = False) -> Page:
    return Page(
        path=path,
        handler=handler,
        method=method,
        right=Right.MANAGE_PROGRAMS,
        of=Role.LICENSEE,
        keeps=keeps,
    )


PAGES = (
    _page("/programs", go_to_keys),
    _page("/programs/keys", show_keys),
    _page("/programs/keys", make_key, "POST", keeps=True),
    _page(_ONE, show_key),
    _page(f"{_ONE}/rotate", rotate_key, "POST"),
    _page(f"{_ONE}/revoke", revoke_key, "POST"),
)
