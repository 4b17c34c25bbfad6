"""
What a licensee pays before it is earned, and what becomes of it in a closed month.

A prepayment is an advance, or what a guarantee lacked at a checkpoint. The house holds it until
royalty lines recoup it, line by line, so that their rights holders are paid from it. What is left
of it when its term is over is shared among the rights holders by what they earned, or given back
where that was agreed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from ledger.core.guarantee import Shortfall
from ledger.core.money import allocate
from ledger.core.period import Month
from ledger.core.recoup_terms import AdvanceKind, MinimumGuarantee, RecoupGroup
from ledger.core.recoupment import Earned, Recoupment, RecoupState, recoup
from ledger.core.sharing import share_over


class PrepaymentKind(StrEnum):
    """Why something is paid before it is earned."""

    GUARANTEED = "guaranteed"  # an advance that is kept
    REPAYABLE = "repayable"  # an advance whose rest is given back
    SHORTFALL = "shortfall"  # what a guarantee lacked


class UseKind(StrEnum):
    """What becomes of a part of a prepayment."""

    RECOUPED = "recouped"  # a royalty line is paid from it
    RELEASED = "released"  # kept, and shared among rights holders
    RETURNED = "returned"  # owed to the licensee again


@dataclass(frozen=True, kw_only=True)
class Prepayment:
    """A prepayment, and what is left of it."""

    reference: str
    kind: PrepaymentKind
    amount_minor: int
    left_minor: int
    due_on: date
    guarantee: str | None = None  # whose shortfall it is
    target_minor: int | None = None  # of a shortfall
    credited_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class OpenLine:
    """A royalty line of a group that nothing was set off against yet."""

    royalty_line_id: int
    source: str
    subject_id: int
    owner_id: int
    amount_minor: int
    is_new: bool  # of the month that is being closed
    is_adjustment: bool


@dataclass(frozen=True, kw_only=True)
class Share:
    """A subject under a source, whose it is, and what it earned there so far."""

    source: str
    subject_id: int
    owner_id: int
    earned_minor: int


@dataclass(frozen=True, kw_only=True)
class Use:
    """A part of a prepayment, and whom it goes to; nobody where it is given back."""

    prepayment: str
    kind: UseKind
    amount_minor: int
    subject_id: int | None = None
    owner_id: int | None = None
    royalty_line_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OpenGroup:
    """A group as a closing finds it."""

    group: RecoupGroup
    ends_on: date | None  # the last day of the license
    state: RecoupState
    prepayments: tuple[Prepayment, ...]  # in the order in which they were paid
    lines: tuple[OpenLine, ...]
    shares: tuple[Share, ...]  # in the order of the contract, this month's lines included

    @property
    def earned(self) -> tuple[Earned, ...]:
        """What each source earned in the month that is being closed."""
        return tuple(
            Earned(
                source=source,
                royalty_minor=self._sum(source, is_adjustment=False),
                adjustment_minor=self._sum(source, is_adjustment=True),
            )
            for source in self.group.sources
        )

    @property
    def left_behind(self) -> tuple[OpenLine, ...]:
        """Lines that waited for a source which has left the group since."""
        return tuple(line for line in self.lines if line.source not in self.group.sources)

    def _sum(self, source: str, *, is_adjustment: bool) -> int:
        return sum(
            line.amount_minor
            for line in self.lines
            if line.is_new and line.source == source and line.is_adjustment == is_adjustment
        )


@dataclass(frozen=True, kw_only=True)
class GroupClosing:
    """What a month's closing does to a group."""

    recoupment: Recoupment
    state: RecoupState  # which the next month begins with
    set_off: Mapping[int, int]  # by royalty line: what prepayments pay of it, also 0
    uses: tuple[Use, ...]
    shortfalls: tuple[Prepayment, ...]  # to be billed


@dataclass
class _Purse:
    """Prepayments while they are being used up."""

    prepayments: Sequence[Prepayment]
    uses: list[Use] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = {each.reference: each.left_minor for each in self.prepayments}

    def of(self, reference: str) -> Iterator[str]:
        """Name what stands behind an advance, or behind what a guarantee billed so far."""
        for each in self.prepayments:
            if reference in (each.reference, each.guarantee) and self.left[each.reference]:
                yield each.reference

    def use(self, use: Use) -> None:
        if use.amount_minor:
            self.uses.append(use)
            self.left[use.prepayment] -= use.amount_minor


def is_idle(opened: OpenGroup, *, month: Month) -> bool:
    """Tell whether nothing can happen to a group any more: it is over, and nothing is open."""
    if opened.ends_on is None or opened.ends_on >= month.first_day or opened.lines:
        return False
    days = [opened.ends_on, *(each.ends_on for each in opened.group.guarantees)]
    return opened.state.through is not None and opened.state.through >= max(days)


def close_group(opened: OpenGroup, *, month: Month) -> GroupClosing:
    """
    Set a month's royalty off against prepayments, measure guarantees, and end what is over.

    A royalty line of a source that still owes from before waits until the source owes nothing, or
    is in the group no more: then it is invoiced like one of no group.
    """
    recoupment = recoup(
        opened.group, opening=opened.state, earned=opened.earned, through=month.last_day
    )
    purse = _Purse(opened.prepayments)
    set_off = dict.fromkeys((each.royalty_line_id for each in opened.left_behind), 0)
    set_off |= _set_off_lines(opened.lines, recoupment, purse)
    shortfalls = tuple(
        _billed(each, is_last=_is_last(opened.group, each))
        for each in recoupment.shortfalls
        if each.shortfall_minor
    )
    for shortfall in recoupment.shortfalls:
        if _is_last(opened.group, shortfall):
            _release_guarantee(opened, shortfall, purse)
    if opened.ends_on is not None and opened.ends_on <= month.last_day:
        _end_advances(opened, recoupment, purse)
    return GroupClosing(
        recoupment=recoupment,
        state=state_after(
            recoupment,
            is_over=opened.ends_on is not None and opened.ends_on <= month.last_day,
        ),
        set_off=set_off,
        uses=tuple(purse.uses),
        shortfalls=shortfalls,
    )


