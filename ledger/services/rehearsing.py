"""
Rehearsing: a firm tries out everything against a book of its own, by a clock that it moves.

Nothing here writes to the book that counts. The sandbox is a database of its own; what happens
in it is done by the same use cases as ever.
"""

from datetime import datetime, timedelta

from ledger.core.fields import check_instant
from ledger.core.party import Role
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import sandboxes
from ledger.store.database import Database
from ledger.store.parties import require_parties
from ledger.store.sandboxes import SandboxState

#: How far ahead of the real clock a sandbox's may be.
AHEAD_MAX = timedelta(days=3660)


class SandboxForFirms(Refusal):
    """Only an AI firm has something to rehearse. Carries who is none."""

    code = "sandbox_for_firms"
    field = "mode"


class ClockGoesBack(Refusal):
    """The clock would be set to before what it shows now. Carries both instants."""

    code = "clock_goes_back"
    field = "instant"


class ClockTooFar(Refusal):
    """The clock would be more than ten years ahead. Carries the latest instant there is."""

    code = "clock_too_far"


def firm_of(database: Database, *, party_reference: str) -> int:
    """
    Return the key of an AI firm in the book.

    :raises PartyUnknown: there is no such party.
    :raises SandboxForFirms: it is no AI firm.
    """
    with database.transaction() as session:
        fields = {party_reference: "party"}
        party = require_parties(session, book_id=BOOK_ID, fields=fields)[party_reference]
    if party.role != Role.LICENSEE:
        raise SandboxForFirms(value=party_reference)
    return party.id


def read_state(sandbox: Database) -> SandboxState | None:
    """Return where a sandbox stands; None while it was never begun."""
    with sandbox.transaction() as session:
        return sandboxes.read_state(session)


def begin(sandbox: Database, *, party_id: int, started_at: datetime, started_by: str) -> None:
    """Open a sandbox that is ready to its firm, its clock as the real one."""
    with sandbox.transaction() as session:
        sandboxes.insert_start(
            session, party_id=party_id, started_at=started_at, started_by=started_by
        )


def move_clock(
    sandbox: Database,
    *,
    party_id: int,
    instant: datetime | None = None,
    advance: timedelta = timedelta(0),
    real_now: datetime,
    moved_by: str,
) -> datetime:
    """
    Set a sandbox's clock to an instant, or on by a duration; return what it shows then.

    :raises ClockGoesBack: it shows a later instant already.
    :raises ClockTooFar: it would be more than :data:`AHEAD_MAX` ahead.
    """
    with sandbox.transaction() as session:
        sandboxes.lock_clock(session)
        state = sandboxes.read_state(session)
        assert state is not None, "a clock is moved in a sandbox that was begun"
        shown = real_now + state.ahead
        asked = shown + advance if instant is None else check_instant(instant, field="instant")
        if asked < shown:
            raise ClockGoesBack(shown=shown.isoformat(), value=asked.isoformat())
        if asked - real_now > AHEAD_MAX:
            raise ClockTooFar(value=asked.isoformat(), most=(real_now + AHEAD_MAX).isoformat())
        sandboxes.insert_clock_move(
            session,
            party_id=party_id,
            ahead=asked - real_now,
            moved_at=real_now,
            moved_by=moved_by,
        )
    return asked
