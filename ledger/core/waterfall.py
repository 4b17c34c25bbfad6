"""
A production committee's waterfall: the ordered steps between what came in and what members get.

Each step takes a rate of a named base, or a fixed amount; what is left after the last step is
the pool. The order is a term of the committee's contract, so it is data: the two customary
orders are built by :func:`fees_first` and :func:`royalties_first`, and :func:`run` knows
neither. The payees of steps supply something to the committee; members share the pool.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ledger.core.money import BASIS_POINTS, allocate, take_bp
from ledger.core.refusal import Refusal

#: The base of a step that takes its rate of all that came in.
RECEIPTS = "receipts"


def after(step_name: str) -> str:
    """Return the base that is what the named step, and all before it, leave of the receipts."""
    return f"after:{step_name}"


class RateOrAmountIsNeeded(Refusal):
    """A step has both a rate and an amount, or neither."""

    code = "waterfall_rate_or_amount_is_needed"
    field = "rate_bp"

    def __init__(self, place: str) -> None:
        super().__init__(place=place)


class ValueOutOfRange(Refusal):
    """A rate is not 0 to 10,000 bp, parts passed on exceed the whole, a cap or share is too low."""

    code = "waterfall_value_out_of_range"

    def __init__(self, place: str, field: str, value: int) -> None:
        super().__init__(field=field, place=place, value=value)


class PayeeIsMissing(Refusal):
    """Money would go to nobody: a step or the list of members names no payee."""

    code = "waterfall_payee_is_missing"
    field = "payee"

    def __init__(self, place: str) -> None:
        super().__init__(place=place)


class ListedTwice(Refusal):
    """Two steps have one name, so a base could mean either; or a member has two lines."""

    code = "waterfall_listed_twice"

    def __init__(self, place: str) -> None:
        super().__init__(place=place)


class BaseIsNotEarlier(Refusal):
    """The base of a step is neither the receipts nor what an earlier step leaves."""

    code = "waterfall_base_is_not_earlier"
    field = "base"

    def __init__(self, place: str, base: str, known: tuple[str, ...]) -> None:
        super().__init__(place=place, base=base, known=", ".join(known))


class OpeningDoesNotAgree(ValueError):
    """A deficit brought in and a distribution before cannot both be; nor can either be reversed."""

    def __init__(self, deficit_in_minor: int, distributed_before_minor: int) -> None:
        super().__init__(f"deficit {deficit_in_minor}, distributed {distributed_before_minor}")
        self.deficit_in_minor = deficit_in_minor
        self.distributed_before_minor = distributed_before_minor


class StepKind(StrEnum):
    """What a step pays for."""

    FEE = "fee"
    ROYALTY = "royalty"
    EXPENSE = "expense"


class Preset(StrEnum):
    """The customary order of a committee's contract."""

    FEES_FIRST = "fees_first"
    ROYALTIES_FIRST = "royalties_first"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One deduction, and who receives it.

    ``passes`` says which parts of it the payee passes on, in basis points: each part is
    truncated, and the payee keeps the remainder. ``cap_minor`` limits one run.

    :raises RateOrAmountIsNeeded: there is not exactly one of the two.
    :raises ValueOutOfRange: the field and its value are named.
    :raises PayeeIsMissing: the payee, or one that is passed something, has no reference.
    """

    name: str
    kind: StepKind
    category: str  # "window_fee", "manager_fee", "original", "screenplay", "music"…
    payee: str
    base: str = RECEIPTS  # RECEIPTS or after(name of an earlier step)
    rate_bp: int | None = None
    amount_minor: int | None = None  # below zero to take back an amount of another month
    passes: tuple[tuple[str, int], ...] = ()
    cap_minor: int | None = None

    def __post_init__(self) -> None:
        place = f"step:{self.name}"
        if (self.rate_bp is None) == (self.amount_minor is None):
            raise RateOrAmountIsNeeded(place)
        if self.rate_bp is not None and not 0 <= self.rate_bp <= BASIS_POINTS:
            raise ValueOutOfRange(place, "rate_bp", self.rate_bp)
        if self.cap_minor is not None and self.cap_minor < 0:
            raise ValueOutOfRange(place, "cap_minor", self.cap_minor)
        if not all([self.payee, *(payee for payee, _ in self.passes)]):
            raise PayeeIsMissing(place)
        parts_bp = [part_bp for _, part_bp in self.passes]
        for value in (*parts_bp, sum(parts_bp)):
            if parts_bp and not 0 < value <= BASIS_POINTS:
                raise ValueOutOfRange(place, "passes", value)


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """
    A committee's steps in order, and its members with their investment shares.

    Shares are positive whole numbers in any unit (basis points, percent, yen invested).

    :raises BaseIsNotEarlier: a step's base is not known where it stands.
    :raises ListedTwice: a step's name or a member occurs again.
    :raises PayeeIsMissing: there is no member, or one without a reference.
    :raises ValueOutOfRange: a share is not positive.
    """

    preset: Preset
    steps: tuple[Step, ...]
    members: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        _check_steps(self.steps)
        _check_members(self.members)


@dataclass(frozen=True, kw_only=True)
class Part:
    """Whole minor units for one payee; below zero it is taken back."""

    payee: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What one step came to. ``parts`` sum to ``amount_minor``; the step's payee is first."""

    step: Step
    base_minor: int
    amount_minor: int
    left_minor: int  # of the receipts, after this step
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class WaterfallResult:
    """
    One run. What suppliers and members get, and the change in deficit, sum to the receipts.

    ``distributable_minor`` is the pool and the deficit brought in; it is distributed when above
    zero. Below zero it claws back what members had, and carries the rest as ``deficit_out``.
    """

    receipts_minor: int
    deficit_in_minor: int
    steps: tuple[StepResult, ...]
    pool_minor: int
    distributable_minor: int
    distributed_minor: int
    deficit_out_minor: int
    suppliers: tuple[Part, ...]  # one for each payee of a step, in order of appearance
    distributions: tuple[Part, ...]  # one for each member, in the order of the contract


