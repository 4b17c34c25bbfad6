"""
Double entry that cannot be unbalanced: accounts, postings, entries, reversal.

A posting moves one positive amount from a credited to a debited account of the same asset,
so every entry balances by construction. Nothing posted is edited; a mistake is reversed by a
new entry that names the old one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ledger.core.money import AMOUNT_MINOR_MAX, exponent_of


class AccountCode(StrEnum):
    """The chart of accounts. Words for people are in the catalogues under ``account.<code>``."""

    BANK = "bank"  # 普通預金
    STRIPE = "stripe"  # 未収入金: received by Stripe, not yet paid out to the bank
    RECEIVABLE = "receivable"  # 売掛金, one for each licensee
    HOLDERS = "holders"  # 権利者預り金: royalty invoiced for a holder, not yet settled
    HOLDERS_TAX = "holders_tax"  # 預り消費税: the tax that goes with it
    CREDITS = "credits"  # 前受金(過入金), one for each licensee: paid too much, to be used
    ADVANCES = "advances"  # 前受金, one for each licensee: prepaid and not yet earned, with its tax
    SUSPENSE = "suspense"  # 保留金, one for each rights holder: waits while claims are disputed
    RESERVES = "reserves"  # 留保金, one for each rights holder: held against refunds
    REFUNDS = "refunds"  # 未払返還金, one for each licensee: prepaid, and owed to it again
    PAYEE_ADVANCES = "payee_advances"  # 前渡金, one for each payee: paid ahead, to be set off
    PAYABLE = "payable"  # 未払使用料: settled to a payee, not yet paid
    ADMIN_FEE = "admin_fee"  # 管理手数料
    SALES = "sales"  # 売上高: licensed on by the house as a principal
    ROYALTY_COST = "royalty_cost"  # 支払ロイヤリティ: bought from registered holders for it
    ROYALTY_COST_UNREGISTERED = "royalty_cost_unregistered"  # from holders not registered
    ROYALTY_COST_ABROAD = "royalty_cost_abroad"  # from holders abroad, outside the scope of tax
    INPUT_TAX = "input_tax"  # 仮払消費税
    OUTPUT_TAX = "output_tax"  # 仮受消費税
    BANK_FEES = "bank_fees"  # 支払手数料: kept by banks of what came in, and borne by the house
    PROCESSOR_FEES = "processor_fees"  # 支払手数料(決済): kept by Stripe of what it moved
    TAKEN_BACK = "taken_back"  # 立替金, one for each licensee: refunded or charged back by Stripe
    TRANSFERS = "transfers"  # 送金中: to be moved by Stripe to payees
    EXCHANGE = "exchange"  # 外貨両替: what is to be exchanged, in either currency
    EXCHANGE_GAINS = "exchange_gains"  # 為替差益: the house's, when it really exchanged
    EXCHANGE_LOSSES = "exchange_losses"  # 為替差損
    WITHHOLDING = "withholding"  # 預り金(源泉所得税)
    OWN_FUNDS = "own_funds"  # 自己資金: the house's own, put into the bank or taken out


class PostingMustBePositive(ValueError):
    """A posting's amount is not a positive whole number that fits its column."""

    def __init__(self, amount_minor: int) -> None:
        super().__init__(f"a posting moves a positive whole amount, not {amount_minor!r}")
        self.amount_minor = amount_minor


class PostingGoesNowhere(ValueError):
    """A posting names the same account on both sides."""


class EntryHasNoPostings(ValueError):
    """An entry without postings says nothing."""


class SidesDiffer(ValueError):
    """What is to be debited and what is to be credited do not sum to the same."""

    def __init__(self, debits_minor: int, credits_minor: int) -> None:
        super().__init__(f"debits of {debits_minor} against credits of {credits_minor}")
        self.debits_minor = debits_minor
        self.credits_minor = credits_minor


