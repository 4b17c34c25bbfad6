"""What a batch is answered: receipts of what was written, and what the book had before."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from itertools import count, repeat

from ledger.core.batch import Batch, Judged
from ledger.core.receipt import STATUS_OF, Receipt, Result, Status
from ledger.core.usage import ReportedGeneration, differing_fields
from ledger.store.generations import Identity, StoredGeneration

#: A named tuple made without the call that would count its fields again.
_receipt = partial(tuple.__new__, Receipt)
_result = partial(tuple.__new__, Result)


def written(
    batch: Batch, number: int, root: bytes, head: bytes, counted_month: date | None
) -> list[Result]:
    """Answer what was just written: a receipt for each, in order of position."""
    leads = {
        alike: (STATUS_OF[alike.judgement.decision], alike.judgement.reasons)
        for alike in set(batch.alikes)
    }
    statuses, reasons = zip(*map(leads.__getitem__, batch.alikes), strict=True)
    receipts = map(
        _receipt, zip(repeat(number), count(), batch.content_hashes, repeat(root), repeat(head))
    )
    later = repeat(counted_month)
    return [*map(_result, zip(statuses, reasons, receipts, repeat(()), repeat(None), later))]


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
