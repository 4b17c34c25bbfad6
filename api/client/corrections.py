"""What is recorded of a generation, and corrections of it: one at once, or many looked at first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from msgspec import Raw, Struct

from api.client.answers import Receipt
from api.client.calls import Call, json_call, nothing, reader
from api.client.generation import Event, SubjectUse, encode_event, leaf_of
from api.client.refusals import Problem
from ledger.core.proof import leaf_hash


@dataclass(frozen=True, kw_only=True)
class Correction:
    """
    A recorded generation that was wrong: void without a replacement, replaced with one.

    ``reason`` is one of docs/corrections.md. ``month`` (``2026-11``) is needed only when the
    same source and id are recorded in several. ``revision`` counts the corrections of one
    generation, from 1.
    """

    id: str
    source: str
    reason: str
    replacement: Event | None = None
    month: str | None = None
    note: str = ""
    revision: int = 1

    def members(self) -> dict[str, Any]:
        """Return the correction as JSON says it, without the id."""
        told: dict[str, Any] = {
            "kind": "void" if self.replacement is None else "replace",
            "reason": self.reason,
            "source": self.source,
            "revision": self.revision,
        }
        if self.replacement is not None:
            told["replacement"] = Raw(encode_event(self.replacement))
        given = {"month": self.month, "note": self.note}
        return told | {name: value for name, value in given.items() if value}


class Difference(Struct, frozen=True, kw_only=True):
    """What becomes more or, below zero, less by corrections, for one subject in one month."""

    month: str
    counted_in: str | None
    subject: str | None
    decision: str
    reason: str | None
    generation_count: int
    quantity: Decimal
    net_revenue: Decimal
    currency: str | None
    price_minor: Decimal | None


class Corrected(Struct, frozen=True, kw_only=True):
    """One correction as it was made; ``decision`` is that of the replacement."""

    id: str
    source: str
    month: str
    revision: int
    kind: Literal["void", "replace"]
    status: Literal["recorded", "duplicate"]
    decision: str | None
    reasons: tuple[str, ...]
    counted_in: str | None
    receipt: Receipt
    difference: tuple[Difference, ...] = ()

    def verify(self, correction: Correction) -> None:
        """
        Check that the receipt is for exactly this correction.

        :raises ReceiptDiffers: it is for something else.
        """
        replacement = correction.replacement
        fields = (
            *("correction", correction.source, correction.id, self.month),
            *(str(correction.revision), self.kind, correction.reason, correction.note),
            "" if replacement is None else leaf_of(replacement).hex(),
        )
        self.receipt.verify_leaf(leaf_hash("\0".join(fields).encode()).hex())


class CorrectionRefused(Struct, frozen=True, kw_only=True):
    """One correction of a draft that cannot be made; ``index`` is its place, from 0."""

    index: int
    id: str
    problem: Problem


class CorrectionDraft(Struct, frozen=True, kw_only=True):
    """Corrections that are drawn up: what making them would change. Nothing has changed yet."""

    id: str
    state: Literal["open", "committed", "discarded"]
    created_at: datetime
    ended_at: datetime | None
    correction_count: int
    known_count: int
    refused: tuple[CorrectionRefused, ...]
    difference: tuple[Difference, ...]


class RecordedEvent(Struct, frozen=True, kw_only=True):
    """A generation as it was reported; numbers are exact text."""

    source: str
    id: str
    time: datetime
    license: str
    subjects: tuple[SubjectUse, ...]
    use_class: str
    modality: str
    quantity: str | None
    unit: str
    territory: str
    net_revenue: str | None
    currency: str | None
    model: str | None
    output_sha256: str | None
    title: str | None
    c2pa: str | None
    language: str | None = None


class Revision(Struct, frozen=True, kw_only=True):
    """What was reported, revision 0, or one correction of it; a void one has no event."""

    revision: int
    kind: Literal["report", "replace", "void"]
    reason: str | None
    note: str
    recorded_at: datetime
    recorded_by: str | None
    counted_in: str | None
    decision: str | None
    reasons: tuple[str, ...]
    event: RecordedEvent | None
    receipt: Receipt


class RecordedGeneration(Struct, frozen=True, kw_only=True):
    """A generation with all its revisions; ``standing`` is the number of the one that counts."""

    id: str
    source: str
    month: str
    standing: int
    revisions: tuple[Revision, ...]


class _Committed(Struct, frozen=True):
    corrections: tuple[Corrected, ...]


_read_recorded = reader(RecordedGeneration)
_read_corrected = reader(Corrected)
_read_draft = reader(CorrectionDraft)
_read_committed = reader(_Committed)


def generation_call(id: str, *, source: str, month: str | None) -> Call[RecordedGeneration]:
    """Return the request for what is recorded of a generation."""
    query: dict[str, str | int] = {"source": source, **({} if month is None else {"month": month})}
    return Call(path=_generation(id), read=_read_recorded, query=query)


def correct_call(correction: Correction) -> Call[Corrected]:
    """Return the request that makes one correction; making it again is harmless."""
    path = f"{_generation(correction.id)}/corrections"
    return json_call("POST", path, correction.members(), read=_read_corrected)


def draw_up_call(corrections: Iterable[Correction]) -> Call[CorrectionDraft]:
    """Return the request that draws up corrections and changes nothing."""
    told = {"corrections": [{"id": each.id, **each.members()} for each in corrections]}
    return json_call("POST", "/v1/correction-batches", told, read=_read_draft)


def draft_call(id: str) -> Call[CorrectionDraft]:
    """Return the request for what was drawn up."""
    return Call(path=_draft(id), read=_read_draft)


def commit_call(id: str) -> Call[tuple[Corrected, ...]]:
    """Return the request that makes all corrections of a draft, or none."""

    def read(content: bytes) -> tuple[Corrected, ...]:
        return _read_committed(content).corrections

    return Call(method="POST", path=f"{_draft(id)}/commit", read=read)


def discard_call(id: str) -> Call[None]:
    """Return the request that gives up a draft."""
    return Call(method="DELETE", path=_draft(id), read=nothing)


def _generation(id: str) -> str:
    return f"/v1/generations/{quote(id, safe='')}"


def _draft(id: str) -> str:
    return f"/v1/correction-batches/{quote(id, safe='')}"