def fees_first(
    *, fees: Sequence[Step], royalties: Sequence[Step], expenses: Sequence[Step]
) -> tuple[Step, ...]:
    """
    Order steps so that royalties are a part of the committee's income, after the fees.

    The first fee is taken of the receipts, each later one of the rest; every royalty of what
    the last fee leaves; then come expenses. Bases the steps already have are replaced.
    """
    income = _base_after(fees, otherwise=RECEIPTS)
    return (
        *_chain(fees, start=RECEIPTS),
        *(replace(step, base=income) for step in royalties),
        *_chain(expenses, start=_base_after(royalties, otherwise=income)),
    )


def royalties_first(
    *, fees: Sequence[Step], royalties: Sequence[Step], expenses: Sequence[Step]
) -> tuple[Step, ...]:
    """
    Order steps so that royalties are a part of the receipts, before any fee.

    Every royalty is taken of the receipts; the first fee of what they leave, each later one of
    the rest; then come expenses. Bases the steps already have are replaced.
    """
    return (
        *(replace(step, base=RECEIPTS) for step in royalties),
        *_chain([*fees, *expenses], start=_base_after(royalties, otherwise=RECEIPTS)),
    )


#: How to order steps under each preset.
ORDERS: Mapping[Preset, Callable[..., tuple[Step, ...]]] = {
    Preset.FEES_FIRST: fees_first,
    Preset.ROYALTIES_FIRST: royalties_first,
}


