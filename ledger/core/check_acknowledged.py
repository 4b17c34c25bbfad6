"""What frozen receipts and return invoices say, in the order in which rows give their figures."""

from ledger.core.credit_note import CreditNote
from ledger.core.payment_receipt import PaymentReceipt
from ledger.core.snapshot import NotASnapshot, from_json

#: The kinds of paper about money that came from a firm or went back to it.
KINDS: dict[str, type[CreditNote] | type[PaymentReceipt]] = {
    "credit_note": CreditNote,
    "receipt": PaymentReceipt,
}


def figures_of(kind: str, snapshot: str) -> tuple[int, int, int] | None:
    """Return what is stated without tax, the tax, and the total; None when it is no such text."""
    try:
        paper = from_json(KINDS[kind], snapshot)
    except NotASnapshot:
        return None
    return (paper.subtotal_minor, paper.tax_minor, paper.total_minor)
