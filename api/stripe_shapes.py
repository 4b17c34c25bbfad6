"""What the ledger asks in Stripe's parameters, and Stripe's objects in the ledger's values."""

from datetime import UTC, datetime
from typing import Any

from ledger.core.processor import (
    KONBINI_DAYS,
    REFERENCE,
    AskedPayment,
    Method,
    Movement,
    OpenedPayment,
    virtual_account_of,
)


def intent_asked(asked: AskedPayment, customer: str) -> Any:
    """Return the parameters of an intent that is confirmed at once."""
    is_konbini = asked.method is Method.KONBINI
    kind = "konbini" if is_konbini else "customer_balance"
    options = {"expires_after_days": KONBINI_DAYS} if is_konbini else _BY_TRANSFER
    return {
        "amount": asked.amount.minor,
        "currency": asked.amount.currency.lower(),
        "customer": customer,
        "allowed_payment_method_types": [kind],
        "payment_method_data": {"type": kind},
        "payment_method_options": {kind: options},
        "confirm": True,
        "description": asked.invoice,
        "metadata": {REFERENCE: asked.reference},
    }


_BY_TRANSFER = {
    "funding_type": "bank_transfer",
    "bank_transfer": {"type": "jp_bank_transfer"},
}


def link_asked(asked: AskedPayment) -> Any:
    """Return the parameters of a page on which a card pays once."""
    price = {
        "currency": asked.amount.currency.lower(),
        "unit_amount": asked.amount.minor,
        "product_data": {"name": asked.invoice},
    }
    metadata = {REFERENCE: asked.reference}
    return {
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_method_types": ["card"],
        "restrictions": {"completed_sessions": {"limit": 1}},
        "payment_intent_data": {"description": asked.invoice, "metadata": metadata},
        "metadata": metadata,
    }


def opened_by(intent: Any) -> OpenedPayment:
    """Return where a firm pays an intent."""
    shown = intent.next_action
    if shown is None:  # Paid from what the firm had transferred before.
        return OpenedPayment(processor_id=intent.id, url="")
    if shown.type == "konbini_display_details":
        details = shown.konbini_display_details
        return OpenedPayment(
            processor_id=intent.id,
            url=details.hosted_voucher_url or "",
            expires_at=instant(details.expires_at),
        )
    details = shown.display_bank_transfer_instructions
    return OpenedPayment(
        processor_id=intent.id,
        url=details.hosted_instructions_url or "",
        virtual_account=virtual_account_of(details.financial_addresses[0].zengin.to_dict()),
    )


def movement_of(moved: Any, source: Any) -> Movement:
    """Return a balance transaction, given what it follows from; amounts keep their sign."""
    is_foreign = moved.exchange_rate is not None and source is not None
    return Movement(
        reference=moved.id,
        category=moved.reporting_category,
        source=source.id if source is not None else "",
        currency=moved.currency.upper(),
        amount_minor=moved.amount,
        fee_minor=moved.fee,
        created_at=instant(moved.created),
        charge=_charge_of(source),
        paid_currency=source.currency.upper() if is_foreign else None,
        paid_minor=(source.amount if moved.amount > 0 else -source.amount) if is_foreign else None,
    )


def _charge_of(source: Any) -> str:
    if source is None:
        return ""
    return str(source.id if source.object == "charge" else getattr(source, "charge", None) or "")


def instant(second: int) -> datetime:
    """Return the instant of a second as Stripe counts them."""
    return datetime.fromtimestamp(second, UTC)
