"""Titles as they are written: each letter on paper, and none lost without a word about it."""

import csv
import logging
import re
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from invoices.pdf import render
from tests.invoices.samples import invoice, line

#: Invented, with what is easily lost: variants, old and half width, joined marks, symbols.
TITLES = (
    "髙﨑家の𠮷野さん〜春♡夏★秋♪冬〜",
    "ＳＯＲＡ≠ｿﾗ：第Ⅲ章【完全版】①②③㈱",
    "カ\u3099ラスの庭ー−―‐～と“星”の‘海’",
    "№７℡㍻㌔㎡ ÀÉÎÕÜ ßœ – — … ‥",
    "Привет, Ελλάδα! ☆彡 ∀∃∵∴ ←↑→↓",
)


def printed(titles: tuple[str, ...], caplog: pytest.LogCaptureFixture) -> tuple[str, set[str]]:
    """Return the text of an invoice of these titles, and the letters that no font has."""
    lines = tuple(line(number, title, "") for number, title in enumerate(titles, start=1))
    with caplog.at_level(logging.WARNING, logger="invoices.pdf"):
        content = render(invoice(lines=lines), attachments=())
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    told = re.findall(r"no installed font has (.*?); install", caplog.text)
    return plain(text), {letter for found in told for letter in found.split()}


def plain(text: str) -> str:
    """Leave out what pages add, and compose what fonts compose."""
    return normalize("NFC", "".join(text.split()))


def missing_from(text: str, titles: tuple[str, ...], replaced: set[str]) -> list[str]:
    """Return the titles that are not on the page, a replaced letter standing for itself."""
    spare = str.maketrans({each: _stand_in(each) for each in replaced})
    return [title for title in titles if plain(title.translate(spare)) not in text]


def _stand_in(letter: str) -> str:
    compatible = normalize("NFKC", letter)
    return compatible if compatible != letter else "\N{GETA MARK}"


def test_every_letter_of_an_invented_title_is_on_paper(caplog: pytest.LogCaptureFixture) -> None:
    text, replaced = printed(TITLES, caplog)
    assert missing_from(text, TITLES, replaced) == []
    assert len(replaced) <= 4  # Rare ones, each named in the log.


@pytest.mark.shared
def test_every_real_title_with_a_trap_is_on_paper(
    shared: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = (shared / "data" / "title_unicode_traps.csv").read_text(encoding="utf-8")
    titles = tuple(row["text"] for row in csv.DictReader(table.splitlines()))
    assert len(titles) > 200
    text, replaced = printed(titles, caplog)
    assert missing_from(text, titles, replaced) == []
    assert len(replaced) <= 2  # A circled letter, and a simplified character.
