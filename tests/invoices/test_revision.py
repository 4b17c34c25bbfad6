"""A revised statement on paper: what it takes the place of, why, and every line that differs."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from invoices.documents import html_of
from ledger.core.statement import CorrectedRow, Statement
from ledger.core.statement_revision import NothingToRevise, revise
from locales.catalogues import message
from tests.invoices.statement_samples import committee_statement

FIRST = committee_statement()


def revised(language: str, moved_minor: int = -100_000, **changes: Any) -> Statement:
    payee = replace(FIRST.payee, language=language, **changes)
    section = FIRST.sections[0]
    row = CorrectedRow(
        number=f"{FIRST.number}-r2",
        category=section.earnings[0].category,
        source_ja=section.source_ja,
        source_en=section.source_en,
        amount_minor=moved_minor,
        tax_minor=0,
    )
    return revise(
        replace(FIRST, payee=replace(FIRST.payee, language=language)),
        number=f"{FIRST.number}-r2",
        issued_on=date(2026, 12, 12),
        reason="覚書 <2026年12月1日>",
        revised_by="佐藤",
        payee=payee,
        issuer=FIRST.issuer,
        moved=(row,) if moved_minor else (),
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_revision_shows_each_line_before_and_after(language: str) -> None:
    html = html_of(revised(language, name_ja="株式会社青空動画"))
    earned = FIRST.sections[0].earnings[0].amount_minor
    assert f"{FIRST.number}-r2" in html
    assert message(language, "revision.title", number=FIRST.number) in html
    assert "覚書 &lt;2026年12月1日&gt;" in html  # What a person wrote is text, and no markup.
    for text in (FIRST.payee.name_ja, "株式会社青空動画", f"{earned:,}", f"{earned - 100_000:,}"):
        assert text in html
    for key in ("revision.field.name_ja", "revision.money.deducted", "revision.kept"):
        assert message(language, key) in html


@pytest.mark.parametrize(
    ("moved_minor", "key"),
    [(-1, "revision.money.deducted"), (1, "revision.money.added"), (0, "revision.money.none")],
)
def test_a_revision_says_what_becomes_of_the_difference(moved_minor: int, key: str) -> None:
    assert message("ja", key) in html_of(revised("ja", moved_minor, name_ja="別名"))


def test_a_statement_that_was_never_revised_says_nothing_of_it() -> None:
    html = html_of(FIRST)
    assert message("ja", "revision.kept") not in html
    assert message("ja", "corrected.title") not in html


def test_the_next_statement_names_the_revisions_it_takes_in() -> None:
    row = CorrectedRow(
        number="STM-2026-000012-r2",
        category="music",
        source_ja="委員会",
        source_en="Committee",
        amount_minor=-5_000,
        tax_minor=-500,
    )
    html = html_of(replace(FIRST, corrected=(row,)))
    assert "STM-2026-000012-r2" in html
    assert "▲5,000" in html


def test_a_revision_that_says_the_same_is_none() -> None:
    with pytest.raises(NothingToRevise):
        revised("ja", 0)
