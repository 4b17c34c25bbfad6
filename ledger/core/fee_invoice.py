"""
The house's invoice for its fee, as frozen values: what a settlement kept of a holder's receipts.

It is a qualified invoice for what the house supplies to a rights holder, one for each settlement.
The fee was taken when the money was divided, so nothing is asked for any more. Its tax was
rounded once, when it was posted, and is the same here.
"""

from dataclasses import dataclass
from datetime import date

from ledger.core.invoice import PartyCopy
from ledger.core.period import Month
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.tax import consumption_tax, consumption_tax_rate_bp
from ledger.core.tax_tables import Treatment

#: Moved on when the same settlement would give another invoice.
CALCULATION_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class SettledFee:
    """What a settlement took as the house's fee of what it received for one rights holder."""

    holder: str
    settlement: str  # the source of its journal entry: "SET-2026-11"
    closing_month: date
    settled_on: date  # the day on which it was posted, and taxed
    currency: str
    receipts_minor: int  # tax-exclusive
    admin_fee_bp: int
    fee_minor: int  # tax-exclusive, as posted
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class FeeInvoice:
    """An invoice for the house's fee, which was paid by set-off."""

    number: str
    issuer: PartyCopy
    recipient: PartyCopy  # the rights holder, as it stood when it was settled
    issued_on: date
    settled_on: date  # the day of the supply
    period_start: date
    period_end: date  # included
    settlement: str
    currency: str
    receipts_minor: int  # the fee is a part of; tax-exclusive
    admin_fee_bp: int
    treatment: str  # "standard", or "export_exempt" of a holder abroad
    tax_rate_bp: int
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    calculation_version: int
    input_hash: str

    @property
    def is_return(self) -> bool:
        """Tell whether a fee goes back, of royalty that went back: a return invoice."""
        return self.subtotal_minor < 0


def fee_invoice(
    fee: SettledFee, *, number: str, issuer: PartyCopy, recipient: PartyCopy, issued_on: date
) -> FeeInvoice:
    """
    Set out the invoice for a fee that was posted; the tax says how it was treated.

    :raises RateNotKnown: the tables have no rate for the day of the settlement.
    """
    rate_bp = consumption_tax_rate_bp(on=fee.settled_on)
    is_taxed = fee.tax_minor == consumption_tax(taxable_minor=fee.fee_minor, rate_bp=rate_bp)
    month = Month.of_day(fee.closing_month)
    return FeeInvoice(
        number=number,
        issuer=issuer,
        recipient=recipient,
        issued_on=issued_on,
        settled_on=fee.settled_on,
        period_start=month.first_day,
        period_end=month.last_day,
        settlement=fee.settlement,
        currency=fee.currency,
        receipts_minor=fee.receipts_minor,
        admin_fee_bp=fee.admin_fee_bp,
        treatment=Treatment.STANDARD if is_taxed else Treatment.EXPORT_EXEMPT,
        tax_rate_bp=rate_bp if is_taxed else 0,
        subtotal_minor=fee.fee_minor,
        tax_minor=fee.tax_minor,
        total_minor=fee.fee_minor + fee.tax_minor,
        calculation_version=CALCULATION_VERSION,
        input_hash=sha256_of(to_json(fee)).hex(),
    )
