"""
Billing: the royalty lines of a closed month become one invoice for each licensee, frozen.

An invoice is issued in the house's name for the rights holders it acts for. Tax is that of the
last day of the month, which is the day of the supply. A licensee whose lines come to nothing
or less gets no invoice: they are carried, and reduce the first invoice they leave above zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.bank_account import BankNames
from ledger.core.closing import CALCULATION_VERSION
from ledger.core.fields import check_instant
from ledger.core.invoice import BankAccountCopy, Invoice, tax_lines
from ledger.core.invoice_plan import Bill, InvoicePlan, entry, plan, share_tax
from ledger.core.money import Rounding
from ledger.core.period import Month
from ledger.core.reckoning import DecidingDays, PartyInForce
from ledger.core.refusal import Refusal
from ledger.core.snapshot import to_json
from ledger.core.tax import charge_treatment
from ledger.core.webhook import invoice_issued
from ledger.services import BOOK_ID
from ledger.store import committees, documents, entries, months, outbox, payees, royalties
from ledger.store.database import Database, Transaction
from ledger.store.documents import NewDocument, NewInvoice, NewInvoiceLine, printed_number
from ledger.store.months import MonthClosing

#: Tax is truncated, once for the invoice, and the invoice says so.
TAX_ROUNDING = Rounding.TRUNCATE


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


class OperatorMissing(Refusal):
    """The book has no operator, in whose name invoices are issued."""

    code = "operator_missing"


class OperatorAccountMissing(Refusal):
    """The operator has no bank account on the day of issue, so nobody could pay."""

    code = "operator_account_missing"


class BankNotNamed(Refusal):
    """The names of the operator's bank and branch are not known. Carries both codes."""

    code = "bank_not_named"


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
    """
    check_instant(recorded_at, field="recorded_at")
    if due_on < issued_on:
        raise DueBeforeIssue(due_on=due_on, issued_on=issued_on)
    with database.transaction() as session:
        series = f"INV-{issued_on.year}"
        # Taken first: whoever else issues invoices waits here, and then finds these lines taken.
        first = documents.next_number(session, book_id=book_id, series=series)
        closing = months.find_closing(session, book_id=book_id, month=month.first_day)
        if closing is None:
            raise MonthNotClosed(month=month)
        bills = _plan(session, book_id, month).to_issue
        if not bills:
            return []
        _check_can_post(session, book_id, issued_on)
        parties, members = _parties(session, book_id, month, issued_on, bills)
        desk = _Desk(
            month=month,
            closing=closing,
            issued_on=issued_on,
            due_on=due_on,
            parties=parties,
            members=members,
            pay_to=_pay_to(_operator(parties), bank_names),
        )
        issued = [
            desk.issue(bill, series=series, number=number)
            for number, bill in enumerate(bills, start=first)
        ]
        _write(session, book_id, issued, recorded_at)
    return [each.invoice.number for each in issued]


def carried(database: Database, *, book_id: int = BOOK_ID, month: Month) -> tuple[Carried, ...]:
    """Return what a month's billing carries instead of invoicing it, by licensee."""
    with database.transaction() as session:
        bills = _plan(session, book_id, month).carried
    return tuple(
        Carried(licensee=bill.licensee, currency=bill.currency, amount_minor=bill.subtotal_minor)
        for bill in bills
    )


