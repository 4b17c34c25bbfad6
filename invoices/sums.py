"""The labelled figures at the foot of a table: what is added up, what is taken off, the total."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from invoices.kind import Languages
from ledger.core.exchange_terms import YEN
from ledger.core.invoice import Taxed, TaxLine
from locales import formats
from locales.catalogues import LANGUAGES, keys


@dataclass(frozen=True, kw_only=True)
class Sum:
    """One labelled figure of a column that is added up, beside its rate and its tax."""

    key: str
    name: str = ""  # stands instead of the key's words where a contract gives a name of its own
    amount_minor: int
    rate_bp: int | None = None
    tax_minor: int = 0
    style: str = ""  # "total", "subtotal" or "memo"
    currency: str | None = None  # of an amount in another one than the document's


def yen_sums(taxes: Iterable[TaxLine]) -> Iterator[Sum]:
    """Yield the tax of each rate in yen, where it is charged in another currency."""
    for tax in taxes:
        if tax.tax_yen is not None:
            yield Sum(
                key="tax.in_yen",
                amount_minor=tax.tax_yen,
                rate_bp=tax.rate_bp,
                currency=YEN,
            )


def own_name(category: str) -> str:
    """Return the name a contract gave a category that the catalogues have no words for."""
    return "" if f"category.{category}" in keys(LANGUAGES[0]) else category


def marks_minus(languages: Languages) -> bool:
    """Tell whether a document's minus is a mark that not everybody reads as one."""
    minus = formats.figure(language=languages.first, amount_minor=-1, currency="JPY")
    return not minus.startswith("-")


def chosen(*choices: tuple[bool, str]) -> list[str]:
    """Return the keys of the notes that are wanted, in their order."""
    return [key for is_wanted, key in choices if is_wanted]


def tax_words(taxed: Taxed) -> str:
    """Return which words say how something is taxed."""
    return taxed.treatment if taxed.is_qualified else f"{taxed.treatment}_unqualified"
