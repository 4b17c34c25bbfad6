"""Where in a body a decoder found a fault: msgspec's words as a code, a place and a reason."""

import re

from ledger.core.refusal import Refusal

#: How much of a text that cannot be taken is said back.
_SHOWN_MAX = 200

_PLACE = re.compile(r"(.*?)(?: - at `\$([\w.\[\]]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)


class FieldRefused(Refusal):
    """A field of a body is missing, not known, or not of its kind; ``code`` says which."""

    code = "field_invalid"

    def __init__(self, code: str, place: str, reason: str) -> None:
        super().__init__(field=place, reason=reason)
        self.code = code
        self.values["field"] = "/" + place.replace(".", "/")


def refused_field(message: str) -> FieldRefused:
    """
    Return the refusal of what a decoder says, such as ``Expected `int` - at `$.data[0].quantity```.

    >>> refused_field("Expected `str`, got `int` - at `$.subjects[1].id`").field
    'subjects.1.id'
    """
    found = _PLACE.fullmatch(message)
    assert found is not None, "the pattern takes any text"
    reason = found[1][:_SHOWN_MAX]
    place = re.sub(r"[.\[]", ".", found[2] or "").replace("]", "").strip(".")
    code = "field_invalid"
    if named := _NAMED.fullmatch(found[1]):  # The field is in the text alone.
        code = "field_missing" if named[1] == "missing required" else "field_unknown"
        place = ".".join(part for part in (place, named[2][:_SHOWN_MAX]) if part)
    return FieldRefused(code, place, reason)
