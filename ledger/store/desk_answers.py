"""What a batch is answered: receipts of what was written, and what the book had before."""

from collections.abc import Mapping
from datetime import date

from ledger.core.batch import Batch, Judged
from ledger.core.receipt import STATUS_OF, Outcome, Result, Status, Written
from ledger.core.usage import ReportedGeneration, differing_fields
from ledger.store.generations import Identity, StoredGeneration


def written(
    batch: Batch, number: int, root: bytes, head: bytes, counted_month: date | None
) -> Written:
    """Answer what was just written: a receipt for each, in order of position."""
    different: dict[Outcome, Outcome] = {}
    outcomes = {}
    for alike in set(batch.alikes):
        outcome = Outcome(STATUS_OF[alike.judgement.decision], alike.judgement.reasons)
        outcomes[alike] = different.setdefault(outcome, outcome)
    return Written(
        batch_number=number,
        root=root,
        head=head,
        outcomes=[*map(outcomes.__getitem__, batch.alikes)],
        leaf_hashes=batch.content_hashes,
        counted_month=counted_month,
    )


def known(
    each: Judged,
    stored: StoredGeneration,
    recorded: Mapping[Identity, ReportedGeneration],
) -> Result:
    """Answer an event that the book has; ``recorded`` is what it has of those that differ."""
    receipt, reasons, counted_month = stored
    if receipt.leaf_hash == each.content_hash:
        return Result(Status.DUPLICATE, reasons, receipt, counted_month=counted_month)
    differing = tuple(differing_fields(recorded[each.identity], each.reported))
    return Result(Status.CONFLICT, receipt=receipt, differing=differing)


def repeated(earlier: Judged, later: Judged, answered: Result) -> Result:
    """Answer an event whose identity came before in the same batch, and was new there."""
    if answered.receipt is None:
        return answered
    if earlier.content_hash == later.content_hash:
        return answered._replace(status=Status.DUPLICATE)
    differing = tuple(differing_fields(earlier.reported, later.reported))
    return Result(Status.CONFLICT, receipt=answered.receipt, differing=differing)
