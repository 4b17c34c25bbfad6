"""A third language needs no code: a folder with a catalogue, and CLDR for its figures and days."""

import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoices.documents import html_of
from invoices.pdf import render
from ledger.core.terms import Basis
from locales import formats
from locales.catalogues import LANGUAGES, MissingMessage, UnknownLanguage, languages, message
from tests.french import french
from tests.invoices.samples import FIRM, invoice

__all__ = ["french"]


@pytest.mark.usefixtures("french")
def test_a_folder_adds_a_language_and_changes_none_of_ours() -> None:
    assert languages() == (*LANGUAGES, "fr")
    assert message("fr", "invoice.title") == "Facture conforme"
    assert message("fr", "document.amounts_in", currency="JPY") == "Montants en JPY"
    assert message("ja", "invoice.title") == "適格請求書"


def test_without_the_folder_there_is_no_such_language() -> None:
    assert languages() == LANGUAGES
    with pytest.raises(UnknownLanguage):
        message("fr", "invoice.title")
    with pytest.raises(UnknownLanguage):
        formats.day(language="fr", on=date(2026, 11, 22))


@pytest.mark.usefixtures("french")
def test_what_has_no_words_is_said_in_english_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="locales.catalogues"):
        assert message("fr", "sum.total") == message("en", "sum.total")
        message("fr", "sum.total")
    assert [record.getMessage() for record in caplog.records] == [
        "fr has no words for sum.total: said in en"
    ]
    with pytest.raises(MissingMessage):
        message("fr", "no.such.message")


@pytest.mark.usefixtures("french")
def test_figures_and_days_are_those_of_cldr() -> None:
    def plain(text: str) -> str:
        return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")

    first, last = date(2026, 11, 1), date(2026, 11, 30)
    written = {
        formats.money(language="fr", amount_minor=-123456, currency="USD"): "-1 234,56 $US",
        formats.money(language="fr", amount_minor=1234567, currency="JPY"): "1 234 567 JPY",
        formats.figure(language="fr", amount_minor=-25611, currency="JPY"): "-25 611",
        formats.quantity(language="fr", value=Decimal("1284560.50")): "1 284 560,5",
        formats.percent(language="fr", rate=Decimal("10.21")): "10,21 %",
        formats.percent_from_bp(language="fr", rate_bp=1000): "10 %",
        formats.unit_price(language="fr", rate=Decimal("5.25"), currency="USD"): "0,0525",
        formats.unit_price(language="fr", rate=Decimal("0.0000123"), currency="JPY"): "0,0000123",
        formats.day(language="fr", on=first): "1 novembre 2026",
        formats.month(language="fr", of=first): "novembre 2026",
        formats.short_month(language="fr", of=first): "nov. 2026",
        formats.months(language="fr", of=[first, date(2026, 12, 1)]): "nov. 2026 et déc. 2026",
        formats.span(language="fr", first=first, last=last): "1–30 nov. 2026",
    }
    assert {plain(text): plain(expected) for text, expected in written.items()} == {
        plain(expected): plain(expected) for expected in written.values()
    }
    assert formats.rate(
        language="fr", basis=Basis.PER_IMAGE, rate=Decimal(12), currency="JPY"
    ).startswith("JPY 12")


@pytest.mark.usefixtures("french")
def test_a_document_is_set_in_it_first_and_japanese_beside_it() -> None:
    document = invoice(recipient=replace(FIRM, language="fr"))
    html = html_of(document)
    assert '<html lang="fr">' in html
    assert 0 < html.index("Facture conforme") < html.index("適格請求書", html.index("<h1>"))
    assert "30 décembre 2026" in html
    assert message("en", "invoice.due_on") not in html
    assert message("en", "party.registration_number") in html  # French has no words for it.
    assert render(document).startswith(b"%PDF-")
