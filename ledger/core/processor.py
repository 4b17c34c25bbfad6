"""
What a payment processor is asked, and what it answers: ways to pay, their bounds, movements.

The processor itself is outside; :class:`Processor` is what the ledger knows of it. Amounts are
whole minor units of their currency on both sides: every currency of the book has the same number
of decimals there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Protocol

from ledger.core.money import Money
from ledger.core.refusal import Refusal


class Method(StrEnum):
    """How an invoice may be paid through the processor."""

    CARD = "card"
    BANK_TRANSFER = "jp_bank_transfer"  # to a virtual account that is the firm's own
    KONBINI = "konbini"  # at a convenience store, once, for some days


#: The least that may be charged (Stripe, "minimum and maximum charge amounts"); 1 elsewhere.
AMOUNT_MIN = {
    "AUD": 50, "CAD": 50, "CHF": 50, "EUR": 50, "GBP": 30, "HKD": 400,
    "INR": 50, "JPY": 50, "SGD": 50, "THB": 1_000, "USD": 50,
}  # fmt: skip

#: Eight digits, whatever the currency.
AMOUNT_MAX = 99_999_999

#: At a convenience store, in yen.
KONBINI_MIN, KONBINI_MAX = 120, 300_000

#: How long a payment at a convenience store may be made; up to 60 days are possible.
KONBINI_DAYS = 30

#: Of three decimals the processor takes two.
_THREE_DECIMALS = frozenset({"BHD", "KWD"})

#: Our reference in what the processor makes for us, by which it is found again.
REFERENCE = "genbo_reference"

#: How long the processor remembers an idempotency key.
KEY_KEPT = timedelta(hours=24)

#: When what did not come off is tried again; the last of them from then on.
DELAYS = (
    *(timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10)),
    *(timedelta(hours=1), timedelta(hours=6)),
)

#: How long a try is waited for before somebody else may make the next.
LEASE = timedelta(minutes=2)


class MethodInOtherCurrency(Refusal):
    """The way to pay is for yen only. Carries the invoice's currency."""

    code = "method_in_other_currency"
    field = "method"


class AmountOutsideMethod(Refusal):
    """Less or more is left to pay than may be paid in this way. Carries the bounds."""

    code = "amount_outside_method"
    field = "method"


class AmountInThirdDecimal(Refusal):
    """The amount has a third decimal, and the processor takes two of this currency."""

    code = "amount_in_third_decimal"
    field = "method"


class TransferAbroad(Refusal):
    """The account to be paid is in another country than Japan. Carries it and its country."""

    code = "transfer_abroad"
    field = "destination"


class AccountTakesNoTransfers(Refusal):
    """The account to be paid has not finished its registration at Stripe. Carries it."""

    code = "account_takes_no_transfers"
    field = "destination"


class ProcessorAway(Exception):
    """The processor did not answer, or asked to be asked later. Nobody knows what it did."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProcessorRefused(Exception):
    """The processor will not do it, however often it is asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Payer:
    """An AI firm, as the processor is told of it."""

    reference: str
    name: str
    language: str


@dataclass(frozen=True, kw_only=True)
class AskedPayment:
    """A payment that a firm is to be asked for, under a reference that is ours."""

    reference: str
    invoice: str
    method: Method
    amount: Money


@dataclass(frozen=True, kw_only=True)
class VirtualAccount:
    """A bank account in Japan that is one firm's own; transfers to it are known to be its."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_type: str
    number: str
    holder: str


@dataclass(frozen=True, kw_only=True)
class OpenedPayment:
    """Where the firm pays."""

    processor_id: str
    url: str
    virtual_account: VirtualAccount | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One movement of the balance that the processor holds for the house."""

    reference: str
    category: str  # charge, refund, dispute, dispute_reversal, payout, transfer…
    source: str  # the charge, refund, dispute, payout or transfer that it follows from
    currency: str
    amount_minor: int  # negative when it leaves
    fee_minor: int
    created_at: datetime
    charge: str = ""  # the payment that it belongs to, if any
    #: Of what was paid in another currency: that currency, and the amount in it.
    paid_currency: str | None = None
    paid_minor: int | None = None

    @property
    def net_minor(self) -> int:
        """What the balance is moved by."""
        return self.amount_minor - self.fee_minor


@dataclass(frozen=True, kw_only=True)
class ToldEvent:
    """An event as the processor keeps it."""

    reference: str
    type: str
    is_live: bool
    created_at: datetime
    body: Mapping[str, Any]


