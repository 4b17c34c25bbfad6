"""
What a kind of document is: values, a template, words, and a table of the same rows.

A new kind is a module with a :class:`Kind` (:mod:`invoices.invoice_page` is one), a template
that extends ``page.html``, words in ``locales/``, and its place in :mod:`invoices.kinds`.
Language order, tags, attachments and drafts come with the frame.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from ledger.core.invoice import PartyCopy


class FrozenDocument(Protocol):
    """What every kind of document has. A document without a number is a draft."""

    @property
    def number(self) -> str:
        """The printed number, "" in a draft."""

    @property
    def issuer(self) -> PartyCopy:
        """Whose document it is."""

    @property
    def issued_on(self) -> date:
        """The day of issue."""

    @property
    def currency(self) -> str:
        """The currency of every amount."""

    @property
    def calculation_version(self) -> int:
        """By which version of the rules it was worked out."""

    @property
    def input_hash(self) -> str:
        """What it was worked out from: SHA-256 in lower-case hex."""


@dataclass(frozen=True, kw_only=True)
class Languages:
    """In which order a document speaks its two languages, and how it counts Japanese years."""

    first: str
    other: str
    in_eras: bool = False  # 令和8年 in place of 2026年
    authoritative: str = "ja"  # whose text decides where the two differ


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of document is set. ``Any`` stands for the type named in ``values``."""

    name: str  # as the book calls it: "invoice"
    values: type[Any]
    template: str
    title: Callable[[Any], str]  # key of the words that name the document
    reader: Callable[[Any], PartyCopy]  # whose language comes first
    parts: Callable[[Any, Languages], Mapping[str, object]]  # what the template needs besides
    lines: Callable[[Any], int]  # rows of detail
    table: Callable[[Any], Iterable[bytes]]  # the same rows as CSV
