"""
The return invoice on paper: what went back to an AI firm, of which invoice, with which tax.

Frozen values go in, and what its template needs besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from invoices.kind import Kind, Languages
from invoices.spreadsheets import table_csv
from invoices.sums import Sum, chosen, tax_words, yen_sums
from ledger.core.credit_note import CreditNote

#: What a row of a return invoice holds, in order.
COLUMNS = (
    "credit_note",
    "line",
    "kind",
    "reference",
    "invoice",
    "invoiced_on",
    "period_start",
    "period_end",
    "currency",
    "amount_minor",
    "tax_minor",
    "tax_treatment",
    "tax_rate_bp",
    "is_qualified",
)


def credit_note_csv(note: CreditNote) -> Iterator[bytes]:
    """Write what went back as CSV, a row for each reason."""
    return table_csv(
        COLUMNS,
        (
            (
                note.number,
                line.number,
                line.kind,
                line.reference,
                line.invoice,
                line.invoiced_on,
                line.period_start,
                line.period_end,
                note.currency,
                line.amount_minor,
                line.tax_minor,
                line.taxed.treatment,
                line.taxed.rate_bp,
                line.taxed.is_qualified,
            )
            for line in note.lines
        ),
    )


def _parts(note: CreditNote, languages: Languages) -> Mapping[str, object]:
    return {
        "carried": list(accumulate(line.amount_minor for line in note.lines)),
        "sums": [*_sums(note), _total(note), *yen_sums(note.taxes)],
        "remarks": chosen(
            (not all(tax.is_qualified for tax in note.taxes), "note.unqualified"),
            (note.suppliers is not None, "note.as_agent"),
            (any(tax.tax_yen is not None for tax in note.taxes), "note.yen_of_invoice"),
            (True, "note.credit_note"),
            (True, f"note.language.{languages.authoritative}"),
        ),
    }


def _sums(note: CreditNote) -> Iterator[Sum]:
    for tax in note.taxes:
        rate_bp = tax.rate_bp or None
        for part, amount_minor in (("base", tax.taxable_minor), ("tax", tax.tax_minor)):
            key = f"tax.{part}.{tax_words(tax.taxed)}"
            yield Sum(key=key, amount_minor=amount_minor, rate_bp=rate_bp)


def _total(note: CreditNote) -> Sum:
    return Sum(key="credit_note.total", amount_minor=note.total_minor, style="total")


def _title(note: CreditNote) -> str:
    is_issuer = note.suppliers is not None or note.issuer.registration_number is not None
    is_qualified = is_issuer and any(tax.rate_bp and tax.is_qualified for tax in note.taxes)
    return "credit_note.title" if is_qualified else "credit_note.title_plain"


KIND = Kind(
    name="credit_note",
    values=CreditNote,
    template="credit_note.html",
    title=_title,
    reader=lambda note: note.recipient,
    parts=_parts,
    lines=lambda note: len(note.lines),
    table=credit_note_csv,
)
