"""Balancing: the trial balance of the book over some days, by account or by party."""

from datetime import date

from ledger.core.refusal import Refusal
from ledger.core.trial_balance import TrialLine, by_account, in_order
from ledger.services import BOOK_ID
from ledger.store import trial_balances
from ledger.store.database import Database


class DaysReversed(Refusal):
    """The first day of some days lies after their last."""

    code = "days_reversed"
    field = "from"


def trial_balance(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    first_day: date | None = None,
    last_day: date,
    is_by_party: bool = False,
) -> tuple[TrialLine, ...]:
    """
    Return the trial balance of some days, both included; from the book's beginning without a first.

    :raises DaysReversed: the first day lies after the last.
    """
    if first_day is not None and first_day > last_day:
        raise DaysReversed(first_day=first_day, last_day=last_day)
    with database.transaction() as session:
        lines = trial_balances.read_trial_balance(
            session, book_id=book_id, first_day=first_day or date.min, last_day=last_day
        )
    return in_order(lines) if is_by_party else by_account(lines)
