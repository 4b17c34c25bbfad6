"""What settlements do with prepayments: the tax that goes with each use, and the postings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.core.journal import Account, AccountCode, Posting, spread
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
