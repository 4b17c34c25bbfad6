"""
Stacking groups as they were agreed and sent, and how a rate line comes into one.

A version of the terms says what its groups are; its rate lines name the one they are in. What
two grants of a license say about a group of one name has to be the same
(:func:`ledger.core.stacking.check_groups`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.core.fields import (
    FieldRefusal,
    ListedTwice,
    NumberOutOfRange,
    check_exact,
    check_reference,
    check_word,
)
from ledger.core.money import AMOUNT_MINOR_MAX
from ledger.core.terms import Allocation, Stacking

#: The most decimals of a cap: an event is shared out in whole numbers at this scale (JPY/6).
CAP_DECIMALS_MAX = 6


class StackingGroupUnknown(FieldRefusal):
    """A rate line names a stacking group that its terms do not have. Carries which there are."""

    code = "stacking_group_unknown"


class StackingGroupUnused(FieldRefusal):
    """The terms have a stacking group that no rate line is in."""

    code = "stacking_group_unused"


class StackingCapTooFine(FieldRefusal):
    """A cap has more decimals than an event can be shared out in."""

    code = "stacking_cap_too_fine"


@dataclass(frozen=True, kw_only=True)
class NewStackingGroup:
    """The most that the subjects of one output earn together, in minor units, and who bears it."""

    group: str
    cap_minor: str | int | Decimal
    allocation: str


def read_groups(groups: Sequence[NewStackingGroup], *, path: str) -> dict[str, Stacking]:
    """
    Return the stacking groups of one version of the terms by name; ``path`` is where they came.

    :raises ListedTwice: two groups have one name.
    :raises FieldRefusal: a group cannot be taken as it was sent.
    """
    read: dict[str, Stacking] = {}
    for index, new in enumerate(groups):
        name = check_reference(new.group, field=f"{path}.{index}.group")
        if name in read:
            raise ListedTwice(field=f"{path}.{index}.group", value=name)
        read[name] = Stacking(
            group=name,
            cap_minor=_read_cap(new.cap_minor, field=f"{path}.{index}.cap_minor"),
            allocation=check_word(
                new.allocation, of=Allocation, field=f"{path}.{index}.allocation"
            ),
        )
    return read


def find_group(name: str | None, *, groups: Mapping[str, Stacking], field: str) -> Stacking | None:
    """
    Return the group that a rate line is in.

    :raises StackingGroupUnknown: the terms have no such group.
    """
    if name is None:
        return None
    if name not in groups:
        raise StackingGroupUnknown(field=field, value=name, known=", ".join(groups) or "-")
    return groups[name]


def check_used(groups: Mapping[str, Stacking], *, named: Sequence[str | None], path: str) -> None:
    """
    Make sure that each group limits something.

    :raises StackingGroupUnused: no rate line is in it.
    """
    for index, name in enumerate(groups):
        if name not in named:
            raise StackingGroupUnused(field=f"{path}.{index}.group", value=name)


def _read_cap(value: str | int | Decimal, *, field: str) -> Decimal:
    cap = check_exact(value, field=field)
    exponent = cap.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "an exact number is finite"
    if -exponent > CAP_DECIMALS_MAX:
        raise StackingCapTooFine(field=field, value=value, decimals=CAP_DECIMALS_MAX)
    if not 0 <= cap <= AMOUNT_MINOR_MAX:
        raise NumberOutOfRange(field=field, value=value, least=0, most=AMOUNT_MINOR_MAX)
    return cap
