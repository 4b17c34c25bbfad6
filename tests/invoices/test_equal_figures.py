"""
Every figure on paper is the figure that was frozen: PDF against JSON, in both languages.

The text is taken out of the file as a reader's program takes it, by Poppler's ``pdftotext``
where it is installed and by pypdf everywhere, and is held against the JSON that lies inside the
same file. What the JSON has must be on the pages; what looks like an amount on the pages must
be in the JSON, or follow from it by the sums a document makes.
"""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from io import BytesIO, StringIO
from itertools import accumulate
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfReader

from invoices.attachments import standard_attachments
from invoices.kinds import kind_of
from invoices.pdf import render
from ledger.core.invoice import Invoice
from ledger.core.money import CURRENCY_EXPONENTS
from tests.invoices.papers import BEHIND, EVERY_PAPER, PAPERS, SUMS, in_language
from tests.invoices.samples import FIRM, PERFORMER, invoice, long_lines

EITHER_LANGUAGE = pytest.mark.parametrize("language", ["ja", "en"])

#: What only a yen amount, or one with the decimals of a dollar, looks like.
_AMOUNT = re.compile(
    r"(?<![\w,.\-/])(▲|-)?(?:￥|JPY |USD )?(-)?(\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?![\w,])"
)


@cache
def rendered(name: str, language: str) -> bytes:
    """Render a document with its values inside."""
    document = in_language(PAPERS[name], language)
    return render(document, attachments=standard_attachments(document))


def inside(content: bytes, ending: str) -> list[bytes]:
    """Return the attachments of a file whose names end so."""
    return [
        data
        for name, files in PdfReader(BytesIO(content)).attachments.items()
        for data in files
        if name.endswith(ending)
    ]


def frozen(content: bytes) -> dict[str, Any]:
    """Return the JSON that lies inside a file."""
    (text,) = inside(content, ".json")
    values: dict[str, Any] = json.loads(text)
    return values


@cache
def texts(content: bytes) -> tuple[str, ...]:
    """Take the text out of a file, by each program there is."""
    reader = PdfReader(BytesIO(content))
    found = ["\n".join(page.extract_text() for page in reader.pages)]
    if shutil.which("pdftotext"):
        poppler = subprocess.run(
            ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
        )
        found.append(poppler.stdout.decode())
    return tuple(found)


def amounts(values: Any, *, key: str = "") -> Iterator[tuple[str, int]]:
    """Yield every amount of minor units in frozen values, with its name."""
    if isinstance(values, dict):
        for name, inner in values.items():
            yield from amounts(inner, key=name)
    elif isinstance(values, list):
        for inner in values:
            yield from amounts(inner, key=key)
    elif key.endswith("_minor") and values is not None:
        yield key, values


def foreign_amounts(values: Any) -> Iterator[str]:
    """Yield, as it is printed, every amount that was in dollars before it was translated."""
    if isinstance(values, dict):
        for name, inner in values.items():
            if name in {"amount_foreign", "part_of"} and inner is not None:
                yield f"{Decimal(inner) / 100:,.2f}"
            yield from foreign_amounts(inner)
    elif isinstance(values, list):
        for inner in values:
            yield from foreign_amounts(inner)


def yen_amounts(values: Any) -> Iterator[int]:
    """Yield every amount that is in yen, whatever the document's currency is."""
    if isinstance(values, dict):
        for name, inner in values.items():
            if name.endswith("_yen") and isinstance(inner, int):
                yield inner
            yield from yen_amounts(inner)
    elif isinstance(values, list):
        for inner in values:
            yield from yen_amounts(inner)


def printed(minor: int, *, currency: str, language: str) -> str:
    """Write an amount by other means than the documents do."""
    text = f"{abs(minor):,}" if currency == "JPY" else f"{Decimal(abs(minor)) / 100:,.2f}"
    return f"{'▲' if language == 'ja' else '-'}{text}" if minor < 0 else text


def derived(kind: str, values: dict[str, Any]) -> Iterator[int]:
    """Yield the sums that a document makes: of its columns, as they grow, and those of its kind."""
    yield from grown(values)
    if kind in SUMS:
        yield from SUMS[kind](values)


