"""The bytes of a document: the same on every run, searchable, with its fonts inside."""

import hashlib
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from invoices import fonts as font_list
from invoices import pdf
from invoices.attachments import standard_attachments
from ledger.core.invoice import Invoice
from ledger.core.statement import Statement
from tests.invoices.samples import FIRM, HOUSE, LINE, export_invoice, invoice, line, long_lines
from tests.invoices.statement_samples import (
    carried_statement,
    committee_statement,
    refusal,
    statement,
)

ROOT = Path(__file__).resolve().parents[2]

#: Has no glyph in any font: Unicode has not assigned it.
UNASSIGNED = "\u0378"


@cache
def rendered(document: Invoice | Statement) -> bytes:
    """Render a document once for all the tests that look at it."""
    return pdf.render(document)


def pages(document: Invoice | Statement) -> list[str]:
    """Return the text of each page as a reader copies it, separated by single spaces."""
    reader = PdfReader(BytesIO(rendered(document)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process at the root of the repository."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fonts(document: Invoice | Statement) -> Iterator[tuple[str, DictionaryObject]]:
    """Yield the name and descriptor of each font a document uses."""
    for page in PdfReader(BytesIO(rendered(document))).pages:
        for reference in inside(inside(page, "/Resources"), "/Font").values():
            font = reference.get_object()
            (descendant,) = font["/DescendantFonts"]
            yield str(font["/BaseFont"]), inside(descendant.get_object(), "/FontDescriptor")


def inside(owner: DictionaryObject, key: str) -> DictionaryObject:
    """Return a dictionary that stands in another, by value or by reference."""
    found = owner[key].get_object()
    assert isinstance(found, DictionaryObject)
    return found


@pytest.mark.parametrize(
    "document", [invoice(), export_invoice(), carried_statement()], ids=["e1", "export", "carried"]
)
def test_a_short_document_is_one_page(document: Invoice | Statement) -> None:
    assert len(pages(document)) == 1
    assert pages(document)[0].endswith("1 / 1")


def test_an_invoice_is_searchable_in_both_languages() -> None:
    (text,) = pages(invoice())
    for words in (
        *("適格請求書", "Qualified invoice", "ご請求金額（税込）", "Amount due, tax included"),
        *("株式会社みなとAI研究所 御中", "Minato AI Laboratory Inc.", "髙﨑家の猫たち♪ Ⅱ"),
        *("ﾒﾄﾛﾎﾟﾘｽ★ﾊﾟﾗﾀﾞｲｽ", "2026年12月30日", "30 December 2026", "T1123456789018"),
        *("普通 Ordinary 1234567", "ｼﾔ)ｾｲｾｲﾘﾖｳｹﾝｶﾝﾘｷｺｳ", "媒介者交付特例", "INV-2026-000123"),
        *("英語は参考のために併記", "The Japanese text is authoritative", "9f2c4e71d05b8a36"),
    ):
        assert words in text


def test_every_figure_of_an_invoice_can_be_copied_and_stands_once() -> None:
    (text,) = pages(invoice())
    figures = re.findall(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,.])", text)
    once = ["389,470", "2,429,730", "44,959", "53,697", "62,006", "3,059,862", "305,986"]
    assert [figures.count(figure) for figure in once] == [1] * len(once)
    assert figures.count("3,365,848") == 2  # What is asked for at the head, the sum at the foot.


def test_a_statement_is_searchable_in_both_languages() -> None:
    text = " ".join(pages(committee_statement()))
    for words in (
        *("使用料計算書", "Royalty statement", "窓口手数料", "Window fee", "赤字繰越"),
        *("Deficit brought forward ▲450,000", "株式会社アニメーションスタジオ髙﨑", "587,154"),
        *("差引お支払額 Payout ￥3,450,085", "3,136,602 313,483"),
    ):
        assert words in text


def test_a_hundred_lines_repeat_the_head_and_carry_the_sum_from_page_to_page() -> None:
    lines = long_lines(100)
    texts = pages(invoice(lines=lines))
    assert 8 <= len(texts) <= 12
    brought = ""
    for number, text in enumerate(texts, start=1):
        shown = [int(match) for match in re.findall(r"WRK-(\d{6})", text)]
        so_far = f"{sum(line.amount_minor for line in lines[: max(shown)]):,}"
        is_last = number == len(texts)
        assert text.endswith(f"{number} / {len(texts)}")
        assert "許諾対象 ／ 許諾番号・根拠条項・対象番号" in text
        assert (f"前頁より繰越 Brought forward {brought}" in text) is (number > 1)
        assert (f"次頁へ繰越 Carried forward {so_far}" in text) is not is_last
        brought = so_far
    assert "合計 Total ￥1,386,660" in texts[-1]
    assert len(re.findall(r"WRK-\d{6}", texts[-1])) >= 2  # The sums do not stand alone.


def test_a_committees_steps_stay_on_one_page() -> None:
    (page,) = [text for text in pages(committee_statement()) if "控除と分配の順序" in text]
    assert "窓口手数料" in page
    assert "StreamOne LLC" in page


def test_metadata_name_the_document_its_issuer_and_its_language() -> None:
    reader = PdfReader(BytesIO(rendered(invoice())))
    assert reader.metadata is not None
    assert reader.metadata.title == "適格請求書 Qualified invoice INV-2026-000123"
    assert reader.metadata.author == HOUSE.name_ja
    assert reader.metadata.creator == "Genbo"
    assert str(reader.metadata.creation_date_raw) == "D:20261201000000+09'00'"
    assert str(reader.root_object["/Lang"]) == "ja"


def test_every_font_is_embedded_as_a_subset() -> None:
    for document in (invoice(), committee_statement()):
        used = list(fonts(document))
        assert used
        for name, descriptor in used:
            assert {"/FontFile2", "/FontFile3"} & set(descriptor), name
    assert len(rendered(invoice())) < 400_000


def test_no_font_from_outside_the_listed_folders_is_used() -> None:
    rendered(invoice())
    configuration = Path(os.environ["FONTCONFIG_FILE"]).read_text(encoding="utf-8")
    listed = re.findall(r"<dir>(.*?)</dir>", configuration)
    assert listed
    assert {Path(folder) for folder in listed} <= set(font_list.FONT_FOLDERS)


def test_the_same_document_gives_the_same_bytes_in_another_process() -> None:
    code = """
import hashlib
from invoices.attachments import standard_attachments
from invoices.pdf import render
from tests.invoices.samples import invoice
from tests.invoices.statement_samples import committee_statement
for document in (invoice(), committee_statement()):
    made = render(document, attachments=standard_attachments(document))
    print(hashlib.sha256(made).hexdigest())
"""
    other = python(code, PYTHONHASHSEED="7", TZ="America/New_York", LC_ALL="C")
    assert other.returncode == 0, other.stderr
    here = [
        pdf.render(document, attachments=standard_attachments(document))
        for document in (invoice(), committee_statement())
    ]
    assert other.stdout.split() == [hashlib.sha256(made).hexdigest() for made in here]


def test_another_figure_gives_another_identifier() -> None:
    changed = invoice(lines=(replace(LINE, amount_minor=LINE.amount_minor + 1),))
    identifiers = {
        str(PdfReader(BytesIO(rendered(document))).trailer["/ID"])
        for document in (invoice(lines=(LINE,)), changed)
    }
    assert len(identifiers) == 2


def test_many_come_in_order_and_the_same_as_one_by_one() -> None:
    documents: list[Invoice | Statement]
    documents = [invoice(), carried_statement(), export_invoice(), invoice()]
    done: list[int] = []
    made = list(
        pdf.render_many(
            ((each, standard_attachments(each)) for each in documents),
            workers=2,
            progress=done.append,
        )
    )
    assert made == [rendered(document) for document in documents]
    assert done == [1, 2, 3, 4]


def test_one_of_many_that_cannot_be_rendered_is_named() -> None:
    unworded = statement(number="STM-7", refusals=(refusal(reason="mood"),))
    with pytest.raises(pdf.DocumentNotRendered, match=r"STM-7.*mood"):
        list(pdf.render_many([(unworded, ())], workers=1))


def test_nothing_to_render_is_nothing() -> None:
    assert list(pdf.render_many([])) == []


def test_markup_in_a_name_is_printed_as_it_is() -> None:
    hostile = '<script>alert("1")</script><img src="file:///etc/passwd">'
    (text,) = pages(
        invoice(recipient=replace(FIRM, name_ja=hostile), lines=(line(1, hostile, "{{ 7 * 7 }}"),))
    )
    assert text.replace(" ", "").count(hostile.replace(" ", "")) == 2
    assert "{{ 7 * 7 }}" in text


def test_a_character_no_font_has_is_reported_and_does_not_spoil_the_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    named = line(1, f"夜{UNASSIGNED}", "Night")
    with caplog.at_level(logging.WARNING, logger="invoices.pdf"):
        (text,) = pages(invoice(lines=(named,)))
    assert "夜〓 Night" in text
    assert "INV-2026-000123" in caplog.text
    assert UNASSIGNED in caplog.text


def test_without_a_japanese_font_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(font_list, "FONT_FOLDERS", (tmp_path, tmp_path / "absent"))
    with pytest.raises(pdf.NoJapaneseFont, match="fonts-morisawa-bizud-gothic"):
        next(pdf.render_many([(invoice(), ())]))


def test_without_pango_the_package_to_install_is_named(tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    code = """
from invoices.pdf import render
from tests.invoices.samples import invoice
render(invoice())
"""
    outcome = python(code, PYTHONPATH=str(tmp_path))
    assert "PangoIsMissing" in outcome.stderr
    assert "apt-get install libpango-1.0-0" in outcome.stderr


def test_the_typesetter_is_not_imported_before_a_document_is_rendered() -> None:
    outcome = python("import invoices.pdf, sys; print('weasyprint' in sys.modules)")
    assert outcome.stdout.strip() == "False"
