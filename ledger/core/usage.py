"""
One generation as reported: its vocabulary, its identity, and the hash of its content.

Identity is (licensee, source, event id) within the accrual month of the event's own time.
The content hash tells a replay, which is welcome, from a conflict, which changes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from ledger.core.period import InstantWithoutZone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 24 * 60 * 60 * 1_000_000  # in microseconds


class TextHoldsNul(ValueError):
    """A text of a report holds NUL, which divides the fields of its hash; no store keeps it."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"a text of event {event_id!r} holds the character NUL")
        self.event_id = event_id


class Modality(StrEnum):
    """The form of what was generated (生成形態)."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    MODEL3D = "model3d"


class UseClass(StrEnum):
    """What was done with the licensed property (利用区分)."""

    GENERATION = "generation"
    REFERENCE_INPUT = "reference_input"
    STYLE_REFERENCE = "style_reference"
    VOICE_SYNTHESIS = "voice_synthesis"
    RETRIEVAL = "retrieval"
    FINE_TUNING = "fine_tuning"
    TRAINING = "training"


class Unit(StrEnum):
    """What a reported quantity counts."""

    IMAGE = "image"
    CLIP = "clip"
    SECOND = "second"
    CHARACTER = "character"
    TOKEN = "token"
    # What happened in a conversation grounded in licensed text: the contract says which counts.
    GROUNDING = "grounding"
    TURN = "turn"
    CITATION = "citation"


class C2paState(StrEnum):
    """Whether an output says by C2PA content credentials that it was generated, and where."""

    EMBEDDED = "embedded"  # in the output itself
    DETACHED = "detached"  # beside it, or in a repository
    NONE = "none"


class SubjectUse(NamedTuple):
    """One subject named by a generation, and its declared weight in basis points if any."""

    reference: str
    weight_bp: int | None = None


class ReportedGeneration(NamedTuple):
    """
    What an AI firm says happened, after its shape has been checked.

    ``quantity`` None means the firm does not know it; such a generation is held, never
    counted as nothing. ``occurred_at`` is UTC. A named tuple because a batch builds
    thousands of them: a tuple is made and hashed four times as fast as a frozen dataclass.
    """

    source: str
    event_id: str
    occurred_at: datetime
    license_reference: str
    subjects: tuple[SubjectUse, ...]
    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: str
    quantity: Decimal | None
    net_revenue: Decimal | None = None
    currency: str | None = None
    model: str | None = None
    output_sha256: str | None = None
    title: str | None = None
    c2pa: C2paState | None = None
    language: str | None = None  # of what is spoken or written in it (BCP 47)
    #: The token of a clearance, which proves something about the event and is no part of it.
    clearance: str | None = None

    def content_hash(self) -> bytes:
        """
        Return the leaf hash (RFC 6962: SHA-256 behind a zero byte) of everything reported.

        Two reports of the same facts hash alike however they were written (``1.0`` and
        ``1``, ``+09:00`` and ``Z``). One canonical spelling is hashed. It is UTF-8: the fields
        in order with NUL between them, the instant as microseconds since 1970, then each
        subject and its weight, then ``c2pa=`` and its word when that was given, and ``language=``
        and its tag when that was. No weight looks like these, and no text may hold a NUL, so two
        different reports never spell the same bytes.

        :raises InstantWithoutZone: ``occurred_at`` is naive.
        :raises TextHoldsNul: a text holds the character that divides the fields.
        """
        (leaf,) = content_hashes(
            sources=[self.source],
            event_ids=[self.event_id],
            instants=instants_of([self.occurred_at]),
            wordings=[wording_of(self)],
            amounts=[amount_wording(self.quantity, self.net_revenue)],
            outputs=[self.output_sha256],
        )
        return leaf


class Wording(NamedTuple):
    """The parts of the canonical spelling that many generations of a batch have in common."""

    terms: str  # license to territory
    tools: str  # currency and model
    subjects: str  # title, subjects, content credentials, language


def wording_of(reported: ReportedGeneration) -> Wording:
    """
    Spell what a generation has in common with others; its identity, time and output are not in it.

    :raises TextHoldsNul: a text holds the character that divides the fields.
    """
    terms = [
        reported.license_reference,
        reported.use_class,
        reported.modality,
        reported.unit,
        reported.territory,
    ]
    tools = [_given(reported.currency), _given(reported.model)]
    subjects = [_given(reported.title)]
    for reference, weight_bp in reported.subjects:
        subjects += (reference, "" if weight_bp is None else str(weight_bp))
    if reported.c2pa is not None:
        subjects.append(f"c2pa={reported.c2pa}")
    if reported.language is not None:
        subjects.append(f"language={reported.language}")
    if "\0" in "".join((*terms, *tools, *subjects)):
        raise TextHoldsNul(reported.event_id)
    return Wording("\0".join(terms), "\0".join(tools), "\0".join(subjects))


def amount_wording(quantity: Decimal | None, net_revenue: Decimal | None) -> str:
    """Spell how much it was and what was earned with it."""
    return f"{canonical_decimal(quantity)}\0{canonical_decimal(net_revenue)}"


def instants_of(times: Sequence[datetime]) -> list[int]:
    """
    Return instants as microseconds since 1970.

    :raises InstantWithoutZone: a time has no UTC offset.
    """
    try:
        passed = [time - _EPOCH for time in times]
    except TypeError:
        raise InstantWithoutZone(next(t for t in times if t.utcoffset() is None)) from None
    # Added up by hand, which takes less than the division by a microsecond.
    return [each.days * _DAY + each.seconds * 1_000_000 + each.microseconds for each in passed]


def content_hashes(
    *,
    sources: Sequence[str],
    event_ids: Sequence[str],
    instants: Sequence[int],
    wordings: Sequence[Wording],
    amounts: Sequence[str],
    outputs: Sequence[str | None],
) -> list[bytes]:
    """
    Return the content hashes of some generations, of which each argument is one column.

    A batch spells what repeats once, and hashes a thousand events in two passes.

    :raises TextHoldsNul: a text holds the character that divides the fields.
    """
    if any("\0" in "".join(texts) for texts in (sources, event_ids, filter(None, outputs))):
        raise TextHoldsNul(_first_with_nul(sources, event_ids, outputs))
    given = ["" if output is None else "=" + output for output in outputs]
    spelled = [
        f"\0{source}\0{event_id}\0{instant}\0{terms}\0{amount}\0{tools}\0{output}\0{subjects}"
        for source, event_id, instant, (terms, tools, subjects), amount, output in zip(
            sources, event_ids, instants, wordings, amounts, given, strict=True
        )
    ]
    return [sha256(text.encode()).digest() for text in spelled]


def _given(text: str | None) -> str:
    """The sign of equality tells a text that is empty from one that was not given."""
    return "" if text is None else "=" + text


def _first_with_nul(
    sources: Sequence[str], event_ids: Sequence[str], outputs: Sequence[str | None]
) -> str:
    return next(
        event_id
        for source, event_id, output in zip(sources, event_ids, outputs, strict=True)
        if "\0" in source + event_id + (output or "")
    )


def canonical_decimal(value: Decimal | None) -> str:
    """
    Write a decimal in its one shortest plain form; unknown is the empty text.

    >>> canonical_decimal(Decimal("1.50")), canonical_decimal(Decimal("1E+2"))
    ('1.5', '100')
    """
    if value is None:
        return ""
    text = str(value)
    if text.isdecimal():  # Most quantities are whole, and spelled so already.
        return text
    if value == 0:  # Also -0, which is no other quantity than 0.
        return "0"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def differing_fields(one: ReportedGeneration, other: ReportedGeneration) -> list[str]:
    """Name the fields in which two reports of the same identity differ, in field order."""
    return [
        name
        for name in ReportedGeneration._fields
        if name != "clearance" and getattr(one, name) != getattr(other, name)
    ]
