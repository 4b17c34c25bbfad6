"""
One batch of generations: judged, placed in its months, and totalled.

The totals travel with the batch so that a month closes by adding up thousands of rows, not
millions; the audit recomputes them from the generations and must agree.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple, TypeVar

from ledger.core.acceptance import Judgement, Kind
from ledger.core.alike import Alike, Amount, amounts_of, judge_alike
from ledger.core.columns import Columns
from ledger.core.money import add_exactly, multiply_exactly
from ledger.core.period import tokyo_day
from ledger.core.reason import COUNTED_AS
from ledger.core.usage import ReportedGeneration, content_hashes, instants_of

_Cell = TypeVar("_Cell")

#: An event's clock may run ahead of ours by this much; later than that it is refused.
FUTURE_TOLERANCE = timedelta(minutes=5)

#: The beginning of 1970 in Japan, from which its days are counted here.
_FIRST_DAY = datetime(1969, 12, 31, 15, tzinfo=UTC)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """
    Judged generations, kept by column.

    A batch has thousands of events and few different days, amounts and kinds. Whatever is the
    same is worked out once; the rest goes through each column at once, because calling a
    function for every event would cost more than its work.
    """

    reported: Columns
    alikes: Sequence[Alike]
    amounts: Sequence[Amount]
    instants: Sequence[int]  # microseconds since 1970
    days: Sequence[date]
    accrual_months: Sequence[date]
    content_hashes: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.reported)

    def each(self) -> list[Judged]:
        """Return the generations one by one, in order."""
        judgements = [alike.judgement for alike in self.alikes]
        columns = (
            self.reported.rows, judgements, self.days, self.accrual_months, self.content_hashes,
        )  # fmt: skip
        return [*map(Judged, *columns)]

    def only(self, indices: Sequence[int]) -> "Batch":
        """Return the batch that some of them are, in the order of the indices."""

        def chosen(column: Sequence[_Cell]) -> list[_Cell]:
            return [column[index] for index in indices]

        return Batch(
            reported=self.reported.only(indices),
            alikes=chosen(self.alikes),
            amounts=chosen(self.amounts),
            instants=chosen(self.instants),
            days=chosen(self.days),
            accrual_months=chosen(self.accrual_months),
            content_hashes=chosen(self.content_hashes),
        )


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
        reported.language,
    )


def judge_all(
    reported: Sequence[ReportedGeneration],
    judge: Callable[[ReportedGeneration], Judgement],
) -> Batch:
    """
    Judge generations in order.

    ``judge`` is asked once for those that are alike, and again where a judgement does not hold
    for all of the batch's time.

    :raises InstantWithoutZone: a generation's time has no UTC offset, or lies before September
        1951.
    :raises TextHoldsNul: a text holds the character that divides the fields of its hash.
    """
    columns = Columns.of(reported)
    instants = instants_of(columns.times)
    alikes = judge_alike(columns, judge)
    amounts = amounts_of(columns)
    numbers = [(time - _FIRST_DAY).days for time in columns.times]
    days = {number: _day(number) for number in set(numbers)}
    months = {number: day.replace(day=1) for number, day in days.items()}
    return Batch(
        reported=columns,
        alikes=alikes,
        amounts=amounts,
        instants=instants,
        days=[*map(days.__getitem__, numbers)],
        accrual_months=[*map(months.__getitem__, numbers)],
        content_hashes=content_hashes(
            sources=columns.sources,
            event_ids=columns.event_ids,
            instants=instants,
            wordings=[alike.wording for alike in alikes],
            amounts=[amount.wording for amount in amounts],
            outputs=columns.outputs,
        ),
    )


def _day(number: int) -> date:
    # The function that knows why asks whether our fixed offset held on that day.
    return tokyo_day(_FIRST_DAY + timedelta(days=number))


def totals(batch: Batch) -> dict[TotalKey, Total]:
    """
    Add up a batch by terms version, rate line, subject, territory and day.

    A generation of several subjects counts for each of them with its full quantity.
    """
    grouped: dict[tuple[Alike, date], list[tuple[Amount, int]]] = {}
    counted = Counter(zip(batch.alikes, batch.days, batch.amounts, strict=True))
    for (alike, day, amount), count in counted.items():
        grouped.setdefault((alike, day), []).append((amount, count))
    result: dict[TotalKey, Total] = {}
    for (alike, day), parts in grouped.items():
        added = _add_up(parts)
        for key in _keys(alike, day):
            result[key] = _plus(result.get(key), added)
    return result


def judgement_hash(*, kind: Kind, judgement: Judgement) -> bytes:
    """
    Return the SHA-256 that names a judgement: the kind of generation and its lines.

    The interval in which it holds is left out: the same outcome before and after an unrelated
    change of terms is the same judgement. A language is named only where one was reported.
    """
    language = () if kind.language is None else (kind.language,)
    spelled = ascii(
        (
            str(kind.license_reference),
            [(use.reference, use.weight_bp) for use in kind.subjects],
            [*map(str, (kind.use_class, kind.modality, kind.unit, kind.territory)), *language],
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


def decisions(batch: Batch) -> Counter[str]:
    """Return how many generations were decided upon in each way that a batch counts."""
    counts: Counter[str] = Counter()
    for alike, count in Counter(batch.alikes).items():
        counts[COUNTED_AS[alike.judgement.decision]] += count
    return counts


def _add_up(parts: Sequence[tuple[Amount, int]]) -> Total:
    return Total(
        sum([count for _, count in parts]),
        _sum_of((each.quantity, count) for each, count in parts),
        _sum_of((each.net_revenue, count) for each, count in parts),
    )


def _sum_of(numbers: Iterable[tuple[Decimal | None, int]]) -> Decimal:
    return add_exactly([multiply_exactly(each, count) for each, count in numbers if each])


def _plus(one: Total | None, other: Total) -> Total:
    if one is None:
        return other
    return Total(
        one.generation_count + other.generation_count,
        add_exactly((one.quantity, other.quantity)),
        add_exactly((one.net_revenue, other.net_revenue)),
    )


def _keys(alike: Alike, day: date) -> list[TotalKey]:
    return [
        TotalKey(
            accrual_month=day.replace(day=1),
            day=day,
            decision=str(line.decision),
            reason=str(line.reasons[0]) if line.reasons else None,
            terms_version_id=line.terms_version_id,
            rate_line_id=line.rate_line_id,
            subject_id=line.subject_id,
            territory=alike.example.territory,
        )
        for line in alike.judgement.lines
    ]
