"""Builders of receipts on paper and of return invoices, with invented values as defaults."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger.core.credit_note import (
    CreditNote,
    OwedAgain,
    returned_lines,
    suppliers_of,
    taxes_of,
)
from ledger.core.payment_receipt import PaidPart, PaymentReceipt, paid_taxes
from tests.invoices.samples import FIRM, HOUSE, INPUT_HASH, agent_invoice, invoice, mixed_invoice


def payment_receipt(**changes: Any) -> PaymentReceipt:
    """Return the receipt for an invoice that was paid whole by a bank transfer."""
    paid = invoice()
    parts = [
        PaidPart(number=line.number, amount_minor=line.amount_minor, tax_minor=0)
        for line in paid.lines
    ]
    parts[0] = replace(parts[0], tax_minor=paid.tax_minor)
    default = PaymentReceipt(
        number="REC-2026-000045",
        issuer=HOUSE,
        recipient=FIRM,
        issued_on=date(2027, 1, 6),
        received_on=date(2026, 12, 30),
        channel="bank",
        external_reference="20261230-0001-000457",
        invoice=paid.number,
        invoiced_on=paid.issued_on,
        period_start=paid.period_start,
        period_end=paid.period_end,
        is_advance=False,
        currency="JPY",
        taxes=paid_taxes(paid, parts),
        left_minor=0,
        calculation_version=1,
        input_hash=INPUT_HASH,
    )
    return replace(default, **changes)


def part_receipt() -> PaymentReceipt:
    """Return the receipt for a part of an invoice that is taxed in several ways."""
    paid = mixed_invoice()
    parts = [
        PaidPart(number=1, amount_minor=389_470, tax_minor=38_947),
        PaidPart(number=3, amount_minor=44_959, tax_minor=4_495),
        PaidPart(number=5, amount_minor=62_006, tax_minor=0),
    ]
    taxes = paid_taxes(paid, parts)
    return payment_receipt(
        taxes=taxes, left_minor=2_811_770, channel="stripe", external_reference="pi_3Q_kaku_0001"
    )


def credit_note(**changes: Any) -> CreditNote:
    """Return a return invoice for what an advance left over, and for a refund."""
    owed = [
        OwedAgain(
            kind="returned",
            reference="loan",
            amount_minor=400_000,
            tax_minor=40_000,
            invoice=invoice(
                number="INV-2026-000007",
                issued_on=date(2026, 4, 6),
                period_start=date(2026, 4, 1),
                period_end=date(2026, 4, 1),
            ),
        ),
        OwedAgain(
            kind="refund",
            reference="RFD-0001",
            amount_minor=89_470,
            tax_minor=8_947,
            invoice=invoice(),
        ),
    ]
    lines = returned_lines(owed, before_minor=0, amount_minor=538_417)
    default = CreditNote(
        number="CRN-2027-000003",
        issuer=HOUSE,
        recipient=FIRM,
        issued_on=date(2027, 1, 12),
        returned_on=date(2027, 1, 8),
        bank_reference="20270108-0001-000012",
        currency="JPY",
        lines=lines,
        taxes=taxes_of(lines),
        calculation_version=1,
        input_hash=INPUT_HASH,
    )
    return replace(default, **changes)


def agent_credit_note() -> CreditNote:
    """Return a return invoice of the house as agent, for a registered supplier and another."""
    billed = agent_invoice()
    assert billed.suppliers is not None
    owed = [
        OwedAgain(
            kind="refund",
            reference=f"RFD-{number:04d}",
            amount_minor=40_000 * number,
            tax_minor=4_000 * number,
            invoice=billed,
            holder=supplier.party.reference,
        )
        for number, supplier in enumerate(billed.suppliers[:2], start=1)
    ]
    lines = returned_lines(owed, before_minor=0, amount_minor=132_000)
    return credit_note(
        number="CRN-2027-000004",
        lines=lines,
        taxes=taxes_of(lines),
        suppliers=suppliers_of(owed, lines),
    )
