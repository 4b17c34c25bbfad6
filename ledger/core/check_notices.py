"""What holds of notices of payments: their rows, taxes and deductions add up to what was paid."""

from collections.abc import Iterator

from ledger.core.facts import Facts, Violation, same
from ledger.core.notice import PaymentNotice
from ledger.core.snapshot import NotASnapshot, from_json


def notices_add_up(facts: Facts) -> Iterator[Violation]:
    """Add up each notice by row, by treatment and by bracket."""
    for document in facts.documents:
        if document.kind == "notice":
            notice = _read(document.snapshot)
            place = f"notice {document.reference}"
            if notice is None:
                yield from same(place, "frozen values", None)
            else:
                yield from _sums(place, notice)


def figures_of_notice(snapshot: str) -> tuple[int, ...] | None:
    """Return the figures in a frozen notice, in the order in which rows give them."""
    notice = _read(snapshot)
    if notice is None:
        return None
    return (
        notice.payable_minor,
        notice.consumption_tax_minor,
        notice.withholding_minor,
        notice.payout_minor,
    )


def _sums(place: str, notice: PaymentNotice) -> Iterator[Violation]:
    told = (notice.payable_minor, notice.consumption_tax_minor)
    by_row = (
        sum(row.amount_minor for row in notice.rows),
        sum(row.tax_minor for row in notice.rows),
    )
    by_treatment = (
        sum(tax.taxable_minor for tax in notice.taxes),
        sum(tax.tax_minor for tax in notice.taxes),
    )
    yield from same(f"{place}: rows", told, by_row)
    yield from same(f"{place}: taxes", told, by_treatment)
    if notice.withheld:
        withheld = sum(step.amount_minor for step in notice.withheld)
        yield from same(f"{place}: withheld", notice.withholding_minor, withheld)
    net = sum(told) - notice.withholding_minor
    yield from same(f"{place}: paid", notice.payout_minor, net)


def _read(snapshot: str) -> PaymentNotice | None:
    try:
        return from_json(PaymentNotice, snapshot)
    except NotASnapshot:
        return None
