"""
What an export of the journal is made of: entries with their tax facts, parties, balances around.

A line is one posting as an accountant's program takes it. The house's fee or sale and its
consumption tax, two postings from one account, are one line with the tax inside it, because that
is how those programs are told of a sale; so are what the house buys and the tax on that. Every
posting is in exactly one line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.exchange import FxRate
from ledger.core.journal import Account, AccountCode, JournalEntry, Posting
from ledger.core.tax import consumption_tax_rate_bp, transitional_credit_percent


class TaxCategory(StrEnum):
    """How a line stands to consumption tax. Each program has labels of its own for them."""

    OUTSIDE = "outside"  # money that is held, owed or moved
    SALES = "sales"  # the house's fee, taxed
    EXPORT = "export"  # the house's fee to a holder abroad, or its sale to a firm abroad, exempt
    PURCHASE = "purchase"  # bought by the house of a registered holder
    PURCHASE_UNREGISTERED = "purchase_unregistered"  # of one that is not: a part is deducted


#: What is taxed, and where the tax on it stands.
_TAX_OF = {
    AccountCode.ADMIN_FEE: AccountCode.OUTPUT_TAX,
    AccountCode.SALES: AccountCode.OUTPUT_TAX,
    AccountCode.ROYALTY_COST: AccountCode.INPUT_TAX,
    AccountCode.ROYALTY_COST_UNREGISTERED: AccountCode.INPUT_TAX,
}

#: Which category a purchase is of.
_BOUGHT = {
    AccountCode.ROYALTY_COST: TaxCategory.PURCHASE,
    AccountCode.ROYALTY_COST_UNREGISTERED: TaxCategory.PURCHASE_UNREGISTERED,
}


@dataclass(frozen=True, kw_only=True)
class BookedEntry:
    """An entry with its number in the book."""

    id: int
    entry: JournalEntry


@dataclass(frozen=True, kw_only=True)
class ExportParty:
    """A party that accounts are kept for, and whether a supply to it is taxed in Japan."""

    id: int
    reference: str
    name_ja: str
    name_en: str
    is_taxed_here: bool


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """One amount from the credited to the debited account; tax inside it stands on one side."""

    debit: Account
    credit: Account
    amount_minor: int  # tax included
    tax_minor: int = 0
    category: TaxCategory = TaxCategory.OUTSIDE
    rate_bp: int = 0
    is_debit_taxed: bool = False  # the side the category is of; the other is outside
    credit_percent: int | None = None  # what of the tax inside is deducted, where it is a part


@dataclass(frozen=True, kw_only=True)
class JournalBook:
    """Some entries of the book in order, with all that a file of them says."""

    title: str  # whose book it is
    entries: tuple[BookedEntry, ...]
    parties: Mapping[int, ExportParty]
    #: Debits less credits before the first entry; None where the entries are no whole days.
    opening: Mapping[tuple[Account, str], int] | None = None
    first_day: date | None = None
    last_day: date | None = None
    rates: tuple[FxRate, ...] = ()

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of the entries, in order."""
        return tuple(sorted({each.entry.currency for each in self.entries}))


def lines_of(entry: JournalEntry, *, is_taxed_here: Callable[[int], bool]) -> list[JournalLine]:
    """Return an entry's lines in the order of its postings, a fee and its tax together."""
    tax_of = _pairs(entry.postings)
    merged = set(tax_of.values())
    return [
        _taxed_line(entry, posting, tax_of.get(place), is_taxed_here)
        if _taxed_code(posting) is not None
        else JournalLine(
            debit=posting.debit, credit=posting.credit, amount_minor=posting.amount_minor
        )
        for place, posting in enumerate(entry.postings)
        if place not in merged
    ]


def postings_of(line: JournalLine) -> Iterator[Posting]:
    """Yield the postings a line is made of: what is taxed and its tax apart again."""
    net = line.amount_minor - line.tax_minor
    yield Posting(debit=line.debit, credit=line.credit, amount_minor=net)
    if line.tax_minor:
        taxed = line.debit if line.is_debit_taxed else line.credit
        tax = Account(_TAX_OF[taxed.code])
        yield Posting(
            debit=tax if line.is_debit_taxed else line.debit,
            credit=line.credit if line.is_debit_taxed else tax,
            amount_minor=line.tax_minor,
        )


def closing_of(book: JournalBook) -> dict[tuple[Account, str], int]:
    """Return debits less credits of each account and currency after the last entry."""
    found = dict(book.opening or {})
    for each in book.entries:
        for posting in each.entry.postings:
            for account, sign in ((posting.debit, 1), (posting.credit, -1)):
                key = (account, each.entry.currency)
                found[key] = found.get(key, 0) + sign * posting.amount_minor
    return found


def _taxed_code(posting: Posting) -> AccountCode | None:
    """Return which account of a posting is one of sales or purchases, if one is."""
    return next((code for code in _TAX_OF if code in _codes(posting)), None)


def _codes(posting: Posting) -> tuple[AccountCode, AccountCode]:
    return posting.debit.code, posting.credit.code


def _pairs(postings: Sequence[Posting]) -> dict[int, int]:
    """Return which tax goes with which sale or purchase: the next of the same side and payer."""
    pairs: dict[int, int] = {}
    for code, tax_code in _TAX_OF.items():
        taxes = _places(postings, tax_code)
        for key, of_code in _places(postings, code).items():
            free = [place for place in taxes.get(key, ()) if place not in pairs.values()]
            pairs.update(zip(of_code, free, strict=False))
    return pairs


def _places(
    postings: Sequence[Posting], code: AccountCode
) -> dict[tuple[bool, Account], list[int]]:
    """Return where an account is posted to, by whether it is debited and the account across."""
    found: dict[tuple[bool, Account], list[int]] = {}
    for place, posting in enumerate(postings):
        if posting.debit.code == code:
            found.setdefault((True, posting.credit), []).append(place)
        elif posting.credit.code == code:
            found.setdefault((False, posting.debit), []).append(place)
    return found


def _taxed_line(
    entry: JournalEntry,
    posting: Posting,
    tax_place: int | None,
    is_taxed_here: Callable[[int], bool],
) -> JournalLine:
    code = _taxed_code(posting)
    assert code is not None
    is_debited = posting.debit.code == code
    tax_minor = 0 if tax_place is None else entry.postings[tax_place].amount_minor
    across = (posting.credit if is_debited else posting.debit).party_id
    is_sale = tax_minor > 0 or across is None or is_taxed_here(across)
    category = _BOUGHT.get(code, TaxCategory.SALES if is_sale else TaxCategory.EXPORT)
    is_part = category is TaxCategory.PURCHASE_UNREGISTERED
    is_export = category is TaxCategory.EXPORT
    return JournalLine(
        debit=posting.debit,
        credit=posting.credit,
        amount_minor=posting.amount_minor + tax_minor,
        tax_minor=tax_minor,
        category=category,
        rate_bp=0 if is_export else consumption_tax_rate_bp(on=entry.posted_on),
        is_debit_taxed=is_debited,
        credit_percent=transitional_credit_percent(entry.posted_on) if is_part else None,
    )