def grown(values: Any) -> Iterator[int]:
    """Yield what the amounts of every list come to, row by row."""
    if isinstance(values, dict):
        for inner in values.values():
            yield from grown(inner)
    elif isinstance(values, list):
        rows = [row for row in values if isinstance(row, dict)]
        for name in {name for row in rows for name in row if name.endswith("_minor")}:
            yield from accumulate(row.get(name) or 0 for row in rows)
        for row in rows:
            yield from grown(row)


def counted(values: Any) -> Iterator[Decimal]:
    """Yield the quantities and rates of frozen values, which are no amounts."""
    if isinstance(values, dict):
        for name, inner in values.items():
            if name in {"generation_count", "quantity", "rate"}:
                if isinstance(inner, str | int) and "/" not in str(inner):
                    yield Decimal(inner)
            else:
                yield from counted(inner)
    elif isinstance(values, list):
        for inner in values:
            yield from counted(inner)


def known_of(name: str, values: dict[str, Any]) -> set[int]:
    """Return the size of every amount that is frozen, and of the sums of such."""
    kind = kind_of(PAPERS[name]).name
    summed = {abs(each) for each in derived(kind, values)}
    return summed | {abs(minor) for _, minor in amounts(values)}


@EITHER_LANGUAGE
@EVERY_PAPER
def test_every_frozen_amount_is_on_the_pages(name: str, language: str) -> None:
    content = rendered(name, language)
    values = frozen(content)
    behind = BEHIND.get(kind_of(PAPERS[name]).name, frozenset())
    for text in texts(content):
        for key, minor in amounts(values):
            if minor and key not in behind:
                shown = printed(abs(minor), currency=values["currency"], language=language)
                assert re.search(rf"(?<![\d,.]){re.escape(shown)}(?![\d,.]\d)", text), (key, minor)
        for yen in (tax["tax_yen"] for tax in values.get("taxes", ()) if "tax_yen" in tax):
            assert f"{yen:,}" in text, yen
        for dollars in foreign_amounts(values):
            assert dollars in text


@EITHER_LANGUAGE
@EVERY_PAPER
def test_every_amount_on_the_pages_is_frozen_or_the_sum_of_what_is(
    name: str, language: str
) -> None:
    content = rendered(name, language)
    values = frozen(content)
    known = known_of(name, values)
    allowed = {printed(each, currency=values["currency"], language=language) for each in known}
    allowed |= {f"{each:,f}" for each in counted(values)} | {"1,000"}  # Per 1,000 characters.
    allowed |= {f"{each:,}" for each in yen_amounts(values)} | {*foreign_amounts(values)}
    if values["currency"] == "USD":
        allowed |= {f"{each / 100:,.2f}" for each in counted(values)}  # Rates are in cents.
    for text in texts(content):
        shown = {match[3] for match in _AMOUNT.finditer(text)}
        assert shown
        assert shown <= allowed, sorted(shown - allowed)


@EVERY_PAPER
def test_every_amount_of_the_table_inside_is_frozen(name: str) -> None:
    content = rendered(name, "ja")
    (table,) = inside(content, ".csv")
    values = frozen(content)
    known = {abs(minor) for _, minor in amounts(values)}
    rows = list(csv.DictReader(StringIO(table.decode("utf-8-sig"))))
    cells = [
        (column, int(cell))
        for row in rows
        for column, cell in row.items()
        if column.endswith("_minor") and cell
    ]
    assert [each for each in cells if each[1] and abs(each[1]) not in known] == []
    assert all(row["currency"] == values["currency"] for row in rows)
    assert len(rows) >= kind_of(PAPERS[name]).lines(PAPERS[name])


@EVERY_PAPER
def test_every_amount_of_the_e_invoice_inside_is_frozen_or_the_sum_of_what_is(name: str) -> None:
    content = rendered(name, "ja")
    values = frozen(content)
    known = known_of(name, values)
    for electronic in inside(content, ".xml"):
        found = [
            each
            for each in etree.fromstring(electronic).iter(etree.Element)
            if "currencyID" in each.attrib and not each.tag.endswith("}PriceAmount")
        ]
        assert found
        for each in found:
            currency = each.attrib["currencyID"]
            known_in = known if currency == values["currency"] else {*yen_amounts(values)}
            exponent = CURRENCY_EXPONENTS[currency]
            minor = abs(int(Decimal(each.text or "").scaleb(exponent)))
            assert not minor or minor in known_in, (each.tag, each.text)


