"""
The shapes of reported events as they come in: plain JSON and CloudEvents.

Types, lengths and vocabularies stand here; what needs a look at the characters of a text is
left to :mod:`api.events`. None of these refers to itself, so the garbage collector is told to
leave them alone.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from ledger.core.language import TAG, TAG_LENGTH_MAX
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.usage import C2paState, Modality, Unit, UseClass


def described(pattern: str) -> Meta:
    """Say on the page which characters a text may have; looked at elsewhere, and faster."""
    return Meta(extra_json_schema={"pattern": pattern})


#: The pattern of a text that a document can print: no control characters.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"

_AnyText = Annotated[str, Meta(min_length=1, max_length=256)]
Text = Annotated[_AnyText, described(PRINTABLE)]
Instant = Annotated[datetime, Meta(tz=True)]
#: A clearance as it was issued; fifty subjects with long ids make a long one.
Token = Annotated[str, Meta(max_length=32_768)]
#: What is counted: exact, so never a number with a point.
Exact = (
    Annotated[str, described(r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$")]
    | Annotated[int, Meta(extra_json_schema={"minimum": 0, "exclusiveMaximum": 10**15})]
)
#: What is spoken or written in the output, as BCP 47 has it.
Language = Annotated[str, Meta(max_length=TAG_LENGTH_MAX), described(f"^{TAG}$")]
_CURRENCIES = Meta(extra_json_schema={"enum": sorted(CURRENCY_EXPONENTS)})


class SubjectNamed(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A subject named by a generation."""

    id: Text
    weight_bp: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class Facts(Struct, frozen=True, kw_only=True, gc=False):
    """What both shapes of an event say about the generation itself."""

    license: Text
    subjects: Annotated[tuple[SubjectNamed, ...], Meta(min_length=1, max_length=50)]
    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: Annotated[str, Meta(max_length=2), described("^[A-Z]{2}$")]
    quantity: Exact | None
    net_revenue: Exact | None = None
    currency: Annotated[str, Meta(max_length=3), _CURRENCIES] | None = None
    model: Text | None = None
    output_sha256: Annotated[str, Meta(max_length=64), described("^[0-9a-f]{64}$")] | None = None
    title: Text | None = None
    c2pa: C2paState | None = None
    language: Language | None = None
    clearance: Token | None = None


class PlainEvent(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event as plain JSON: identity, time and facts side by side."""

    source: Text
    id: Text
    time: Instant


class CloudEventData(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts as the ``data`` of a CloudEvent."""


class CloudEvent(Struct, frozen=True, kw_only=True, gc=False):
    """A CloudEvents 1.0 envelope; attributes we do not use are allowed and ignored."""

    specversion: Literal["1.0"]
    type: _AnyText
    source: Text
    id: Text
    time: Instant
    data: CloudEventData


class Wrapped(Struct, frozen=True, forbid_unknown_fields=True):
    """``{"events": […]}``."""

    events: Raw
