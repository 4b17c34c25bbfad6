"""
Journals in plain text, for beancount and hledger: every posting, prices, and balances to check.

Each posting is two legs, the debit first. A file of whole days begins with what was there before,
and ends with what there is, which the program checks by itself.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from invoices.journal_chart import ChartMapping, distinct, plain_account
from ledger.core.exchange import FxRate
from ledger.core.journal import Account
from ledger.core.journal_export import BookedEntry, JournalBook, closing_of
from ledger.core.money import exponent_of
from locales.catalogues import keys, message

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9-]")

Balances = Mapping[tuple[Account, str], int]


class _Plain:
    """What both formats say alike: names of accounts, amounts, descriptions."""

    def __init__(self, book: JournalBook, mapping: ChartMapping) -> None:
        self.book = book
        self.mapping = mapping
        self.parties = distinct(
            tuple(book.parties.values()),
            name_of=lambda party: _component(mapping.parties.get(party.reference, party.reference)),
            numbered=lambda name, number: f"{name}-{number}",
        )
        self.opening = _standing(book.opening or {})
        self.closing = _standing(closing_of(book)) if book.opening is not None else {}

    def account(self, account: Account) -> str:
        """Return an account's name, the party below it."""
        name = plain_account(self.mapping, account.code)
        return name if account.party_id is None else f"{name}:{self.parties[account.party_id]}"

    def legs(self, booked: BookedEntry) -> Iterator[tuple[str, str]]:
        """Yield accounts and amounts, the debit of each posting before its credit."""
        currency = booked.entry.currency
        for posting in booked.entry.postings:
            yield self.account(posting.debit), amount_of(posting.amount_minor, currency)
            yield self.account(posting.credit), amount_of(-posting.amount_minor, currency)

    def balances(self, balances: Balances) -> list[tuple[str, str]]:
        """Return accounts and amounts, in the order of their names."""
        return sorted(
            (self.account(account), amount_of(minor, currency))
            for (account, currency), minor in balances.items()
        )

    def used(self) -> dict[str, set[str]]:
        """Return every account of the file with its currencies, by name."""
        found: dict[str, set[str]] = {}
        for account, currency in (*self.opening, *self.closing):
            found.setdefault(self.account(account), set()).add(currency)
        for booked in self.book.entries:
            for name, _ in self.legs(booked):
                found.setdefault(name, set()).add(booked.entry.currency)
        return dict(sorted(found.items()))

    @property
    def first_day(self) -> date:
        """The day on which the file begins."""
        days = [booked.entry.posted_on for booked in self.book.entries]
        return self.book.first_day or min(days, default=date(1970, 1, 1))


def beancount(book: JournalBook, *, mapping: ChartMapping) -> bytes:
    """Write entries for beancount."""
    return "\n".join(_beancount(_Plain(book, mapping))).encode() + b"\n"


def hledger(book: JournalBook, *, mapping: ChartMapping) -> bytes:
    """Write entries for hledger."""
    return "\n".join(_hledger(_Plain(book, mapping))).encode() + b"\n"


def amount_of(minor: int, currency: str) -> str:
    """
    Write an amount in major units with its currency.

    >>> amount_of(-5, "USD"), amount_of(1200, "JPY")
    ('-0.05 USD', '1200 JPY')
    """
    return f"{Decimal(f'{minor}E-{exponent_of(currency)}'):f} {currency}"


def _beancount(plain: _Plain) -> Iterator[str]:
    book = plain.book
    yield f'option "title" {_quoted(book.title)}'
    for currency in book.currencies:
        yield f'option "operating_currency" "{currency}"'
    yield ""
    for name, currencies in plain.used().items():
        yield f"{plain.first_day} open {name} {','.join(sorted(currencies))}"
    for rate in book.rates:
        yield f"{rate.on} price {rate.currency} {rate.rate:f} {rate.into}"
    if plain.opening:
        yield ""
        yield f"{plain.first_day} * {_quoted(message('en', 'booked.opening'))}"
        yield from (f"  {name}  {amount}" for name, amount in plain.balances(plain.opening))
    for booked in book.entries:
        yield ""
        yield f"{booked.entry.posted_on} * {_quoted(_description(booked))}"
        yield f'  entry: "{booked.id}"'
        yield from (f"  {name}  {amount}" for name, amount in plain.legs(booked))
    if book.last_day is not None and plain.closing:
        yield ""
        after = book.last_day + timedelta(days=1)
        for name, amount in plain.balances(plain.closing):
            yield f"{after} balance {name}  {amount}"


def _hledger(plain: _Plain) -> Iterator[str]:
    book = plain.book
    yield f"; {book.title}"
    for currency in book.currencies:
        yield f"commodity {_sample(currency)} {currency}"
    yield from (f"account {name}" for name in plain.used())
    yield from map(_price, book.rates)
    if plain.opening:
        yield ""
        yield f"{plain.first_day} {message('en', 'booked.opening')}"
        yield from (f"    {name}  {amount}" for name, amount in plain.balances(plain.opening))
    for booked in book.entries:
        yield ""
        description = _description(booked).replace(";", "\uff1b")
        yield f"{booked.entry.posted_on} ({booked.id}) {description}"
        yield from (f"    {name}  {amount}" for name, amount in plain.legs(booked))
    if book.last_day is not None and plain.closing:
        yield ""
        yield f"{book.last_day} {message('en', 'booked.closing')}"
        for name, amount in plain.balances(plain.closing):
            currency = amount.rpartition(" ")[2]
            yield f"    {name}  {amount_of(0, currency)} = {amount}"


def _standing(balances: Balances) -> dict[tuple[Account, str], int]:
    return {key: minor for key, minor in balances.items() if minor}


def _component(reference: str) -> str:
    """Return a reference as one part of an account's name: letters, digits and hyphens."""
    name = _NOT_IN_A_NAME.sub("-", reference)
    return name[:1].upper() + name[1:]


def _description(booked: BookedEntry) -> str:
    key = f"booked.kind.{booked.entry.kind}"
    kind = message("en", key) if key in keys("en") else booked.entry.kind
    return f"{kind} {booked.entry.source}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _sample(currency: str) -> str:
    """Return how hledger is shown the decimals of a currency; the point has to be there."""
    decimals = "0" * exponent_of(currency)
    return f"1000.{decimals}"


def _price(rate: FxRate) -> str:
    return f"P {rate.on} {rate.currency} {rate.rate:f} {rate.into}"
