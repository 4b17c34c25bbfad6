"""
Billing: the royalty lines of a closed month become one invoice for each licensee, frozen.

An invoice is issued in the house's name for the rights holders it acts for, unless entrustments
say otherwise; a licensee has one for each capacity the house bills it in. Tax is that of the
last day of the month, which is the day of the supply. A licensee whose lines come to nothing
or less gets no invoice: they are carried, and reduce the first invoice they leave above zero.
Advances are invoiced when they are due; the royalty they pay is shown and not asked for again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import count, repeat

from ledger.core.bank_account import BankNames
from ledger.core.fields import check_instant
from ledger.core.invoice import Invoice
from ledger.core.invoice_plan import (
    Bill,
    InvoicePlan,
    LineSetOff,
    bill_of,
    plan,
    set_offs_on,
)
from ledger.core.invoicing import Desk, Issued, operator_of, pay_to
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.snapshot import sha256_of, to_json
from ledger.services import BOOK_ID
from ledger.store import (
    documents,
    exchange_terms,
    invoices,
    months,
    prepayments,
    royalties,
)
from ledger.store.database import Database, Transaction
from ledger.store.documents import printed_number
from ledger.store.months import MonthClosing


class MonthNotClosed(Refusal):
    """The month to invoice is still open."""

    code = "month_not_closed"
    field = "month"


class InvoiceTooEarly(Refusal):
    """The invoice is dated in a month that is closed, so that it cannot be posted."""

    code = "invoice_too_early"
    field = "issued_on"


class DueBeforeIssue(Refusal):
    """The invoice would be due before it is issued."""

    code = "due_before_issue"
    field = "due_on"


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a licensee is not invoiced for a month, because it is not above zero."""

    licensee: str
    currency: str
    amount_minor: int  # tax-exclusive, 0 or below


def issue_invoices(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    month: Month,
    issued_on: date,
    due_on: date,
    recorded_at: datetime,
    bank_names: BankNames,
    without_registration: bool = False,
) -> list[str]:
    """
    Invoice a closed month, and return the references of the invoices that were issued.

    What was invoiced before is left alone, so a second call issues nothing. :func:`carried`
    tells who got none because there was nothing above zero to ask for.

    :raises DueBeforeIssue: ``due_on`` lies before ``issued_on``.
    :raises MonthNotClosed: the month is still open.
    :raises InvoiceTooEarly: ``issued_on`` lies in a closed month.
    :raises OperatorMissing: nobody issues invoices.
    :raises OperatorAccountMissing: there is no account to pay to.
    :raises BankNotNamed: ``bank_names`` lacks the bank of that account.
    :raises RegistrationLapsed: the house's registration had ended, and nobody said
        ``without_registration``.
    :raises ExchangeSourceMissing, ExchangeRateMissing: tax is charged in another currency, and
        what it is in yen is not known.
    """
    check_instant(recorded_at, field="recorded_at")
    if due_on < issued_on:
        raise DueBeforeIssue(due_on=due_on, issued_on=issued_on)
    with database.transaction() as session:
        series = f"INV-{issued_on.year}"
        # Taken first: whoever else issues invoices waits here, and then finds these lines taken.
        first = documents.next_number(session, book_id=book_id, series=series)
        numbers = map(partial(printed_number, series), count(first))
        issued = _frozen(
            session, book_id, month, issued_on, due_on, bank_names, numbers, without_registration
        )
        numbered = [replace(each, number=number) for number, each in enumerate(issued, start=first)]
        invoices.write_invoices(
            session, book_id=book_id, series=series, issued=numbered, recorded_at=recorded_at
        )
    return [each.invoice.number for each in issued]


def draft_invoices(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    month: Month,
    issued_on: date,
    due_on: date,
    bank_names: BankNames,
    without_registration: bool = False,
) -> tuple[Invoice, ...]:
    """
    Return what :func:`issue_invoices` would issue now; nothing is written, and no number taken.

    An invoice without a number is a draft. Raises what :func:`issue_invoices` does.
    """
    if due_on < issued_on:
        raise DueBeforeIssue(due_on=due_on, issued_on=issued_on)
    with database.transaction() as session:
        drawn = _frozen(
            session, book_id, month, issued_on, due_on, bank_names, repeat(""), without_registration
        )
    return tuple(each.invoice for each in drawn)


def carried(database: Database, *, book_id: int = BOOK_ID, month: Month) -> tuple[Carried, ...]:
    """Return what a month's billing carries instead of invoicing it, by licensee."""
    with database.transaction() as session:
        bills = _plan(session, book_id, month).carried
    return tuple(
        Carried(licensee=bill.licensee, currency=bill.currency, amount_minor=bill.subtotal_minor)
        for bill in bills
    )


