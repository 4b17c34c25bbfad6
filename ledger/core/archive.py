"""
The archive: what is kept of papers sent and received, how it is found, and for how long.

Owns the facts a paper is found by (電子帳簿保存法: day, amount and counterparty, any of which may
be blank), what one that a person files away must say, and from which day its years are counted.
Nothing is ever removed: what was filed wrongly is followed by a version that says so and why.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from ledger.core.catalogue import name_key
from ledger.core.fields import (
    FieldRefusal,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.invoice import PartyCopy
from ledger.core.money import AMOUNT_MINOR_MAX, CURRENCY_EXPONENTS
from ledger.core.refusal import Refusal

#: The largest file that is kept, in bytes.
CONTENT_BYTES_MAX = 64 * 1024 * 1024

#: The longest name, number and reason.
TEXT_LENGTH_MAX = 300

#: For how many years a paper is kept (法人税法施行規則59条), and of a year with a loss (26条の3).
YEARS_KEPT = 7
YEARS_KEPT_OF_LOSS = 10

#: When years begin to count: so many months after a fiscal year ended (規則59条2項).
MONTHS_TO_FILE = 2

#: By how many months the day for filing may have been put off (法人税法75条の2).
EXTENSION_MONTHS_MAX = 6

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}")


class Direction(StrEnum):
    """Which way a paper went."""

    SENT = "sent"
    RECEIVED = "received"


class FiledKind(StrEnum):
    """What a file that is filed away is."""

    SUPPLIER_INVOICE = "supplier_invoice"
    SUPPLIER_RECEIPT = "supplier_receipt"
    QUOTATION = "quotation"
    ORDER = "order"
    DELIVERY_NOTE = "delivery_note"
    CONTRACT = "contract"
    BANK_STATEMENT = "bank_statement"
    BANK_FILE = "bank_file"
    USAGE_FILE = "usage_file"
    CONSENT_EVIDENCE = "consent_evidence"
    LETTER = "letter"
    OTHER = "other"


class FiledState(StrEnum):
    """Whether a paper is kept as one, or was filed by mistake; the file stays either way."""

    KEPT = "kept"
    REMOVED = "removed"


class FileEmpty(FieldRefusal):
    """A file to be kept has no bytes."""

    code = "archive_file_empty"


class FileTooLarge(FieldRefusal):
    """A file to be kept is larger than :data:`CONTENT_BYTES_MAX`. Carries both sizes."""

    code = "archive_file_too_large"


class MediaTypeMalformed(FieldRefusal):
    """The type of a file is not two words with a slash between them."""

    code = "archive_media_type_malformed"


class TextTooLong(FieldRefusal):
    """A text is longer than a paper's facts may be. Carries both lengths."""

    code = "archive_text_too_long"


class AmountWithoutCurrency(FieldRefusal):
    """An amount came without a currency that the book knows."""

    code = "archive_currency_unknown"


class DayOutOfRange(FieldRefusal):
    """The day of a paper lies after the day it is filed away, or before there were any books."""

    code = "archive_day_out_of_range"


class FiscalYearTooLong(Refusal):
    """A fiscal year has more than twelve months, or ends before it begins (法人税法13条)."""

    code = "fiscal_year_not_one"
    field = "last_day"


@dataclass(frozen=True, kw_only=True)
class SearchFacts:
    """What a paper is found by; None and "" are blank, and found as blank."""

    counterparty_ja: str
    counterparty_en: str = ""
    currency: str | None = None
    amount_minor: int | None = None

    @property
    def counterparty_key(self) -> str:
        """How a search compares the counterparty."""
        return name_key(self.counterparty_ja, self.counterparty_en)


@dataclass(frozen=True, kw_only=True)
class NewPaper:
    """A file that a person or the program files away, and the facts it is found by."""

    kind: str
    direction: str
    file_name: str
    media_type: str
    content: bytes
    dealt_on: date | None = None
    amount_minor: int | None = None
    currency: str | None = None
    counterparty: str = ""
    document_number: str = ""


@dataclass(frozen=True, kw_only=True)
class PaperFacts:
    """What is said of a filed paper; a correction says all of it anew."""

    kind: FiledKind
    dealt_on: date | None
    amount_minor: int | None
    currency: str | None
    counterparty: str
    document_number: str


