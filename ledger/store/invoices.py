"""Invoices as they are issued: whom they name, and the rows, journal and notice of each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.invoice_plan import Bill, entry
from ledger.core.invoicing import Issued
from ledger.core.snapshot import to_json
from ledger.core.unsettled import DecidingDays, PartyInForce
from ledger.core.webhook import invoice_issued
from ledger.store import committees, documents, entries, outbox, payees
from ledger.store.documents import (
    NewDocument,
    NewInvoice,
    NewInvoiceLine,
    NewInvoicePrepayment,
)


def find_parties(
    session: Session, *, book_id: int, supplied_on: date, issued_on: date, bills: Iterable[Bill]
) -> tuple[Mapping[str, PartyInForce], Mapping[str, Sequence[str]]]:
    """
    Return the operator, licensees and holders as they stand on the days that decide.

    Members of committees are among them, and beside them whose members they are.
    """
    days = DecidingDays(fee_on=supplied_on, settled_on=supplied_on, paid_on=issued_on)
    named: set[str] = set()
    for bill in bills:
        named |= {bill.licensee, *bill.holders}
    parties = payees.find_in_force(session, book_id=book_id, references=named, days=days)
    ids = {each.id: name for name, each in parties.items() if each.copy.kind == "committee"}
    waterfalls = committees.find_waterfalls(
        session, committee_ids=ids, closing_month=supplied_on.replace(day=1)
    )
    members = {
        ids[key]: [member for member, _ in each.waterfall.members]
        for key, each in waterfalls.items()
    }
    others = _names(members.values()) - parties.keys()
    found = payees.find_in_force(session, book_id=book_id, references=others, days=days)
    return parties | found, members


def write_invoices(
    session: Session,
    *,
    book_id: int,
    series: str,
    issued: Sequence[Issued],
    recorded_at: datetime,
) -> None:
    """Write invoices with their documents, journal entries and notices, in their order."""
    keys = documents.insert_documents(
        session,
        book_id=book_id,
        documents=[
            NewDocument(
                owner_id=each.bill.licensee_id,
                kind="invoice",
                series=series,
                number=each.number,
                issued_on=each.invoice.issued_on,
                snapshot=to_json(each.invoice),
                facts=facts_of(
                    each.invoice.recipient,
                    currency=each.invoice.currency,
                    amount_minor=each.invoice.total_minor,
                ),
            )
            for each in issued
        ],
    )
    documents.insert_invoices(
        session, book_id=book_id, invoices=[_rows(each, keys) for each in issued]
    )
    entries.write_entries(
        session,
        book_id=book_id,
        entries=[
            entry(
                each.bill,
                each.taxes_minor,
                reference=each.invoice.number,
                issued_on=each.invoice.issued_on,
            )
            for each in issued
            if any(each.bill.asked_minor)  # What was all paid in advance moves nothing.
        ],
        recorded_at=recorded_at,
    )
    told = [invoice_issued(each.invoice, licensee_id=each.bill.licensee_id) for each in issued]
    outbox.enqueue(session, book_id=book_id, events=told, occurred_at=recorded_at)


def _names(listed: Iterable[Collection[str]]) -> set[str]:
    return {name for names in listed for name in names}


def _rows(issued: Issued, keys: Mapping[str, int]) -> NewInvoice:
    invoice, bill = issued.invoice, issued.bill
    count = len(bill.lines)
    return NewInvoice(
        document_id=keys[invoice.number],
        licensee_id=bill.licensee_id,
        accrual_month=issued.accrual_month,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        kind="advance" if issued.is_advance else "royalty",
        capacity=str(bill.capacity),
        lines=tuple(
            NewInvoiceLine(
                number=each.line.number,
                royalty_line_id=each.royalty_line_id,
                amount_minor=each.amount_minor,
                tax_minor=tax_minor,
                recouped_minor=each.line.recouped_minor,
            )
            for each, tax_minor in zip(bill.lines, issued.taxes_minor[:count], strict=True)
        ),
        prepayments=tuple(
            NewInvoicePrepayment(
                number=each.line.number,
                prepayment_id=each.prepayment_id,
                amount_minor=each.asked_minor,
                tax_minor=tax_minor,
            )
            for each, tax_minor in zip(bill.prepayments, issued.taxes_minor[count:], strict=True)
        ),
    )
