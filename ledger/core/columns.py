"""
Reported generations kept by column, from the bytes of a batch to its answer.

A batch has thousands of events and few different licenses, subjects and amounts. What is done
to a field through all events at once takes a tenth of what it takes event by event, so a batch
stays in columns, and rows are made of it only where somebody asks for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from operator import attrgetter
from typing import overload

from ledger.core.usage import (
    C2paState,
    Modality,
    ReportedGeneration,
    SubjectUse,
    Unit,
    UseClass,
)

#: The tuple that a named tuple is, made without the call that would check its length again.
_reported = partial(tuple.__new__, ReportedGeneration)


@dataclass(frozen=True, eq=False)
class Columns(Sequence[ReportedGeneration]):
    """Some reported generations, in order; the columns are those of :class:`ReportedGeneration`."""

    sources: Sequence[str]
    event_ids: Sequence[str]
    times: Sequence[datetime]
    licenses: Sequence[str]
    subjects: Sequence[tuple[SubjectUse, ...]]
    use_classes: Sequence[UseClass]
    modalities: Sequence[Modality]
    units: Sequence[Unit]
    territories: Sequence[str]
    quantities: Sequence[Decimal | None]
    net_revenues: Sequence[Decimal | None]
    currencies: Sequence[str | None]
    models: Sequence[str | None]
    outputs: Sequence[str | None]
    titles: Sequence[str | None]
    c2pa_states: Sequence[C2paState | None]
    languages: Sequence[str | None]
    clearances: Sequence[str | None]

    @classmethod
    def of(cls, reported: Iterable[ReportedGeneration]) -> "Columns":
        """Return generations by column; those that are so already as they are."""
        if isinstance(reported, Columns):
            return reported
        columns = [*zip(*reported, strict=True)]
        return cls(*columns) if columns else cls(*((),) * len(ReportedGeneration._fields))

    @cached_property
    def rows(self) -> Sequence[ReportedGeneration]:
        """The generations one by one."""
        return [*map(_reported, zip(*_columns_of(self), strict=True))]

    def row(self, index: int) -> ReportedGeneration:
        """Return one generation, without making the others."""
        return ReportedGeneration(*(column[index] for column in _columns_of(self)))

    def only(self, indices: Sequence[int]) -> "Columns":
        """Return some of them, in the order of the indices."""
        return Columns(*([column[index] for index in indices] for column in _columns_of(self)))

    def __len__(self) -> int:
        return len(self.event_ids)

    @overload
    def __getitem__(self, index: int) -> ReportedGeneration: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ReportedGeneration]: ...
    def __getitem__(self, index: int | slice) -> ReportedGeneration | Sequence[ReportedGeneration]:
        return self.rows[index]


def is_same(column: Sequence[object]) -> bool:
    """Tell whether a column, which is not empty, holds the same from top to bottom."""
    return column.count(column[0]) == len(column)


_columns_of = attrgetter(*(field.name for field in fields(Columns)))
