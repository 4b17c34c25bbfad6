"""
One batch of generations: judged, placed in its months, and totalled.

The totals travel with the batch so that a month closes by adding up thousands of rows, not
millions; the audit recomputes them from the generations and must agree.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from ledger.core.acceptance import Judgement, Kind
from ledger.core.money import add_exactly, multiply_exactly
from ledger.core.period import tokyo_day
from ledger.core.reason import COUNTED_AS
from ledger.core.usage import (
    ReportedGeneration,
    Wording,
    amount_wording,
    content_hashes,
    instants_of,
    wording_of,
)

#: An event's clock may run ahead of ours by this much; later than that it is refused.
FUTURE_TOLERANCE = timedelta(minutes=5)

_NOTHING = Decimal(0)

#: In microseconds, as instants are counted in a batch.
_DAY = 24 * 60 * 60 * 1_000_000
_TOKYO_AHEAD = 9 * 60 * 60 * 1_000_000


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """
    Judged generations, kept by column.

    A batch has thousands of events and few different days, amounts and kinds. Whatever is the
    same is worked out once; the rest goes through each column at once, because calling a
    function for every event would cost more than its work.
    """

    reported: Sequence[ReportedGeneration]
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
        columns = (self.reported, judgements, self.days, self.accrual_months, self.content_hashes)
        return [Judged(*row) for row in zip(*columns, strict=True)]

    def only(self, indices: Sequence[int]) -> "Batch":
        """Return the batch that some of them are, in the order of the indices."""
        columns = ((field.name, getattr(self, field.name)) for field in fields(self))
        return Batch(**{name: [column[index] for index in indices] for name, column in columns})


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
    if not reported:
        return Batch(**{field.name: () for field in fields(Batch)})
    (
        sources, event_ids, times, licenses, subjects, use_classes, modalities, units, territories,
        quantities, net_revenues, currencies, models, outputs, titles, c2pa_states, languages, _,
    ) = zip(*reported, strict=True)  # fmt: skip
    instants = instants_of(times)
    kinds = zip(
        licenses, subjects, use_classes, modalities, units, territories, currencies, models, titles,
        c2pa_states, languages,
        [quantity is None for quantity in quantities],
        [revenue is None for revenue in net_revenues],
        strict=True,
    )  # fmt: skip
    alikes = _judge_alike(reported, kinds, min(times), max(times), judge)
    amounts = [*map(_Amounts().__getitem__, zip(quantities, net_revenues, strict=True))]
    places = _Places()
    numbers = [(instant + _TOKYO_AHEAD) // _DAY for instant in instants]
    days, months = zip(*map(places.__getitem__, numbers), strict=True)
    return Batch(
        reported=reported,
        alikes=alikes,
        amounts=amounts,
        instants=instants,
        days=days,
        accrual_months=months,
        content_hashes=content_hashes(
            sources=sources,
            event_ids=event_ids,
            instants=instants,
            wordings=[alike.wording for alike in alikes],
            amounts=[amount.wording for amount in amounts],
            outputs=outputs,
        ),
    )


def _judge_alike(
    reported: Sequence[ReportedGeneration],
    kinds: Iterable[tuple[object, ...]],
    earliest: datetime,
    latest: datetime,
    judge: Callable[[ReportedGeneration], Judgement],
) -> list[Alike]:
    settled: dict[tuple[object, ...], Alike] = {}
    unsettled: dict[tuple[object, ...], list[Alike]] = {}
    alikes = []
    for each, kind in zip(reported, kinds, strict=True):
        alike = settled.get(kind)
        if alike is None:
            known = unsettled.setdefault(kind, [])
            alike = _holding(known, each.occurred_at)
            if alike is None:
                alike = Alike(each, judge(each), wording_of(each))
                known.append(alike)
                if alike.judgement.holds_at(earliest) and alike.judgement.holds_at(latest):
                    settled[kind] = alike
        alikes.append(alike)
    return alikes


def _holding(known: Iterable[Alike], instant: datetime) -> Alike | None:
    return next((alike for alike in known if alike.judgement.holds_at(instant)), None)


class _Amounts(dict[tuple[Decimal | None, Decimal | None], Amount]):
    """The different amounts of a batch, each spelled once."""

    def __missing__(self, key: tuple[Decimal | None, Decimal | None]) -> Amount:
        return self.setdefault(key, Amount(*key, amount_wording(*key)))


class _Places(dict[int, tuple[date, date]]):
    """Days of the Japanese calendar and the first days of their months, by days since 1970."""

    def __missing__(self, number: int) -> tuple[date, date]:
        # The function that knows why asks whether our fixed offset held on that day.
        day = tokyo_day(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number, hours=-9))
        return self.setdefault(number, (day, day.replace(day=1)))


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
        sum(count for _, count in parts),
        add_exactly(multiply_exactly(each.quantity or _NOTHING, count) for each, count in parts),
        add_exactly(multiply_exactly(each.net_revenue or _NOTHING, count) for each, count in parts),
    )


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