def run(
    waterfall: Waterfall,
    *,
    receipts_minor: int,
    deficit_in_minor: int = 0,
    distributed_before_minor: int = 0,
) -> WaterfallResult:
    """
    Divide what a committee received in a closing month, in whole minor units.

    Each rate is truncated toward zero, and a base below zero takes money back, so that a
    reversed month mirrors the original. Over any months, what was distributed is the sum of the
    pools, or 0 while that is below zero: a pool below zero is clawed back from the members up to
    ``distributed_before_minor``, and the rest is carried as a deficit.

    :param deficit_in_minor: the deficit carried from the month before, 0 or less.
    :param distributed_before_minor: what members received so far, net of claw-backs.
    :raises OpeningDoesNotAgree: a sign is wrong, or there is a deficit beside a distribution.
    """
    has_right_signs = deficit_in_minor <= 0 <= distributed_before_minor
    if not has_right_signs or (deficit_in_minor and distributed_before_minor):
        raise OpeningDoesNotAgree(deficit_in_minor, distributed_before_minor)
    steps = _run_steps(waterfall.steps, receipts_minor)
    pool = receipts_minor - sum(result.amount_minor for result in steps)
    distributable = pool + deficit_in_minor
    distributed = max(distributable, -distributed_before_minor)
    return WaterfallResult(
        receipts_minor=receipts_minor,
        deficit_in_minor=deficit_in_minor,
        steps=steps,
        pool_minor=pool,
        distributable_minor=distributable,
        distributed_minor=distributed,
        deficit_out_minor=distributable - distributed,
        suppliers=_by_payee(part for result in steps for part in result.parts),
        distributions=_share_out(distributed, waterfall.members),
    )


def _run_steps(steps: Sequence[Step], receipts_minor: int) -> tuple[StepResult, ...]:
    left = receipts_minor
    left_by_base = {RECEIPTS: left}
    results = []
    for step in steps:
        base = left_by_base[step.base]
        amount = _amount_of(step, base)
        left -= amount
        left_by_base[after(step.name)] = left
        parts = _parts_of(step, amount)
        results.append(
            StepResult(
                step=step, base_minor=base, amount_minor=amount, left_minor=left, parts=parts
            )
        )
    return tuple(results)


def _amount_of(step: Step, base_minor: int) -> int:
    amount = take_bp(base_minor, step.rate_bp or 0) + (step.amount_minor or 0)  # One is given.
    cap = abs(amount) if step.cap_minor is None else step.cap_minor
    return max(-cap, min(amount, cap))


def _parts_of(step: Step, amount_minor: int) -> tuple[Part, ...]:
    passed = [(payee, take_bp(amount_minor, part_bp)) for payee, part_bp in step.passes]
    kept = (step.payee, amount_minor - sum(amount for _, amount in passed))
    return _parts([kept, *passed])


def _by_payee(parts: Iterable[Part]) -> tuple[Part, ...]:
    totals: dict[str, int] = {}
    for part in parts:
        totals[part.payee] = totals.get(part.payee, 0) + part.amount_minor
    return _parts(totals.items())


def _share_out(total_minor: int, members: Sequence[tuple[str, int]]) -> tuple[Part, ...]:
    amounts = allocate(total_minor, [share for _, share in members])
    return _parts(zip([payee for payee, _ in members], amounts, strict=True))


def _parts(amounts: Iterable[tuple[str, int]]) -> tuple[Part, ...]:
    return tuple(Part(payee=payee, amount_minor=amount) for payee, amount in amounts)


def _chain(steps: Sequence[Step], *, start: str) -> list[Step]:
    bases = [start, *(after(step.name) for step in steps)]
    return [replace(step, base=base) for step, base in zip(steps, bases, strict=False)]


def _base_after(steps: Sequence[Step], *, otherwise: str) -> str:
    return after(steps[-1].name) if steps else otherwise


def _check_steps(steps: Sequence[Step]) -> None:
    known = [RECEIPTS]
    for step in steps:
        place = f"step:{step.name}"
        if step.base not in known:
            raise BaseIsNotEarlier(place, step.base, tuple(known))
        if after(step.name) in known:
            raise ListedTwice(place)
        known.append(after(step.name))


def _check_members(members: Sequence[tuple[str, int]]) -> None:
    payees = [payee for payee, _ in members]
    if not payees or not all(payees):
        raise PayeeIsMissing("members")
    for payee, share in members:
        if share <= 0:
            raise ValueOutOfRange(f"member:{payee}", "share", share)
        if payees.count(payee) > 1:
            raise ListedTwice(f"member:{payee}")
