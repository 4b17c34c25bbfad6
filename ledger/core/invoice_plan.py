"""
What goes on which invoice: royalty lines gathered, negative months carried, tax shared out.

One invoice is for one licensee, one accrual month, one currency, and one capacity in which the
house bills. A month whose lines come to nothing or less (whole-volume tiers gave back more than
was used) is not invoiced: its lines are carried to the first month after it whose invoice they
leave above zero, and reduce that one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledger.core.capacity import ORDER, Capacity
from ledger.core.charged_tax import is_domestic
from ledger.core.invoice import Invoice, InvoiceLine, PrepaymentLine, SetOff, Taxed
from ledger.core.journal import Account, AccountCode, JournalEntry, spread
from ledger.core.sharing import share_over


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
    licensor_country: str = "JP"  # where the rights holder resides, ISO 3166-1 alpha-2
    capacity: Capacity = Capacity.INTERMEDIARY  # in which the house bills it

    @property
    def holders(self) -> tuple[str, ...]:
        """Whose subject it is."""
        return (self.holder,)

    @property
    def amount_minor(self) -> int:
        """The tax-exclusive amount."""
        return self.line.amount_minor

    @property
    def asked_minor(self) -> int:
        """What the invoice asks for, tax-exclusive: the amount less what was paid in advance."""
        return self.line.payable_minor


@dataclass(frozen=True, kw_only=True)
class BillablePrepayment:
    """An advance or a shortfall that no invoice has taken yet."""

    prepayment_id: int
    licensee: str  # reference
    licensee_id: int
    holders: tuple[str, ...]  # whose subjects earn it
    month: date  # of the closing that measured a shortfall; in which an advance is due
    currency: str
    line: PrepaymentLine
    licensor_country: str = "JP"  # where rights holders reside: in Japan, if any of them does
    capacity: Capacity = Capacity.INTERMEDIARY  # in which the house bills it

    @property
    def asked_minor(self) -> int:
        """The tax-exclusive amount."""
        return self.line.amount_minor


Billable = BillableLine | BillablePrepayment


@dataclass(frozen=True, kw_only=True)
class Bill:
    """The numbered lines of one invoice, or of what is carried instead of being invoiced."""

    lines: tuple[BillableLine, ...]
    prepayments: tuple[BillablePrepayment, ...] = ()

    @property
    def first(self) -> Billable:
        """Whose licensee and currency are those of all."""
        return self.lines[0] if self.lines else self.prepayments[0]

    @property
    def asked_minor(self) -> tuple[int, ...]:
        """What each line and each prepayment asks for, tax-exclusive, in their order."""
        prepaid = (each.asked_minor for each in self.prepayments)
        return (*(line.asked_minor for line in self.lines), *prepaid)

    @property
    def licensee(self) -> str:
        """The reference of the licensee, the same on every line."""
        return self.first.licensee

    @property
    def licensee_id(self) -> int:
        """The licensee, the same on every line."""
        return self.first.licensee_id

    @property
    def currency(self) -> str:
        """The currency, the same on every line."""
        return self.first.currency

    @property
    def capacity(self) -> Capacity:
        """In which the house bills all of it."""
        return self.first.capacity

    @property
    def holders(self) -> frozenset[str]:
        """The references of the rights holders it is about."""
        prepaid = {holder for each in self.prepayments for holder in each.holders}
        return frozenset({line.holder for line in self.lines} | prepaid)

    @property
    def subtotal_minor(self) -> int:
        """The sum of what is asked for, tax-exclusive."""
        return sum(self.asked_minor)

    @property
    def is_issued(self) -> bool:
        """
        Tell whether an invoice says it.

        That is when it asks for money, and when all its royalty was paid in advance, which the
        licensee is shown.
        """
        is_recouped = any(line.line.recouped_minor for line in self.lines)
        return self.subtotal_minor > 0 or (is_recouped and not any(self.asked_minor))


@dataclass(frozen=True, kw_only=True)
class LineSetOff:
    """What a royalty line recouped of one prepayment; ``left_minor`` is after its month."""

    royalty_line_id: int
    prepayment_id: int
    license_reference: str
    reference: str
    kind: str
    amount_minor: int  # all that was prepaid
    recouped_minor: int
    left_minor: int


@dataclass(frozen=True, kw_only=True)
class InvoicePlan:
    """What a month's billing issues, and what it carries because it is not above zero."""

    to_issue: tuple[Bill, ...]
    carried: tuple[Bill, ...]


def plan(
    lines: Iterable[BillableLine],
    *,
    prepayments: Iterable[BillablePrepayment] = (),
    month: date,
) -> InvoicePlan:
    """
    Gather lines that no invoice has taken into a month's invoices.

    One invoice is for one licensee and currency, and one capacity in which the house bills.

    ``lines`` are those of the month and of the months before it, in the order in which they
    are to be listed. A month before it whose own invoice is still to be issued stays out.

    What is licensed from abroad is outside the scope of consumption tax. It is weighed by itself,
    because what one side gives back reduces no tax of the other; both are on one invoice.
    """
    groups: dict[tuple[str, str, int], dict[bool, dict[date, list[Billable]]]] = {}
    billable: list[Billable] = [*lines, *prepayments]
    for each in billable:
        group = (each.licensee, each.currency, ORDER.index(each.capacity))
        scopes = groups.setdefault(group, {True: {}, False: {}})
        months = scopes[_is_taxable(each)]
        months.setdefault(each.month, []).append(each)
    to_issue, carried = [], []
    for _, scopes in sorted(groups.items()):
        issued: list[Billable] = []
        for months in scopes.values():
            items = [*_carried_into(months, month), *months.get(month, ())]
            if month in months and bill_of(items).is_issued:
                issued += items
            elif any(bill_of(items).asked_minor):
                carried.append(bill_of(items))
        if issued:
            to_issue.append(bill_of(issued))
    return InvoicePlan(to_issue=tuple(to_issue), carried=tuple(carried))


