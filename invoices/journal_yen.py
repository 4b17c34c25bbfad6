"""
Journals for Yayoi, freee and Money Forward: the columns each one reads, line by line, in yen.

Each row is one line of the journal. Yayoi takes an entry of several lines as one slip
(identification flags 2110, 2100, 2101), Money Forward by a common number. freee takes deals: what
moves the bank is one deal of that account, anything else two over a clearing account.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from invoices import journal_chart
from invoices.journal_chart import (
    ChartMapping,
    account_name,
    distinct,
    freee_word,
    label_of,
    purchase_word,
    tax_label,
)
from invoices.journal_text import Narrowing
from ledger.core.journal import Account, AccountCode
from ledger.core.journal_export import (
    BookedEntry,
    ExportParty,
    JournalBook,
    JournalLine,
    TaxCategory,
    lines_of,
)
from ledger.core.refusal import Refusal
from locales.catalogues import keys, message

YEN = "JPY"

#: Bytes that a program takes of an account's and a party's name, and of a description, where it
#: says so.
_NAME_WIDTH = {"yayoi": 24}
_TEXT_WIDTH = {"yayoi": 64}

_SINGLE, _FIRST, _BETWEEN, _LAST = "2000", "2110", "2100", "2101"
_PLAIN_TYPE, _SLIP_TYPE = "0", "3"


class JournalNotInYen(Refusal):
    """An entry is in another currency, which a program that keeps yen does not take."""

    code = "journal_not_in_yen"
    field = "currency"


class AccountNameTooLong(Refusal):
    """An account has a name that the program would cut, so that it is another account."""

    code = "account_name_too_long"
    field = "mapping"


class _Sheet:
    """One file on its way: names as they are written, and rows."""

    def __init__(self, book: JournalBook, mapping: ChartMapping, program: str, narrow: Narrowing):
        self.book = book
        self.mapping = mapping
        self.program = program
        self.narrow = narrow
        self.parties = distinct(
            tuple(book.parties.values()), name_of=self._party_name, numbered=self._numbered
        )

    def account(self, account: Account) -> str:
        """Return an account's name; one that is too long is refused, because a cut is another."""
        name = self.narrow.text(account_name(self.mapping, account.code))
        width = _NAME_WIDTH.get(self.program)
        if width is not None and self.narrow.cut(name, width) != name:
            raise AccountNameTooLong(account=account.code, value=name, most=width)
        return name

    def party(self, account: Account) -> str:
        """Return the name of the party that an account is kept for; empty without one."""
        return "" if account.party_id is None else self.parties[account.party_id]

    def tax(self, line: JournalLine, *, is_debit: bool) -> tuple[str, str]:
        """Return the label and the tax of one side of a line; what we do not know is left out."""
        if line.category == TaxCategory.OUTSIDE or line.is_debit_taxed != is_debit:
            account = line.debit if is_debit else line.credit
            given = label_of(self.mapping, self.program, account.code)
            if given is not None:
                return given, ""
            return tax_label(self.mapping, self.program, TaxCategory.OUTSIDE, rate_bp=0), "0"
        label = tax_label(
            self.mapping,
            self.program,
            line.category,
            rate_bp=line.rate_bp,
            credit_percent=line.credit_percent,
        )
        return label, "" if line.credit_percent is not None else str(line.tax_minor)

    def purchase(self, line: JournalLine, *, is_debit: bool) -> str:
        """Return what one side of a line says of the invoice behind a purchase."""
        if line.is_debit_taxed != is_debit:
            return ""
        return purchase_word(line.category, line.credit_percent)

    def lines(self, booked: BookedEntry) -> list[JournalLine]:
        """Return an entry's lines."""
        parties = self.book.parties
        return lines_of(
            booked.entry, is_taxed_here=lambda party_id: parties[party_id].is_taxed_here
        )

    def description(self, booked: BookedEntry) -> str:
        """Say what an entry is, and which document it follows from."""
        key = f"booked.kind.{booked.entry.kind}"
        kind = message("ja", key) if key in keys("ja") else booked.entry.kind
        return self.narrow.text(
            f"{kind} {booked.entry.source}", width=_TEXT_WIDTH.get(self.program)
        )

    def _party_name(self, party: ExportParty) -> str:
        name = self.mapping.parties.get(party.reference) or party.name_ja
        return self.narrow.text(name, width=_NAME_WIDTH.get(self.program))

    def _numbered(self, name: str, number: int) -> str:
        suffix, width = f" {number}", _NAME_WIDTH.get(self.program)
        short = name if width is None else self.narrow.cut(name, width - len(suffix))
        return short + suffix


