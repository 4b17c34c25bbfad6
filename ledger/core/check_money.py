"""Checks of the journal, of documents, and of money received, divided and paid."""

from collections.abc import Iterator
from typing import TypeVar

from ledger.core import check_acknowledged
from ledger.core.capacity import Capacity
from ledger.core.charged_tax import is_domestic
from ledger.core.check_notices import figures_of_notice
from ledger.core.check_records import figures_of_record
from ledger.core.facts import Facts, InvoiceFact, PayoutFact, Violation, same
from ledger.core.fee_invoice import FeeInvoice
from ledger.core.invoice import Invoice, tax_lines
from ledger.core.invoice_plan import share_taxes
from ledger.core.money import BASIS_POINTS, take_bp
from ledger.core.purchase import BoughtFrom
from ledger.core.sharing import NothingToShareOver
from ledger.core.snapshot import NotASnapshot, from_json, sha256_of
from ledger.core.statement import Statement
from ledger.core.tax import PaymentIsNegative, consumption_tax_rate_bp, payout_tax
from ledger.core.tax_in_yen import in_yen
from ledger.core.tax_tables import Treatment

_Document = TypeVar("_Document", Invoice, Statement, FeeInvoice)

# The journal.


def entries_balance(facts: Facts) -> Iterator[Violation]:
    """Compare each entry with its postings, and its debits with its credits."""
    for entry in facts.entries:
        place = f"entry {entry.entry_id} of {entry.source} in {entry.asset}"
        yield from same(f"{place}: postings", entry.declared_postings, entry.found_postings)
        yield from same(f"{place}: debit and credit", entry.debit_minor, entry.credit_minor)


def balances_are_postings(facts: Facts) -> Iterator[Violation]:
    """Compare the balances the book keeps with the sums of the postings."""
    for account in facts.accounts:
        place = f"account {account.account}"
        yield from same(f"{place}: debit", account.posted_debit_minor, account.kept_debit_minor)
        yield from same(f"{place}: credit", account.posted_credit_minor, account.kept_credit_minor)


def journal_says_what_documents_say(facts: Facts) -> Iterator[Violation]:
    """Compare accounts with the documents and payments behind them."""
    for control in facts.controls:
        place = f"account {control.account}"
        yield from same(place, control.expected_minor, control.posted_minor)


# Documents.


def invoices_add_up(facts: Facts) -> Iterator[Violation]:
    """Add up the lines of every invoice."""
    for invoice in facts.invoices:
        place = f"invoice {invoice.reference}"
        amounts = [line.amount_minor for line in invoice.lines]
        royalties = [line.royalty_minor for line in invoice.lines]
        yield from same(f"{place}: royalty of each line", royalties, amounts)
        recouped = [line.recouped_minor for line in invoice.lines]
        set_off = [line.set_off_minor for line in invoice.lines]
        yield from same(f"{place}: set off on each line", set_off, recouped)
        prepaid = [each.amount_minor for each in invoice.prepayments]
        agreed = [each.agreed_minor for each in invoice.prepayments]
        yield from same(f"{place}: prepayments", agreed, prepaid)
        asked = sum(amounts) - sum(recouped) + sum(prepaid)
        yield from same(f"{place}: subtotal", asked, invoice.subtotal_minor)
        taxes = sum(line.tax_minor for line in invoice.lines)
        taxes += sum(each.tax_minor for each in invoice.prepayments)
        yield from same(f"{place}: tax of the lines", invoice.tax_minor, taxes)
        total = invoice.subtotal_minor + invoice.tax_minor
        yield from same(f"{place}: total", total, invoice.total_minor)


def tax_is_recomputed(facts: Facts) -> Iterator[Violation]:
    """Compute the tax of every invoice again from its frozen lines."""
    rows = {invoice.reference: invoice for invoice in facts.invoices}
    for document in facts.documents:
        frozen = _read(Invoice, document.snapshot) if document.kind == "invoice" else None
        if frozen is not None and document.reference in rows:
            yield from _taxes_of(frozen, rows[document.reference])


