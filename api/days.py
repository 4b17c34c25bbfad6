"""Days as people write them, on the command line and in forms."""

from datetime import date

from ledger.core.refusal import Refusal


class NotADay(Refusal):
    """A day that somebody wrote is not one of the calendar."""

    code = "not_a_day"


def read_day(text: str) -> date:
    """
    Read a day written as YYYY-MM-DD.

    :raises NotADay: it is written in another way, or there is no such day.
    """
    try:
        read = date.fromisoformat(text)
    except ValueError:
        raise NotADay(value=text[:100]) from None
    if read.isoformat() != text:  # Python reads other spellings too.
        raise NotADay(value=text[:100])
    return read
