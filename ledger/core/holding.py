"""
What a batch holds: whom it concerns, how much use, and why.

A hold waits for somebody: the AI firm that has to say what is unknown, or the holder who has to
decide. Each of them is told once for a batch, however many generations are held.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ledger.core.acceptance import Decision
from ledger.core.batch import Batch
from ledger.core.reason import Reason, in_order


class Hold(NamedTuple):
    """How much use waits for somebody, and every reason for it, in order of precedence."""

    use_count: int  # generations; for a holder, one for each of its subjects in a generation
    reasons: tuple[Reason, ...]


def held_of_firm(batch: Batch) -> Hold | None:
    """Return what waits of a batch as its AI firm sees it, None when nothing does."""
    held = [
        Hold(count, alike.judgement.reasons)
        for alike, count in Counter(batch.alikes).items()
        if alike.judgement.decision is Decision.HELD
    ]
    return _together(held) if held else None


def held_by_subject(batch: Batch) -> Mapping[int, Hold]:
    """Return what waits of each subject that is in the catalogue."""
    held: dict[int, list[Hold]] = defaultdict(list)
    for alike, count in Counter(batch.alikes).items():
        for line in alike.judgement.lines:
            if line.decision is Decision.HELD and line.subject_id is not None:
                held[line.subject_id].append(Hold(count, line.reasons))
    return {subject_id: _together(each) for subject_id, each in held.items()}


def held_by_holder(by_subject: Mapping[int, Hold], owners: Mapping[int, int]) -> Mapping[int, Hold]:
    """Return what waits for each holder, given the owner of each subject."""
    held: dict[int, list[Hold]] = defaultdict(list)
    for subject_id, hold in by_subject.items():
        held[owners[subject_id]].append(hold)
    return {owner_id: _together(each) for owner_id, each in held.items()}


def _together(holds: Iterable[Hold]) -> Hold:
    counts, reasons = zip(*holds, strict=True)
    return Hold(sum(counts), in_order(reason for each in reasons for reason in each))
