"""
The structure a screen reader walks through: what the typesetter leaves is put in order.

WeasyPrint tags every box. Here boxes that mean nothing are dissolved, text that stands on its
own becomes a paragraph, a heading cell of a table says what it heads, the second language says
which language it is, and what repeats on every page (running titles, carried totals) is told to
be skipped. PDF/UA-1 (ISO 14289-1) asks for each of these.

Text in the document's second language stands in ``<blockquote>``: no other element of the
templates becomes that structure type, and the typesetter passes types on but not languages.
"""

from collections.abc import Iterator
from typing import Any

import pydyf

#: Boxes without a meaning of their own.
_BOXES = frozenset({"/Div", "/NonStruct", "/Sect"})
_CELLS = frozenset({"/TH", "/TD"})
_ROW_GROUPS = frozenset({"/THead", "/TBody", "/TFoot"})


def mend_structure(pdf: Any, *, other_language: str) -> None:
    """Put the structure tree of a typeset document in order, before it is written."""
    structure = _Structure(pdf, other_language)
    structure.simplify()
    structure.assign_content()


class _Structure:
    """The tree of one document, whose parts refer to one another by object number."""

    def __init__(self, pdf: Any, other_language: str) -> None:
        self._pdf = pdf
        self._other_language = pydyf.String(other_language)
        root = self._at(pdf.catalog["StructTreeRoot"])
        self._document = self._at(root["K"][0])
        self._numbers = self._at(root["ParentTree"])["Nums"]

    def simplify(self) -> None:
        """Leave only elements that tell a reader something, each with what stands in it."""
        self._settle(self._document, self._kids_of(self._document))

    def assign_content(self) -> None:
        """Say of each piece of each page which element it belongs to, or that it is skipped."""
        kept = {id(self._document): self._document}
        pages = {page: [page, {}] for page in self._pdf.page_references}
        for element in self._walk(self._document):
            kept[id(element)] = element
            for kid in element["K"]:
                if isinstance(kid, int):
                    pages[element["Pg"]][1][kid] = element.reference
        for index, (reference, owners) in enumerate(pages.values()):
            self._mark(self._at(self._at(reference)["Contents"]), owners)
            count = max(owners, default=-1) + 1
            self._numbers[2 * index + 1][:] = [owners.get(each, "null") for each in range(count)]
        for element in self._pdf.objects:
            if _is_element(element) and id(element) not in kept:
                element.clear()

    def _kids_of(self, element: Any) -> list[Any]:
        return [left for kid in element["K"] for left in self._left_of(kid)]

    def _left_of(self, kid: Any) -> list[Any]:
        """Return what stands in the place of a kid: itself, what is in it, or nothing."""
        if isinstance(kid, int) or not _is_element(self._at(kid)):
            return [kid]
        element = self._at(kid)
        kids = self._kids_of(element)
        if not kids and element["S"] not in _CELLS:
            return []
        if element["S"] == "/Span" or (element["S"] in _BOXES and self._is_one_block(kids)):
            return kids
        if element["S"] in _BOXES:
            element["S"] = self._kind_of_box(element["S"], kids)
        if element["S"] == "/BlockQuote":
            element["S"], element["Lang"] = "/Span", self._other_language
        if element["S"] in _CELLS and self._is_one_block(kids):
            kids = self._at(kids[0])["K"] if self._at(kids[0])["S"] == "/P" else kids
        self._settle(element, kids)
        return [kid]

    def _settle(self, element: Any, kids: list[Any]) -> None:
        """Give an element its kids, and tell them whose they are."""
        has_blocks = any(not self._is_inline(kid) for kid in kids)
        for kid in kids:
            if not isinstance(kid, int):
                self._at(kid)["P"] = element.reference
                if has_blocks and self._at(kid)["S"] == "/Span":
                    self._at(kid)["S"] = "/P"
        element["K"] = pydyf.Array(kids)
        if element["S"] == "/TR":
            self._head(kids)
        elif element["S"] in _CELLS:
            _describe_cell(element)
        elif element["S"] == "/Figure":
            self._place(element)

    def _head(self, cells: list[Any]) -> None:
        """Say of the heading cells of a row whether they head columns or the row."""
        kinds = {self._at(cell)["S"] for cell in cells}
        scope = "/Column" if kinds == {"/TH"} else "/Row"
        for cell in map(self._at, cells):
            if cell["S"] == "/TH":
                cell["A"]["Scope"] = scope

    def _place(self, figure: Any) -> None:
        """Give a figure's box in points from below; the typesetter's are pixels from above."""
        left, top, right, bottom = (length * 3 / 4 for length in figure["A"]["BBox"])
        height = self._at(figure["Pg"])["MediaBox"][3]
        figure["A"]["BBox"][:] = [left, height - bottom, right, height - top]
        figure["A"]["Placement"] = "/Block"

    def _kind_of_box(self, kind: str, kids: list[Any]) -> str:
        if all(self._is_inline(kid) for kid in kids):
            return "/P"
        return "/Sect" if kind == "/Sect" else "/Div"

    def _is_one_block(self, kids: list[Any]) -> bool:
        return len(kids) == 1 and not self._is_inline(kids[0])

    def _is_inline(self, kid: Any) -> bool:
        return isinstance(kid, int) or self._at(kid).get("S") in {None, "/Span", "/Link"}

    def _walk(self, element: Any) -> Iterator[Any]:
        yield element
        for kid in element["K"]:
            if not isinstance(kid, int) and _is_element(self._at(kid)):
                yield from self._walk(self._at(kid))

    def _mark(self, page: Any, owners: dict[int, Any]) -> None:
        """Mark what belongs to no element as a thing of the page, which is not read out."""
        items = page.stream
        for place, item in enumerate(items):
            if item == b"BDC":
                marks = items[place - 1]
                is_read = marks["MCID"] in owners
                items[place - 2 : place + 1] = (
                    (b"/Span", marks, b"BDC") if is_read else (b"", b"/Artifact", b"BMC")
                )

    def _at(self, reference: Any) -> Any:
        return self._pdf.objects[int(reference.split()[0])]


def _is_element(item: Any) -> bool:
    return isinstance(item, dict) and item.get("Type") == "/StructElem"


def _describe_cell(cell: Any) -> None:
    """Keep what a cell spans; which headings it has follows from their scopes."""
    cell.pop("ID", None)
    cell["A"].pop("Headers", None)
    if cell["S"] == "/TD" and len(cell["A"]) == 1:
        del cell["A"]
