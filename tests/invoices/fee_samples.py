"""One builder for an invoice of the house's fee, with invented parties as defaults."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger.core.fee_invoice import FeeInvoice
from tests.invoices.notice_samples import STUDIO_ABROAD
from tests.invoices.samples import HOUSE, INPUT_HASH, PUBLISHER


def fee_invoice(**changes: Any) -> FeeInvoice:
    """Return the fee of DOMAIN E8: 8 % of 2,864,159, with its tax."""
    default = FeeInvoice(
        number="FEE-2026-000012",
        issuer=HOUSE,
        recipient=PUBLISHER,
        issued_on=date(2026, 12, 10),
        settled_on=date(2026, 12, 10),
        period_start=date(2026, 11, 1),
        period_end=date(2026, 11, 30),
        settlement="SET-2026-11",
        currency="JPY",
        receipts_minor=2864159,
        admin_fee_bp=800,
        treatment="standard",
        tax_rate_bp=1000,
        subtotal_minor=229132,
        tax_minor=22913,
        total_minor=252045,
        calculation_version=1,
        input_hash=INPUT_HASH,
    )
    return replace(default, **changes)


def fee_invoice_abroad() -> FeeInvoice:
    """Return that of a rights holder in London, in English first."""
    return fee_invoice(
        number="FEE-2026-000013",
        recipient=STUDIO_ABROAD,
        treatment="export_exempt",
        tax_rate_bp=0,
        tax_minor=0,
        total_minor=229132,
    )


def fee_returned(**changes: Any) -> FeeInvoice:
    """Return that of a month that gave back more than it earned: 8 % of -1,200,000."""
    default = fee_invoice(
        number="FEE-2027-000003",
        issued_on=date(2027, 1, 12),
        settled_on=date(2027, 1, 12),
        period_start=date(2026, 12, 1),
        period_end=date(2026, 12, 31),
        settlement="SET-2026-12",
        receipts_minor=-1_200_000,
        subtotal_minor=-96_000,
        tax_minor=-9_600,
        total_minor=-105_600,
    )
    return replace(default, **changes)