def _is_taxable(billable: Billable) -> bool:
    """Tell whether its licensor is in Japan, as the house is that licenses for itself."""
    is_own = billable.capacity is Capacity.PRINCIPAL
    return is_own or is_domestic(billable.licensor_country)


def set_offs_on(bill: Bill, set_offs: Iterable[LineSetOff]) -> tuple[SetOff, ...]:
    """Add up what the lines of a bill recouped, by prepayment in the order in which they came."""
    billed = {line.royalty_line_id for line in bill.lines}
    totals: dict[int, SetOff] = {}
    for each in set_offs:
        if each.royalty_line_id in billed:
            before = totals.get(each.prepayment_id)
            totals[each.prepayment_id] = SetOff(
                license_reference=each.license_reference,
                reference=each.reference,
                kind=each.kind,
                amount_minor=each.amount_minor,
                recouped_minor=each.recouped_minor + (before.recouped_minor if before else 0),
                left_minor=each.left_minor,
            )
    return tuple(totals[key] for key in sorted(totals))


def share_tax(tax_minor: int, amounts_minor: Sequence[int]) -> list[int]:
    """
    Divide an invoice's tax over its lines by largest remainder; the parts sum to the tax.

    A line below zero takes tax back. Ties go to the line listed first. Where nothing is asked for
    there is no tax to share.

    >>> share_tax(286_415, [389_470, 2_429_730, 44_959])
    [38947, 242972, 4496]

    :raises NothingToShareOver: there is tax, and the lines do not sum to more than zero.
    """
    if sum(amounts_minor) == 0 and not tax_minor:
        return [0 for _ in amounts_minor]
    return share_over(tax_minor, amounts_minor)


def share_taxes(invoice: Invoice) -> tuple[int, ...]:
    """
    Return the part of the tax of each line and then of each prepayment, in their order.

    Tax is shared among what it was charged for: nothing of it goes to a line that bears none.
    Where what is taxed alike comes to less than nothing, its tax is taken back likewise.

    :raises NothingToShareOver: tax was charged for what comes to nothing.
    """
    asked = [(line.taxed, line.payable_minor) for line in invoice.lines]
    asked += [(each.taxed, each.amount_minor) for each in invoice.prepayments]
    parts = [0 for _ in asked]
    for tax in invoice.taxes:
        places = [index for index, (taxed, _) in enumerate(asked) if _is_of(taxed, tax.taxed)]
        amounts = [asked[index][1] for index in places]
        sign = -1 if sum(amounts) < 0 else 1
        shared = share_tax(sign * tax.tax_minor, [sign * amount for amount in amounts])
        for index, part in zip(places, shared, strict=True):
            parts[index] = sign * part
    return tuple(parts)


def _is_of(taxed: Taxed | None, group: Taxed) -> bool:
    """Tell whether a line belongs to a group; one that does not say belongs to the only one."""
    return taxed is None or taxed == group


def entry(
    bill: Bill, taxes_minor: Sequence[int], *, reference: str, issued_on: date
) -> JournalEntry:
    """
    Return the entry of an invoice: the licensee owes what is held for the rights holders.

    Each rights holder is credited with its royalty and with its part of the tax (DOMAIN E8); what
    the house sells for itself is its own sale, with the tax it owes. What is prepaid is held for
    the licensee, with its tax, until it is earned.

    :raises EntryHasNoPostings: the invoice asks for nothing.
    """
    is_own = bill.capacity is Capacity.PRINCIPAL
    royalties: dict[int | None, int] = defaultdict(int)
    taxes: dict[int | None, int] = defaultdict(int)
    for line, tax in zip(bill.lines, taxes_minor, strict=False):
        held_for = None if is_own else line.holder_id
        royalties[held_for] += line.asked_minor
        taxes[held_for] += tax
    prepaid = sum(each.asked_minor for each in bill.prepayments)
    prepaid += sum(taxes_minor[len(bill.lines) :])
    credits = [
        (Account(code, held_for), amount)
        for code, amounts in (
            (AccountCode.SALES if is_own else AccountCode.HOLDERS, royalties),
            (AccountCode.OUTPUT_TAX if is_own else AccountCode.HOLDERS_TAX, taxes),
        )
        for held_for, amount in amounts.items()
    ]
    credits.append((Account(AccountCode.ADVANCES, bill.licensee_id), prepaid))
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


def bill_of(items: Sequence[Billable]) -> Bill:
    """Number what is to be billed together: royalty lines first, prepayments after them."""
    lines = [each for each in items if isinstance(each, BillableLine)]
    prepayments = [each for each in items if isinstance(each, BillablePrepayment)]
    return Bill(
        lines=tuple(
            replace(each, line=replace(each.line, number=number))
            for number, each in enumerate(lines, start=1)
        ),
        prepayments=tuple(
            replace(each, line=replace(each.line, number=number))
            for number, each in enumerate(prepayments, start=len(lines) + 1)
        ),
    )


def _carried_into(months: dict[date, list[Billable]], month: date) -> list[Billable]:
    """Return the lines of earlier months that came to nothing or less, running total included."""
    carried: list[Billable] = []
    for earlier in sorted(each for each in months if each < month):
        carried += [each for each in months[earlier] if each.line.amount_minor]
        if bill_of(carried).is_issued:
            carried = []  # They are that month's own invoice, which is still to be issued.
    return carried
