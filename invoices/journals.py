"""The formats that a journal is exported in: each with its file name's ending and encodings."""

from dataclasses import dataclass, field
from enum import StrEnum

from invoices import journal_chart
from invoices.journal_chart import ChartMapping
from invoices.journal_plain import beancount, hledger
from invoices.journal_yen import yen_journal
from ledger.core.journal_export import JournalBook


class JournalFormat(StrEnum):
    """Whose program reads the file."""

    YAYOI = "yayoi"
    FREEE = "freee"
    MONEYFORWARD = "moneyforward"
    BEANCOUNT = "beancount"
    HLEDGER = "hledger"

    @property
    def is_plain(self) -> bool:
        """Whether it is plain-text accounting, in which each currency keeps its own."""
        return self in (JournalFormat.BEANCOUNT, JournalFormat.HLEDGER)

    @property
    def encodings(self) -> tuple[str, ...]:
        """The encodings a file may have, the usual one first."""
        if self.is_plain:
            return ("utf-8",)
        return tuple(journal_chart.usual()[self.value]["encodings"])

    @property
    def ending(self) -> str:
        """What the file's name ends with."""
        plain = {JournalFormat.BEANCOUNT: "beancount", JournalFormat.HLEDGER: "journal"}
        return plain.get(self, "csv")


@dataclass(frozen=True, kw_only=True)
class JournalFile:
    """A journal as bytes, and which characters took another form in it."""

    content: bytes
    replaced: dict[str, str] = field(default_factory=dict)


def journal_file(
    book: JournalBook, *, format_: JournalFormat, mapping: ChartMapping, encoding: str
) -> JournalFile:
    """
    Write entries in a format; the same entries and mapping give the same bytes.

    :raises JournalNotInYen: a program that keeps yen is given another currency.
    :raises JournalCharacterUnwritable: a text has a character that the encoding has not.
    :raises AccountNameTooLong: the program would cut an account's name.
    """
    if format_ == JournalFormat.BEANCOUNT:
        return JournalFile(content=beancount(book, mapping=mapping))
    if format_ == JournalFormat.HLEDGER:
        return JournalFile(content=hledger(book, mapping=mapping))
    content, replaced = yen_journal(book, program=format_, mapping=mapping, encoding=encoding)
    return JournalFile(content=content, replaced=replaced)
