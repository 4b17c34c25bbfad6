"""
Advances and guarantees as an offer says them: in days and months from when it is accepted.

Whoever accepts has a contract with days of its own, so an offer names none. What contradicts
itself is refused when the offer is written, by the rules of a license.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.core.fields import check_whole
from ledger.core.recoup_agreement import (
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
    read_recoup_groups,
)
from ledger.core.recoup_terms import Crossing
from ledger.core.refusal import Refusal

#: The name of the group in a license that was accepted; it has one grant, and one group.
GROUP = "offer"

#: Ten years from the acceptance, for what is due, and a hundred for what is guaranteed.
DUE_DAYS_MAX = 3_660
MONTHS_MAX = 1_200


@dataclass(frozen=True, kw_only=True)
class OfferedAdvance:
    """An advance that is due so many days after the day of acceptance."""

    reference: str
    kind: str  # "guaranteed" or "repayable"
    amount_minor: int
    due_days: int = 0
    counts_toward: str | None = None  # a guarantee of the offer


@dataclass(frozen=True, kw_only=True)
class OfferedCheckpoint:
    """A cumulative target, to be paid by the end of so many months from the acceptance."""

    months: int
    target_minor: int


@dataclass(frozen=True, kw_only=True)
class OfferedGuarantee:
    """A minimum guarantee that begins with the day of acceptance."""

    reference: str
    checkpoints: tuple[OfferedCheckpoint, ...]


def recoup_groups_of(
    advances: Sequence[OfferedAdvance], guarantees: Sequence[OfferedGuarantee], *, accepted_on: date
) -> tuple[NewRecoupGroup, ...]:
    """Return the recoup group of a license that is accepted on a day; none without either."""
    if not advances and not guarantees:
        return ()
    group = NewRecoupGroup(
        reference=GROUP,
        crossing=Crossing.SINGLE,
        grants=(0,),
        advances=tuple(
            NewAdvance(
                reference=each.reference,
                kind=each.kind,
                amount_minor=each.amount_minor,
                due_on=accepted_on + timedelta(days=each.due_days),
                counts_toward=each.counts_toward,
            )
            for each in advances
        ),
        guarantees=tuple(
            NewGuarantee(
                reference=each.reference,
                starts_on=accepted_on,
                checkpoints=tuple(
                    NewCheckpoint(
                        due_on=last_day_of(accepted_on, months=checkpoint.months),
                        target_minor=checkpoint.target_minor,
                    )
                    for checkpoint in each.checkpoints
                ),
            )
            for each in guarantees
        ),
    )
    return (group,)


def check_offered(
    advances: Sequence[OfferedAdvance], guarantees: Sequence[OfferedGuarantee], *, offered_on: date
) -> None:
    """
    Make sure that a license can be made of what is offered.

    :raises Refusal: terms contradict themselves (see :mod:`ledger.core.recoup_agreement`); the
        field at fault is named as the offer has it.
    """
    for index, advance in enumerate(advances):
        check_whole(advance.due_days, field=f"advances.{index}.due_days", most=DUE_DAYS_MAX)
    for index, guarantee in enumerate(guarantees):
        for place, each in enumerate(guarantee.checkpoints):
            field = f"guarantees.{index}.checkpoints.{place}.months"
            check_whole(each.months, field=field, least=1, most=MONTHS_MAX)
    groups = recoup_groups_of(advances, guarantees, accepted_on=offered_on)
    try:
        read_recoup_groups(groups, grant_count=1)
    except Refusal as refusal:
        refusal.field = (refusal.field or "").removeprefix("recoup_groups.0.")
        raise


def last_day_of(first_day: date, *, months: int) -> date:
    """
    Return the last day of so many months that begin with a day.

    >>> last_day_of(date(2026, 4, 1), months=12), last_day_of(date(2026, 1, 31), months=1)
    (datetime.date(2027, 3, 31), datetime.date(2026, 2, 27))
    """
    year, month = divmod(first_day.year * 12 + first_day.month - 1 + months, 12)
    day = min(first_day.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)