def _taxes_of(frozen: Invoice, rows: InvoiceFact) -> Iterator[Violation]:
    place = f"invoice {rows.reference}"
    computed = tax_lines(
        lines=frozen.lines,
        prepayments=frozen.prepayments,
        otherwise=frozen.taxes[0].taxed,
        rounding=frozen.tax_rounding,
    )
    if frozen.yen_rate is not None:
        computed = in_yen(computed, rate=frozen.yen_rate, rounding=frozen.tax_rounding)
    yield from same(f"{place}: taxes", computed, frozen.taxes)
    for line, row in zip(frozen.lines, rows.lines, strict=False):
        if line.taxed is not None:
            is_outside = line.taxed.treatment == Treatment.OUTSIDE_SCOPE
            is_own = frozen.capacity is Capacity.PRINCIPAL
            is_from_abroad = not is_own and not is_domestic(row.licensor_country)
            yield from same(f"{place}: line {line.number} untaxed", is_from_abroad, is_outside)
    try:
        shares = list(share_taxes(frozen))
    except NothingToShareOver as error:
        yield Violation(place=place, expected="lines above zero", found=str(error.total_minor))
    else:
        found = [line.tax_minor for line in rows.lines]
        found += [each.tax_minor for each in rows.prepayments]
        yield from same(f"{place}: tax of each line", shares, found)


def numbers_are_gapless(facts: Facts) -> Iterator[Violation]:
    """Compare the numbers of each series with its counter."""
    for series in facts.series:
        place = f"document series {series.series}"
        numbers = (series.document_count, series.lowest, series.highest)
        yield from same(place, (series.last_number, 1, series.last_number), numbers)


def snapshots_are_unchanged(facts: Facts) -> Iterator[Violation]:
    """Hash the frozen text of every document again."""
    for document in facts.documents:
        found = sha256_of(document.snapshot).hex()
        place = f"{document.kind} {document.reference}: SHA-256"
        yield from same(place, document.snapshot_sha256.hex(), found)


def documents_say_what_rows_say(facts: Facts) -> Iterator[Violation]:
    """Read the figures of every document from its frozen text."""
    for document in facts.documents:
        figures = _figures_of(document.kind, document.snapshot)
        place = f"{document.kind} {document.reference}: figures"
        yield from same(place, document.figures, figures)


def _figures_of(kind: str, snapshot: str) -> tuple[int, ...] | None:
    """Return the figures in a frozen text, in the order in which rows give them."""
    if kind == "invoice":
        invoice = _read(Invoice, snapshot)
        if invoice is None:
            return None
        return (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor)
    if kind in check_acknowledged.KINDS:
        return check_acknowledged.figures_of(kind, snapshot)
    if kind == "fee_invoice":
        charged = _read(FeeInvoice, snapshot)
        if charged is None:
            return None
        return (charged.subtotal_minor, charged.tax_minor, charged.total_minor)
    if kind == "notice":
        return figures_of_notice(snapshot)
    if kind in ("payment_record", "payment_record_total"):
        return figures_of_record(kind, snapshot)
    statement = _read(Statement, snapshot)
    if statement is None:
        return None
    settled = statement.settlement
    return (
        settled.carried_in_minor,
        settled.earned_minor,
        settled.payable_minor,
        settled.carried_out_minor,
        settled.consumption_tax_minor,
        settled.withholding_minor,
        settled.payout_minor,
    )


def _read(kind: type[_Document], snapshot: str) -> _Document | None:
    """Return a frozen document; None when its text is not one, which agrees with no row."""
    try:
        return from_json(kind, snapshot)
    except NotASnapshot:
        return None


# Money received, divided and paid.


def receipts_are_within_invoices(facts: Facts) -> Iterator[Violation]:
    """Look for invoices that were paid more than they ask for."""
    for invoice in facts.invoices:
        if invoice.received_minor > invoice.total_minor:
            yield Violation(
                place=f"receipts of invoice {invoice.reference}",
                expected=f"{invoice.total_minor} at most",
                found=str(invoice.received_minor),
            )


def cash_is_divided(facts: Facts) -> Iterator[Violation]:
    """Add up what became of each rights holder's money."""
    for holder in facts.holders:
        received = holder.royalty_minor + holder.tax_minor + holder.purchase_tax_minor
        fee = holder.fee_minor + holder.fee_tax_minor
        earned = holder.earned_minor + holder.earned_tax_minor
        kept = holder.deficit_out_minor - holder.deficit_in_minor
        place = f"settlement of {holder.month:%Y-%m} for {holder.holder}"
        aside = holder.set_aside_minor + holder.set_aside_tax_minor
        yield from same(place, received, fee + earned + kept + aside)


