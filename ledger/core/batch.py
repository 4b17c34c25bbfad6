"""
One batch of generations: judged, placed in its months, totalled, and sealed by a root.

The totals travel with the batch so that a month closes by adding up thousands of rows, not
millions; the audit recomputes them from the generations and must agree.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from ledger.core.acceptance import Judgement, Kind
from ledger.core.money import add_exactly
from ledger.core.period import Month, tokyo_day
from ledger.core.proof import merkle_root
from ledger.core.usage import ReportedGeneration

#: An event's clock may run ahead of ours by this much; later than that it is refused.
FUTURE_TOLERANCE = timedelta(minutes=5)

_NOTHING = Decimal(0)


class Judged(NamedTuple):
    """One generation with what was decided about it and where it belongs."""

    reported: ReportedGeneration
    judgement: Judgement
    day: date
    accrual_month: date  # the first day of the month it is counted in
    content_hash: bytes

    @property
    def identity(self) -> tuple[date, str, str]:
        """What makes it this generation and no other, beside its licensee."""
        return (self.accrual_month, self.reported.source, self.reported.event_id)


class TotalKey(NamedTuple):
    """What a batch's totals are kept by. The leading reason explains what is not accepted."""

    accrual_month: date
    day: date
    decision: str
    reason: str | None
    terms_version_id: int | None
    rate_line_id: int | None
    subject_id: int | None
    territory: str


class Total(NamedTuple):
    """How much one key adds up to. Unknown quantities count in the first figure alone."""

    generation_count: int
    quantity: Decimal
    net_revenue: Decimal


class Seal(NamedTuple):
    """The leaves of a batch and the root over them, in the order of its positions."""

    leaves: list[bytes]
    root: bytes


def kind_of(reported: ReportedGeneration) -> Kind:
    """Return everything about a generation that its judgement depends on, but its time."""
    return Kind(
        reported.license_reference,
        reported.subjects,
        reported.use_class,
        reported.modality,
        reported.unit,
        reported.territory,
        reported.title is not None,
        reported.quantity is not None,
        reported.net_revenue is not None,
        reported.currency,
    )


def judge_all(
    reported: Iterable[ReportedGeneration],
    judge: Callable[[ReportedGeneration], Judgement],
) -> list[Judged]:
    """
    Judge generations in order; ``judge`` is asked once for each and may remember.

    :raises InstantWithoutZone: a generation's time has no UTC offset.
    """
    judged = []
    first_days: dict[date, date] = {}
    for each in reported:
        day = tokyo_day(each.occurred_at)
        month = first_days.get(day) or first_days.setdefault(day, day.replace(day=1))
        judged.append(Judged(each, judge(each), day, month, each.content_hash()))
    return judged


def seal(judged: Sequence[Judged]) -> Seal:
    """Return a batch's leaves, which are the hashes of its generations, and the root over them."""
    leaves = [each.content_hash for each in judged]
    return Seal(leaves, merkle_root(leaves))


def totals(judged: Iterable[Judged]) -> dict[TotalKey, Total]:
    """
    Add up a batch by terms version, rate line, subject, territory and day.

    A generation of several subjects counts for each of them with its full quantity.
    """
    grouped: dict[tuple[int, date, str], list[Judged]] = {}
    for each in judged:
        kind = (id(each.judgement), each.day, each.reported.territory)
        grouped.setdefault(kind, []).append(each)
    result: dict[TotalKey, Total] = {}
    for group in grouped.values():
        added = _add_up(group)
        for key in _keys(group[0]):
            result[key] = _plus(result.get(key), added)
    return result


def judgement_hash(*, kind: Kind, judgement: Judgement) -> bytes:
    """
    Return the SHA-256 that names a judgement: the kind of generation and its lines.

    The interval in which it holds is left out: the same outcome before and after an unrelated
    change of terms is the same judgement.
    """
    spelled = ascii(
        (
            str(kind.license_reference),
            [(use.reference, use.weight_bp) for use in kind.subjects],
            [str(kind.use_class), str(kind.modality), str(kind.unit), kind.territory],
            [
                (
                    line.subject_id,
                    line.terms_version_id,
                    line.rate_line_id,
                    str(line.decision),
                    [str(reason) for reason in line.reasons],
                )
                for line in judgement.lines
            ],
        )
    )
    return sha256(spelled.encode()).digest()


def is_future(occurred_at: datetime, *, recorded_at: datetime) -> bool:
    """Tell whether an event claims to have happened later than our clock can explain."""
    return occurred_at > recorded_at + FUTURE_TOLERANCE


def months_of(judged: Iterable[Judged]) -> list[Month]:
    """Return the accrual months of some generations, in order."""
    return sorted({Month.of_day(day) for day in {each.day for each in judged}})


def _add_up(group: Sequence[Judged]) -> Total:
    quantity = add_exactly(each.reported.quantity or _NOTHING for each in group)
    net_revenue = add_exactly(each.reported.net_revenue or _NOTHING for each in group)
    return Total(len(group), quantity, net_revenue)


def _plus(one: Total | None, other: Total) -> Total:
    if one is None:
        return other
    return Total(
        one.generation_count + other.generation_count,
        add_exactly((one.quantity, other.quantity)),
        add_exactly((one.net_revenue, other.net_revenue)),
    )


def _keys(example: Judged) -> list[TotalKey]:
    return [
        TotalKey(
            accrual_month=example.accrual_month,
            day=example.day,
            decision=str(line.decision),
            reason=str(line.reasons[0]) if line.reasons else None,
            terms_version_id=line.terms_version_id,
            rate_line_id=line.rate_line_id,
            subject_id=line.subject_id,
            territory=example.reported.territory,
        )
        for line in example.judgement.lines
    ]
