"""
What goes on which invoice: royalty lines gathered, negative months carried, tax shared out.

One invoice is for one licensee, one accrual month and one currency. A month whose lines come to
nothing or less (whole-volume tiers gave back more than was used) is not invoiced: its lines are
carried to the first month after it whose invoice they leave above zero, and reduce that one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledger.core.invoice import InvoiceLine
from ledger.core.journal import Account, AccountCode, JournalEntry, spread


class NothingToShareOver(ValueError):
    """Tax was to be shared over lines that do not sum to more than zero."""

    def __init__(self, subtotal_minor: int) -> None:
        super().__init__(f"tax cannot be shared over lines that sum to {subtotal_minor}")
        self.subtotal_minor = subtotal_minor


@dataclass(frozen=True, kw_only=True)
class BillableLine:
    """A royalty line that no invoice has taken yet; ``line`` gets its number there."""

    royalty_line_id: int
    licensee: str  # reference
    holder: str  # reference of the rights holder
    licensee_id: int
    holder_id: int
    month: date  # first day of the month whose closing charged it
    currency: str
    line: InvoiceLine

    @property
    def amount_minor(self) -> int:
        """The tax-exclusive amount."""
        return self.line.amount_minor


@dataclass(frozen=True, kw_only=True)
class Bill:
    """The numbered lines of one invoice, or of what is carried instead of being invoiced."""

    lines: tuple[BillableLine, ...]

    @property
    def licensee(self) -> str:
        """The reference of the licensee, the same on every line."""
        return self.lines[0].licensee

    @property
    def licensee_id(self) -> int:
        """The licensee, the same on every line."""
        return self.lines[0].licensee_id

    @property
    def currency(self) -> str:
        """The currency, the same on every line."""
        return self.lines[0].currency

    @property
    def subtotal_minor(self) -> int:
        """The sum of the lines, tax-exclusive."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class InvoicePlan:
    """What a month's billing issues, and what it carries because it is not above zero."""

    to_issue: tuple[Bill, ...]
    carried: tuple[Bill, ...]


def plan(lines: Iterable[BillableLine], *, month: date) -> InvoicePlan:
    """
    Gather lines that no invoice has taken into a month's invoices, by licensee and currency.

    ``lines`` are those of the month and of the months before it, in the order in which they
    are to be listed. A month before it whose own invoice is still to be issued stays out.
    """
    groups: dict[tuple[str, str], dict[date, list[BillableLine]]] = {}
    for line in lines:
        months = groups.setdefault((line.licensee, line.currency), defaultdict(list))
        months[line.month].append(line)
    to_issue, carried = [], []
    for _, months in sorted(groups.items()):
        bill = Bill(lines=_numbered([*_carried_into(months, month), *months.get(month, ())]))
        if month in months and bill.subtotal_minor > 0:
            to_issue.append(bill)
        elif any(line.amount_minor for line in bill.lines):
            carried.append(bill)
    return InvoicePlan(to_issue=tuple(to_issue), carried=tuple(carried))


def share_tax(tax_minor: int, amounts_minor: Sequence[int]) -> list[int]:
    """
    Divide an invoice's tax over its lines by largest remainder; the parts sum to the tax.

    A line below zero takes tax back. Ties go to the line listed first.

    >>> share_tax(286_415, [389_470, 2_429_730, 44_959])
    [38947, 242972, 4496]

    :raises NothingToShareOver: the lines do not sum to more than zero.
    """
    subtotal = sum(amounts_minor)
    if subtotal <= 0:
        raise NothingToShareOver(subtotal)
    parts = [tax_minor * amount // subtotal for amount in amounts_minor]
    by_remainder = sorted(
        range(len(parts)), key=lambda index: (-(tax_minor * amounts_minor[index] % subtotal), index)
    )
    for index in by_remainder[: tax_minor - sum(parts)]:
        parts[index] += 1
    return parts


def entry(
    bill: Bill, taxes_minor: Sequence[int], *, reference: str, issued_on: date
) -> JournalEntry:
    """
    Return the entry of an invoice: the licensee owes what is held for the rights holders.

    Each rights holder is credited with its royalty and with its part of the tax (DOMAIN E8).
    """
    royalties: dict[int, int] = defaultdict(int)
    taxes: dict[int, int] = defaultdict(int)
    for line, tax in zip(bill.lines, taxes_minor, strict=True):
        royalties[line.holder_id] += line.amount_minor
        taxes[line.holder_id] += tax
    credits = [
        (Account(code, holder_id), amount)
        for code, amounts in (
            (AccountCode.HOLDERS, royalties),
            (AccountCode.HOLDERS_TAX, taxes),
        )
        for holder_id, amount in amounts.items()
    ]
    total = bill.subtotal_minor + sum(taxes_minor)
    return JournalEntry(
        kind="invoice",
        posted_on=issued_on,
        currency=bill.currency,
        source=reference,
        postings=spread(
            debits=[(Account(AccountCode.RECEIVABLE, bill.licensee_id), total)], credits=credits
        ),
    )


def _carried_into(months: dict[date, list[BillableLine]], month: date) -> list[BillableLine]:
    """Return the lines of earlier months that came to nothing or less, running total included."""
    carried: list[BillableLine] = []
    for earlier in sorted(each for each in months if each < month):
        carried += [line for line in months[earlier] if line.amount_minor]
        if sum(line.amount_minor for line in carried) > 0:
            carried = []  # They are that month's own invoice, which is still to be issued.
    return carried


def _numbered(lines: Sequence[BillableLine]) -> tuple[BillableLine, ...]:
    return tuple(
        replace(line, line=replace(line.line, number=number))
        for number, line in enumerate(lines, start=1)
    )
