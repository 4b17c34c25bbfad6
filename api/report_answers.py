"""
The answer to a report: one result for each event, in order, and how many there are of each.

Written by hand where an event was recorded or is known, which is almost always: a batch answers
with a thousand receipts that differ in two places. Everything else goes through the encoder.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from api.events import Decoded, InvalidEvent
from api.problems import problem_body
from ledger.core.columns import Columns, is_same
from ledger.core.period import Month
from ledger.core.receipt import Result, Status, Written
from ledger.core.refusal import Refusal
from ledger.core.usage import ReportedGeneration
from locales.catalogues import message

#: What each field of a problem's event is called in the body, where the names differ.
_BODY_NAMES = {
    "event_id": "id",
    "occurred_at": "time",
    "license_reference": "license",
}

#: What speaks against the clearances that some events carry, by their index.
Doubts = Mapping[int, Refusal]
NO_DOUBTS: Doubts = MappingProxyType({})

#: The problem of an event that could have been taken, when another of its report could not.
REPORT_GIVEN_UP = "report_given_up"

_encode = msgspec.json.encode


def http_status(statuses: Mapping[Status, int]) -> int:
    """Return 200 when everything is in the book, 422 when nothing was taken, 207 between."""
    taken = statuses[Status.ACCEPTED] + statuses[Status.DUPLICATE] + statuses[Status.HELD]
    if taken == sum(statuses.values()):
        return 200
    return 207 if taken or statuses[Status.REFUSED] else 422


def count(decoded: Sequence[Decoded], results: Sequence[Result]) -> dict[Status, int]:
    """Return how many events there are of each status, in the order of the statuses."""
    if isinstance(results, Written):
        told = Counter([outcome.status for outcome in results.outcomes])
    else:
        told = Counter([result.status for result in results])
    told[Status.INVALID] += len(decoded) - len(results)
    return {status: told[status] for status in Status}


def write(
    decoded: Sequence[Decoded],
    results: Sequence[Result],
    *,
    counts: Mapping[Status, int],
    language: str,
    doubts: Doubts = NO_DOUBTS,
) -> bytes:
    """Return the body of the answer; the results are those of the events that could be read."""
    match decoded, results:
        case Columns() as reported, Written(counted_month=None) as written if not doubts:
            return _closed(_recorded(reported, written), counts)
    answered: Sequence[Result | None] = results
    if len(results) < len(decoded):
        following = iter(results)
        answered = [None if isinstance(each, InvalidEvent) else next(following) for each in decoded]
    return _closed(_written(decoded, answered, language, doubts), counts)


def _closed(written: Sequence[str], counts: Mapping[Status, int]) -> bytes:
    return b'{"results":[%b],"counts":%b}' % (",".join(written).encode(), _encode(counts))


def _recorded(decoded: Columns, results: Written) -> Sequence[str]:
    """Write what was recorded as one batch: all pieces but the ids and the leaves are ready."""
    count, outcomes = len(results), results.outcomes
    number = results.batch_number
    leads = {
        outcome: f'{_lead(*outcome)}"receipt":{{"batch":{number},"position":'
        for outcome in (outcomes[:1] if is_same(outcomes) else set(outcomes))
    }
    seal = f'","root":"{results.root.hex()}","head":"{results.head.hex()}"}}}}'
    pieces = zip(
        _indices(count),
        _escaped(decoded.event_ids),
        [leads[outcomes[0]]] * count if len(leads) == 1 else map(leads.__getitem__, outcomes),
        _positions(count),
        map(bytes.hex, results.leaf_hashes),
        repeat(seal, count),
        strict=True,
    )
    return [*map("".join, pieces)]


@lru_cache(maxsize=4)
def _indices(count: int) -> Sequence[str]:
    """Return the beginnings of so many results; most senders send batches of one size."""
    return [f'{{"index":{index},"id":"' for index in range(count)]


@lru_cache(maxsize=4)
def _positions(count: int) -> Sequence[str]:
    return [f'{position},"leaf":"' for position in range(count)]


def _written(
    decoded: Sequence[Decoded], answered: Sequence[Result | None], language: str, doubts: Doubts
) -> list[str]:
    names = _escaped([each.event_id or "" for each in decoded])
    written = []
    # What is the same as for the event before, in almost every case, is not written anew.
    last_status = last_reasons = last_head = None
    lead = seal = ""
    for index, (name, result) in enumerate(zip(names, answered, strict=True)):
        if result is None:
            written.append(_encode(_odd(index, decoded[index], None, language)).decode())
            continue
        status, reasons, receipt, differing, _, counted_month = result
        if receipt is None or differing or counted_month is not None or index in doubts:
            odd = _odd(index, decoded[index], result, language, doubts.get(index))
            written.append(_encode(odd).decode())
            continue
        number, position, leaf, root, head = receipt
        if status is not last_status or reasons is not last_reasons:
            last_status, last_reasons = status, reasons
            lead = _lead(status, reasons)
        if head is not last_head:  # Another batch, with another root.
            last_head = head
            seal = f'","root":"{root.hex()}","head":"{head.hex()}"}}}}'
        written.append(
            f'{{"index":{index},"id":"{name}{lead}"receipt":{{"batch":{number},'
            f'"position":{position},"leaf":"{leaf.hex()}{seal}'
        )
    return written


def _escaped(ids: Sequence[str]) -> Sequence[str]:
    """Return ids as JSON without quotes; they seldom hold anything to be escaped."""
    joined = "".join(ids)
    if '"' in joined or "\\" in joined:
        return [_encode(each).decode()[1:-1] for each in ids]
    return ids


def _lead(status: Status, reasons: Sequence[str]) -> str:
    told = f'"reasons":{_encode(reasons).decode()},' if reasons else ""
    return f'","status":"{status}",{told}'


class _Receipt(Struct, frozen=True):
    batch: int
    position: int
    leaf: str
    root: str
    head: str


class _Warning(Struct, frozen=True, omit_defaults=True):
    code: str
    counted_in: str | None = None
    detail: str | None = None


class _Answer(Struct, frozen=True, omit_defaults=True):
    index: int
    id: str | None
    status: Status
    reasons: tuple[str, ...] = ()
    warnings: tuple[_Warning, ...] = ()
    receipt: _Receipt | None = None
    problem: dict[str, Any] | None = None


def _odd(
    index: int,
    each: Decoded,
    result: Result | None,
    language: str,
    doubt: Refusal | None = None,
) -> _Answer:
    """Answer what has a problem or a warning: what was not taken, is in conflict, came late."""
    if isinstance(each, InvalidEvent):
        return _invalid(index, each, language)
    assert result is not None, "what could be read has a result"
    receipt = None
    if result.receipt is not None:
        number, position, *hashes = result.receipt
        receipt = _Receipt(number, position, *(each.hex() for each in hashes))
    warnings = []
    if result.counted_month is not None:
        warnings.append(_Warning("late", counted_in=f"{result.counted_month:%Y-%m}"))
    if doubt is not None:
        detail = message(language, f"problem.{doubt.code}.detail", **doubt.values)
        warnings.append(_Warning(doubt.code, detail=detail))
    return _Answer(
        index,
        each.event_id,
        result.status,
        result.reasons,
        tuple(warnings),
        receipt,
        _problem(index, each, result, language),
    )


def _problem(
    index: int, reported: ReportedGeneration, result: Result, language: str
) -> dict[str, Any] | None:
    if result.status is Status.CONFLICT:
        fields = [_BODY_NAMES.get(name, name) for name in result.differing]
        return problem_body(
            "identity_conflict",
            language=language,
            pointer=f"/{index}/{fields[0]}",
            values={"id": reported.event_id, "fields": ", ".join(fields)},
            fields=fields,
        )
    if result.problem is not None:
        return problem_body(
            result.problem,
            language=language,
            pointer=f"/{index}" if result.problem == REPORT_GIVEN_UP else f"/{index}/time",
            values={
                "month": str(Month.of(reported.occurred_at)),
                "time": reported.occurred_at.isoformat(),
            },
        )
    return None


def _invalid(index: int, event: InvalidEvent, language: str) -> _Answer:
    values = {"field": event.pointer or "/", "value": event.detail, "reason": event.detail}
    return _Answer(
        index,
        event.event_id,
        Status.INVALID,
        problem=problem_body(
            event.code, language=language, pointer=f"/{index}{event.pointer}", values=values
        ),
    )
