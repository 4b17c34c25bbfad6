"""
A batch of corrections that is looked at before it is made: what was asked, and what was shown.

Making it later shows the same, or it is not made: what it was drawn from has moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.difference import DifferenceLine
from ledger.core.refusal import Refusal
from ledger.core.snapshot import from_json, to_json
from ledger.core.usage import C2paState, Modality, ReportedGeneration, SubjectUse, Unit, UseClass


@dataclass(frozen=True, kw_only=True)
class RefusedCorrection:
    """One correction of a draft that cannot be made, and why, as a refusal says it."""

    index: int  # in the draft, from 0
    event_id: str
    code: str
    field: str | None
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What making a draft would change."""

    correction_count: int
    known_count: int  # of them those that are recorded already, and change nothing again
    refused: tuple[RefusedCorrection, ...]
    lines: tuple[DifferenceLine, ...]


def refused(index: int, event_id: str, refusal: Refusal) -> RefusedCorrection:
    """Return a refusal as a value that can be kept."""
    return RefusedCorrection(
        index=index,
        event_id=event_id,
        code=refusal.code,
        field=refusal.field,
        values=tuple(sorted(refusal.values.items())),
    )


def write_down(corrections: Sequence[Correction]) -> str:
    """Return corrections as canonical JSON, to be kept until they are made."""
    return to_json(tuple(corrections))


def read_back(text: str) -> tuple[Correction, ...]:
    """
    Return corrections as they were written down.

    :raises NotASnapshot: the text is something else.
    """
    written: Sequence[Sequence[Any]] = from_json(tuple[_CORRECTION, ...], text)
    return tuple(
        Correction(*fields)._replace(
            replacement=None if fields[-1] is None else _reported(fields[-1])
        )
        for fields in written
    )


#: The fields of a correction and of the event in it, in their order, as a snapshot has them.
_SUBJECT = tuple[str, int | None]
_EVENT = tuple[
    str, str, datetime, str, tuple[_SUBJECT, ...], UseClass, Modality, Unit, str,
    Decimal | None, Decimal | None, str | None, str | None, str | None, str | None,
    C2paState | None, str | None, str | None,
]  # fmt: skip
_CORRECTION = tuple[
    str, str, CorrectionKind, CorrectionReason, str, int, date | None, _EVENT | None
]


def _reported(fields: Sequence[Any]) -> ReportedGeneration:
    event = ReportedGeneration(*fields)
    return event._replace(subjects=tuple(SubjectUse(*each) for each in event.subjects))
