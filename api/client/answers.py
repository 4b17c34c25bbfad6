"""What comes back of a report: a result for each event, and receipts that can be checked here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from api.client.calls import AnswerUnreadable, reader
from api.client.generation import Event, leaf_of
from api.client.refusals import Problem
from ledger.core.proof import chain_head, merkle_root
from ledger.core.reason import EARNING_REASONS, HOLDING_REASONS
from ledger.core.refusal import Refusal

Status = Literal["accepted", "duplicate", "held", "refused", "conflict", "invalid"]

#: Statuses in the order in which they are told.
STATUSES: tuple[Status, ...] = (
    *("accepted", "duplicate", "held"),
    *("refused", "conflict", "invalid"),
)


#: With these an event waits, or earns for a while; every other reason refuses it.
_NOT_REFUSING = HOLDING_REASONS | EARNING_REASONS


class ReceiptDiffers(Refusal):
    """A receipt is not for the event it is said to be for: the book holds other content."""

    code = "receipt_differs"


class BatchDiffers(Refusal):
    """Receipts do not give their batch's root or head: some are missing, or one was changed."""

    code = "batch_differs"


class Receipt(Struct, frozen=True):
    """Where a generation is in your own log; keep it, it proves later what was reported."""

    batch: int
    position: int
    leaf: str
    root: str
    head: str

    def verify(self, event: Event) -> None:
        """
        Check that this is the receipt for exactly this event, every field of it.

        :raises ReceiptDiffers: it is for something else.
        :raises GenerationInvalid: the event itself could not be reported.
        """
        self.verify_leaf(leaf_of(event).hex())

    def verify_leaf(self, leaf: str) -> None:
        """
        Check that this is the receipt for a leaf, in hexadecimal.

        :raises ReceiptDiffers: it is for something else.
        """
        if leaf != self.leaf:
            raise ReceiptDiffers(
                batch=self.batch, position=self.position, expected=leaf, found=self.leaf
            )


class Warned(Struct, frozen=True, omit_defaults=True):
    """What is good to know of an event that was taken: a code, and the month it counts in."""

    code: str
    counted_in: str | None = None


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became, or would become, of one event."""

    index: int
    id: str | None
    status: Status
    reasons: tuple[str, ...] = ()
    receipt: Receipt | None = None
    problem: Problem | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Why it became so, as stable codes: the reasons, or the problem's code."""
        return self.reasons or (() if self.problem is None else (self.problem.code,))

    @property
    def is_rejected(self) -> bool:
        """
        Whether the event will never be counted: refused, in conflict, or invalid.

        A refusal that is sent again comes back as a duplicate with the reasons of the first
        answer, so a duplicate whose leading reason refuses is rejected too.
        """
        if self.status == "duplicate":
            return bool(self.reasons) and self.reasons[0] not in _NOT_REFUSING
        return self.status in ("refused", "conflict", "invalid")


class Result(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one event."""

    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a report: a result for each event, in order, and their counts."""

    results: Sequence[Result]
    counts: Mapping[str, int]

    @property
    def rejected(self) -> Sequence[Result]:
        """The results of events that will never be counted."""
        return [result for result in self.results if result.is_rejected]

    def verify(self, events: Iterable[Event]) -> int:
        """
        Check every receipt against its event; return how many are proven to be in their root.

        Proven are those of batches that are in this answer as a whole. A batch that was there
        before, or was written together with another report, is left to :func:`verify_batch`.

        :raises ReceiptDiffers: one is for something else than was sent.
        """
        batches = defaultdict[int, list[Receipt]](list)
        for event, result in zip(events, self.results, strict=True):
            if result.receipt is not None and result.status != "conflict":
                result.receipt.verify(event)
                batches[result.receipt.batch].append(result.receipt)
        return sum(len(receipts) for receipts in batches.values() if _is_whole(receipts))


class _Report(Struct, frozen=True):
    results: tuple[Result, ...]


_read_report = reader(_Report)


def read_results(content: bytes, *, count: int) -> Sequence[Result]:
    """
    Read the results of a batch of ``count`` events.

    :raises AnswerUnreadable: it is not one result for each event, in order.
    """
    results = _read_report(content).results
    if [result.index for result in results] != list(range(count)):
        raise AnswerUnreadable(f"{len(results)} results for {count} events")
    return results


def verify_batch(receipts: Iterable[Receipt], *, previous_head: str | None = None) -> None:
    """
    Check that receipts are all those of one batch, and that it continues the chain.

    Their leaves, in the order of their positions, give the root; the root behind
    ``previous_head``, the head of the batch before it, gives the head. Nothing that was
    reported before can be changed without changing that head. Without it the root is checked.

    :raises BatchDiffers: naming the batch; a receipt is missing, or differs from the others.
    """
    ordered = sorted(receipts, key=lambda each: each.position)
    if not ordered or not _is_whole(ordered):
        raise BatchDiffers(batch=ordered[0].batch if ordered else "?", receipts=len(ordered))
    last = ordered[-1]
    head = chain_head(
        previous=bytes.fromhex(previous_head or ""),
        number=last.batch,
        count=len(ordered),
        root=bytes.fromhex(last.root),
    )
    if previous_head is not None and head.hex() != last.head:
        raise BatchDiffers(batch=last.batch, receipts=len(ordered))


def _is_whole(receipts: Sequence[Receipt]) -> bool:
    """Tell whether receipts of one batch are all there are, each once and of one root."""
    by_position = {receipt.position: receipt for receipt in receipts}
    ordered = [by_position[position] for position in sorted(by_position)]
    if len({(each.batch, each.root, each.head) for each in ordered}) != 1:
        return False
    return merkle_root([bytes.fromhex(each.leaf) for each in ordered]).hex() == ordered[0].root