def test_an_e_invoice_is_inside_where_both_have_an_address() -> None:
    assert inside(rendered("invoice", "ja"), ".xml")


@EVERY_PAPER
def test_both_languages_show_the_same_figures_as_often(name: str) -> None:
    def figures(language: str) -> list[str]:
        pages = PdfReader(BytesIO(rendered(name, language))).pages
        body = "\n".join(_without_carry(page.extract_text()) for page in pages)
        return sorted(match[3] for match in _AMOUNT.finditer(body))

    assert figures("ja") == figures("en")


def _without_carry(text: str) -> str:
    """Leave out what pages carry to one another: they part where words are longer."""
    return re.sub(r".*(?:繰越 (?:Brought|Carried) forward|forward (?:前頁|次頁)).*", "", text)


@EITHER_LANGUAGE
@EVERY_PAPER
def test_what_is_taken_off_has_a_minus_and_nothing_else_has(name: str, language: str) -> None:
    content = rendered(name, language)
    minus = "▲" if language == "ja" else "-"
    for text in texts(content):
        found = {match[3] for match in _AMOUNT.finditer(text) if match[1] or match[2]}
        marked = {match[3] for match in _AMOUNT.finditer(text) if minus in (match[1], match[2])}
        assert found == marked
    if name == "committee":
        assert "450,000" in marked  # The deficit brought forward.


def test_the_snapshot_inside_is_what_the_reader_is_asked_to_trust() -> None:
    values = frozen(rendered("invoice", "ja"))
    assert values["number"] == "INV-2026-000123"
    assert isinstance(PAPERS["invoice"], Invoice)
    assert values["input_hash"] == PAPERS["invoice"].input_hash


def test_a_changed_figure_would_be_found() -> None:
    content = rendered("invoice", "ja")
    forged = frozen(content)
    forged["lines"][0]["amount_minor"] += 1
    text = texts(content)[0]
    missing = [key for key, minor in amounts(forged) if f"{minor:,}" not in text]
    assert missing == ["amount_minor"]


@EITHER_LANGUAGE
def test_a_draft_says_so_on_every_page_in_both_languages_and_has_no_number(language: str) -> None:
    draft = in_language(invoice(number="", lines=long_lines(30)), language)
    reader = PdfReader(BytesIO(render(draft, attachments=standard_attachments(draft))))
    assert len(reader.pages) > 2
    for page in reader.pages:
        assert page.extract_text().count("下書き") >= 2  # Behind the text and at the foot.
        assert page.extract_text().count("Draft") >= 2
    first = reader.pages[0].extract_text()
    assert "発行時に付番" in first
    assert "Assigned on issue" in first
    assert "INV-" not in "".join(page.extract_text() for page in reader.pages)
    assert set(reader.attachments) == {"draft.json", "draft.csv"}
    assert "下書き" in str(reader.metadata and reader.metadata.title) or language == "en"


def test_an_issued_document_does_not_call_itself_a_draft() -> None:
    for language in ("ja", "en"):
        text = texts(rendered("statement", language))[0]
        assert "下書き" not in text
        assert "Draft" not in text


def test_the_readers_language_stands_first() -> None:
    japanese, english = (texts(rendered("invoice", each))[0] for each in ("ja", "en"))
    assert 0 <= japanese.find("適格請求書") < japanese.find("Qualified invoice")
    assert 0 <= english.find("Qualified invoice") < english.find("適格請求書")
    assert PERFORMER.language == FIRM.language == "ja"


def test_years_may_be_those_of_an_era() -> None:
    pages = PdfReader(BytesIO(render(invoice(), attachments=(), in_eras=True))).pages
    text = "".join(page.extract_text() for page in pages)
    assert "令和8年12月1日" in text
    assert "令和8年11月1日〜11月30日" in text
    assert "1 December 2026" in text
    assert "2026年" not in text
