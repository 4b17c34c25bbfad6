"""
The house's invoice for its fee on paper: one charge, its tax, and that it was paid by set-off.

Frozen values go in, and what its template needs besides comes out; no figure is made here.
"""

from collections.abc import Iterator, Mapping

from invoices.kind import Kind, Languages
from invoices.spreadsheets import table_csv
from invoices.sums import Sum, chosen
from ledger.core.fee_invoice import FeeInvoice
from ledger.core.money import Rounding
from ledger.core.tax_tables import Treatment

#: What the row of an invoice for a fee holds, in order.
COLUMNS = (
    "invoice",
    "settlement",
    "settled_on",
    "currency",
    "receipts_minor",
    "admin_fee_bp",
    "treatment",
    "tax_rate_bp",
    "subtotal_minor",
    "tax_minor",
    "total_minor",
)


def fee_csv(invoice: FeeInvoice) -> Iterator[bytes]:
    """Write the charge of an invoice for a fee as CSV."""
    values = vars(invoice) | {"invoice": invoice.number}
    return table_csv(COLUMNS, [[values[column] for column in COLUMNS]])


def _parts(invoice: FeeInvoice, languages: Languages) -> Mapping[str, object]:
    is_taxed = invoice.treatment == Treatment.STANDARD
    rate_bp = invoice.tax_rate_bp if is_taxed else None
    kind = invoice.treatment
    return {
        "sums": [
            Sum(key=f"tax.base.{kind}", amount_minor=invoice.subtotal_minor, rate_bp=rate_bp),
            Sum(key=f"tax.tax.{kind}", amount_minor=invoice.tax_minor, rate_bp=rate_bp),
            Sum(key="sum.total", amount_minor=invoice.total_minor, style="total"),
        ],
        "total_key": "fee.total_returned" if invoice.is_return else "fee.total",
        "payment_key": "fee.given_back" if invoice.is_return else "fee.set_off",
        "remarks": chosen(
            (not invoice.is_return, "note.fee.set_off"),
            (invoice.is_return, "note.fee.returned"),
            (is_taxed, f"note.rounding.{Rounding.TRUNCATE}"),
            (not is_taxed, "note.fee.abroad"),
            (True, f"note.language.{languages.authoritative}"),
        ),
    }


def _title(invoice: FeeInvoice) -> str:
    is_qualified = invoice.issuer.registration_number is not None
    is_taxed = invoice.treatment == Treatment.STANDARD
    if invoice.is_return:
        return "credit_note.title" if is_qualified and is_taxed else "credit_note.title_plain"
    return "invoice.title" if is_qualified and is_taxed else "invoice.title_plain"


KIND = Kind(
    name="fee_invoice",
    values=FeeInvoice,
    template="fee_invoice.html",
    title=_title,
    reader=lambda invoice: invoice.recipient,
    parts=_parts,
    lines=lambda invoice: 1,
    table=fee_csv,
)
