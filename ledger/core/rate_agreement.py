"""A rate card as it was agreed and sent: lines are read, and refused where they do not hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ledger.core.fields import (
    FieldRefusal,
    check_exact,
    check_whole,
    check_word,
)
from ledger.core.stacking_agreement import find_group
from ledger.core.terms import (
    COUNTING_MODELS,
    Basis,
    CounterScope,
    InvalidRateLine,
    RateLine,
    Stacking,
    Tier,
    TierMode,
)
from ledger.core.usage import Modality, UseClass

#: The highest percentage of revenue.
PERCENT_MAX = 100

_Word = TypeVar("_Word", bound=StrEnum)


class RateNegative(FieldRefusal):
    """A rate or a tier's bound is below zero."""

    code = "rate_negative"


class FixedFeeNotWhole(FieldRefusal):
    """A fixed monthly fee has parts of the smallest unit of its currency."""

    code = "fixed_fee_not_whole"


class TiersWrong(FieldRefusal):
    """Tiers contradict their mode, do not rise, or have no open end."""

    code = "tiers_wrong"


class CapWrong(FieldRefusal):
    """A month's cap is below the month's minimum, or is on a fixed fee."""

    code = "cap_wrong"


class PercentTooHigh(FieldRefusal):
    """A share of revenue is more than all of it."""

    code = "percent_too_high"


class EventTermsWrong(FieldRefusal):
    """A floor or a stacking group on a line that has no price for a single event."""

    code = "event_terms_wrong"


class FloorAboveCap(FieldRefusal):
    """One event would earn at least more than a month, or an output, may. Carries the cap."""

    code = "floor_above_cap"


class CountingWrong(FieldRefusal):
    """A session is counted in two ways, or where what is made is neither text nor retrieval."""

    code = "counting_wrong"


_WRONG = {
    "cap_minor": CapWrong,
    "event_floor_minor": EventTermsWrong,
    "stacking_group": EventTermsWrong,
}


@dataclass(frozen=True, kw_only=True)
class NewTier:
    """A rate up to and including a cumulative quantity; without a bound it is the open end."""

    rate: str | int | Decimal
    up_to: str | int | Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class NewRateLine:
    """One line of the rate card as it was agreed; :class:`RateLine` says what it means."""

    basis: str
    rate: str | int | Decimal
    modality: str | None = None
    use_class: str | None = None
    tier_mode: str = "none"
    tiers: tuple[NewTier, ...] = ()
    counter_scope: str = "period"
    minimum_minor: int = 0
    cap_minor: int | None = None
    event_floor_minor: str | int | Decimal = 0
    stacking_group: str | None = None  # one of those of the terms


def read_rate_line(new: NewRateLine, groups: Mapping[str, Stacking], *, path: str) -> RateLine:
    """
    Return a rate line as a core value; ``groups`` are the stacking groups of its terms.

    :raises TiersWrong: its tiers cannot be applied.
    :raises CapWrong: its cap is below its minimum, or has nothing to limit.
    :raises EventTermsWrong: a floor or a stacking group where a single event has no price.
    :raises FloorAboveCap: an event earns at least more than a cap lets it earn.
    :raises StackingGroupUnknown: it names a group that its terms do not have.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    basis = check_word(new.basis, of=Basis, field=f"{path}.basis")
    tiers = tuple(
        Tier(
            up_to=None if tier.up_to is None else read_rate(tier.up_to, f"{path}.tiers.{index}"),
            rate=read_rate(tier.rate, f"{path}.tiers.{index}"),
        )
        for index, tier in enumerate(new.tiers)
    )
    rate = read_rate(new.rate, f"{path}.rate")
    _check_rates(basis, [rate, *(tier.rate for tier in tiers)], field=f"{path}.rate")
    try:
        line = RateLine(
            basis=basis,
            rate=rate,
            modality=read_selector(new.modality, of=Modality, field=f"{path}.modality"),
            use_class=read_selector(new.use_class, of=UseClass, field=f"{path}.use_class"),
            tier_mode=check_word(new.tier_mode, of=TierMode, field=f"{path}.tier_mode"),
            tiers=tiers,
            counter_scope=check_word(
                new.counter_scope, of=CounterScope, field=f"{path}.counter_scope"
            ),
            minimum_minor=check_whole(new.minimum_minor, field=f"{path}.minimum_minor"),
            cap_minor=(
                None
                if new.cap_minor is None
                else check_whole(new.cap_minor, field=f"{path}.cap_minor")
            ),
            event_floor_minor=read_rate(new.event_floor_minor, f"{path}.event_floor_minor"),
            stacking=find_group(new.stacking_group, groups=groups, field=f"{path}.stacking_group"),
        )
    except InvalidRateLine as invalid:
        wrong = _WRONG.get(invalid.field, TiersWrong)
        raise wrong(field=f"{path}.{invalid.field}") from invalid
    _check_floor(line, field=f"{path}.event_floor_minor")
    return line


def check_counting(lines: Sequence[RateLine], *, path: str) -> None:
    """
    Refuse rate lines from which it would not follow how many royalty events a session is.

    :raises CountingWrong: a line counts the sessions of pictures or sounds, or two lines count
        the same use in two ways.
    """
    counting: list[RateLine] = []
    for index, line in enumerate(lines):
        if line.basis not in COUNTING_MODELS:
            continue
        is_of_text = line.modality in (None, Modality.TEXT) or line.use_class is UseClass.RETRIEVAL
        if not is_of_text or any(_count_otherwise(line, other) for other in counting):
            raise CountingWrong(field=f"{path}.{index}.basis", value=line.basis)
        counting.append(line)


def _count_otherwise(one: RateLine, other: RateLine) -> bool:
    """Tell whether some use would be counted in two ways."""
    is_same_modality = None in (one.modality, other.modality) or one.modality is other.modality
    is_same_class = None in (one.use_class, other.use_class) or one.use_class is other.use_class
    return one.basis is not other.basis and is_same_modality and is_same_class


def read_selector(value: str | None, *, of: type[_Word], field: str) -> _Word | None:
    """Return the word that selects usage; None selects any."""
    return None if value is None else check_word(value, of=of, field=field)


def read_rate(value: str | int | Decimal, field: str) -> Decimal:
    """
    Return a rate.

    :raises RateNegative: it is below zero.
    """
    rate = check_exact(value, field=field)
    if rate < 0:
        raise RateNegative(field=field, value=rate)
    return rate


def _check_rates(basis: Basis, rates: Iterable[Decimal], *, field: str) -> None:
    """Refuse a percentage above the whole, and a fixed fee that cannot be invoiced as it is."""
    for rate in rates:
        if basis is Basis.PCT_REVENUE and rate > PERCENT_MAX:
            raise PercentTooHigh(field=field, value=rate, most=PERCENT_MAX)
        if basis is Basis.FIXED_MONTH and rate != rate.to_integral_value():
            raise FixedFeeNotWhole(field=field, value=rate)


def _check_floor(line: RateLine, *, field: str) -> None:
    """Refuse a floor of single events that no cap of the line leaves room for."""
    stacked = None if line.stacking is None else line.stacking.cap_minor
    for cap in (line.cap_minor, stacked):
        if cap is not None and line.event_floor_minor > cap:
            raise FloorAboveCap(field=field, value=line.event_floor_minor, cap=cap)
