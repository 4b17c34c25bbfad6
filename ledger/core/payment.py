"""
What a payment does: how much of it pays an invoice, which lines of that, and what is over.

A part of what an invoice asks for is shared over what is left of its lines and of their tax, by
largest remainder; the last payment takes all that is left, so that the parts sum to the invoice.
What a bank kept of a payment is never guessed: terms say who bears it, and up to how much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.core.journal import Account, AccountCode, Posting, spread
from ledger.core.refusal import Refusal
from ledger.core.sharing import share_over


class InvoiceUnknown(Refusal):
    """No invoice of the book has the number."""

    code = "invoice_unknown"
    field = "invoice_reference"


class Channel(StrEnum):
    """The way on which money comes in; each has an account of its own in the journal."""

    BANK = "bank"
    STRIPE = "stripe"


#: Where money stands when it has come.
ACCOUNT_OF_CHANNEL = {Channel.BANK: AccountCode.BANK, Channel.STRIPE: AccountCode.STRIPE}


class FeeBearer(StrEnum):
    """Who bears what a bank keeps of a payment."""

    HOUSE = "house"  # the invoice is paid all the same
    FIRM = "firm"  # it stays owed


@dataclass(frozen=True, kw_only=True)
class TransferFeeTerms:
    """What is agreed with a firm about payments that come short by a bank's fee."""

    bearer: FeeBearer
    up_to_minor: int


@dataclass(frozen=True, kw_only=True)
class ItemLeft:
    """A line of an invoice, or a prepayment on it, and what is still to be paid of it."""

    number: int
    royalty_line_id: int | None  # one of the two
    prepayment_id: int | None
    amount_minor: int
    tax_minor: int
    #: Asks for nothing, and no receipt has shown it yet.
    is_bare: bool = False


@dataclass(frozen=True, kw_only=True)
class ReceiptPart:
    """What a receipt pays of one line of its invoice."""

    number: int
    royalty_line_id: int | None
    prepayment_id: int | None
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of a payment: what it pays of the invoice, with which fee, and what is over."""

    applied_minor: int  # of the invoice, the fee that the house bears included
    bank_fee_minor: int
    over_minor: int
    parts: tuple[ReceiptPart, ...]


def apply_payment(
    paid_minor: int, *, items: Sequence[ItemLeft], fee_terms: TransferFeeTerms | None
) -> Applied:
    """
    Return what a payment above zero does to an invoice of which ``items`` are left.

    It falls short by a fee where all that lacks is within what the house bears.
    """
    left = sum(each.amount_minor + each.tax_minor for each in items)
    lacking = left - paid_minor
    fee = lacking if 0 < lacking <= _borne_by_house(fee_terms) else 0
    applied = min(paid_minor + fee, left)
    return Applied(
        applied_minor=applied,
        bank_fee_minor=fee,
        over_minor=max(0, -lacking),
        parts=tuple(parts_of(applied, items)) if applied else (),
    )


def parts_of(applied_minor: int, items: Iterable[ItemLeft]) -> list[ReceiptPart]:
    """
    Share what pays an invoice over what is left of its lines and of their tax.

    Lines of which nothing is paid are left out, but for one that asks for nothing and is to be
    shown once.

    :raises NothingToShareOver: nothing is left to pay.
    """
    listed = list(items)
    weights = [minor for each in listed for minor in (each.amount_minor, each.tax_minor)]
    shares = iter(share_over(applied_minor, weights))
    parts = [
        ReceiptPart(
            number=each.number,
            royalty_line_id=each.royalty_line_id,
            prepayment_id=each.prepayment_id,
            amount_minor=next(shares),
            tax_minor=next(shares),
        )
        for each in listed
    ]
    return [
        part
        for part, each in zip(parts, listed, strict=True)
        if part.amount_minor or part.tax_minor or each.is_bare
    ]


def postings(
    applied: Applied, *, paid_minor: int, account: Account, licensee_id: int
) -> tuple[Posting, ...]:
    """Return the postings of a payment; ``account`` is where the money stands."""
    return spread(
        debits=[(account, paid_minor), (Account(AccountCode.BANK_FEES), applied.bank_fee_minor)],
        credits=[
            (Account(AccountCode.RECEIVABLE, licensee_id), applied.applied_minor),
            (Account(AccountCode.CREDITS, licensee_id), applied.over_minor),
        ],
    )


def _borne_by_house(terms: TransferFeeTerms | None) -> int:
    return terms.up_to_minor if terms is not None and terms.bearer is FeeBearer.HOUSE else 0
