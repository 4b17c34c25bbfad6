"""
Who is shown what of a committee's waterfall: the one rule for statements and explanations.

A member sees all of it, because the pool is its own money and it answers for the contract. Who
is only paid by a step sees that step, and the steps that its base follows from without the names
of who has them: enough to work its own amount out again, and nothing of the other parts.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.core.waterfall import StepKind

_SPLIT = "split"
_DISTRIBUTION = "distribution"


class LineSeen(NamedTuple):
    """What decides of a line of a waterfall who is shown it; the payee is a reference."""

    kind: str
    category: str
    rate_bp: int | None
    payee: str | None


def is_member(lines: Sequence[LineSeen], party: str) -> bool:
    """Tell whether a party shares the pool; every member has a line, be it of nothing."""
    return any(_is_share(line) and line.payee == party for line in lines)


def lines_shown(lines: Sequence[LineSeen], *, to: str) -> frozenset[int]:
    """Return the places of the lines that a party is shown, of a run in the order it was made."""
    if is_member(lines, to):
        return frozenset(range(len(lines)))
    return frozenset(place for own in _own(lines, to) for place in _leading_to(lines, own))


def _own(lines: Sequence[LineSeen], party: str) -> Iterator[int]:
    return (place for place, line in enumerate(lines) if line.payee == party)


def _leading_to(lines: Sequence[LineSeen], own: int) -> Iterator[int]:
    """Yield a line, the step it is a part of, and the steps that this one's base is what of."""
    yield own
    step = own
    while lines[step].kind == _SPLIT:
        step -= 1
    yield step
    if lines[step].rate_bp is not None:  # A fixed amount follows from nothing.
        yield from (place for place in range(step) if _lowers(lines[place], lines[step]))


def _lowers(earlier: LineSeen, step: LineSeen) -> bool:
    """
    Tell whether a step takes its rate of what an earlier one left, in either customary order.

    Royalties are of what the fees leave, whichever royalty comes first; fees and expenses are of
    what everything before them leaves.
    """
    if earlier.kind == _SPLIT:
        return False
    return step.kind != StepKind.ROYALTY or earlier.kind == StepKind.FEE


def _is_share(line: LineSeen) -> bool:
    return line.kind == _SPLIT and line.category == _DISTRIBUTION
