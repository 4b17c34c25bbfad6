"""
Corrected invoices (修正適格請求書): issued whole, in the place of one with something named wrongly.

Amounts are never corrected here. What was used otherwise than was charged for is adjusted by a
later closing; a corrected invoice asks for what the first one asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ledger.core.invoice import (
    CorrectedText,
    Corrects,
    Invoice,
    InvoiceLine,
    PartyCopy,
    SupplierCopy,
)
from ledger.core.refusal import Refusal
from ledger.core.statement_revision import party_differences


class NothingToCorrectOnInvoice(Refusal):
    """The book says the same as the invoice does, and no line is to be named otherwise."""

    code = "nothing_to_correct_invoice"
    field = "invoice"


class InvoiceLineUnknown(Refusal):
    """The invoice has no line of the number. Carries how many it has."""

    code = "invoice_line_unknown"
    field = "titles"


@dataclass(frozen=True, kw_only=True)
class LineTitle:
    """What a line is to be called; None where the title stays."""

    title_ja: str | None = None
    title_en: str | None = None


def correct(
    before: Invoice,
    *,
    number: str,
    issued_on: date,
    reason: str,
    corrected_by: str,
    issuer: PartyCopy,
    recipient: PartyCopy,
    suppliers: Mapping[str, PartyCopy],
    titles: Mapping[int, LineTitle],
) -> Invoice:
    """
    Return the invoice that takes the place of another: every figure, tax and due day as it was.

    All parties are as the book has them now, on the days of the first invoice: ``suppliers`` has
    those of an agent's invoice, and members of committees, by reference. ``titles`` are by the
    number of the line.

    :raises InvoiceLineUnknown: a line that is to be named otherwise is not there.
    :raises NothingToCorrectOnInvoice: the two would say the same.
    """
    unknown = min(titles.keys() - {line.number for line in before.lines}, default=None)
    if unknown is not None:
        raise InvoiceLineUnknown(value=unknown, invoice=before.number, count=len(before.lines))
    after = replace(
        before,
        number=number,
        issued_on=issued_on,
        issuer=issuer,
        recipient=recipient,
        suppliers=_suppliers(before, suppliers),
        lines=tuple(_titled(line, titles.get(line.number)) for line in before.lines),
        corrects=None,
    )
    texts = tuple(_differing(before, after))
    if not texts:
        raise NothingToCorrectOnInvoice(invoice=before.number)
    corrects = Corrects(
        number=before.number,
        issued_on=before.issued_on,
        reason=reason,
        corrected_by=corrected_by,
        texts=texts,
    )
    return replace(after, corrects=corrects)


def _suppliers(before: Invoice, copies: Mapping[str, PartyCopy]) -> tuple[SupplierCopy, ...] | None:
    if before.suppliers is None:
        return None
    return tuple(
        SupplierCopy(
            party=copies[each.party.reference],
            members=tuple(copies[member.reference] for member in each.members),
        )
        for each in before.suppliers
    )


def suppliers_of(invoice: Invoice) -> Iterator[PartyCopy]:
    """Yield everybody that an agent's invoice names as a supplier or as a member of one."""
    for each in invoice.suppliers or ():
        yield each.party
        yield from each.members


def _titled(line: InvoiceLine, title: LineTitle | None) -> InvoiceLine:
    if title is None:
        return line
    return replace(
        line,
        title_ja=line.title_ja if title.title_ja is None else title.title_ja,
        title_en=line.title_en if title.title_en is None else title.title_en,
    )


def _differing(before: Invoice, after: Invoice) -> Iterator[CorrectedText]:
    for part, was, now in (
        ("issuer", before.issuer, after.issuer),
        ("recipient", before.recipient, after.recipient),
        *(
            ("supplier", was, now)
            for was, now in zip(suppliers_of(before), suppliers_of(after), strict=True)
        ),
    ):
        for each in party_differences(part, was, now):
            yield CorrectedText(
                part=part, field=each.field, number=None, before=each.before, after=each.after
            )
    for line, renamed in zip(before.lines, after.lines, strict=True):
        for field in ("title_ja", "title_en"):
            if getattr(line, field) != getattr(renamed, field):
                yield CorrectedText(
                    part="line",
                    field=field,
                    number=line.number,
                    before=getattr(line, field),
                    after=getattr(renamed, field),
                )
