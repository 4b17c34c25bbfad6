"""Days as people write them: on the command line, in forms, and in the parameters of requests."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError

from ledger.core.refusal import Refusal

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


def _written_as_a_day(value: object) -> object:
    """Refuse numbers, which would be read as seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticKnownError("date_parsing", {"error": "it is not written YYYY-MM-DD"})
    return value


#: A day as a parameter of a request has it.
Day = Annotated[date, BeforeValidator(_written_as_a_day)]
