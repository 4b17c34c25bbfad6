"""
A document set as HTML in two languages, in the order its reader wants.

Owns the frame that every kind shares: the languages, the formats, the head and foot of each
page, and how a draft shows that it is one. Frozen core values go in and text comes out.
Everything that came from a party is escaped by the templates. :mod:`invoices.pdf` makes bytes.
"""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from invoices.charts import svg_of
from invoices.kind import FrozenDocument, Languages
from invoices.kinds import kind_of
from locales import formats
from locales.catalogues import LANGUAGES, languages, message

_TEMPLATES = Path(__file__).parent / "templates"

#: What the drawings need told; the style sheet holds the rest.
_DRAWING = {
    "seal_color": "#c2604f",
    "quiet_color": "#8b94a1",
    "seal_font": "BIZ UDPMincho, Noto Serif CJK JP, IPAexMincho, Hiragino Mincho ProN",
}

#: Formats that speak a language, which the templates use in the first and in the other; days and
#: months are written with the years of the document.
_FIGURES: tuple[Callable[..., str], ...] = (
    formats.percent,
    formats.percent_from_bp,
    formats.quantity,
)
_DAYS: tuple[Callable[..., str], ...] = (
    formats.day,
    formats.month,
    formats.months,
    formats.short_month,
    formats.span,
)


def html_of(document: FrozenDocument, *, in_eras: bool = False) -> str:
    """
    Set a document as HTML; ``in_eras`` counts Japanese years by the emperor's era (和暦).

    :raises MissingMessage: the document holds a code (a reason, a unit) that has no words.
    :raises UnknownKind: the values are not those of any kind of document.
    """
    kind, languages = kind_of(document), languages_of(document, in_eras=in_eras)
    currency = document.currency
    template = _environment(languages).get_template(kind.template)
    return template.render(
        document=document,
        is_draft=not document.number,
        title_key=kind.title(document),
        document_title=title_of(document),
        seal=formats.seal_characters(document.issuer.name_ja),
        figure=partial(_in_minor, formats.figure, languages.first, currency),
        money=partial(_in_minor, formats.money, languages.first, currency),
        amount_in=partial(_in_currency, languages.first),
        **kind.parts(document, languages),
    )


def languages_of(document: FrozenDocument, *, in_eras: bool = False) -> Languages:
    """
    Return the order of languages, the reader's first, and what else was agreed with the reader.

    ``in_eras`` holds where nothing was agreed about years.
    """
    reader = kind_of(document).reader(document)
    first = reader.language if reader.language in languages() else LANGUAGES[0]
    other = next(language for language in LANGUAGES if language != first)
    return Languages(
        first=first,
        other=other,
        in_eras=in_eras if reader.in_eras is None else reader.in_eras,
        authoritative=reader.authoritative or LANGUAGES[0],
    )


def title_of(document: FrozenDocument) -> str:
    """Return a document's title in both languages with its number, as viewers show it."""
    kind, languages = kind_of(document), languages_of(document)
    key = kind.title(document)
    words = [message(language, key) for language in (languages.first, languages.other)]
    mark = document.number or message(languages.first, "document.draft")
    return " ".join([*words, mark])


def _in_minor(write: Callable[..., str], language: str, currency: str, amount_minor: int) -> str:
    return write(language=language, amount_minor=amount_minor, currency=currency)


def _in_currency(language: str, amount_minor: int, currency: str) -> str:
    return formats.money(language=language, amount_minor=amount_minor, currency=currency)


@cache
def _environment(languages: Languages) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        languages=languages,
        svg_of=svg_of,
        words=partial(message, languages.first),
        other_words=partial(message, languages.other),
        in_first=_spoken(languages.first, languages.in_eras),
        in_other=_spoken(languages.other, languages.in_eras),
        **_DRAWING,
    )
    return environment


def _spoken(language: str, in_eras: bool) -> dict[str, Any]:
    """Return the formats in a language, by name."""
    figures = {write.__name__: partial(write, language=language) for write in _FIGURES}
    days = {write.__name__: partial(write, language=language, in_eras=in_eras) for write in _DAYS}
    return figures | days