def issue_advances(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    due_through: date,
    issued_on: date,
    due_on: date,
    recorded_at: datetime,
    bank_names: BankNames,
    without_registration: bool = False,
) -> list[str]:
    """
    Invoice the advances that are due by a day, each by itself; return the invoices' references.

    What was invoiced before is left alone. Tax is that of the day of issue, and is not asked for
    again when royalty recoups the advance.

    :raises DueBeforeIssue: ``due_on`` lies before ``issued_on``.
    :raises InvoiceTooEarly: ``issued_on`` lies in a closed month.
    :raises OperatorMissing: nobody issues invoices.
    :raises OperatorAccountMissing: there is no account to pay to.
    :raises BankNotNamed: ``bank_names`` lacks the bank of that account.
    :raises RegistrationLapsed: the house's registration had ended, and nobody said
        ``without_registration``.
    """
    check_instant(recorded_at, field="recorded_at")
    if due_on < issued_on:
        raise DueBeforeIssue(due_on=due_on, issued_on=issued_on)
    with database.transaction() as session:
        series = f"INV-{issued_on.year}"
        first = documents.next_number(session, book_id=book_id, series=series)
        advances = prepayments.advances_to_bill(
            session, book_id=book_id, through=due_through, supplied_on=issued_on
        )
        if not advances:
            return []
        _check_can_post(session, book_id, issued_on)
        bills = [bill_of([each]) for each in advances]
        desk = _desk(session, book_id, bills, issued_on, due_on, issued_on, bank_names)
        desk = replace(desk, without_registration=without_registration)
        issued = [
            _freeze_advance(desk, bill, series, number)
            for number, bill in enumerate(bills, start=first)
        ]
        invoices.write_invoices(
            session, book_id=book_id, series=series, issued=issued, recorded_at=recorded_at
        )
    return [each.invoice.number for each in issued]


def _frozen(
    session: Transaction,
    book_id: int,
    month: Month,
    issued_on: date,
    due_on: date,
    bank_names: BankNames,
    numbers: Iterator[str],
    without_registration: bool,
) -> list[Issued]:
    """Freeze a closed month's invoices under the numbers given, in their order."""
    closing = months.find_closing(session, book_id=book_id, month=month.first_day)
    if closing is None:
        raise MonthNotClosed(month=month)
    bills = _plan(session, book_id, month).to_issue
    if not bills:
        return []
    _check_can_post(session, book_id, issued_on)
    desk = _desk(session, book_id, bills, issued_on, due_on, month.last_day, bank_names)
    desk = replace(desk, without_registration=without_registration)
    set_offs = prepayments.set_offs_of(
        session,
        royalty_line_ids=[line.royalty_line_id for bill in bills for line in bill.lines],
    )
    return [
        _freeze(desk, bill, month, closing, set_offs, number)
        for bill, number in zip(bills, numbers, strict=False)
    ]


def _freeze(
    desk: Desk,
    bill: Bill,
    month: Month,
    closing: MonthClosing,
    set_offs: Iterable[LineSetOff],
    number: str,
) -> Issued:
    invoice, taxes = desk.freeze(
        bill,
        number=number,
        supplied_on=month.last_day,
        period=(
            min((line.month for line in bill.lines), default=month.first_day),
            month.last_day,
        ),
        input_hash=closing.input_hash.hex(),
        set_offs=set_offs_on(bill, set_offs),
    )
    return Issued(
        bill=bill,
        invoice=invoice,
        taxes_minor=taxes,
        number=0,
        accrual_month=month.first_day,
    )


def _freeze_advance(desk: Desk, bill: Bill, series: str, number: int) -> Issued:
    (advance,) = bill.prepayments
    invoice, taxes = desk.freeze(
        bill,
        number=printed_number(series, number),
        supplied_on=desk.issued_on,
        period=(advance.line.due_on, advance.line.due_on),
        input_hash=sha256_of(to_json(advance)).hex(),
    )
    return Issued(
        bill=bill,
        invoice=invoice,
        taxes_minor=taxes,
        number=number,
        accrual_month=desk.issued_on.replace(day=1),
        is_advance=True,
    )


def _desk(
    session: Transaction,
    book_id: int,
    bills: Sequence[Bill],
    issued_on: date,
    due_on: date,
    supplied_on: date,
    bank_names: BankNames,
) -> Desk:
    """Read whom some bills name, as they stand on the days that decide."""
    parties, members = invoices.find_parties(
        session, book_id=book_id, supplied_on=supplied_on, issued_on=issued_on, bills=bills
    )
    return Desk(
        issued_on=issued_on,
        due_on=due_on,
        parties=parties,
        members=members,
        pay_to=pay_to(operator_of(parties), bank_names),
        yen_rates=exchange_terms.rates_of_day(
            session,
            book_id=book_id,
            currencies={bill.currency for bill in bills},
            on=supplied_on,
        ),
    )


def _check_can_post(session: Transaction, book_id: int, issued_on: date) -> None:
    last_closed = months.read_months(session, book_id=book_id).last_closed
    if last_closed is not None and issued_on < Month.of_day(last_closed).next().first_day:
        raise InvoiceTooEarly(issued_on=issued_on, last_closed=Month.of_day(last_closed))


def _plan(session: Transaction, book_id: int, month: Month) -> InvoicePlan:
    lines = royalties.lines_to_bill(session, book_id=book_id, through=month.first_day)
    shortfalls = prepayments.shortfalls_to_bill(session, book_id=book_id, through=month.first_day)
    return plan(lines, prepayments=shortfalls, month=month.first_day)
