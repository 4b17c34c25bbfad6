"""
How a payee confirms the notice of a payment: the steps, and what may follow what.

A statement of purchase counts for the payer's credit once the payee has confirmed it
(消費税法30条9項3号). It does so here, by a reply, or by saying nothing for as long as was agreed.
The agreed days are a term of the entrustment; no law names a number.
"""

from datetime import date, timedelta
from enum import StrEnum

from ledger.core.refusal import Refusal


class ConfirmationOutOfTurn(Refusal):
    """What is said does not follow from where the notice stands. Carries both."""

    code = "confirmation_out_of_turn"
    field = "state"


class NoticeState(StrEnum):
    """Where a notice stands."""

    SENT = "sent"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CORRECTED = "corrected"  # another notice has taken its place


class ConfirmationMode(StrEnum):
    """How a confirmation, or a dispute, came."""

    SYSTEM = "system"  # the payee said it here
    REPLY = "reply"  # the payee wrote, and the house entered it
    CLAUSE = "clause"  # the agreed days passed without a word


#: What may be said after what; None before anything was. A confirmed notice may still prove wrong.
FOLLOWS: dict[NoticeState | None, frozenset[NoticeState]] = {
    None: frozenset({NoticeState.SENT}),
    NoticeState.SENT: frozenset(
        {NoticeState.CONFIRMED, NoticeState.DISPUTED, NoticeState.CORRECTED}
    ),
    NoticeState.CONFIRMED: frozenset({NoticeState.DISPUTED, NoticeState.CORRECTED}),
    NoticeState.DISPUTED: frozenset({NoticeState.CONFIRMED, NoticeState.CORRECTED}),
    NoticeState.CORRECTED: frozenset(),
}


def check_turn(*, before: NoticeState | None, said: NoticeState, notice: str) -> None:
    """
    Make sure that a step can follow the last one of a notice.

    :raises ConfirmationOutOfTurn: it cannot.
    """
    if said not in FOLLOWS[before]:
        raise ConfirmationOutOfTurn(notice=notice, before=before or "-", said=said)


def silent_until(*, sent_on: date, days: int) -> date:
    """Return the last of the agreed days, not counting the day of sending (民法140条)."""
    return sent_on + timedelta(days=days)