@dataclass(frozen=True, order=True)
class Account:
    """One account: a code, and the party it is kept for when there is one for each."""

    code: AccountCode
    party_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One positive amount from the credited to the debited account."""

    debit: Account
    credit: Account
    amount_minor: int

    def __post_init__(self) -> None:
        amount = self.amount_minor
        if type(amount) is not int or not 0 < amount <= AMOUNT_MINOR_MAX:
            raise PostingMustBePositive(amount)
        if self.debit == self.credit:
            raise PostingGoesNowhere(f"{self.debit} is on both sides")


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One movement of money in one currency, complete or not at all."""

    kind: str  # "invoice", "receipt", "settlement", "payout" or "reversal"
    posted_on: date
    currency: str
    source: str  # the number of the document or row it follows from
    postings: tuple[Posting, ...]
    reverses: int | None = None

    def __post_init__(self) -> None:
        if not self.postings:
            raise EntryHasNoPostings(self.source)

    @property
    def asset(self) -> str:
        """The currency with its scale in the name, as it is stored: ``JPY/0``, ``USD/2``."""
        return asset_of(self.currency)


def asset_of(currency: str) -> str:
    """
    Name the asset that whole minor units of a currency are kept in.

    >>> asset_of("JPY"), asset_of("USD")
    ('JPY/0', 'USD/2')
    """
    return f"{currency}/{exponent_of(currency)}"


def move(debit: Account, credit: Account, amount_minor: int) -> tuple[Posting, ...]:
    """
    Return the posting that moves an amount, the other way round when it is negative.

    Nothing is moved for 0, so the result has no posting or one.
    """
    if amount_minor == 0:
        return ()
    if amount_minor < 0:
        debit, credit, amount_minor = credit, debit, -amount_minor
    return (Posting(debit=debit, credit=credit, amount_minor=amount_minor),)


def spread(
    *, debits: Sequence[tuple[Account, int]], credits: Sequence[tuple[Account, int]]
) -> tuple[Posting, ...]:
    """
    Return the postings that debit some accounts and credit others, paired in listed order.

    Each account is moved by its net amount, and one whose net is negative changes sides, so
    that no posting has the same account twice. There are fewer postings than accounts.

    :raises SidesDiffer: the debits do not sum to the credits.
    """
    net: dict[Account, int] = {}
    for sign, side in ((1, debits), (-1, credits)):
        for account, amount in side:
            net[account] = net.get(account, 0) + sign * amount
    if sum(net.values()) != 0:
        raise SidesDiffer(sum(amount for _, amount in debits), sum(amount for _, amount in credits))
    to_debit = [(account, amount) for account, amount in net.items() if amount > 0]
    to_credit = [(account, -amount) for account, amount in net.items() if amount < 0]
    return tuple(_pair(to_debit, to_credit))


def reversal(entry: JournalEntry, *, entry_id: int, posted_on: date) -> JournalEntry:
    """Return the entry that undoes another to the unit, and names it."""
    return JournalEntry(
        kind="reversal",
        posted_on=posted_on,
        currency=entry.currency,
        source=entry.source,
        postings=tuple(replace(p, debit=p.credit, credit=p.debit) for p in entry.postings),
        reverses=entry_id,
    )


def balances(entries: Iterable[JournalEntry]) -> dict[tuple[Account, str], int]:
    """Return debits less credits of each account and asset over some entries."""
    totals: dict[tuple[Account, str], int] = {}
    for entry in entries:
        for posting in entry.postings:
            for account, sign in ((posting.debit, 1), (posting.credit, -1)):
                key = (account, entry.asset)
                totals[key] = totals.get(key, 0) + sign * posting.amount_minor
    return totals


def _pair(
    debits: Sequence[tuple[Account, int]], credits: Sequence[tuple[Account, int]]
) -> Iterator[Posting]:
    waiting = iter(credits)
    credit, left = next(waiting, (None, 0))
    for debit, amount in debits:
        while amount > 0:
            assert credit is not None  # The sides sum to the same.
            part = min(amount, left)
            yield Posting(debit=debit, credit=credit, amount_minor=part)
            amount, left = amount - part, left - part
            if left == 0:
                credit, left = next(waiting, (None, 0))
