"""The explanation of an invoice: its lines, its tax once for each rate, its entry, its payment."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from ledger.core.explanation_facts import (
    BilledFact,
    EntryFact,
    InvoiceFact,
    Record,
    UnpaidFact,
    View,
)
from ledger.core.explanation_journal import entry_steps
from ledger.core.explanation_tree import Kind, Step, of_record, step
from ledger.core.period import Month


def invoice_step(
    fact: InvoiceFact, *, lines: Iterable[Step], entries: Iterable[EntryFact], view: View
) -> Step:
    """Return an invoice: its lines, its tax once for each rate, its entry, its payment."""
    posted = list(entries)
    return step(
        "invoice",
        ("licensee", Kind.REFERENCE, fact.licensee),
        ("month", Kind.MONTH, Month.of_day(fact.month)),
        ("capacity", Kind.WORD, fact.snapshot.get("capacity") or "intermediary"),
        ("issued_on", Kind.DAY, fact.issued_on),
        ("due_on", Kind.DAY, fact.due_on),
        ("subtotal", Kind.AMOUNT, fact.subtotal_minor),
        ("tax", Kind.AMOUNT, fact.tax_minor),
        ("total", Kind.AMOUNT, fact.total_minor),
        ("snapshot_sha256", Kind.HASH, fact.snapshot_sha256),
        reference=fact.reference,
        currency=fact.currency,
        steps=(
            *lines,
            *map(prepayment_step, fact.snapshot.get("prepayments", ())),
            *(set_off_step(each, view=view) for each in fact.snapshot.get("set_offs", ())),
            *map(_tax, fact.snapshot.get("taxes", ())),
            *entry_steps(posted, "invoice"),
            *_receipts(fact, posted, view),
            *map(_unpaid_step, fact.unpaid),
        ),
    )


def billed_step(fact: BilledFact, *, invoice: InvoiceFact | None, view: View) -> Step:
    """
    Return a line's place on its invoice, with its part of the tax.

    What else is on the invoice is its licensee's affair; a payee sees only the line's own part.
    """
    received = (fact.received_minor, fact.received_tax_minor)
    is_part = fact.received_on is not None and received != (fact.asked_minor, fact.tax_minor)
    return step(
        "invoiced",
        ("number", Kind.COUNT, fact.number),
        ("capacity", Kind.WORD, fact.capacity),
        ("issued_on", Kind.DAY, fact.issued_on),
        ("due_on", Kind.DAY, fact.due_on),
        ("amount", Kind.AMOUNT, fact.amount_minor),
        ("tax_part", Kind.AMOUNT, fact.tax_minor),
        ("received_on", Kind.DAY, fact.received_on if view is View.PAYEE else None),
        ("received", Kind.AMOUNT, fact.received_minor if is_part else None),
        ("tax_received", Kind.AMOUNT, fact.received_tax_minor if is_part else None),
        reference=fact.invoice,
        steps=() if invoice is None or view is View.PAYEE else (_whole(invoice),),
    )


def prepayment_step(record: Record) -> Step:
    """Return an advance, or what a guarantee lacks: its target less what was credited."""
    return step(
        "prepayment",
        ("kind", Kind.WORD, record["kind"]),
        ("license", Kind.REFERENCE, record["license_reference"]),
        ("agreed_day", Kind.DAY, record["due_on"]),
        ("target", Kind.AMOUNT, record["target_minor"]),
        ("credited", Kind.AMOUNT, record["credited_minor"]),
        ("amount", Kind.AMOUNT, record["amount_minor"]),
        reference=record["reference"],
    )


def recoup_group_step(record: Record) -> Step:
    """Return the group in which a line is set off, and which version of its terms applied."""
    return step(
        "recoup_group",
        ("version", Kind.COUNT, record["version"]),
        ("effective_from", Kind.DAY, record["since"]),
        ("clause", Kind.TEXT, record["clause_reference"]),
        reference=record["reference"],
    )


def set_off_step(record: Record, *, view: View) -> Step:
    """
    Return what was paid from a prepayment, and what is left of it to recoup.

    The whole of it is its licensee's affair; a payee sees what pays its own line.
    """
    is_whole = view is not View.PAYEE
    return step(
        "set_off",
        ("kind", Kind.WORD, record["kind"]),
        ("license", Kind.REFERENCE, record["license_reference"]),
        ("prepaid", Kind.AMOUNT, record["amount_minor"] if is_whole else None),
        ("recouped", Kind.AMOUNT, record["recouped_minor"]),
        ("left", Kind.AMOUNT, record["left_minor"] if is_whole else None),
        reference=record["reference"],
    )


def _whole(fact: InvoiceFact) -> Step:
    return step(
        "whole_invoice",
        ("subtotal", Kind.AMOUNT, fact.subtotal_minor),
        ("tax", Kind.AMOUNT, fact.tax_minor),
        ("total", Kind.AMOUNT, fact.total_minor),
        ("received_on", Kind.DAY, fact.received_on),
        reference=fact.reference,
        currency=fact.currency,
        steps=map(_tax, fact.snapshot.get("taxes", ())),
    )


def _unpaid_step(fact: UnpaidFact) -> Step:
    return step(
        "unpaid",
        ("action", Kind.WORD, fact.what),
        ("on", Kind.DAY, fact.day),
        ("license", Kind.REFERENCE, fact.license),
        ("open", Kind.AMOUNT, fact.open_minor),
        ("lifted_on", Kind.DAY, fact.lifted_on),
    )


def _tax(record: Record) -> Step:
    return step(
        "tax",
        ("treatment", Kind.WORD, record.get("treatment")),
        ("base", Kind.AMOUNT, record.get("taxable_minor")),
        ("share", Kind.SHARE, record.get("rate_bp")),
        ("amount", Kind.AMOUNT, record.get("tax_minor")),
        (
            "suppliers",
            Kind.WORD,
            "unregistered" if record.get("is_qualified") is False else None,
        ),
        *of_record(record, leaving_out=("treatment", "taxable_minor", "rate_bp", "tax_minor")),
    )


def _receipts(fact: InvoiceFact, entries: Sequence[EntryFact], view: View) -> Iterator[Step]:
    """Yield what was paid, in the order in which it was recorded, each with its entry."""
    posted = [each for each in entries if each.kind == "receipt"]
    for each, own in zip_longest(fact.receipts, posted):
        if each is None:  # What came after all was paid is the firm's credit.
            yield from entry_steps([own], "receipt")
            continue
        settled = None if each.settled_month is None else Month.of_day(each.settled_month)
        yield step(
            "receipt",
            ("received_on", Kind.DAY, each.received_on),
            ("amount", Kind.AMOUNT, each.amount_minor),
            ("bank_fee", Kind.AMOUNT, each.bank_fee_minor or None),
            ("channel", Kind.WORD, each.channel or "credit"),
            ("bank_reference", Kind.TEXT, each.external_reference),
            ("settled_in", Kind.MONTH, settled if view is View.HOUSE else None),
            steps=() if own is None else entry_steps([own], "receipt"),
        )