@dataclass(frozen=True, kw_only=True)
class FiscalYear:
    """
    A fiscal year of the operator, from its first day to its last, both included.

    ``extension_months`` is by how many months the day for filing was put off. Whether the year
    closed with a loss is known after it, and until then not (None): it is kept as one.
    """

    first_day: date
    last_day: date
    extension_months: int = 0
    is_loss: bool | None = None

    @property
    def counted_from(self) -> date:
        """
        The day from which years of keeping count (法人税法施行規則59条2項).

        >>> FiscalYear(first_day=date(2026, 4, 1), last_day=date(2027, 3, 31)).counted_from
        datetime.date(2027, 6, 1)
        """
        months = MONTHS_TO_FILE + self.extension_months
        return _months_after(self.last_day + timedelta(days=1), months)

    @property
    def kept_through(self) -> date:
        """
        The last day on which what is of this year has to be there.

        >>> FiscalYear(
        ...     first_day=date(2026, 4, 1), last_day=date(2027, 3, 31), is_loss=False
        ... ).kept_through
        datetime.date(2034, 5, 31)
        """
        years = YEARS_KEPT if self.is_loss is False else YEARS_KEPT_OF_LOSS
        return _months_after(self.counted_from, 12 * years) - timedelta(days=1)


def facts_of(counterparty: PartyCopy, *, currency: str, amount_minor: int | None) -> SearchFacts:
    """Return what a document is found by: whom it is addressed to and what it comes to."""
    return SearchFacts(
        counterparty_ja=counterparty.name_ja,
        counterparty_en=counterparty.name_en,
        currency=currency,
        amount_minor=amount_minor,
    )


def check_paper(paper: NewPaper, *, today: date) -> PaperFacts:
    """
    Return what is said of a file to be kept, when it can be kept as that.

    :raises FieldRefusal: names the field that cannot be taken.
    """
    check_word(paper.direction, of=Direction, field="direction")
    _check_short(paper.file_name, field="file_name", may_be_empty=False)
    if not _MEDIA_TYPE.fullmatch(paper.media_type):
        raise MediaTypeMalformed(field="media_type", value=paper.media_type[:100])
    if not paper.content:
        raise FileEmpty(field="content")
    if len(paper.content) > CONTENT_BYTES_MAX:
        raise FileTooLarge(field="content", size=len(paper.content), most=CONTENT_BYTES_MAX)
    return check_facts(paper, today=today)


def check_facts(told: NewPaper | PaperFacts, *, today: date) -> PaperFacts:
    """
    Return what a paper is found by; what is blank stays blank.

    :raises FieldRefusal: names the field that cannot be taken.
    """
    kind = check_word(told.kind, of=FiledKind, field="kind")
    if told.dealt_on is not None and not date(1900, 1, 1) <= told.dealt_on <= today:
        raise DayOutOfRange(field="date", value=told.dealt_on, today=today)
    if told.amount_minor is not None:
        check_whole(told.amount_minor, field="amount", least=-AMOUNT_MINOR_MAX)
        if told.currency not in CURRENCY_EXPONENTS:
            raise AmountWithoutCurrency(field="currency", value=told.currency)
    return PaperFacts(
        kind=kind,
        dealt_on=told.dealt_on,
        amount_minor=told.amount_minor,
        currency=told.currency if told.amount_minor is not None else None,
        counterparty=_check_short(told.counterparty, field="counterparty").strip(),
        document_number=_check_short(told.document_number, field="number").strip(),
    )


def check_fiscal_year(year: FiscalYear) -> FiscalYear:
    """
    Return a fiscal year that can be one.

    :raises FiscalYearTooLong: it ends before it begins, or has more than twelve months.
    :raises NumberOutOfRange: filing was put off by more than :data:`EXTENSION_MONTHS_MAX`.
    """
    longest = _months_after(year.first_day, 12) - timedelta(days=1)
    if not year.first_day <= year.last_day <= longest:
        raise FiscalYearTooLong(first_day=year.first_day, last_day=year.last_day, latest=longest)
    check_whole(year.extension_months, field="extension_months", most=EXTENSION_MONTHS_MAX)
    return replace(year)


def _check_short(text: str, *, field: str, may_be_empty: bool = True) -> str:
    check_text(text, field=field, may_be_empty=may_be_empty)
    if len(text) > TEXT_LENGTH_MAX:
        raise TextTooLong(field=field, length=len(text), most=TEXT_LENGTH_MAX)
    return text


def _months_after(day: date, months: int) -> date:
    """Return the day so many months later; the last of a month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
