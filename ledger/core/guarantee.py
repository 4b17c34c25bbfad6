"""
Minimum guarantees: what was paid toward one, and what it lacks at a checkpoint.

Royalty that is payable counts toward a guarantee, and so do shortfalls that were billed and the
advances that the contract counts. What an earlier checkpoint billed is recouped by later earnings
of the same guarantee; what the last one billed is not, because its term is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ledger.core.money import allocate
from ledger.core.recoup_terms import Amount, MinimumGuarantee


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a guarantee is paid, in whole minor units since it began."""

    guarantee: str
    paid_minor: int = 0  # royalty that was payable
    billed_minor: int = 0  # shortfalls
    unrecouped_minor: int = 0  # of what was billed
    earned: tuple[Amount, ...] = ()  # by source

    def __post_init__(self) -> None:
        assert self.unrecouped_minor >= 0


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """What a guarantee lacks at a checkpoint; ``parts`` sum to it, by source."""

    guarantee: str
    due_on: date
    target_minor: int
    credited_minor: int
    shortfall_minor: int
    parts: tuple[Amount, ...]


@dataclass(frozen=True, kw_only=True)
class Period:
    """What a period of earnings brought a guarantee, by source where it is a mapping."""

    after: date | None  # the last day of the period before
    through: date  # its own last day
    earned: Mapping[str, int]
    payable: Mapping[str, int]
    recouped_minor: int  # of what the guarantee had billed
    advanced_minor: int  # counted toward it so far, in all periods


def measure(
    guarantee: MinimumGuarantee, opening: Progress, period: Period
) -> tuple[Progress, Shortfall | None]:
    """
    Move a guarantee on by a period, and measure the last checkpoint that lies in it, if any.

    A shortfall is divided in proportion to what each source earned, equally where none did.
    """
    is_over = period.after is not None and period.after >= guarantee.ends_on
    if is_over or guarantee.starts_on > period.through:
        return opening, None
    progress = _moved(guarantee, opening, period)
    due = [
        each
        for each in guarantee.checkpoints
        if (period.after is None or period.after < each.due_on) and each.due_on <= period.through
    ]
    if not due:
        return progress, None
    credited = progress.paid_minor + progress.billed_minor + period.advanced_minor
    missing = max(0, due[-1].target_minor - credited)
    shortfall = Shortfall(
        guarantee=guarantee.reference,
        due_on=due[-1].due_on,
        target_minor=due[-1].target_minor,
        credited_minor=credited,
        shortfall_minor=missing,
        parts=_divided(missing, progress.earned),
    )
    is_last = due[-1] is guarantee.checkpoints[-1]
    left = 0 if is_last else progress.unrecouped_minor + missing
    billed = progress.billed_minor + missing
    return replace(progress, billed_minor=billed, unrecouped_minor=left), shortfall


def _moved(guarantee: MinimumGuarantee, opening: Progress, period: Period) -> Progress:
    before = {each.of: each.minor for each in opening.earned}
    return Progress(
        guarantee=guarantee.reference,
        paid_minor=opening.paid_minor + sum(period.payable[each] for each in guarantee.sources),
        billed_minor=opening.billed_minor,
        unrecouped_minor=opening.unrecouped_minor - period.recouped_minor,
        earned=tuple(
            Amount(of=source, minor=before.get(source, 0) + period.earned[source])
            for source in guarantee.sources
        ),
    )


def _divided(missing_minor: int, earned: tuple[Amount, ...]) -> tuple[Amount, ...]:
    weights = [max(0, each.minor) for each in earned]
    parts = allocate(missing_minor, weights if any(weights) else [1 for _ in earned])
    return tuple(Amount(of=each.of, minor=part) for each, part in zip(earned, parts, strict=True))
