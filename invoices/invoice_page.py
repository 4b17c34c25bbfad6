"""
The invoice on paper: what stands above, in and below its table of charges.

Frozen values go in, and what its template needs besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import accumulate

from invoices.condensing import DETAIL_MAX, condensed
from invoices.kind import Kind, Languages
from invoices.measures import measure_of
from invoices.shown_rates import tax_in_yen_note
from invoices.spreadsheets import invoice_csv
from invoices.sums import Sum, chosen, marks_minus, tax_words, yen_sums
from invoices.top_ups import revenue_share
from ledger.core.invoice import Invoice, Taxed

#: Treatments that make an invoice a qualified one: 消費税法57条の4 leaves exempt supplies out.
_TAXED = frozenset({"standard", "reduced"})


def _parts(invoice: Invoice, languages: Languages) -> Mapping[str, object]:
    rows = condensed(invoice.lines) if len(invoice.lines) > DETAIL_MAX else ()
    return {
        "condensed": rows,
        "due_key": "invoice.amount_due" if invoice.tax_minor else "invoice.amount_due_untaxed",
        "carried": list(accumulate(line.amount_minor for line in rows or invoice.lines)),
        "has_shortfalls": any(each.target_minor for each in invoice.prepayments),
        "measure": partial(measure_of, invoice.currency, languages),
        "revenue_share": partial(revenue_share, invoice.currency),
        "sums": _sums(invoice),
        "mark": partial(_mark, invoice),
        "tax_in_yen": invoice.yen_rate and partial(tax_in_yen_note, copy=invoice.yen_rate),
        "remarks": _remarks(invoice, languages),
    }


def _title(invoice: Invoice) -> str:
    if invoice.corrects is not None:
        return "invoice.title_corrected" if _is_qualified(invoice) else "invoice.title_mended"
    return "invoice.title" if _is_qualified(invoice) else "invoice.title_plain"


def _is_qualified(invoice: Invoice) -> bool:
    """Tell whether issuer and suppliers of something taxed on the invoice are registered."""
    is_taxed = any(tax.treatment in _TAXED and tax.is_qualified for tax in invoice.taxes)
    return is_taxed and invoice.issuer.registration_number is not None


def _sums(invoice: Invoice) -> list[Sum]:
    """Return subtotal, tax per rate and total; with one rate its base is the subtotal."""
    sums = list(_prepaid_sums(invoice))
    if len(invoice.taxes) > 1:
        sums.append(Sum(key="sum.subtotal", amount_minor=invoice.subtotal_minor))
    for tax in invoice.taxes:
        rate_bp = tax.rate_bp if tax.treatment in _TAXED else None
        for part, amount_minor in (("base", tax.taxable_minor), ("tax", tax.tax_minor)):
            key = f"tax.{part}.{tax_words(tax.taxed)}"
            sums.append(Sum(key=key, amount_minor=amount_minor, rate_bp=rate_bp))
    total = Sum(key="sum.total", amount_minor=invoice.total_minor, style="total")
    return [*sums, total, *yen_sums(invoice.taxes)]


def _mark(invoice: Invoice, taxed: Taxed | None) -> Sum | None:
    """Say beside a line how it is taxed, where lines are taxed in several ways."""
    if taxed is None or not invoice.is_mixed:
        return None
    rate_bp = taxed.rate_bp if taxed.treatment in _TAXED else None
    return Sum(key=f"tax.mark.{tax_words(taxed)}", amount_minor=0, rate_bp=rate_bp)


def _prepaid_sums(invoice: Invoice) -> Iterator[Sum]:
    """Lead from the royalty to what is asked for, where something was or is paid in advance."""
    prepaid_minor = sum(each.amount_minor for each in invoice.prepayments)
    if invoice.lines and (invoice.recouped_minor or prepaid_minor):
        yield Sum(key="sum.royalty", amount_minor=invoice.royalty_minor)
    if invoice.recouped_minor:
        yield Sum(key="sum.recouped", amount_minor=-invoice.recouped_minor)
    if invoice.lines and prepaid_minor:
        yield Sum(key="sum.prepaid", amount_minor=prepaid_minor)


def _remarks(invoice: Invoice, languages: Languages) -> list[str]:
    treatments = {tax.treatment for tax in invoice.taxes}
    least_minor = min((line.amount_minor for line in invoice.lines), default=0)
    has_negative = least_minor < 0 or invoice.recouped_minor > 0
    return chosen(
        (bool(treatments & _TAXED), f"note.rounding.{invoice.tax_rounding}"),
        ("reduced" in treatments, "note.reduced"),
        (treatments == {"export_exempt"}, "note.export_exempt"),
        (invoice.is_mixed and "export_exempt" in treatments, "note.partly_export_exempt"),
        (treatments == {"outside_scope"}, "note.outside_scope"),
        (invoice.is_mixed and "outside_scope" in treatments, "note.partly_outside_scope"),
        (not all(tax.is_qualified for tax in invoice.taxes), "note.unqualified"),
        (invoice.on_behalf, "note.on_behalf"),
        (any(line.is_tiered for line in invoice.lines), "note.tiered"),
        (has_negative and marks_minus(languages), "note.negative"),
        (invoice.recouped_minor > 0, "note.taxed_in_advance"),
        (invoice.total_minor == 0, "note.nothing_to_pay"),
        (invoice.total_minor > 0, "note.transfer_fee"),
        (True, f"note.language.{languages.authoritative}"),
    )


KIND = Kind(
    name="invoice",
    values=Invoice,
    template="invoice.html",
    title=_title,
    reader=lambda invoice: invoice.recipient,
    parts=_parts,
    lines=lambda invoice: len(invoice.lines),
    table=invoice_csv,
)
