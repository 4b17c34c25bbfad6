"""
Pages for the typesetter, read without its tolerant parser and its sheet for all of HTML.

Both cost a tenth of a page each. Our templates are the only source of what is read here: each
element is closed, save the void ones, and is one of those that ``styles/elements.css`` knows.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

#: What elements are, before any style.
ELEMENTS = Path(__file__).parent / "styles" / "elements.css"

_DOCTYPE = "<!DOCTYPE html>"
_SVG = "{http://www.w3.org/2000/svg}"

#: What HTML leaves open and XML closes; text is escaped, and has no brackets of its own.
_VOID = re.compile(r"<(br|col|meta)\b([^<>]*?)/?>")

#: Line ends between elements, which are there for the reader of a template.
_BETWEEN = re.compile(r">\s*\n\s*<")

#: Characters that XML has no place for, and neither has paper.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_page(html: str, *, weasyprint: Any) -> Any:
    """
    Return a page as the typesetter takes it; nothing that it names is fetched.

    :raises ParseError: an element is not closed, which only a template can be at fault for.
    """
    return _page_class(weasyprint)(_elements_of(html))


@cache
def _page_class(weasyprint: Any) -> Any:
    wrapper_class = import_module("cssselect2").ElementWrapper
    elements = [weasyprint.CSS(string=ELEMENTS.read_text(encoding="utf-8"))]

    class Page(weasyprint.HTML):  # type: ignore[misc]
        """A page whose elements are there already."""

        def __init__(self, root: ElementTree.Element) -> None:
            self.base_url, self.media_type = None, "print"
            self.url_fetcher = weasyprint.urls.URLFetcher(allowed_protocols=())
            self.wrapper_element = wrapper_class.from_html_root(root, content_language=None)
            self.etree_element = root

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return elements

    return Page


def _elements_of(html: str) -> ElementTree.Element:
    """Parse HTML that our templates made; rows get their group, and drawings one description."""
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", html.removeprefix(_DOCTYPE))
    closed = _BETWEEN.sub("><", _VOID.sub(r"<\1\2/>", text))
    root = ElementTree.fromstring(closed)  # noqa: S314 - our own text, without a doctype
    for table in root.iter("table"):
        _group_rows(table)
    for drawing in root.iter(f"{_SVG}svg"):
        _describe(drawing)
    return root


def _group_rows(table: ElementTree.Element) -> None:
    rows = table.findall("tr")
    if rows:
        for row in rows:
            table.remove(row)
        ElementTree.SubElement(table, "tbody").extend(rows)


def _describe(drawing: ElementTree.Element) -> None:
    """Join a drawing's description to its title, the one of the two that is passed on."""
    title, description = drawing.find(f"{_SVG}title"), drawing.find(f"{_SVG}desc")
    if title is not None and description is not None:
        title.text = f"{title.text}: {description.text}"
