"""
Setting earnings off against advances, and what a period leaves to pay and to recoup.

One calculation serves the licensee's side (DOMAIN section 4, step 9) and a payee's own advance
(step 15). Earnings of a period first make good what their source owes from before; what is left
recoups the advances in the order in which they were paid; the rest is payable. An advance that
several sources recoup takes from each in proportion to what it has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.explanation import Figure, figure
from ledger.core.guarantee import Period, Progress, Shortfall, measure
from ledger.core.money import allocate, take_bp
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Amount,
    MinimumGuarantee,
    RecoupedFrom,
    RecoupGroup,
)


class SourceUnknown(ValueError):
    """Something was earned by a source that its group does not have, or that is named twice."""

    def __init__(self, group: str, source: str) -> None:
        super().__init__(f"group {group!r} does not have source {source!r}, or has it twice")
        self.source = source


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What a source earned in a period, and what corrects earlier periods; minor units."""

    source: str
    royalty_minor: int
    adjustment_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class RecoupState:
    """Where a period leaves a group; the next one begins there."""

    through: date | None = None
    balances: tuple[Amount, ...] = ()  # of advances that were paid, never below zero
    carried: tuple[Amount, ...] = ()  # by source, 0 or below
    guarantees: tuple[Progress, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SourceResult:
    """What became of one source's earnings."""

    source: str
    carried_in_minor: int
    royalty_minor: int
    adjustment_minor: int
    recouped_minor: int
    payable_minor: int
    carried_out_minor: int

    @property
    def earned_minor(self) -> int:
        """What the period itself brought."""
        return self.royalty_minor + self.adjustment_minor

    def __post_init__(self) -> None:
        brought = self.carried_in_minor + self.earned_minor
        assert brought - self.recouped_minor == self.payable_minor + self.carried_out_minor
        assert self.carried_out_minor <= 0 <= min(self.recouped_minor, self.payable_minor)


@dataclass(frozen=True, kw_only=True)
class AdvanceResult:
    """What one advance, or a shortfall that was billed, was recouped by; ``by`` is by source."""

    reference: str
    balance_in_minor: int
    by: tuple[Amount, ...]

    def __post_init__(self) -> None:
        assert self.balance_out_minor >= 0

    @property
    def recouped_minor(self) -> int:
        """What all sources recouped together."""
        return sum(each.minor for each in self.by)

    @property
    def balance_out_minor(self) -> int:
        """What is left to recoup."""
        return self.balance_in_minor - self.recouped_minor


@dataclass(frozen=True, kw_only=True)
class Recoupment:
    """One period of a group: sources in the order of the contract, advances as they were paid."""

    sources: tuple[SourceResult, ...]
    advances: tuple[AdvanceResult, ...]
    shortfalls: tuple[Shortfall, ...]
    closing: RecoupState

    @property
    def payable_minor(self) -> int:
        """The royalty that is payable, without shortfalls."""
        return sum(each.payable_minor for each in self.sources)

    @property
    def shortfall_minor(self) -> int:
        """What is billed beside it."""
        return sum(each.shortfall_minor for each in self.shortfalls)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The period step by step."""
        return tuple(_figures(self))


@dataclass(frozen=True, kw_only=True)
class _Open:
    """Something to recoup: an advance, or what was billed under a guarantee."""

    reference: str
    balance_minor: int
    recouped_from: tuple[RecoupedFrom, ...]


def recoup(
    group: RecoupGroup, *, opening: RecoupState, earned: Sequence[Earned], through: date
) -> Recoupment:
    """
    Set off one period, which ends on ``through``, and measure the checkpoints that lie in it.

    An advance is there to be recouped from the period in which it was paid. Of each source no
    more than its share, truncated, goes to one advance. At a checkpoint the guarantee lacks its
    target less all that was paid toward it; the part of each source is in proportion to what it
    earned since the guarantee began, or equal where nothing did.

    :raises SourceUnknown: a source is not in the group, or earned twice.
    """
    brought = _brought(group, opening, earned)
    left = {source: max(0, each.available_minor) for source, each in brought.items()}
    available = dict(left)
    advances = tuple(
        _set_off(each, available=available, left=left) for each in _open(group, opening, through)
    )
    sources = tuple(
        each.result(recouped_minor=available[source] - left[source], payable_minor=left[source])
        for source, each in brought.items()
    )
    balances = {each.reference: each.balance_out_minor for each in advances}
    progress, shortfalls = _measured(group, opening, sources, advances, through)
    return Recoupment(
        sources=sources,
        advances=advances,
        shortfalls=shortfalls,
        closing=RecoupState(
            through=through,
            balances=tuple(
                Amount(of=each.reference, minor=balances[each.reference])
                for each in group.advances
                if each.reference in balances
            ),
            carried=tuple(
                Amount(of=each.source, minor=each.carried_out_minor)
                for each in sources
                if each.carried_out_minor
            ),
            guarantees=progress,
        ),
    )


def repayable_minor(group: RecoupGroup, state: RecoupState) -> int:
    """Return what has to be given back when the group ends: repayable and not recouped."""
    balances = _by_reference(state.balances)
    return sum(balances.get(each.reference, 0) for each in group.advances if _is_repayable(each))


@dataclass(frozen=True, kw_only=True)
class _Brought:
    """What a source brings to a period."""

    source: str
    carried_in_minor: int
    royalty_minor: int
    adjustment_minor: int

    @property
    def available_minor(self) -> int:
        return self.carried_in_minor + self.royalty_minor + self.adjustment_minor

    def result(self, *, recouped_minor: int, payable_minor: int) -> SourceResult:
        return SourceResult(
            **vars(self),
            recouped_minor=recouped_minor,
            payable_minor=payable_minor,
            carried_out_minor=min(0, self.available_minor),
        )


def _brought(
    group: RecoupGroup, opening: RecoupState, earned: Sequence[Earned]
) -> dict[str, _Brought]:
    of_source = {each.source: each for each in earned}
    for index, each in enumerate(earned):
        is_again = any(each.source == other.source for other in earned[:index])
        if is_again or each.source not in group.sources:
            raise SourceUnknown(group.reference, each.source)
    carried = _by_reference(opening.carried)
    nothing = Earned(source="", royalty_minor=0)
    return {
        source: _Brought(
            source=source,
            carried_in_minor=carried.get(source, 0),
            royalty_minor=of_source.get(source, nothing).royalty_minor,
            adjustment_minor=of_source.get(source, nothing).adjustment_minor,
        )
        for source in group.sources
    }


def _open(group: RecoupGroup, opening: RecoupState, through: date) -> Iterator[_Open]:
    """Yield what is there to be recouped: advances as they were paid, then shortfalls billed."""
    balances = _by_reference(opening.balances)
    for advance in sorted(group.advances, key=lambda each: each.paid_on):
        if advance.paid_on <= through:
            balance = balances.get(advance.reference, advance.amount_minor)
            yield _Open(
                reference=advance.reference,
                balance_minor=balance,
                recouped_from=advance.recouped_from,
            )
    progress = {each.guarantee: each for each in opening.guarantees}
    for guarantee in group.guarantees:
        billed = progress.get(guarantee.reference)
        if billed is not None and billed.unrecouped_minor:
            links = tuple(RecoupedFrom(source=source) for source in guarantee.sources)
            yield _Open(
                reference=guarantee.reference,
                balance_minor=billed.unrecouped_minor,
                recouped_from=links,
            )


def _set_off(item: _Open, *, available: Mapping[str, int], left: dict[str, int]) -> AdvanceResult:
    """Take what an advance may, and can, from what its sources have left."""
    limits = [
        min(left[link.source], take_bp(available[link.source], link.share_bp))
        for link in item.recouped_from
    ]
    total = min(item.balance_minor, sum(limits))
    parts = allocate(total, limits) if total else [0 for _ in limits]
    for link, part in zip(item.recouped_from, parts, strict=True):
        left[link.source] -= part
    return AdvanceResult(
        reference=item.reference,
        balance_in_minor=item.balance_minor,
        by=tuple(
            Amount(of=link.source, minor=part)
            for link, part in zip(item.recouped_from, parts, strict=True)
        ),
    )


def _measured(
    group: RecoupGroup,
    opening: RecoupState,
    sources: Sequence[SourceResult],
    advances: Sequence[AdvanceResult],
    through: date,
) -> tuple[tuple[Progress, ...], tuple[Shortfall, ...]]:
    """Move every guarantee of the group on, and measure the checkpoints that are reached."""
    before = {each.guarantee: each for each in opening.guarantees}
    recouped = {each.reference: each.recouped_minor for each in advances}
    results = [
        measure(
            guarantee,
            before.get(guarantee.reference, Progress(guarantee=guarantee.reference)),
            Period(
                after=opening.through,
                through=through,
                earned={each.source: each.earned_minor for each in sources},
                payable={each.source: each.payable_minor for each in sources},
                recouped_minor=recouped.get(guarantee.reference, 0),
                advanced_minor=_advanced(group, guarantee, advances),
            ),
        )
        for guarantee in group.guarantees
    ]
    progress = tuple(each for each, _ in results)
    return progress, tuple(each for _, each in results if each is not None)


def _advanced(
    group: RecoupGroup, guarantee: MinimumGuarantee, advances: Sequence[AdvanceResult]
) -> int:
    """Return what advances count toward a guarantee: whole, or only as far as recouped."""
    balances = {each.reference: each.balance_out_minor for each in advances}
    return sum(
        each.amount_minor - (balances[each.reference] if _is_repayable(each) else 0)
        for each in group.advances
        if each.counts_toward == guarantee.reference and each.reference in balances
    )


def _is_repayable(advance: Advance) -> bool:
    return advance.kind is AdvanceKind.REPAYABLE


def _figures(period: Recoupment) -> Iterator[Figure]:
    for source in period.sources:
        for code in ("carried_in", "royalty", "adjustment"):
            yield figure(code, getattr(source, f"{code}_minor"), about=source.source)
    for advance in period.advances:
        yield figure("advance_in", advance.balance_in_minor, about=advance.reference)
        for part in advance.by:
            yield figure("recouped", -part.minor, about=part.of)
        yield figure("advance_out", advance.balance_out_minor, about=advance.reference)
    for source in period.sources:
        yield figure("payable", source.payable_minor, about=source.source)
        yield figure("carried_out", source.carried_out_minor, about=source.source)
    for shortfall in period.shortfalls:
        yield figure("target", shortfall.target_minor, about=shortfall.guarantee)
        yield figure("credited", shortfall.credited_minor, about=shortfall.guarantee)
        yield figure("shortfall", shortfall.shortfall_minor, about=shortfall.guarantee)


def _by_reference(amounts: Sequence[Amount]) -> dict[str, int]:
    return {each.of: each.minor for each in amounts}
