"""
One generation as reported: its vocabulary, its identity, and the hash of its content.

Identity is (licensee, source, event id) within the accrual month of the event's own time.
The content hash tells a replay, which is welcome, from a conflict, which changes nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from ledger.core.period import InstantWithoutZone
from ledger.core.proof import leaf_hash

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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


class CountingModel(StrEnum):
    """Which acts of one session are royalty events. A term of the contract, never a constant."""

    GROUNDING = "grounding"
    TURN = "turn"
    CITATION = "citation"


@dataclass(frozen=True, kw_only=True)
class Session:
    """What happened in one conversation with a model that was grounded in licensed text."""

    groundings: int
    turns: int
    citations: int


def royalty_events(session: Session, counting_model: CountingModel) -> int:
    """
    Return how many royalty events a session is under a counting model.

    >>> session = Session(groundings=1, turns=10, citations=3)
    >>> [royalty_events(session, model) for model in CountingModel]
    [1, 10, 3]
    """
    return {
        CountingModel.GROUNDING: session.groundings,
        CountingModel.TURN: session.turns,
        CountingModel.CITATION: session.citations,
    }[counting_model]


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

    def content_hash(self) -> bytes:
        """
        Return the leaf hash (RFC 6962: SHA-256 behind a zero byte) of everything reported.

        Two reports of the same facts hash alike however they were written (``1.0`` and
        ``1``, ``+09:00`` and ``Z``). One canonical spelling is hashed. It is UTF-8: the fields
        in order with NUL between them, the instant as microseconds since 1970, then each
        subject and its weight. No text may hold a NUL, so two different reports never spell
        the same bytes.

        :raises InstantWithoutZone: ``occurred_at`` is naive.
        :raises TextHoldsNul: a text holds the character that divides the fields.
        """
        if self.occurred_at.tzinfo is None:
            raise InstantWithoutZone(self.occurred_at)
        fields = [
            self.source,
            self.event_id,
            str((self.occurred_at - _EPOCH) // _MICROSECOND),
            self.license_reference,
            self.use_class,
            self.modality,
            self.unit,
            self.territory,
            canonical_decimal(self.quantity),
            canonical_decimal(self.net_revenue),
            # The sign of equality tells a text that is empty from one that was not given.
            "" if self.currency is None else "=" + self.currency,
            "" if self.model is None else "=" + self.model,
            "" if self.output_sha256 is None else "=" + self.output_sha256,
            "" if self.title is None else "=" + self.title,
        ]
        for reference, weight_bp in self.subjects:
            fields += (reference, "" if weight_bp is None else str(weight_bp))
        spelled = "\0".join(fields)
        if spelled.count("\0") >= len(fields):
            raise TextHoldsNul(self.event_id)
        return leaf_hash(spelled.encode())


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
        name for name in ReportedGeneration._fields if getattr(one, name) != getattr(other, name)
    ]