def yen_journal(
    book: JournalBook, *, program: str, mapping: ChartMapping, encoding: str
) -> tuple[bytes, dict[str, str]]:
    """
    Write entries for a program; return the file, and which characters took another form.

    :raises JournalNotInYen: an entry is in another currency.
    :raises JournalCharacterUnwritable: a text has a character that the encoding has not.
    :raises AccountNameTooLong: the program would cut an account's name.
    """
    for booked in book.entries:
        if booked.entry.currency != YEN:
            currencies = ", ".join(each for each in book.currencies if each != YEN)
            raise JournalNotInYen(source=booked.entry.source, currencies=currencies)
    usual = journal_chart.usual()[program]
    narrow = Narrowing(encoding=encoding.removesuffix("-sig"))
    sheet = _Sheet(book, mapping, program, narrow)
    buffer = StringIO()
    writer = csv.writer(
        buffer,
        lineterminator=usual["line_end"],
        quoting=csv.QUOTE_ALL if program == "moneyforward" else csv.QUOTE_MINIMAL,
    )
    if program != "yayoi":
        writer.writerow(usual["columns"])
    writer.writerows(_ROWS[program](sheet))
    return buffer.getvalue().encode(encoding), narrow.replaced


def _yayoi(sheet: _Sheet) -> Iterator[Sequence[str]]:
    for booked in sheet.book.entries:
        lines = sheet.lines(booked)
        for number, line in enumerate(lines, start=1):
            debit_label, debit_tax = sheet.tax(line, is_debit=True)
            credit_label, credit_tax = sheet.tax(line, is_debit=False)
            yield (
                _flag(number, len(lines)),
                *("", "", f"{booked.entry.posted_on:%Y/%m/%d}"),
                *(sheet.account(line.debit), sheet.party(line.debit), ""),
                *(debit_label, str(line.amount_minor), debit_tax),
                *(sheet.account(line.credit), sheet.party(line.credit), ""),
                *(credit_label, str(line.amount_minor), credit_tax),
                *(sheet.description(booked), sheet.narrow.text(booked.entry.source), ""),
                _PLAIN_TYPE if len(lines) == 1 else _SLIP_TYPE,
                *("", str(booked.id), "0", "0", "no"),
            )


def _flag(number: int, count: int) -> str:
    if count == 1:
        return _SINGLE
    if number == 1:
        return _FIRST
    return _LAST if number == count else _BETWEEN


def _moneyforward(sheet: _Sheet) -> Iterator[Sequence[str]]:
    for count, booked in enumerate(sheet.book.entries, start=1):
        for line in sheet.lines(booked):
            debit_label, debit_tax = sheet.tax(line, is_debit=True)
            credit_label, credit_tax = sheet.tax(line, is_debit=False)
            yield (
                *(str(count), f"{booked.entry.posted_on:%Y/%m/%d}"),
                *(sheet.account(line.debit), "", "", sheet.party(line.debit)),
                *(debit_label, sheet.purchase(line, is_debit=True)),
                *(str(line.amount_minor), debit_tax),
                *(sheet.account(line.credit), "", "", sheet.party(line.credit)),
                *(credit_label, sheet.purchase(line, is_debit=False)),
                *(str(line.amount_minor), credit_tax),
                *(sheet.description(booked), str(booked.id)),
                *("",) * 7,
            )


def _freee(sheet: _Sheet) -> Iterator[Sequence[str]]:
    clearing = freee_word(sheet.mapping, "clearing")
    for booked in sheet.book.entries:
        for number, line in enumerate(sheet.lines(booked), start=1):
            managed = f"{booked.id}-{number}"
            if line.debit.code == AccountCode.BANK:
                wallet = sheet.account(line.debit)
                yield _deal(sheet, booked, line, managed=managed, wallet=wallet, is_debit=False)
            elif line.credit.code == AccountCode.BANK:
                wallet = sheet.account(line.credit)
                yield _deal(sheet, booked, line, managed=managed, wallet=wallet, is_debit=True)
            else:
                yield _deal(sheet, booked, line, managed=managed, wallet=clearing, is_debit=True)
                yield _deal(sheet, booked, line, managed=managed, wallet=clearing, is_debit=False)


def _deal(
    sheet: _Sheet,
    booked: BookedEntry,
    line: JournalLine,
    *,
    managed: str,
    wallet: str,
    is_debit: bool,
) -> Sequence[str]:
    """Return the deal of one side: what is debited is an expense, what is credited an income."""
    account = line.debit if is_debit else line.credit
    label, tax = sheet.tax(line, is_debit=is_debit)
    day, amount = f"{booked.entry.posted_on:%Y/%m/%d}", str(line.amount_minor)
    return (
        freee_word(sheet.mapping, "expense" if is_debit else "income"),
        *(managed, day, "", "", sheet.party(account), sheet.account(account)),
        *(label, amount, freee_word(sheet.mapping, "calculation"), tax),
        *(sheet.description(booked), "", "", "", "", "", ""),
        *(day, sheet.narrow.text(wallet), amount),
    )


_ROWS = {"yayoi": _yayoi, "freee": _freee, "moneyforward": _moneyforward}
