"""What comes back: the results of one batch, read from an answer and checked to be complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

import msgspec

from ledger.core.acceptance import HOLDING_REASONS

Status = Literal["accepted", "duplicate", "held", "refused", "conflict", "invalid"]


class Receipt(TypedDict):
    """Where a generation is in your own log; keep it, it proves later what was reported."""

    batch: int
    position: int
    leaf: str
    root: str
    head: str


class Result(TypedDict):
    """What became of one event; ``problem`` is a problem of RFC 9457 without a status."""

    index: int
    id: str | None
    status: Status
    reasons: NotRequired[Sequence[str]]
    receipt: NotRequired[Receipt]
    problem: NotRequired[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a report: a result for each event, in order, and their counts."""

    results: Sequence[Result]
    counts: Mapping[str, int]


class AnswerUnreadable(Exception):
    """What came back is no answer of this API: a proxy's page, or half an answer."""


def read_results(content: bytes, *, count: int) -> list[Result]:
    """
    Read the results of a batch of ``count`` events.

    :raises AnswerUnreadable: it is not one result for each event, in order.
    """
    try:
        answer = msgspec.json.decode(content)
        results: list[Result] = answer["results"]
        told = [(result["index"], result["status"]) for result in results]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise AnswerUnreadable(f"unreadable answer ({error})") from None
    if [index for index, _ in told] != list(range(count)):
        raise AnswerUnreadable(f"{len(told)} results for {count} events")
    return results


def is_rejected(result: Result) -> bool:
    """
    Tell whether an event will never be counted: refused, in conflict, or invalid.

    A refusal that is sent again comes back as a duplicate with the reasons of the first
    answer, so a duplicate whose leading reason refuses is rejected too.
    """
    if result["status"] == "duplicate":
        reasons = result.get("reasons") or ()
        return bool(reasons) and reasons[0] not in HOLDING_REASONS
    return result["status"] in ("refused", "conflict", "invalid")