@dataclass(frozen=True, kw_only=True)
class _Issued:
    """One invoice about to be written."""

    bill: Bill
    invoice: Invoice
    document: NewDocument
    accrual_month: date
    taxes_minor: tuple[int, ...]  # of the lines


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Freezes the invoices of one month from what was read."""

    month: Month
    closing: MonthClosing
    issued_on: date
    due_on: date
    parties: Mapping[str, PartyInForce]
    members: Mapping[str, Sequence[str]]  # of each committee
    pay_to: BankAccountCopy

    def issue(self, bill: Bill, *, series: str, number: int) -> _Issued:
        """Freeze one invoice under its number."""
        invoice = self._freeze(bill, printed_number(series, number))
        amounts = [line.amount_minor for line in bill.lines]
        return _Issued(
            bill=bill,
            invoice=invoice,
            document=NewDocument(
                owner_id=bill.licensee_id,
                kind="invoice",
                series=series,
                number=number,
                issued_on=self.issued_on,
                snapshot=to_json(invoice),
            ),
            accrual_month=self.month.first_day,
            taxes_minor=tuple(share_tax(invoice.tax_minor, amounts)),
        )

    def _freeze(self, bill: Bill, number: str) -> Invoice:
        licensee = self.parties[bill.licensee]
        charged = charge_treatment(
            country=licensee.copy.country,
            has_jp_establishment=licensee.has_jp_establishment,
            on=self.month.last_day,
        )
        lines = tuple(line.line for line in bill.lines)
        return Invoice(
            number=number,
            issuer=_operator(self.parties).copy,
            recipient=licensee.copy,
            issued_on=self.issued_on,
            due_on=self.due_on,
            period_start=min(line.month for line in bill.lines),
            period_end=self.month.last_day,
            currency=bill.currency,
            lines=lines,
            taxes=tax_lines(
                lines=lines,
                treatment=charged.treatment,
                rate_bp=charged.rate_bp,
                rounding=TAX_ROUNDING,
            ),
            tax_rounding=TAX_ROUNDING,
            pay_to=self.pay_to,
            on_behalf=self._is_on_behalf(line.holder for line in bill.lines),
            calculation_version=CALCULATION_VERSION,
            input_hash=self.closing.input_hash.hex(),
        )

    def _is_on_behalf(self, holders: Iterable[str]) -> bool:
        """Tell whether house and holders are all registered (媒介者交付特例, 施行令70条の12)."""
        named = {_operator(self.parties).copy.reference}
        for holder in holders:
            named.update(self.members.get(holder, (holder,)))
        return all(self.parties[name].copy.registration_number for name in named)


def _check_can_post(session: Transaction, book_id: int, issued_on: date) -> None:
    last_closed = months.read_months(session, book_id=book_id).last_closed
    assert last_closed is not None  # The month that is invoiced is closed.
    if issued_on < Month.of_day(last_closed).next().first_day:
        raise InvoiceTooEarly(issued_on=issued_on, last_closed=Month.of_day(last_closed))


def _plan(session: Transaction, book_id: int, month: Month) -> InvoicePlan:
    lines = royalties.lines_to_bill(session, book_id=book_id, through=month.first_day)
    return plan(lines, month=month.first_day)


def _parties(
    session: Transaction, book_id: int, month: Month, issued_on: date, bills: Iterable[Bill]
) -> tuple[Mapping[str, PartyInForce], Mapping[str, Sequence[str]]]:
    """
    Return the operator, licensees and holders as they stand on the days that decide.

    Members of committees are among them, and beside them whose members they are.
    """
    lines = [line for bill in bills for line in bill.lines]
    days = DecidingDays(fee_on=month.last_day, settled_on=month.last_day, paid_on=issued_on)
    named = {line.licensee for line in lines} | {line.holder for line in lines}
    parties = payees.find_in_force(session, book_id=book_id, references=named, days=days)
    ids = {each.id: name for name, each in parties.items() if each.copy.kind == "committee"}
    waterfalls = committees.find_waterfalls(
        session, committee_ids=ids, closing_month=month.first_day
    )
    members = {
        ids[key]: [member for member, _ in each.waterfall.members]
        for key, each in waterfalls.items()
    }
    others = {name for listed in members.values() for name in listed} - parties.keys()
    found = payees.find_in_force(session, book_id=book_id, references=others, days=days)
    return parties | found, members


def _operator(parties: Mapping[str, PartyInForce]) -> PartyInForce:
    operator = next((party for party in parties.values() if party.role == "operator"), None)
    if operator is None:
        raise OperatorMissing
    return operator


def _pay_to(operator: PartyInForce, bank_names: BankNames) -> BankAccountCopy:
    account = operator.account
    if account is None:
        raise OperatorAccountMissing(operator=operator.copy.reference)
    codes = (account.bank_code, account.branch_code)
    if codes not in bank_names:
        raise BankNotNamed(bank_code=account.bank_code, branch_code=account.branch_code)
    bank_ja, bank_en, branch_ja, branch_en = bank_names[codes]
    return BankAccountCopy(
        bank_code=account.bank_code,
        bank_name_ja=bank_ja,
        bank_name_en=bank_en,
        branch_code=account.branch_code,
        branch_name_ja=branch_ja,
        branch_name_en=branch_en,
        account_type=account.account_type,
        number=account.number,
        holder_kana=account.holder_kana,
    )


def _write(
    session: Transaction, book_id: int, issued: Sequence[_Issued], recorded_at: datetime
) -> None:
    keys = documents.insert_documents(
        session, book_id=book_id, documents=[each.document for each in issued]
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
        ],
        recorded_at=recorded_at,
    )
    told = [invoice_issued(each.invoice, licensee_id=each.bill.licensee_id) for each in issued]
    outbox.enqueue(session, book_id=book_id, events=told, occurred_at=recorded_at)


def _rows(issued: _Issued, keys: Mapping[str, int]) -> NewInvoice:
    invoice = issued.invoice
    numbered = zip(issued.bill.lines, issued.taxes_minor, strict=True)
    return NewInvoice(
        document_id=keys[invoice.number],
        licensee_id=issued.bill.licensee_id,
        accrual_month=issued.accrual_month,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        lines=tuple(
            NewInvoiceLine(
                number=line.line.number,
                royalty_line_id=line.royalty_line_id,
                amount_minor=line.amount_minor,
                tax_minor=tax_minor,
            )
            for line, tax_minor in numbered
        ),
    )