def purchases_are_recomputed(facts: Facts) -> Iterator[Violation]:
    """
    Work the house's margin, and the tax on what it bought, out again.

    The tax is counted on the payee's running balance and on parts that are set aside, each rounded
    down, so that it may lack less than two of the smallest units, or exceed it by as much.
    """
    for holder in facts.holders:
        place = f"settlement of {holder.month:%Y-%m} for {holder.holder}"
        margin = take_bp(holder.sold_minor, holder.fee_bp)
        yield from same(f"{place}: margin", margin, holder.margin_minor)
        rate_bp = 0
        if holder.bought_from == BoughtFrom.REGISTERED and holder.settled_on is not None:
            rate_bp = consumption_tax_rate_bp(on=holder.settled_on)
        exact = (holder.sold_minor - margin) * rate_bp
        if abs(holder.purchase_tax_minor * BASIS_POINTS - exact) >= 2 * BASIS_POINTS:
            yield Violation(
                place=f"{place}: tax on what was bought",
                expected=str(exact // BASIS_POINTS),
                found=str(holder.purchase_tax_minor),
            )


def cash_is_what_was_received(facts: Facts) -> Iterator[Violation]:
    """Compare what was divided with the invoices that were paid."""
    for holder in facts.holders:
        place = f"settlement of {holder.month:%Y-%m} for {holder.holder}"
        invoiced = (holder.invoiced_royalty_minor, holder.invoiced_tax_minor)
        yield from same(place, invoiced, (holder.royalty_minor, holder.tax_minor))
        yield from same(f"{place}: sold", holder.invoiced_sold_minor, holder.sold_minor)
    for settlement in facts.settlements:
        place = f"settlement of {settlement.month:%Y-%m}"
        yield from same(place, settlement.received_minor, settlement.taken_minor)


def balances_are_carried(facts: Facts) -> Iterator[Violation]:
    """Follow each payee's balance from statement to statement."""
    for statement in facts.statements:
        place = f"statement {statement.reference} of {statement.payee}"
        brought = statement.previous_carried_out_minor
        yield from same(f"{place}: brought forward", brought, statement.carried_in_minor)
        earned = statement.found_earned_minor
        yield from same(f"{place}: earned", earned, statement.earned_minor)
        told = (statement.advance_paid_minor, statement.advance_recouped_minor)
        found = (statement.found_advance_paid_minor, statement.found_advance_recouped_minor)
        yield from same(f"{place}: advances paid and set off", found, told)
        balance = statement.carried_in_minor + statement.earned_minor + told[0] - told[1]
        split = statement.payable_minor + statement.carried_out_minor
        yield from same(f"{place}: paid and carried", balance, split)


def payouts_are_as_stated(facts: Facts) -> Iterator[Violation]:
    """Compare planned payouts with the statements that announce them."""
    for statement in facts.statements:
        place = f"payout of statement {statement.reference} to {statement.payee}"
        stated = (
            statement.payable_minor,
            statement.consumption_tax_minor,
            statement.withholding_minor,
            statement.payout_minor,
        )
        net = statement.payable_minor + statement.consumption_tax_minor
        yield from same(place, net - statement.withholding_minor, statement.payout_minor)
        yield from same(place, stated, _planned(statement.planned))


def _planned(payout: PayoutFact | None) -> tuple[int, int, int, int]:
    if payout is None:
        return (0, 0, 0, 0)
    return (
        payout.supplies_minor + payout.passthrough_minor,
        payout.consumption_tax_minor,
        payout.withholding_minor,
        payout.payout_minor,
    )


def withholding_is_recomputed(facts: Facts) -> Iterator[Violation]:
    """Compute what is withheld from every payout again."""
    for statement in facts.statements:
        payout = statement.planned
        if payout is not None:
            place = f"withholding of {payout.payee} on {payout.paid_on}"
            found = (payout.withholding_base_minor, payout.withholding_minor)
            yield from same(place, _withholding(payout), found)


def _withholding(payout: PayoutFact) -> tuple[int, int] | None:
    """Compute base and tax anew; consumption tax matters only as a part of the base."""
    try:
        tax = payout_tax(
            profile=payout.profile,
            supplies_minor=payout.supplies_minor,
            passthrough_minor=payout.passthrough_minor,
            passthrough_tax_minor=payout.consumption_tax_minor,
            paid_on=payout.paid_on,
        )
    except PaymentIsNegative:
        return None
    return (tax.withholding_base_minor, tax.withholding_minor)
