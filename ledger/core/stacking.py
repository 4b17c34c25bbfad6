"""
Several subjects in one output: the least each earns for it, and the most all of them may.

An event is priced for each subject at its own rate line, lifted to the line's floor, and then
held under the cap of the stacking group, which has the last word (DOMAIN section 4, step 3).
Events that are alike are one kind with a count, so that a month is worked out kind by kind. What
floors and caps of a month come to is a step of each royalty line, which is rounded as ever.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from ledger.core.money import Rounding, allocate, exponent_of, round_to_minor
from ledger.core.refusal import Refusal
from ledger.core.royalty import ChargeStep, price
from ledger.core.terms import Allocation, Basis, RateLine, Stacking, TermsVersion

#: Decimals of the major unit in which one event's capped amount is a whole number (JPY/6).
SCALE = 6


class StackingGroupContradicts(Refusal):
    """One stacking group has two caps, or two ways of sharing; carries both clauses."""

    code = "stacking_group_contradicts"
    field = "stacking_group"

    def __init__(self, group: str, clause: str, other_clause: str) -> None:
        super().__init__(group=group, clause=clause, other_clause=other_clause)


class WeightNotDeclared(ValueError):
    """A cap is shared by declared influence, and the report declares none that can be used."""

    def __init__(self, group: str) -> None:
        super().__init__(f"the influence of the subjects in group {group!r} is not known; hold it")
        self.group = group


@dataclass(frozen=True, kw_only=True)
class SubjectPart:
    """One subject in an output: what prices it, and the influence the report gives it."""

    subject_id: int
    line: RateLine
    weight_bp: int | None = None


@dataclass(frozen=True, kw_only=True)
class OutputKind:
    """Outputs alike in all that their price depends on; each has its quantity and revenue."""

    parts: tuple[SubjectPart, ...]
    quantity: Decimal
    count: int
    net_revenue: Decimal = Decimal(0)  # what a percentage is taken of


@dataclass(frozen=True, kw_only=True)
class StackedPart:
    """What one subject earns by one output, in exact minor units, step by step."""

    subject_id: int
    rate_line_id: int
    rated: Fraction  # quantity times rate
    floored: Fraction  # lifted to the floor of the line
    amount: Fraction  # held under the cap; whole at scale 6 where the cap bites


@dataclass(frozen=True, kw_only=True)
class StackedOutput:
    """A kind of output with what each of its subjects earns by one of them."""

    kind: OutputKind
    parts: tuple[StackedPart, ...]


def stack(kind: OutputKind, *, currency: str = "JPY") -> StackedOutput:
    """
    Price one output for each of its subjects.

    Subjects whose lines are in one stacking group earn its cap at most, shared as the group
    says, by largest remainder, at scale 6 of the currency; ties go to the subject named first.
    Under the cap, and outside of any group, each keeps its own exact price. What is given back
    of revenue is neither lifted to a floor, nor counted under the cap, nor cut by it.

    :raises WeightNotDeclared: a cap is to be shared by an influence that is not known.
    """
    quantity, revenue = Fraction(kind.quantity), Fraction(kind.net_revenue)
    rated = [
        price(
            part.line,
            revenue if part.line.basis is Basis.PCT_REVENUE else quantity,
            currency=currency,
        )
        for part in kind.parts
    ]
    floored = [_lifted(amount, part) for amount, part in zip(rated, kind.parts, strict=True)]
    capped = dict(_capped(kind.parts, floored, currency))
    return StackedOutput(
        kind=kind,
        parts=tuple(
            StackedPart(
                subject_id=part.subject_id,
                rate_line_id=part.line.id,
                rated=rated[index],
                floored=floored[index],
                amount=capped.get(index, floored[index]),
            )
            for index, part in enumerate(kind.parts)
        ),
    )


def line_steps(
    outputs: Iterable[StackedOutput],
) -> Mapping[tuple[int, int], tuple[ChargeStep, ...]]:
    """
    Return what floors and caps change on each royalty line, by rate line and subject.

    The quantity of a step is the number of outputs it concerned. Where nothing was lifted or
    cut there is no step, so a line that no floor and no cap touches is not in the result.
    """
    counts: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    changes: dict[tuple[int, int], dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for output in outputs:
        for part in output.parts:
            key = (part.rate_line_id, part.subject_id)
            for code, change in _changes(part):
                counts[key][code] += output.kind.count
                changes[key][code] += change * output.kind.count
    return {
        key: tuple(
            ChargeStep(code=code, quantity=Decimal(counts[key][code]), rate=None, exact=exact)
            for code, exact in sorted(of_line.items())
        )
        for key, of_line in changes.items()
    }


def check_groups(versions: Iterable[TermsVersion]) -> None:
    """
    Make sure that the terms of a license agree about each stacking group.

    :raises StackingGroupContradicts: one group has two caps, or two ways of sharing.
    """
    known: dict[str, tuple[Stacking, str]] = {}
    for version in versions:
        for line in version.rate_lines:
            if line.stacking is not None:
                group = line.stacking.group
                stacking, clause = known.setdefault(
                    group, (line.stacking, version.clause_reference)
                )
                if stacking != line.stacking:
                    raise StackingGroupContradicts(group, clause, version.clause_reference)


def _lifted(amount: Fraction, part: SubjectPart) -> Fraction:
    """Lift a price to the floor; revenue that is given back is no price, and stays below zero."""
    floor = part.line.event_floor_minor
    return max(amount, Fraction(floor)) if floor and amount >= 0 else amount


def _changes(part: StackedPart) -> Iterator[tuple[str, Fraction]]:
    for code, before, after in (
        ("event_floor", part.rated, part.floored),
        ("stacking_cap", part.floored, part.amount),
    ):
        if after is not before and after != before:
            yield code, after - before


def _capped(
    parts: Sequence[SubjectPart], amounts: Sequence[Fraction], currency: str
) -> Iterator[tuple[int, Fraction]]:
    """Yield the places of parts that a cap cuts, with what it leaves them."""
    groups: dict[Stacking, list[int]] = defaultdict(list)
    for index, part in enumerate(parts):
        if part.line.stacking is not None and amounts[index] >= 0:
            groups[part.line.stacking].append(index)
    per_minor = 10 ** (SCALE - exponent_of(currency))
    for stacking, members in groups.items():
        common = lcm(*(amounts[index].denominator for index in members))
        whole = [_times(amounts[index], common) for index in members]
        if sum(whole) > Fraction(stacking.cap_minor) * common:
            cap = round_to_minor(Fraction(stacking.cap_minor) * per_minor, Rounding.TRUNCATE)
            declared = [parts[index].weight_bp for index in members]
            shares = allocate(cap, _weights(stacking, whole, declared))
            for index, share in zip(members, shares, strict=True):
                yield index, Fraction(share, per_minor)


def _times(amount: Fraction, common: int) -> int:
    """Return an amount as a whole number of a denominator that is common to all of them."""
    return amount.numerator * (common // amount.denominator)


def _weights(
    stacking: Stacking, amounts: Sequence[int], declared: Sequence[int | None]
) -> Sequence[int]:
    match stacking.allocation:
        case Allocation.EQUAL:
            return [1 for _ in amounts]
        case Allocation.WEIGHT:
            return amounts
        case Allocation.DECLARED if len(declared) == 1:
            return [1]  # Alone it bears all of the cap, whatever it declares.
        case Allocation.DECLARED:
            weights = [weight for weight in declared if weight is not None]
            if len(weights) < len(declared) or not any(weights):
                raise WeightNotDeclared(stacking.group)
            return weights
