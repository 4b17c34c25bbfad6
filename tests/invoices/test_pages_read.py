"""Pages are read by a strict parser with a short list of elements: the templates keep to both."""

import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest

from invoices import page_reading
from invoices.pdf import render
from invoices.typesetting import _weasyprint
from tests.invoices.samples import invoice

TEMPLATES = sorted((Path(page_reading.__file__).parent / "templates").glob("*.html"))

#: Drawings have elements of their own, which no sheet speaks of; a line break is one by content.
_DRAWN = {"svg", "rect", "text", "title"}


def read(body: str) -> ElementTree.Element:
    """Read a page with this body, and return what the typesetter is given."""
    page = page_reading.read_page(
        f"<!DOCTYPE html>\n<html><body>{body}</body></html>", weasyprint=_weasyprint()
    )
    root: ElementTree.Element = page.etree_element
    return root


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_uses_elements_that_the_sheet_knows(template: Path) -> None:
    known = set(re.findall(r"[a-z][a-z0-9]*(?=[,:{ ])", page_reading.ELEMENTS.read_text()))
    used = set(re.findall(r"<([a-z][a-z0-9]*)", template.read_text()))
    assert used - _DRAWN - {"span"} <= known


def test_void_elements_need_no_end() -> None:
    body = read('a<br>b<table><col class="x"><col><tr><td>c</td></tr></table>')[0]
    assert [each.tag for each in body.iter()] == [
        *("body", "br", "table", "col", "col", "tbody", "tr", "td")
    ]


def test_an_element_left_open_is_a_fault_of_the_template() -> None:
    with pytest.raises(ElementTree.ParseError):
        read("<div>")


def test_line_ends_between_elements_are_not_set_but_spaces_are() -> None:
    body = read("<div>\n  <span>a</span> <span>b</span>\n</div>")[0]
    assert "".join(body.itertext()) == "a b"


def test_characters_that_no_page_can_hold_are_marked_and_not_fatal() -> None:
    assert (
        "".join(read("a\x0bb\uffffc").itertext())
        == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    )


def test_headings_are_bookmarks() -> None:
    with pikepdf.open(BytesIO(render(invoice()))) as pdf, pdf.open_outline() as outline:
        assert outline.root