def state_after(recoupment: Recoupment, *, is_over: bool) -> RecoupState:
    """Return where a month leaves a group; once the license is over nothing is left to recoup."""
    closing = recoupment.closing
    if not is_over:
        return closing
    return replace(closing, balances=tuple(replace(each, minor=0) for each in closing.balances))


def _set_off_lines(
    lines: Iterable[OpenLine], recoupment: Recoupment, purse: _Purse
) -> Iterator[tuple[int, int]]:
    """Share what each source recouped over its lines, in proportion to what is left of them."""
    for source in recoupment.sources:
        if source.carried_out_minor < 0:
            continue
        own = [line for line in lines if line.source == source.source]
        left = [line.amount_minor for line in own]
        for reference, part in _recouped_by(recoupment, source.source):
            for prepayment in list(purse.of(reference)):
                taken = min(part, purse.left[prepayment])
                shares = share_over(taken, left) if taken else [0 for _ in own]
                for line, share in zip(own, shares, strict=True):
                    purse.use(_recouped(prepayment, line, share))
                left = [amount - share for amount, share in zip(left, shares, strict=True)]
                part -= taken
            assert part == 0, f"{reference} was recouped by more than there is"
        for line, rest in zip(own, left, strict=True):
            yield line.royalty_line_id, line.amount_minor - rest


def _recouped_by(recoupment: Recoupment, source: str) -> Iterator[tuple[str, int]]:
    for advance in recoupment.advances:
        for part in advance.by:
            if part.of == source and part.minor:
                yield advance.reference, part.minor


def _recouped(prepayment: str, line: OpenLine, amount_minor: int) -> Use:
    return Use(
        prepayment=prepayment,
        kind=UseKind.RECOUPED,
        amount_minor=amount_minor,
        subject_id=line.subject_id,
        owner_id=line.owner_id,
        royalty_line_id=line.royalty_line_id,
    )


def _is_last(group: RecoupGroup, shortfall: Shortfall) -> bool:
    return shortfall.due_on == _guarantee(group, shortfall.guarantee).ends_on


def _guarantee(group: RecoupGroup, reference: str) -> MinimumGuarantee:
    return next(each for each in group.guarantees if each.reference == reference)


def _billed(shortfall: Shortfall, *, is_last: bool) -> Prepayment:
    """Return what is billed; what the last checkpoint bills is shared at once."""
    return Prepayment(
        reference=f"{shortfall.guarantee}/{shortfall.due_on.isoformat()}",
        kind=PrepaymentKind.SHORTFALL,
        amount_minor=shortfall.shortfall_minor,
        left_minor=0 if is_last else shortfall.shortfall_minor,
        due_on=shortfall.due_on,
        guarantee=shortfall.guarantee,
        target_minor=shortfall.target_minor,
        credited_minor=shortfall.credited_minor,
    )


def _release_guarantee(opened: OpenGroup, shortfall: Shortfall, purse: _Purse) -> None:
    """Share what a guarantee billed, now and before, once its last checkpoint is reached."""
    sources = _guarantee(opened.group, shortfall.guarantee).sources
    for prepayment in list(purse.of(shortfall.guarantee)):
        left = purse.left[prepayment]
        for use in _released(prepayment, left, _shares_of(opened, sources)):
            purse.use(use)
    if shortfall.shortfall_minor:
        reference = _billed(shortfall, is_last=True).reference
        for part in shortfall.parts:
            shares = _shares_of(opened, (part.of,))
            purse.uses += list(_released(reference, part.minor, shares))


def _end_advances(opened: OpenGroup, recoupment: Recoupment, purse: _Purse) -> None:
    """Give back what is repayable of the advances, and share the rest, at the license's end."""
    balances = {each.of: each.minor for each in recoupment.closing.balances}
    for advance in opened.group.advances:
        left = balances.get(advance.reference, 0)
        if advance.kind is AdvanceKind.REPAYABLE:
            purse.use(Use(prepayment=advance.reference, kind=UseKind.RETURNED, amount_minor=left))
        else:
            sources = tuple(each.source for each in advance.recouped_from)
            for use in _released(advance.reference, left, _shares_of(opened, sources)):
                purse.use(use)


def _shares_of(opened: OpenGroup, sources: Sequence[str]) -> list[Share]:
    return [each for each in opened.shares if each.source in sources]


def _released(prepayment: str, amount_minor: int, shares: Sequence[Share]) -> Iterator[Use]:
    """Divide by what was earned; equally where nothing was."""
    weights = [max(0, each.earned_minor) for each in shares]
    parts = allocate(amount_minor, weights if any(weights) else [1 for _ in shares])
    for each, part in zip(shares, parts, strict=True):
        if part:
            yield Use(
                prepayment=prepayment,
                kind=UseKind.RELEASED,
                amount_minor=part,
                subject_id=each.subject_id,
                owner_id=each.owner_id,
            )
