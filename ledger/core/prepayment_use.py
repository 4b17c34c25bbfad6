"""What settlements do with prepayments: the tax that goes with each use, and the postings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.exchange_terms import YEN
from ledger.core.journal import Account, AccountCode, Posting, spread
from ledger.core.money import allocate
from ledger.core.sharing import share_over


@dataclass(frozen=True, kw_only=True)
class SettledUse:
    """A use that a settlement passes on to a rights holder, or owes the licensee again."""

    prepayment_use_id: int
    licensee_id: int
    holder_id: int | None
    amount_minor: int
    tax_minor: int
    is_own: bool = False  # sold by the house for itself
    currency: str = YEN


def tax_of_uses(
    *, tax_minor: int, amount_minor: int, used_minor: int, used_tax_minor: int, uses: Sequence[int]
) -> list[int]:
    """
    Return the part of a prepayment's tax that goes with each use of it.

    It is counted on the running total, so that a prepayment that is used up has no tax left.

    >>> tax_of_uses(tax_minor=10, amount_minor=100, used_minor=95, used_tax_minor=9, uses=[2, 3])
    [0, 1]
    """
    total = sum(uses)
    due = tax_minor * (used_minor + total) // amount_minor - used_tax_minor
    return share_over(due, uses) if total > 0 else [0 for _ in uses]


@dataclass(frozen=True, kw_only=True)
class PrepaidPiece:
    """A piece of what a prepayment is used for, by the receipt it was paid with; None: unpaid."""

    receipt_id: int | None
    day: date | None
    amount_minor: int
    tax_minor: int


def pieces_of_use(
    use: SettledUse, *, used_minor: int, received: Sequence[tuple[int, date, int]]
) -> tuple[PrepaidPiece, ...]:
    """
    Say with which receipts what a use takes had been paid: what came first is used first.

    ``used_minor`` was used before it; ``received`` are keys, days and tax-exclusive amounts in
    order. What a use gives back is that which was used last. Its tax goes with its pieces.
    """
    first, last = sorted((used_minor, used_minor + use.amount_minor))
    sign = -1 if use.amount_minor < 0 else 1
    found: list[tuple[int | None, date | None, int]] = []
    begins = 0
    for receipt_id, day, amount in received:
        overlap = min(last, begins + amount) - max(first, begins)
        begins += amount
        if overlap > 0:
            found.append((receipt_id, day, sign * overlap))
    ahead = last - max(first, begins)
    if ahead > 0:
        found.append((None, None, sign * ahead))
    taxes = allocate(use.tax_minor, [abs(amount) for _, _, amount in found]) if found else []
    return tuple(
        PrepaidPiece(receipt_id=receipt_id, day=day, amount_minor=amount, tax_minor=tax)
        for (receipt_id, day, amount), tax in zip(found, taxes, strict=True)
    )


def postings(uses: Iterable[SettledUse]) -> tuple[Posting, ...]:
    """
    Return the postings of what prepayments are used for: held for a licensee, now for a holder.

    What is given back is owed to the licensee with its tax; what the house sells for itself is
    its sale when it is earned.
    """
    debits, credits = [], []
    sold: list[Posting] = []
    for use in uses:
        whole = use.amount_minor + use.tax_minor
        if use.is_own and use.holder_id is not None:
            sold += spread(
                debits=[(Account(AccountCode.ADVANCES, use.licensee_id), whole)],
                credits=[
                    (Account(AccountCode.SALES), use.amount_minor),
                    (Account(AccountCode.OUTPUT_TAX), use.tax_minor),
                ],
            )
            continue
        debits.append((Account(AccountCode.ADVANCES, use.licensee_id), whole))
        if use.holder_id is None:
            credits.append((Account(AccountCode.REFUNDS, use.licensee_id), whole))
        else:
            credits.append((Account(AccountCode.HOLDERS, use.holder_id), use.amount_minor))
            credits.append((Account(AccountCode.HOLDERS_TAX, use.holder_id), use.tax_minor))
    return (*sold, *spread(debits=debits, credits=credits))
