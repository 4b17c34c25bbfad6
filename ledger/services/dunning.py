"""
Dunning: who is late, who is reminded of it, how firmly, and what was written before.

A run looks at every open invoice once. What is due by its schedule becomes one letter for each
firm and tone, written in the same commit as the rows that say of what it reminds; the queue of
letters sends it. However often a run is repeated, each day of a schedule is reminded of once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from ledger.core.dunning import (
    Due,
    DunningTerms,
    OpenInvoice,
    TermsInForce,
    Tone,
    age_of,
    reminder_due,
    warning_due,
)
from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.invoice import Invoice
from ledger.core.late_interest import LateInterest, late_interest
from ledger.core.payment import InvoiceUnknown
from ledger.core.reminder import write_letter
from ledger.core.snapshot import from_json
from ledger.services import BOOK_ID
from ledger.store import dunning_terms, payments, reminders
from ledger.store.database import Database, Transaction
from ledger.store.reminders import LetterListed, Recipient

#: Most rows of one history.
LIMIT_MAX = 1_000


class State(StrEnum):
    """What becomes of an open invoice."""

    WAITING = "waiting"  # for the next day of its schedule
    DUE = "due"  # to be reminded of
    HELD = "held"
    EXEMPT = "exempt"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, kw_only=True)
class Worked:
    """An open invoice on the worklist."""

    invoice: OpenInvoice
    days_overdue: int
    age: int
    state: State
    terms: DunningTerms


@dataclass(frozen=True, kw_only=True)
class Late:
    """What a firm owes for paying an invoice late, up to a day."""

    invoice: OpenInvoice
    interest: LateInterest


@dataclass(frozen=True, kw_only=True)
class Written:
    """A letter that a run wrote, or would write."""

    reference: str  # empty where nothing was written
    licensee: str
    tone: Tone
    invoices: tuple[str, ...]
    open_minor: tuple[tuple[str, int], ...]  # by currency
    to: tuple[str, ...]  # addresses; empty: nobody can be written to, and nothing is


def worklist(
    database: Database, *, book_id: int = BOOK_ID, usual: DunningTerms, on: date
) -> tuple[Worked, ...]:
    """Return every open invoice with its age on a day, the firms in order, the oldest first."""
    with database.transaction() as session:
        invoices = reminders.open_invoices(session, book_id=book_id)
        force = TermsInForce(dunning_terms.agreed_terms(session, book_id=book_id), usual=usual)
        firms = {each.licensee_id for each in invoices}
        reached = reminders.recipients_of(session, licensee_ids=firms, on=on)
    return tuple(
        _worked(each, force.of_invoice(each), on, has_address=each.licensee_id in reached)
        for each in invoices
    )


def late_interest_of(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    usual: DunningTerms,
    on: date,
    invoice: str | None = None,
) -> tuple[Late, ...]:
    """
    Return what firms owe for being late up to a day, by firm and due day, paid invoices included.

    Only where terms say so. Nothing is charged by it.

    :raises InvoiceUnknown: no invoice has the number.
    """
    with database.transaction() as session:
        if invoice is not None:
            asked = payments.find_invoice(session, book_id=book_id, reference=invoice)
            if asked is None:
                raise InvoiceUnknown(reference=invoice)
            wanted = asked.document_id
        invoices = [
            each
            for each in reminders.open_invoices(session, book_id=book_id, with_late=True)
            if invoice is None or each.document_id == wanted
        ]
        force = TermsInForce(dunning_terms.agreed_terms(session, book_id=book_id), usual=usual)
        received = reminders.received_of(
            session, document_ids=[each.document_id for each in invoices]
        )
    found = []
    for each in invoices:
        percent = force.of_invoice(each).interest_percent
        if percent is None:
            continue
        interest = late_interest(
            total_minor=each.total_minor,
            due_on=each.due_on,
            percent=percent,
            received=received.get(each.document_id, ()),
            through=on,
        )
        if interest.steps:
            found.append(Late(invoice=each, interest=interest))
    return tuple(found)


def plan_reminders(
    database: Database, *, book_id: int = BOOK_ID, usual: DunningTerms, on: date
) -> tuple[Written, ...]:
    """Return the letters that :func:`write_reminders` would write on a day; nothing is written."""
    with database.transaction() as session:
        return tuple(
            _told("", due, to)
            for due, to, _ in _to_write(session, book_id=book_id, usual=usual, on=on)
        )


def write_reminders(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    usual: DunningTerms,
    on: date,
    written_by: str,
    written_at: datetime,
) -> tuple[Written, ...]:
    """
    Write the letters that are due on a day, and put them into the queue; return them.

    ``usual`` is what holds where nothing was agreed. A firm without an address gets none; it is
    returned without a reference, and stays on the worklist.
    """
    check_text(written_by, field="written_by")
    at = check_instant(written_at, field="written_at")
    told = []
    with database.transaction() as session:
        reminders.lock_dunning(session)
        found = list(_to_write(session, book_id=book_id, usual=usual, on=on))
        sendable = [each for each in found if each[1]]
        named = {one.invoice.document_id for due, _, _ in sendable for one in due}
        beside = {one.document_id for _, _, others in sendable for one in others}
        ways = reminders.ways_of(session, document_ids=named | beside, at=at)
        snapshots = reminders.snapshots_of(session, document_ids=named)
        licenses = reminders.license_references(
            session,
            license_ids={
                key for due, _, _ in sendable for one in due for key in one.invoice.license_ids
            },
        )
        for due, to, others in found:
            if not to:
                told.append(_told("", due, to))
                continue
            invoice = from_json(Invoice, snapshots[due[-1].invoice.document_id])
            letter = write_letter(
                due,
                beside=others,
                ways=ways,
                issuer=invoice.issuer,
                recipient=invoice.recipient,
                pay_to=invoice.pay_to,
                licenses=sorted({licenses[key] for one in due for key in one.suspends}),
                on=on,
            )
            reference = reminders.insert_letter(
                session,
                book_id=book_id,
                letter=letter,
                due=due,
                to=to,
                recorded_at=at,
                recorded_by=written_by,
            )
            told.append(_told(reference, due, to))
    return tuple(told)


def history(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    owner_id: int | None = None,
    invoice: str | None = None,
    limit: int = 100,
) -> Sequence[LetterListed]:
    """
    Return the letters that were written, the newest first, with what became of each.

    ``owner_id`` is whose letters are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return reminders.list_letters(
            session, book_id=book_id, owner_id=owner_id, invoice=invoice, limit=limit
        )