class About(StrEnum):
    """What movements of the balance may follow from."""

    CHARGE = "charge"
    REFUNDS = "refunds"  # of a charge
    DISPUTE = "dispute"
    PAYOUT = "payout"
    TRANSFER = "transfer"  # to a payee, and what came back of it


class Processor(Protocol):
    """
    The processor's door.

    Whatever writes takes a key: asked again with the same one within :data:`KEY_KEPT` it is the
    same deed. Everything may raise :class:`ProcessorAway` and :class:`ProcessorRefused`.
    """

    is_live: bool

    def new_customer(self, payer: Payer, *, key: str) -> str:
        """Make a customer of a firm; return its id."""

    def open_payment(
        self, asked: AskedPayment, *, customer: str, key: str, look_first: bool
    ) -> OpenedPayment:
        """Make what a firm pays by; ``look_first`` when it may be there and the key forgotten."""

    def withdraw_payment(self, processor_id: str, *, key: str) -> None:
        """Let nobody pay by it any more."""

    def refund(
        self, *, reference: str, payment: str, amount_minor: int, key: str, look_first: bool
    ) -> str:
        """Pay back a part of a payment, by its charge or intent; return the refund's id."""

    def transfer(
        self, *, reference: str, amount: Money, destination: str, key: str, look_first: bool
    ) -> str:
        """Pay an account in Japan; return the transfer's id."""

    def check_account(self, destination: str) -> None:
        """Make sure that an account can be paid: it is in Japan, and takes transfers."""

    def available(self) -> Mapping[str, int]:
        """Return what may be transferred now, by currency."""

    def movements(self, *, since: datetime | None = None) -> Iterable[Movement]:
        """Return the movements of the balance, the newest first."""

    def balances(self) -> Mapping[str, int]:
        """Return what the processor holds, by currency, what is still on its way included."""

    def events(self, *, types: Sequence[str], since: datetime) -> Iterable[ToldEvent]:
        """Return the events of some types since an instant, the newest first."""

    def movements_about(self, about: About, identity: str) -> Iterable[Movement]:
        """Return the movements so far that follow from a payment, a dispute or a payout."""


def check_method(amount: Money, method: Method) -> None:
    """
    Hold what is to be paid to what may be paid in a way.

    >>> check_method(Money(110_000), Method.CARD)

    :raises MethodInOtherCurrency: bank transfers and convenience stores take yen.
    :raises AmountOutsideMethod: it is too little or too much.
    :raises AmountInThirdDecimal: it has a third decimal that is not zero.
    """
    if method is not Method.CARD and amount.currency != "JPY":
        raise MethodInOtherCurrency(method=method, currency=amount.currency)
    least, most = AMOUNT_MIN.get(amount.currency, 1), AMOUNT_MAX
    if method is Method.KONBINI:
        least, most = KONBINI_MIN, KONBINI_MAX
    if not least <= amount.minor <= most:
        raise AmountOutsideMethod(
            method=method,
            currency=amount.currency,
            amount=amount.to_decimal(),
            least=Money(least, amount.currency).to_decimal(),
            most=Money(most, amount.currency).to_decimal(),
        )
    if amount.currency in _THREE_DECIMALS and amount.minor % 10:
        raise AmountInThirdDecimal(currency=amount.currency, amount=amount.to_decimal())


def delay_after(number: int) -> timedelta:
    """
    Return how long to wait after a try that did not come off, the first being number 1.

    >>> delay_after(1).seconds, delay_after(99).seconds
    (5, 21600)
    """
    return DELAYS[min(number, len(DELAYS)) - 1]


def idempotency_key(*, kind: str, subject: str, asked_at: datetime) -> str:
    """
    Return the key of a deed: the same for every try of it, and no other's.

    The instant at which it was asked for tells two books apart that number alike.
    """
    told = f"{kind}\n{subject}\n{asked_at.isoformat(timespec='microseconds')}"
    return f"genbo-{kind}-{sha256(told.encode()).hexdigest()[:32]}"


def virtual_account_of(fields: Mapping[str, str | None]) -> VirtualAccount:
    """Return a virtual account; what the processor does not say of it is empty."""
    named = {
        "bank_code": "bank_code",
        "bank_name": "bank_name",
        "branch_code": "branch_code",
        "branch_name": "branch_name",
        "account_type": "account_type",
        "number": "account_number",
        "holder": "account_holder_name",
    }
    return VirtualAccount(**{ours: fields.get(theirs) or "" for ours, theirs in named.items()})
