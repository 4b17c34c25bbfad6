"""
What the generations of a batch have in common: judged, spelled and counted once for all of them.

Of a thousand events a few dozen differ in what a judgement depends on, and fewer in their
amounts. They are told apart by the columns that are not the same from top to bottom.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.core.acceptance import Judgement
from ledger.core.columns import Columns, is_same
from ledger.core.usage import ReportedGeneration, Wording, amount_wording, wording_of


@dataclass(frozen=True, eq=False, slots=True)
class Alike:
    """
    What many generations of a batch have in common, and what was decided about all of them.

    Equal to itself alone, like :class:`Amount`, so that a batch's are told apart and counted
    without looking into them.
    """

    example: ReportedGeneration
    judgement: Judgement
    wording: Wording


@dataclass(frozen=True, eq=False, slots=True)
class Amount:
    """A quantity and a revenue that some generations of a batch report."""

    quantity: Decimal | None
    net_revenue: Decimal | None
    wording: str


def judge_alike(
    reported: Columns, judge: Callable[[ReportedGeneration], Judgement]
) -> Sequence[Alike]:
    """
    Return what each of some generations has in common with others, in their order.

    ``judge`` is asked once for those that are alike, and again where a judgement does not hold
    for all of the batch's time.

    :raises TextHoldsNul: a text holds the character that divides the fields of a hash.
    """
    if not reported:
        return ()
    kinds = _kinds(reported)
    first_of = dict(zip(reversed(kinds), range(len(kinds) - 1, -1, -1), strict=True))
    earliest, latest = min(reported.times), max(reported.times)
    settled: dict[Hashable, Alike] = {}
    unsettled: dict[Hashable, list[Alike]] = {}
    for kind in dict.fromkeys(kinds):
        alike = _alike(reported.row(first_of[kind]), judge)
        if alike.judgement.holds_at(earliest) and alike.judgement.holds_at(latest):
            settled[kind] = alike
        else:
            unsettled[kind] = [alike]
    if not unsettled:
        return [*map(settled.__getitem__, kinds)]
    alikes = []
    for index, kind in enumerate(kinds):
        alikes.append(settled.get(kind) or _holding(unsettled[kind], reported.row(index), judge))
    return alikes


def amounts_of(reported: Columns) -> Sequence[Amount]:
    """Return the amounts of some generations; numbers that are one object are spelled once."""
    quantities, revenues = reported.quantities, reported.net_revenues
    if not quantities:
        return ()
    if is_same(quantities) and is_same(revenues):
        return [_amount(quantities[0], revenues[0])] * len(quantities)
    # By their identity, because a decimal takes longer to be hashed than to be spelled.
    keys = [*zip(map(id, quantities), map(id, revenues), strict=True)]
    pairs = dict(zip(keys, zip(quantities, revenues, strict=True), strict=True))
    made = {key: _amount(*pair) for key, pair in pairs.items()}
    return [*map(made.__getitem__, keys)]


def _kinds(reported: Columns) -> Sequence[Hashable]:
    """Return what tells generations apart that are not alike, one for each of them."""
    columns: tuple[Sequence[Hashable], ...] = (
        reported.licenses, reported.subjects, reported.use_classes, reported.modalities,
        reported.units, reported.territories, reported.currencies, reported.models,
        reported.titles, reported.c2pa_states, reported.languages,
        [quantity is None for quantity in reported.quantities],
        [revenue is None for revenue in reported.net_revenues],
    )  # fmt: skip
    varying = [column for column in columns if not is_same(column)]
    match varying:
        case []:
            return columns[0]
        case [one]:
            return one
        case several:
            return [*zip(*several, strict=True)]


def _alike(reported: ReportedGeneration, judge: Callable[[ReportedGeneration], Judgement]) -> Alike:
    return Alike(reported, judge(reported), wording_of(reported))


def _holding(
    known: list[Alike],
    reported: ReportedGeneration,
    judge: Callable[[ReportedGeneration], Judgement],
) -> Alike:
    """Return the one of a kind whose judgement holds at a generation's time, or a new one."""
    for alike in known:
        if alike.judgement.holds_at(reported.occurred_at):
            return alike
    known.append(_alike(reported, judge))
    return known[-1]


def _amount(quantity: Decimal | None, net_revenue: Decimal | None) -> Amount:
    return Amount(quantity, net_revenue, amount_wording(quantity, net_revenue))
