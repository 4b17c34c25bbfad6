"""
The receipt on paper: what came in, for which invoice, with which tax, and what is left.

Frozen values go in, and what its template needs besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Iterator, Mapping

from invoices.kind import Kind, Languages
from invoices.spreadsheets import table_csv
from invoices.sums import Sum, chosen, tax_words
from ledger.core.payment_receipt import PaymentReceipt

#: What a row of a receipt holds, in order: one for each way in which something is taxed.
COLUMNS = (
    "receipt",
    "invoice",
    "received_on",
    "channel",
    "currency",
    "amount_minor",
    "tax_minor",
    "tax_treatment",
    "tax_rate_bp",
    "is_qualified",
)


def receipt_csv(receipt: PaymentReceipt) -> Iterator[bytes]:
    """Write what came in as CSV, a row for each way in which it is taxed."""
    return table_csv(
        COLUMNS,
        (
            (
                receipt.number,
                receipt.invoice,
                receipt.received_on,
                receipt.channel,
                receipt.currency,
                tax.taxable_minor,
                tax.tax_minor,
                tax.treatment,
                tax.rate_bp,
                tax.is_qualified,
            )
            for tax in receipt.taxes
        ),
    )


def _parts(receipt: PaymentReceipt, languages: Languages) -> Mapping[str, object]:
    return {
        "sums": list(_sums(receipt)),
        "purpose": "receipt.for_advance" if receipt.is_advance else "receipt.for_royalty",
        "remarks": chosen(
            (not all(tax.is_qualified for tax in receipt.taxes), "note.unqualified"),
            (receipt.left_minor > 0, "note.receipt_in_part"),
            (True, f"note.language.{languages.authoritative}"),
        ),
    }


def _sums(receipt: PaymentReceipt) -> Iterator[Sum]:
    for tax in receipt.taxes:
        rate_bp = tax.rate_bp or None
        for part, amount_minor in (("base", tax.taxable_minor), ("tax", tax.tax_minor)):
            key = f"tax.{part}.{tax_words(tax.taxed)}"
            yield Sum(key=key, amount_minor=amount_minor, rate_bp=rate_bp)
    yield Sum(key="receipt.total", amount_minor=receipt.total_minor, style="total")
    if receipt.left_minor:
        yield Sum(key="receipt.left", amount_minor=receipt.left_minor, style="memo")


KIND = Kind(
    name="receipt",
    values=PaymentReceipt,
    template="receipt.html",
    title=lambda _: "receipt.title",
    reader=lambda receipt: receipt.recipient,
    parts=_parts,
    lines=lambda receipt: len(receipt.taxes),
    table=receipt_csv,
)
