"""
Signing in: how long whoever fails has to wait, and how long what opens a door stays good.

The waits grow with each failure in a row and end by themselves: nobody can lock somebody else
out for good by typing nonsense under their address.
"""

from datetime import datetime, timedelta
from enum import StrEnum

#: So many failures in a row cost nothing: fingers slip.
FAILURES_FREE = 5
#: The wait after the next one; it doubles with each that follows.
WAIT_FIRST = timedelta(seconds=30)
WAIT_LONGEST = timedelta(hours=1)
#: Failures older than this are forgotten.
FAILURES_SINCE = timedelta(hours=24)

#: How long a session lasts at most, and how long it waits for its person.
SESSION_LASTS = timedelta(hours=12)
SESSION_IDLES = timedelta(hours=2)
#: Between the password and the one-time code.
CODE_LASTS = timedelta(minutes=10)

#: How long a link in a letter is good.
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)


class Purpose(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"


class Stage(StrEnum):
    """How far somebody has come in."""

    CODE = "code"
    PORTAL = "portal"


#: How long the link of each purpose is good.
LASTS = {Purpose.INVITATION: INVITATION_LASTS, Purpose.RESET: RESET_LASTS}


def wait_until(*, failures: int, last_tried_at: datetime | None) -> datetime | None:
    """
    Return when the next try is taken, None when it is taken at once.

    :param failures: those in a row since somebody came in.
    """
    if failures < FAILURES_FREE or last_tried_at is None:
        return None
    wait = WAIT_FIRST
    for _ in range(min(failures - FAILURES_FREE, 20)):
        wait = min(wait * 2, WAIT_LONGEST)
    return last_tried_at + wait
