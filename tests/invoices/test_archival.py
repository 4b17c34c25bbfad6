"""
What PDF/A-3b and PDF/UA-1 ask of a file, as far as a program of ours can look.

Each rule is stated over the bytes as pikepdf reads them, on every kind of document, short and
long, in both language orders, and as a draft. It is no certificate: docs/documents.md says so.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import md5
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
import pytest

from invoices.attachments import Attachment, UnknownRelationship, standard_attachments
from invoices.electronic_copy import electronic_copies
from invoices.kinds import kind_of
from invoices.pdf import render
from ledger.core.snapshot import to_json
from tests.invoices.papers import EVERY_PAPER, PAPERS
from tests.invoices.samples import invoice

#: The structure types that the templates use, all of them standard (ISO 32000-1, 14.8.4).
STANDARD = {
    *("/Document", "/Sect", "/Div", "/P", "/H1", "/H2", "/H3", "/Span", "/Figure"),
    *("/Table", "/THead", "/TBody", "/TR", "/TH", "/TD"),
}

ANOTHER_FORM = Attachment(
    name="another-form.xml",
    media_type="application/xml",
    relationship="Alternative",
    description="The same in another form",
    content=b"<Form/>",
)


@cache
def made(name: str) -> bytes:
    """Render a document once for all the rules."""
    document = PAPERS[name]
    return render(document, attachments=(*standard_attachments(document), ANOTHER_FORM))


def opened(name: str) -> Any:
    """Open a document as an independent program reads it."""
    return pikepdf.open(BytesIO(made(name)))


def elements(pdf: Any) -> Iterator[Any]:
    """Yield every structure element in reading order."""

    def walk(element: Any) -> Iterator[Any]:
        yield element
        for kid in kids(element):
            if isinstance(kid, pikepdf.Dictionary):
                yield from walk(kid)

    for top in pdf.Root.StructTreeRoot.K:
        yield from walk(top)


def kids(element: Any) -> list[Any]:
    """Return what stands in an element: other elements, or numbers of content on its page."""
    return list(element.K) if "/K" in element else []


def marks(page: Any) -> Iterator[tuple[str, int | None]]:
    """Yield each piece of content: its mark, and its number when it belongs to an element."""
    for step in pikepdf.parse_content_stream(page):
        if str(step.operator) in {"BDC", "BMC"}:
            number = int(step.operands[1].MCID) if str(step.operator) == "BDC" else None
            yield str(step.operands[0]), number


@EVERY_PAPER
def test_the_file_is_sound(name: str) -> None:
    pdf = opened(name)
    assert pdf.check_pdf_syntax() == []
    assert pdf.pdf_version == "1.7"
    assert not pdf.is_encrypted


@EVERY_PAPER
def test_it_claims_both_standards_and_its_metadata_agree(name: str) -> None:
    pdf = opened(name)
    metadata = pdf.open_metadata()
    assert metadata.pdfa_status == "3B"
    assert metadata["pdfuaid:part"] == "1"
    assert metadata["dc:title"] == str(pdf.docinfo.Title)
    assert list(metadata["dc:creator"]) == [str(pdf.docinfo.Author)]
    assert metadata["xmp:CreatorTool"] == str(pdf.docinfo.Creator)
    assert metadata["pdf:Producer"] == str(pdf.docinfo.Producer)
    day = metadata["xmp:CreateDate"]
    assert f"D:{day[:10].replace('-', '')}000000+09'00'" == str(pdf.docinfo.CreationDate)
    stream = pdf.Root.Metadata
    assert "/Filter" not in stream  # Found without reading the file.
    text = stream.read_bytes().decode()
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in text  # Not among PDF/A's own.
    assert not re.search(r"<\?xpacket[^>]*(bytes|encoding)=", text)


@EVERY_PAPER
def test_colors_are_told_and_nothing_is_transparent(name: str) -> None:
    pdf = opened(name)
    (intent,) = pdf.Root.OutputIntents
    assert intent.S == "/GTS_PDFA1"
    profile = intent.DestOutputProfile
    assert int(profile.N) == 3
    assert profile.read_bytes()[36:40] == b"acsp"  # The signature of an ICC profile,
    assert profile.read_bytes()[16:20] == b"RGB "  # and the space it is for.
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            assert not {"/SMask", "/Group"} & set(item.keys())
            assert item.get("/ca", 1) == item.get("/CA", 1) == 1
            assert item.get("/BM", pikepdf.Name.Normal) == pikepdf.Name.Normal


@EVERY_PAPER
def test_every_font_is_inside_and_its_text_can_be_read(name: str) -> None:
    pdf = opened(name)
    fonts = [
        item
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"
    ]
    whole = [font for font in fonts if font.Subtype == "/Type0"]
    assert whole
    assert len(fonts) == 2 * len(whole)  # Each with its descendant, and no others.
    for font in whole:
        (descendant,) = font.DescendantFonts
        descriptor = descendant.FontDescriptor
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())
        assert "/ToUnicode" in font
        if descendant.Subtype == "/CIDFontType2":
            assert "/CIDToGIDMap" in descendant
        assert re.match(r"/[A-Z]{6}\+", str(font.BaseFont))  # A subset says that it is one.


@EVERY_PAPER
def test_nothing_in_it_acts(name: str) -> None:
    pdf = opened(name)
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys())
    assert set(pdf.Root.Names.keys()) == {"/EmbeddedFiles"}
    for page in pdf.pages:
        assert not {"/AA", "/Annots"} & set(page.keys())


@EVERY_PAPER
def test_a_reader_is_told_title_language_and_order(name: str) -> None:
    pdf = opened(name)
    assert pdf.Root.MarkInfo.Marked is True
    assert pdf.Root.ViewerPreferences.DisplayDocTitle is True
    document = PAPERS[name]
    assert str(pdf.Root.Lang) == kind_of(document).reader(document).language
    assert [page.StructParents for page in pdf.pages] == list(range(len(pdf.pages)))
    assert all(page.Tabs == "/S" for page in pdf.pages)


@EVERY_PAPER
def test_every_element_has_a_standard_type_and_knows_its_parent(name: str) -> None:
    pdf = opened(name)
    found = list(elements(pdf))
    assert {str(element.S) for element in found} <= STANDARD
    assert str(found[0].S) == "/Document"
    for element in found:
        for kid in kids(element):
            if isinstance(kid, pikepdf.Dictionary):
                assert kid.P.objgen == element.objgen


@EVERY_PAPER
def test_every_piece_of_a_page_belongs_to_one_element_or_is_skipped(name: str) -> None:
    pdf = opened(name)
    owners: dict[tuple[Any, int], list[Any]] = {}
    for element in elements(pdf):
        for kid in kids(element):
            if not isinstance(kid, pikepdf.Dictionary):
                owners.setdefault((element.Pg.objgen, int(kid)), []).append(element.objgen)
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    told = {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
    for index, page in enumerate(pdf.pages):
        marked = list(marks(page))
        assert {mark for mark, number in marked if number is None} <= {"/Artifact"}
        pieces = [number for _, number in marked if number is not None]
        assert len(set(pieces)) == len(pieces)
        for piece in pieces:
            (owner,) = owners[page.objgen, piece]
            assert told[index][piece].objgen == owner


@EVERY_PAPER
def test_nothing_is_painted_outside_a_mark(name: str) -> None:
    painting = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "Do", "sh"}
    for page in opened(name).pages:
        depth = 0
        for step in pikepdf.parse_content_stream(page):
            depth += str(step.operator) in {"BDC", "BMC"}
            depth -= str(step.operator) == "EMC"
            assert depth in {0, 1}  # No mark inside another.
            assert depth or str(step.operator) not in painting


@EVERY_PAPER
def test_headings_go_down_one_step_at_a_time(name: str) -> None:
    levels = [
        int(str(element.S)[2])
        for element in elements(opened(name))
        if str(element.S)[1] == "H" and str(element.S)[2:].isdigit()
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@EVERY_PAPER
def test_tables_are_rows_of_equal_width_whose_headings_say_what_they_head(name: str) -> None:
    for table in (element for element in elements(opened(name)) if element.S == "/Table"):
        rows = []
        for group in kids(table):
            assert str(group.S) in {"/THead", "/TBody", "/TR"}
            rows.extend([group] if group.S == "/TR" else kids(group))
        widths = set()
        for row in rows:
            assert row.S == "/TR"
            cells = kids(row)
            assert {str(cell.S) for cell in cells} <= {"/TH", "/TD"}
            for cell in cells:
                if cell.S == "/TH":
                    assert cell.A.Scope in {"/Column", "/Row"}
                    assert (cell.A.Scope == "/Column") is all(one.S == "/TH" for one in cells)
            spans = [int(cell.get("/A", {}).get("/ColSpan", 1)) for cell in cells]
            widths.add(sum(spans))
        assert len(widths) == 1


@EVERY_PAPER
def test_figures_say_what_they_show_and_lie_on_the_page(name: str) -> None:
    pdf = opened(name)
    figures = [element for element in elements(pdf) if element.S == "/Figure"]
    assert figures  # The seal at least.
    for figure in figures:
        assert len(str(figure.Alt)) > 3
        left, bottom, right, top = (float(each) for each in figure.A.BBox)
        assert 0 <= left < right <= float(figure.Pg.MediaBox[2])
        assert 0 <= bottom < top <= float(figure.Pg.MediaBox[3])


def test_a_chart_is_told_with_its_amounts() -> None:
    told = [str(each.Alt) for each in elements(opened("statement")) if each.S == "/Figure"]
    assert any("￥119,111" in alt and "作品別" in alt for alt in told)


@EVERY_PAPER
def test_the_other_language_is_marked_where_it_stands(name: str) -> None:
    pdf = opened(name)
    first = str(pdf.Root.Lang)
    spoken = [str(element.Lang) for element in elements(pdf) if "/Lang" in element]
    assert set(spoken) == {"en" if first == "ja" else "ja"}
    assert len(spoken) > 20


@EVERY_PAPER
def test_what_is_inside_is_listed_once_with_what_it_is(name: str) -> None:
    pdf, document = opened(name), PAPERS[name]
    mark = document.number or "draft"
    named = {str(item.UF): item for item in pdf.Root.AF}
    expected = {f"{mark}.json": "/Source", f"{mark}.csv": "/Data"}
    for number, _ in electronic_copies(document):
        expected[f"{number}.xml"] = "/Alternative"
    assert len(pdf.Root.AF) == len(named) == len(expected) + 1
    for file, relationship in expected.items():
        assert named[file].AFRelationship == relationship
    assert named[ANOTHER_FORM.name].AFRelationship == "/Alternative"
    for item in named.values():
        content = item.EF.F.read_bytes()
        assert item.EF.F.objgen == item.EF.UF.objgen
        assert str(item.F) == str(item.UF)
        assert str(item.Desc)
        assert "/" in str(item.EF.F.Subtype)[1:]
        assert int(item.EF.F.Params.Size) == len(content)
        assert bytes(item.EF.F.Params.CheckSum) == md5(content, usedforsecurity=False).digest()
    assert named[f"{mark}.json"].EF.F.read_bytes().decode() == to_json(document)
    assert sorted(pdf.attachments) == sorted(named)


def test_an_attachment_is_something_to_its_document_that_the_standard_knows() -> None:
    with pytest.raises(UnknownRelationship, match="Alternative"):
        replace(ANOTHER_FORM, relationship="Friend")


def test_without_attachments_none_are_listed() -> None:
    pdf = pikepdf.open(BytesIO(render(invoice(), attachments=())))
    assert "/AF" not in pdf.Root
    assert "/Names" not in pdf.Root
