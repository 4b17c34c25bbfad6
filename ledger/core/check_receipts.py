"""Checks of what was received: that it pays the lines it came for, each no further than it asks."""

from collections.abc import Iterator

from ledger.core.facts import Facts, Violation, same


def receipts_pay_lines(facts: Facts) -> Iterator[Violation]:
    """Add up what receipts pay of the lines of every invoice that something came for."""
    for invoice in facts.paid_invoices:
        place = f"receipts of invoice {invoice.reference}"
        paid = [line.paid_minor for line in invoice.lines]
        yield from same(f"{place}: of its lines", invoice.received_minor, sum(paid))
        asked = [line.asked_minor for line in invoice.lines]
        if invoice.received_minor == invoice.total_minor:
            yield from same(f"{place}: each line in full", asked, paid)
            continue
        for number, (most, found) in enumerate(zip(asked, paid, strict=True), start=1):
            if not min(0, most) <= found <= max(0, most):
                yield Violation(
                    place=f"{place}: line {number}", expected=f"0 to {most}", found=str(found)
                )
