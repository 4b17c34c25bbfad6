"""Checks of what was received: that it pays the lines it came for, and is divided once."""

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


def lines_are_divided_once(facts: Facts) -> Iterator[Violation]:
    """Look for lines that were divided otherwise than their terms say, or more than once."""
    for invoice in facts.paid_invoices:
        for number, line in enumerate(invoice.lines, start=1):
            place = f"line {number} of invoice {invoice.reference}"
            if line.accrued_minor is not None:
                yield from same(f"{place}: by its invoice", line.asked_minor, line.accrued_minor)
                yield from same(f"{place}: by its terms", True, line.is_accrual)
                yield from same(f"{place}: as it was paid", 0, line.divided_minor)
            elif not min(0, line.paid_minor) <= line.divided_minor <= max(0, line.paid_minor):
                yield Violation(
                    place=f"{place}: as it was paid",
                    expected=f"0 to {line.paid_minor}",
                    found=str(line.divided_minor),
                )
