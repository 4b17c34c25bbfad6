"""What holds of yearly payment records: they add up, and come to what the journal withheld."""

from collections.abc import Iterator
from typing import TypeVar

from ledger.core.facts import Facts, Violation, same
from ledger.core.payment_record import PaymentRecord, PaymentRecordTotal
from ledger.core.snapshot import NotASnapshot, from_json

_Kind = TypeVar("_Kind", PaymentRecord, PaymentRecordTotal)


def records_say_what_was_withheld(facts: Facts) -> Iterator[Violation]:
    """Compare each record with its payments, and each total sheet with the journal's year."""
    for document in facts.documents:
        place = f"{document.kind} {document.reference}"
        if document.kind == "payment_record":
            record = _read(PaymentRecord, document.snapshot)
            yield from _sums(place, record)
        elif document.kind == "payment_record_total":
            total = _read(PaymentRecordTotal, document.snapshot)
            yield from _sums(place, total)
            if total is not None:
                posted = sum(
                    each.posted_minor for each in facts.withheld if each.month.year == total.year
                )
                yield from same(f"{place}: withheld by the journal", posted, total.withheld_minor)


def figures_of_record(kind: str, snapshot: str) -> tuple[int, ...] | None:
    """Return the figures in a frozen record, in the order in which rows give them."""
    record: PaymentRecord | PaymentRecordTotal | None
    if kind == "payment_record":
        record = _read(PaymentRecord, snapshot)
    else:
        record = _read(PaymentRecordTotal, snapshot)
    if record is None:
        return None
    return (record.amount_minor, record.consumption_tax_minor, record.withheld_minor)


def _sums(place: str, record: PaymentRecord | PaymentRecordTotal | None) -> Iterator[Violation]:
    if record is None:
        yield from same(place, "frozen values", None)
        return
    parts = record.payments if isinstance(record, PaymentRecord) else record.totals
    found = (
        sum(each.amount_minor for each in parts),
        sum(each.consumption_tax_minor for each in parts),
        sum(each.withheld_minor for each in parts),
    )
    told = (record.amount_minor, record.consumption_tax_minor, record.withheld_minor)
    yield from same(f"{place}: sums", found, told)


def _read(kind: type[_Kind], snapshot: str) -> _Kind | None:
    try:
        return from_json(kind, snapshot)
    except NotASnapshot:
        return None
