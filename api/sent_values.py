"""Values of bodies that are sent: instants, references, words, exact numbers, with bounds."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.event_bodies import PRINTABLE
from ledger.core.money import CURRENCY_EXPONENTS

#: The most that one version of an offer names of anything.
LISTED_MAX = 100
TEXT_LENGTH_MAX = 500

#: The most of a rate or an amount that is sent as a number; as text there may be more.
WHOLE_MAX = 10**15

#: What a reference is made of; nothing of another form is in the book.
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"

_DECIMAL = r"^[0-9]{1,18}(\.[0-9]{1,18})?$"
_RFC_3339 = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str) or not re.fullmatch(_RFC_3339, value):
        raise ValueError("an instant with its offset is needed")
    return datetime.fromisoformat(value)


Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": _RFC_3339,
            "examples": ["2026-12-01T00:00:00+09:00"],
        }
    ),
]
Reference = Annotated[str, Field(pattern=REFERENCE)]
Reason = Annotated[
    str,
    Field(min_length=1, max_length=TEXT_LENGTH_MAX, pattern=PRINTABLE, examples=["A dispute"]),
]


def no_truth(value: object) -> object:
    """
    Refuse true and false, which would be read as 1 and 0.

    :raises ValueError: it is one of them.
    """
    if isinstance(value, bool):
        raise ValueError("a whole number is needed")
    return value


Whole = Annotated[int, Field(ge=0, le=WHOLE_MAX), BeforeValidator(no_truth)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_LENGTH_MAX, pattern=PRINTABLE)]
Territory = Annotated[str, Field(pattern=r"^(WORLD|[A-Z]{2})$", examples=["JP"])]
Amount = Annotated[str, Field(pattern=_DECIMAL, examples=["12.5"])] | Whole


Currency = Annotated[
    str,
    Field(pattern="^[A-Z]{3}$"),
    WithJsonSchema({"type": "string", "enum": sorted(CURRENCY_EXPONENTS), "examples": ["USD"]}),
]


class Body(BaseModel):
    """A body whose every field counts: one that is misspelt would be a term that nobody meant."""

    model_config = ConfigDict(extra="forbid")


def exact(value: str | int) -> Decimal:
    """Return a rate or an amount as it was sent."""
    return Decimal(value)