_Planned = tuple[list[Due], list[Recipient], list[OpenInvoice]]


def _to_write(
    session: Transaction, *, book_id: int, usual: DunningTerms, on: date
) -> Iterable[_Planned]:
    """Yield what is due by firm and tone, who is written to, and all that the firm has open."""
    invoices = reminders.open_invoices(session, book_id=book_id)
    force = TermsInForce(dunning_terms.agreed_terms(session, book_id=book_id), usual=usual)
    due = [
        found
        for each in invoices
        for found in (
            reminder_due(each, force.of_invoice(each), on=on),
            warning_due(each, force.suspensions(each), on=on),
        )
        if found is not None
    ]
    firms = {each.invoice.licensee_id for each in due}
    reached = reminders.recipients_of(session, licensee_ids=firms, on=on)
    for (firm, _), group in groupby(sorted(due, key=_place), key=_place):
        beside = [each for each in invoices if each.licensee_id == firm]
        yield list(group), reached.get(firm, []), beside


def _place(due: Due) -> tuple[int, str]:
    return due.invoice.licensee_id, due.tone


def _told(reference: str, due: Sequence[Due], to: Sequence[Recipient]) -> Written:
    totals: dict[str, int] = {}
    for each in due:
        currency = each.invoice.currency
        totals[currency] = totals.get(currency, 0) + each.invoice.open_minor
    return Written(
        reference=reference,
        licensee=due[0].invoice.licensee,
        tone=due[0].tone,
        invoices=tuple(each.invoice.reference for each in due),
        open_minor=tuple(totals.items()),
        to=tuple(each.email for each in to),
    )


def _worked(invoice: OpenInvoice, terms: DunningTerms, on: date, *, has_address: bool) -> Worked:
    late = invoice.days_overdue(on)
    if invoice.held_because is not None:
        state = State.HELD
    elif not terms.days:
        state = State.EXEMPT
    elif not has_address:
        state = State.NO_ADDRESS
    elif reminder_due(invoice, terms, on=on) is not None:
        state = State.DUE
    else:
        state = State.WAITING
    return Worked(invoice=invoice, days_overdue=late, age=age_of(late), state=state, terms=terms)
