"""``/v1/documents/{reference}/payment-requests``: ways to pay an invoice, beside the invoice."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.context import Context, context
from api.idempotency import once
from api.security import Caller, require
from api.shapes import problems
from ledger.core.refusal import Refusal
from ledger.services import requesting
from ledger.services.requesting import Stand

router = APIRouter(prefix="/documents", tags=["Documents"])

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
_manager = require("manage")
Manager = Annotated[Caller, Depends(_manager)]
Once = Annotated[Context, Depends(once(_manager))]

_Method = Literal["card", "jp_bank_transfer", "konbini"]


class PaymentNotOffered(Refusal):
    """The house takes payments to its bank account only."""

    code = "payment_not_offered"


class NewPaymentRequest(BaseModel):
    """How an invoice is to be paid."""

    model_config = ConfigDict(extra="forbid")

    method: _Method = Field(
        description="card: on a page of Stripe's; jp_bank_transfer: to an account that is yours "
        "alone; konbini: at a convenience store, ¥120 to ¥300,000"
    )


class VirtualAccountBody(BaseModel):
    """A bank account in Japan that is yours alone: whatever comes there is known to be yours."""

    bank_code: str = Field(examples=["9990"])
    bank_name: str = Field(examples=["MIHON BANK"])
    branch_code: str = Field(examples=["901"])
    branch_name: str = Field(examples=["VIRTUAL"])
    account_type: str = Field(examples=["futsu"])
    number: str = Field(examples=["1234567"])
    holder: str = Field(examples=["STUDIO A"])


class PaymentRequestBody(BaseModel):
    """One way in which an invoice may be paid, and how that stands."""

    reference: str = Field(examples=["INV-2026-000001-P1"])
    invoice: str = Field(examples=["INV-2026-000001"])
    method: _Method
    currency: str = Field(examples=["JPY"])
    amount_minor: int = Field(
        description="What was left to pay when it was asked", examples=[110000]
    )
    state: Literal["asked", "open", "refused", "expired", "withdrawn", "paid"] = Field(
        description="open: it can be paid; asked: Stripe is being asked, look again in a moment"
    )
    url: str | None = Field(
        description="Where it is paid, or what to pay is shown, while it is open",
        examples=["https://pay.example/INV-2026-000001-P1"],
    )
    virtual_account: VirtualAccountBody | None
    expires_at: str | None = Field(description="Until when", examples=["2026-12-05T14:59:59+00:00"])
    requested_at: str = Field(examples=["2026-11-05T03:00:00+00:00"])


class PaymentRequestList(BaseModel):
    """Every request of an invoice, the newest first."""

    payment_requests: list[PaymentRequestBody]


@router.post(
    "/{reference}/payment-requests",
    status_code=201,
    summary="Ask for a way to pay an invoice",
    description=(
        "For what is left to pay of it. The invoice stays as it is; the page or the account on "
        "which it is paid stands beside it. Asked again while that can be paid, the same is "
        "answered. Stripe is asked within a moment: read the list for where to pay."
    ),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def ask_payment(
    given: Once, caller: Manager, reference: str, new: NewPaymentRequest
) -> PaymentRequestBody:
    if given.stripe is None or given.live is not None:
        raise PaymentNotOffered
    stand = requesting.ask_payment(
        given.database,
        book_id=given.book_id,
        invoice=reference,
        method=new.method,
        is_live=given.stripe.is_live,
        owner_id=caller.scope_id,
        requested_by=caller.reference,
        requested_at=given.clock(),
    )
    return _shown(stand)


@router.get(
    "/{reference}/payment-requests",
    summary="List the ways to pay an invoice",
    description="Those that were asked for, the newest first, and how each stands.",
    responses=problems(401, 403, 404, 422, 503),
)
def list_requests(given: Given, caller: Reader, reference: str) -> PaymentRequestList:
    found = requesting.list_requests(
        given.database,
        book_id=given.book_id,
        owner_id=caller.scope_id,
        invoice=reference,
        at=given.clock(),
    )
    return PaymentRequestList(payment_requests=[_shown(stand) for stand in found])


def _shown(stand: Stand) -> PaymentRequestBody:
    asked, account, until = stand.request, stand.virtual_account, stand.expires_at
    return PaymentRequestBody(
        reference=asked.reference,
        invoice=asked.invoice,
        method=asked.method.value,
        currency=asked.currency,
        amount_minor=asked.amount_minor,
        state=stand.state,
        url=stand.url,
        virtual_account=None if account is None else VirtualAccountBody(**account),
        expires_at=None if until is None else until.isoformat(),
        requested_at=asked.requested_at.isoformat(),
    )
