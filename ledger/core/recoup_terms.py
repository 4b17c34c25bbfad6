"""
Advances, minimum guarantees, and the groups in which earnings recoup them: what was agreed.

A source is whatever earns by itself under the contract: a license, a grant, a subject, a payee.
How a month of earnings is set off is in :mod:`ledger.core.recoupment`; here terms that
contradict themselves are refused when they are written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from ledger.core.money import BASIS_POINTS
from ledger.core.refusal import Refusal


class RecoupingContradicts(Refusal):
    """What an advance or guarantee recoups from does not fit how its group crosses sources."""

    code = "recouping_contradicts"
    field = "recouped_from"

    def __init__(self, item: str, crossing: "Crossing", sources: Iterable[str]) -> None:
        super().__init__(item=item, crossing=crossing, sources=", ".join(sources))


class RecoupValueOutOfRange(Refusal):
    """An advance or target is not above zero, or a share is not 1 to 10,000 bp."""

    code = "recoup_value_out_of_range"

    def __init__(self, item: str, field: str, value: int) -> None:
        super().__init__(field=field, item=item, value=value)


class RecoupListedTwice(Refusal):
    """A group names a source, an advance or a guarantee twice, or none at all."""

    code = "recoup_listed_twice"

    def __init__(self, group: str, names: Iterable[str]) -> None:
        super().__init__(group=group, names=", ".join(names))


class GuaranteeWithoutCheckpoint(Refusal):
    """A guarantee names no day on which it is measured, so it guarantees nothing."""

    code = "guarantee_without_checkpoint"
    field = "checkpoints"

    def __init__(self, guarantee: str) -> None:
        super().__init__(guarantee=guarantee)


class CheckpointsDoNotRise(Refusal):
    """A later checkpoint is not later, or its cumulative target is not higher."""

    code = "checkpoints_do_not_rise"
    field = "checkpoints"

    def __init__(self, guarantee: str, due_on: date) -> None:
        super().__init__(guarantee=guarantee, due_on=due_on)


class GuaranteeUnknown(Refusal):
    """An advance counts toward a guarantee that its group does not have."""

    code = "guarantee_unknown"
    field = "counts_toward"

    def __init__(self, advance: str, guarantee: str) -> None:
        super().__init__(advance=advance, guarantee=guarantee)


class AdvanceKind(StrEnum):
    """Whether what is never recouped has to be given back."""

    GUARANTEED = "guaranteed"  # 返還不要
    REPAYABLE = "repayable"  # 返還要


class Crossing(StrEnum):
    """Whose earnings recoup an advance (クロスリクープ)."""

    SINGLE = "single"  # Each source recoups its own advances and no other's.
    CROSS = "cross"  # All sources of the group recoup all its advances.
    SPECIAL = "special"  # Each advance names its sources, and which share of them.


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Whole minor units of something with a reference: a source, an advance, a guarantee."""

    of: str
    minor: int


@dataclass(frozen=True, kw_only=True)
class RecoupedFrom:
    """A source that recoups an advance, and how much of its earnings may go to it."""

    source: str
    share_bp: int = BASIS_POINTS


@dataclass(frozen=True, kw_only=True)
class Advance:
    """
    Money paid first and set off against royalty later, in whole minor units.

    ``counts_toward`` names the guarantee that the advance is a payment on: whole when it is
    guaranteed, and as far as it is recouped when it is repayable.
    """

    reference: str
    kind: AdvanceKind
    amount_minor: int
    paid_on: date
    recouped_from: tuple[RecoupedFrom, ...]
    counts_toward: str | None = None

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise RecoupValueOutOfRange(self.reference, "amount_minor", self.amount_minor)
        for each in self.recouped_from:
            if not 0 < each.share_bp <= BASIS_POINTS:
                raise RecoupValueOutOfRange(self.reference, "share_bp", each.share_bp)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The last day by which a cumulative target is to be paid."""

    due_on: date
    target_minor: int


@dataclass(frozen=True, kw_only=True)
class MinimumGuarantee:
    """
    What is paid at least, cumulatively, by the checkpoints; what is missing is billed at each.

    What was billed is recouped by later earnings, until the last checkpoint.
    """

    reference: str
    sources: tuple[str, ...]
    starts_on: date
    checkpoints: tuple[Checkpoint, ...]

    def __post_init__(self) -> None:
        if not self.checkpoints:
            raise GuaranteeWithoutCheckpoint(self.reference)
        for each in self.checkpoints:
            if each.target_minor <= 0:
                raise RecoupValueOutOfRange(self.reference, "target_minor", each.target_minor)
        if self.checkpoints[0].due_on < self.starts_on:
            raise CheckpointsDoNotRise(self.reference, self.checkpoints[0].due_on)
        for one, next_one in pairwise(self.checkpoints):
            if one.due_on >= next_one.due_on or one.target_minor >= next_one.target_minor:
                raise CheckpointsDoNotRise(self.reference, next_one.due_on)

    @property
    def ends_on(self) -> date:
        """The day of the last checkpoint."""
        return self.checkpoints[-1].due_on


@dataclass(frozen=True, kw_only=True)
class RecoupGroup:
    """
    Sources that are accounted for together, with their advances and guarantees.

    :raises RecoupListedTwice: a source, an advance or a guarantee has no name of its own.
    :raises RecoupingContradicts: an advance or guarantee names other sources than it may.
    :raises GuaranteeUnknown: an advance counts toward a guarantee that is not here.
    """

    reference: str
    crossing: Crossing
    sources: tuple[str, ...]
    advances: tuple[Advance, ...] = ()
    guarantees: tuple[MinimumGuarantee, ...] = ()

    def __post_init__(self) -> None:
        guarantees = [each.reference for each in self.guarantees]
        _check_names(self.reference, self.sources or [""])
        _check_names(self.reference, [*(each.reference for each in self.advances), *guarantees])
        for advance in self.advances:
            is_whole = all(each.share_bp == BASIS_POINTS for each in advance.recouped_from)
            named = [each.source for each in advance.recouped_from]
            if not self._may_name(named) or not (is_whole or self.crossing is Crossing.SPECIAL):
                raise RecoupingContradicts(advance.reference, self.crossing, named)
            if advance.counts_toward is not None and advance.counts_toward not in guarantees:
                raise GuaranteeUnknown(advance.reference, advance.counts_toward)
        for guarantee in self.guarantees:
            if not self._may_name(guarantee.sources):
                raise RecoupingContradicts(guarantee.reference, self.crossing, guarantee.sources)

    def _may_name(self, named: Sequence[str]) -> bool:
        if not named or len(set(named)) < len(named) or not set(named) <= set(self.sources):
            return False
        match self.crossing:
            case Crossing.SINGLE:
                return len(named) == 1
            case Crossing.CROSS:
                return len(named) == len(self.sources)
            case Crossing.SPECIAL:
                return True


def _check_names(group: str, names: Sequence[str]) -> None:
    if not all(names) or len(set(names)) < len(names):
        raise RecoupListedTwice(group, names)
