"""
The invoice on paper: what stands above, in and below its table of charges.

Frozen values go in, and what its template needs besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from invoices.condensing import DETAIL_MAX, CondensedRow, condensed
from invoices.kind import Kind, Languages
from invoices.measures import measure_of
from invoices.shown_rates import tax_in_yen_note
from invoices.spreadsheets import invoice_csv
from invoices.sums import Sum, chosen, marks_minus, tax_words, yen_sums
from invoices.top_ups import revenue_share
from ledger.core.capacity import Capacity
from ledger.core.invoice import Invoice, InvoiceLine, PrepaymentLine, SupplierCopy, Taxed, TaxLine

#: Treatments that make an invoice a qualified one: 消費税法57条の4 leaves exempt supplies out.
_TAXED = frozenset({"standard", "reduced"})


@dataclass(frozen=True, kw_only=True)
class SupplierPart:
    """What of an invoice is one supplier's, with its own sums; all of it where there is none."""

    supplier: SupplierCopy | None
    lines: Sequence[InvoiceLine | CondensedRow]
    prepayments: Sequence[PrepaymentLine]
    sums: Sequence[Sum]

    @property
    def carried(self) -> list[int]:
        """What the lines come to, up to each."""
        return list(accumulate(line.amount_minor for line in self.lines))


def _parts(invoice: Invoice, languages: Languages) -> Mapping[str, object]:
    rows = condensed(invoice.lines) if len(invoice.lines) > DETAIL_MAX else ()
    return {
        "is_condensed": bool(rows),
        "parts": list(_supplied(invoice, rows or invoice.lines)),
        "is_agent": invoice.capacity is Capacity.AGENT,
        "due_key": "invoice.amount_due" if invoice.tax_minor else "invoice.amount_due_untaxed",
        "has_shortfalls": any(each.target_minor for each in invoice.prepayments),
        "measure": partial(measure_of, invoice.currency, languages),
        "revenue_share": partial(revenue_share, invoice.currency),
        "sums": _sums(invoice),
        "mark": partial(_mark, invoice),
        "tax_in_yen": invoice.yen_rate and partial(tax_in_yen_note, copy=invoice.yen_rate),
        "remarks": _remarks(invoice, languages),
    }


def _supplied(
    invoice: Invoice, rows: Sequence[InvoiceLine | CondensedRow]
) -> Iterator[SupplierPart]:
    """Yield what each supplier supplies, in the order in which the invoice names them."""
    if invoice.suppliers is None:
        yield SupplierPart(supplier=None, lines=rows, prepayments=invoice.prepayments, sums=())
        return
    for supplier in invoice.suppliers:
        of_it = [tax for tax in invoice.taxes if tax.supplier == supplier.party.reference]
        lines = [line for line in rows if _is_of(line.taxed, supplier)]
        recouped = sum(
            each.recouped_minor for each in invoice.lines if _is_of(each.taxed, supplier)
        )
        sums = [Sum(key="sum.recouped", amount_minor=-recouped)] if recouped else []
        total = sum(tax.taxable_minor + tax.tax_minor for tax in of_it)
        yield SupplierPart(
            supplier=supplier,
            lines=lines,
            prepayments=[each for each in invoice.prepayments if _is_of(each.taxed, supplier)],
            sums=[
                *sums,
                *_tax_sums(of_it),
                Sum(key="sum.of_supplier", amount_minor=total, style="subtotal"),
                *yen_sums(of_it),
            ],
        )


def _is_of(taxed: Taxed | None, supplier: SupplierCopy) -> bool:
    return taxed is not None and taxed.supplier == supplier.party.reference


def _title(invoice: Invoice) -> str:
    if invoice.corrects is not None:
        return "invoice.title_corrected" if _is_qualified(invoice) else "invoice.title_mended"
    return "invoice.title" if _is_qualified(invoice) else "invoice.title_plain"


def _is_qualified(invoice: Invoice) -> bool:
    """Tell whether all are registered who have to be, for something taxed on the invoice."""
    is_taxed = any(tax.treatment in _TAXED and tax.is_qualified for tax in invoice.taxes)
    is_agent = invoice.capacity is Capacity.AGENT
    return is_taxed and (is_agent or invoice.issuer.registration_number is not None)


def _sums(invoice: Invoice) -> list[Sum]:
    """Return subtotal, tax per rate and total; with one rate its base is the subtotal."""
    sums = list(_prepaid_sums(invoice))
    if len(invoice.taxes) > 1:
        sums.append(Sum(key="sum.subtotal", amount_minor=invoice.subtotal_minor))
    if invoice.suppliers is None:
        sums += _tax_sums(invoice.taxes)
    elif len(invoice.taxes) == 1:
        sums.append(Sum(key="sum.subtotal", amount_minor=invoice.subtotal_minor))
    if invoice.suppliers is not None:
        sums.append(Sum(key="sum.taxes", amount_minor=invoice.tax_minor))
    total = Sum(key="sum.total", amount_minor=invoice.total_minor, style="total")
    return [*sums, total, *(() if invoice.suppliers else yen_sums(invoice.taxes))]


def _tax_sums(taxes: Iterable[TaxLine]) -> Iterator[Sum]:
    for tax in taxes:
        rate_bp = tax.rate_bp if tax.treatment in _TAXED else None
        for part, amount_minor in (("base", tax.taxable_minor), ("tax", tax.tax_minor)):
            key = f"tax.{part}.{tax_words(tax.taxed)}"
            yield Sum(key=key, amount_minor=amount_minor, rate_bp=rate_bp)


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
        (invoice.capacity is Capacity.AGENT, "note.as_agent"),
        (any(each.members for each in invoice.suppliers or ()), "note.committee_members"),
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
