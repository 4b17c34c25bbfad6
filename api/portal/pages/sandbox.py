"""An AI firm's sandbox: made, its clock moved, a month of it closed, begun anew."""

from datetime import timedelta

from starlette.responses import Response

from api.portal.asked_month import month_in
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Handler, Page
from api.portal.visits import Visit
from api.sandbox_opening import open_sandbox_of
from api.sandboxes import Sandbox
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.period import Month, tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import closing, keeping, rehearsing, witnessing
from ledger.services.keeping import Mode

#: By how many days the clock may be moved on at once.
ADVANCES = (1, 7, 31, 365)

_KEYS_SHOWN = 200


def show_sandbox(visit: Visit) -> Response:
    """Show the sandbox, or what one is for where there is none yet."""
    return _shown(visit)


def make_sandbox(visit: Visit) -> Response:
    """Make the sandbox, with which its first test key comes to something."""
    try:
        _open(visit)
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    _witness(visit, "sandbox_made")
    return visit.go("/programs/keys?mode=test")


def move_clock(visit: Visit) -> Response:
    """Move the clock on by some days."""
    own = _open(visit)
    days = visit.field("days")
    real_now = visit.given.clock()
    try:
        now = rehearsing.move_clock(
            own.context.database,
            party_id=own.owner_id,
            advance=timedelta(days=int(days) if days in map(str, ADVANCES) else 0),
            real_now=real_now,
            moved_by=signature(visit),
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    own.clock.ahead = now - real_now
    return visit.go("/programs/sandbox")


def close_month(visit: Visit) -> Response:
    """Close a month of the sandbox that is over by its clock."""
    own = _open(visit)
    try:
        closing.close_month(
            own.context.database,
            month=month_in(visit.field("month")),
            closed_by=signature(visit),
            closed_at=own.clock(),
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return visit.go("/programs/sandbox")


def reset(visit: Visit) -> Response:
    """Throw away what was done in the sandbox, and begin it anew."""
    if visit.field("sure") != "yes":
        return visit.go("/programs/sandbox")
    try:
        visit.sandboxes.reset(_open(visit), by=signature(visit))
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    _witness(visit, "sandbox_reset")
    return visit.go("/programs/sandbox")


def _shown(visit: Visit, *, problem: Problem | None = None) -> Response:
    found = keeping.list_keys(
        visit.database, owner_id=visit.session.owner_id, mode=Mode.TEST, limit=_KEYS_SHOWN
    ).keys
    own = _open(visit) if found and problem is None else None
    now = visit.now if own is None else own.clock()
    return page(
        visit,
        "sandbox.html",
        status=200 if problem is None else problem.status,
        own=own,
        now=now,
        keys=[each for each in found if each.revoked_at is None],
        month=Month.of_day(tokyo_day(now)).previous(),
        advances=ADVANCES,
        problem=problem,
    )


def _open(visit: Visit) -> Sandbox:
    return open_sandbox_of(visit.sandboxes, party=visit.session.organisation, by=signature(visit))


def _witness(visit: Visit, act: str) -> None:
    witnessing.record(
        visit.book,
        current=visit.session,
        act=act,
        subject=visit.session.organisation,
        recorded_at=visit.now,
    )


_PATH = "/programs/sandbox"


def _form(path: str, handler: Handler) -> Page:
    return Page(
        path=path, handler=handler, method="POST", right=Right.MANAGE_PROGRAMS, of=Role.LICENSEE
    )


PAGES = (
    Page(path=_PATH, handler=show_sandbox, right=Right.MANAGE_PROGRAMS, of=Role.LICENSEE),
    _form(_PATH, make_sandbox),
    _form(f"{_PATH}/clock", move_clock),
    _form(f"{_PATH}/month", close_month),
    _form(f"{_PATH}/reset", reset),
)
