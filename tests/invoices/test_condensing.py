"""Detail of more rows than anybody reads: summed up on the page, whole in the table inside."""

import csv
from dataclasses import replace
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from invoices.condensing import DETAIL_MAX, condensed
from invoices.documents import html_of
from invoices.pdf import render
from ledger.core.document_length import LINES_MAX, DocumentTooLong, check_length
from tests.invoices.samples import FIRM, PERFORMER, invoice, line, long_lines
from tests.invoices.statement_samples import section, statement, usage_row
from tests.invoices.test_documents import says, text_of


def test_up_to_five_hundred_rows_stand_as_they_are() -> None:
    text = text_of(invoice(lines=long_lines(DETAIL_MAX)))
    assert text.count("WRK-") == DETAIL_MAX
    assert "CSV" not in text


def test_beyond_that_what_is_alike_is_one_row_that_says_so() -> None:
    lines = (*long_lines(600), line(601, "夜", "Night", rate=Decimal(15), amount_minor=1500))
    document = invoice(lines=lines)
    text = text_of(document)
    assert "WRK-" not in text
    assert says(document, "document.condensed", count=601)
    assert "1 600件の許諾対象 600 licensed properties LIC-2026-014" in text
    assert f"12 1枚 per image {sum(each.amount_minor for each in lines[:600]):,}" in text
    assert "15 1枚 per image 1,500" in text


def test_a_statement_sums_each_source_up_by_firm_month_and_price() -> None:
    usage = tuple(
        usage_row(1000 + number, subject_reference=f"VOC-{number:06d}") for number in range(600)
    )
    document = statement(sections=(section(usage=usage),), refusals=())
    text = text_of(document)
    assert "VOC-" not in text
    assert "600件の許諾対象 600 licensed properties 株式会社みなとAI研究所" in text
    assert f"{sum(row.royalty_minor for row in usage):,}" in text


@pytest.mark.parametrize(
    ("different", "rows"),
    [
        ("rate", 1),  # A price for each line: prices are left out.
        ("license_reference", 1),  # A license for each line: licenses, too.
    ],
)
def test_too_many_groups_are_summed_up_further(different: str, rows: int) -> None:
    lines = tuple(
        line(number, "夜", "Night", rate=Decimal(number), amount_minor=number)
        if different == "rate"
        else line(number, "夜", "Night", license_reference=f"L{number}", amount_minor=number)
        for number in range(1, 602)
    )
    summed = condensed(lines)
    assert len(summed) == rows
    assert sum(row.amount_minor for row in summed) == sum(range(602))
    text = text_of(invoice(lines=lines))
    assert f"{sum(range(602)):,}" in text


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(-999, 9_999_999)),
        min_size=1,
        max_size=60,
    )
)
def test_summing_up_loses_nothing(rows: list[tuple[int, int, int]]) -> None:
    lines = tuple(
        line(number, "夜", "Night", license_reference=f"L{lic}", rate=Decimal(rate),
             amount_minor=minor, quantity=Decimal(abs(minor)) / 8, generation_count=rate)
        for number, (lic, rate, minor) in enumerate(rows, start=1)
    )  # fmt: skip
    summed = condensed(lines)
    assert sum(row.count for row in summed) == len(lines)
    assert sum(row.amount_minor for row in summed) == sum(each.amount_minor for each in lines)
    assert sum(row.quantity for row in summed) == sum(each.quantity for each in lines)
    assert sum(row.generation_count for row in summed) == sum(rate for _, rate, _ in rows)


def test_the_file_holds_every_row_without_being_asked_to() -> None:
    lines = long_lines(DETAIL_MAX + 1)
    reader = PdfReader(BytesIO(render(invoice(lines=lines))))
    (table,) = reader.attachments["INV-2026-000123.csv"]
    rows = list(csv.DictReader(StringIO(bytes(table).decode("utf-8-sig"))))
    assert [row["subject"] for row in rows] == [each.subject_reference for each in lines]
    assert sum(int(row["amount_minor"]) for row in rows) == invoice(lines=lines).subtotal_minor
    assert len(reader.pages) == 1


def test_ten_thousand_lines_are_the_most_a_document_has() -> None:
    check_length(LINES_MAX, party="PTY-0001")
    with pytest.raises(DocumentTooLong) as refused:
        check_length(LINES_MAX + 1, party="PTY-0001")
    assert refused.value.values == {"party": "PTY-0001", "lines": "10001", "most": "10000"}
    with pytest.raises(DocumentTooLong):
        render(invoice(lines=long_lines(LINES_MAX + 1)))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_condensed_document_speaks_both_languages(language: str) -> None:
    lines = long_lines(DETAIL_MAX + 1)
    document = invoice(lines=lines, recipient=replace(FIRM, language=language))
    assert f'<html lang="{language}">' in html_of(document)
    assert says(document, "document.condensed_row", count=DETAIL_MAX + 1)
    usage = tuple(usage_row(1000, subject_reference=str(each)) for each in range(DETAIL_MAX + 1))
    told = statement(
        sections=(section(usage=usage),), payee=replace(PERFORMER, language=language), refusals=()
    )
    assert says(told, "document.condensed", count=DETAIL_MAX + 1)
