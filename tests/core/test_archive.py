"""What a paper is found by, and from which day to which it is kept."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.core import archive
from ledger.core.archive import FiscalYear, NewPaper, check_fiscal_year, check_paper
from ledger.core.catalogue import name_key
from ledger.core.fields import NumberOutOfRange, TextMissing, TextUnprintable, WordNotKnown
from ledger.core.refusal import Refusal

TODAY = date(2026, 11, 22)
PAPER = NewPaper(
    kind="supplier_invoice",
    direction="received",
    file_name="請求書.pdf",
    media_type="application/pdf",
    content=b"%PDF",
    dealt_on=date(2026, 11, 1),
    amount_minor=11_000,
    currency="JPY",
    counterparty="㈱ﾎｼﾉ",
)


@pytest.mark.parametrize(
    ("last_day", "extension_months", "is_loss", "counted_from", "kept_through"),
    [
        (date(2027, 3, 31), 0, False, date(2027, 6, 1), date(2034, 5, 31)),  # Seven years.
        (date(2027, 3, 31), 0, True, date(2027, 6, 1), date(2037, 5, 31)),  # Ten, with a loss.
        (date(2027, 3, 31), 0, None, date(2027, 6, 1), date(2037, 5, 31)),  # Not known: longer.
        (date(2027, 3, 31), 1, False, date(2027, 7, 1), date(2034, 6, 30)),  # Filing put off.
        (date(2026, 12, 31), 0, False, date(2027, 3, 1), date(2034, 2, 28)),
        (date(2027, 12, 31), 0, False, date(2028, 3, 1), date(2035, 2, 28)),
        (date(2026, 12, 20), 0, False, date(2027, 2, 21), date(2034, 2, 20)),
    ],
)
def test_years_count_from_two_months_after_the_fiscal_year(
    last_day: date,
    extension_months: int,
    is_loss: bool | None,
    counted_from: date,
    kept_through: date,
) -> None:
    year = FiscalYear(
        first_day=date(last_day.year, 1, 1),
        last_day=last_day,
        extension_months=extension_months,
        is_loss=is_loss,
    )
    assert year.counted_from == counted_from
    assert year.kept_through == kept_through


@pytest.mark.parametrize(
    ("first_day", "last_day", "extension_months", "refusal"),
    [
        (date(2026, 4, 1), date(2027, 4, 1), 0, archive.FiscalYearTooLong),  # A day too many.
        (date(2026, 4, 1), date(2026, 3, 31), 0, archive.FiscalYearTooLong),
        (date(2026, 4, 1), date(2027, 3, 31), 7, NumberOutOfRange),
    ],
)
def test_what_is_no_fiscal_year_is_refused(
    first_day: date, last_day: date, extension_months: int, refusal: type[Refusal]
) -> None:
    year = FiscalYear(first_day=first_day, last_day=last_day, extension_months=extension_months)
    with pytest.raises(refusal):
        check_fiscal_year(year)


def test_a_leap_day_ends_a_year_too() -> None:
    year = FiscalYear(first_day=date(2023, 3, 1), last_day=date(2024, 2, 29), is_loss=False)
    assert check_fiscal_year(year).kept_through == date(2031, 4, 30)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"kind": "poem"}, WordNotKnown),
        ({"direction": "lost"}, WordNotKnown),
        ({"content": b""}, archive.FileEmpty),
        ({"file_name": " "}, TextMissing),
        ({"file_name": "a\nb.pdf"}, TextUnprintable),
        ({"media_type": "pdf"}, archive.MediaTypeMalformed),
        ({"dealt_on": date(2026, 11, 23)}, archive.DayOutOfRange),  # Tomorrow.
        ({"dealt_on": date(1899, 12, 31)}, archive.DayOutOfRange),
        ({"currency": None}, archive.AmountWithoutCurrency),
        ({"currency": "YEN"}, archive.AmountWithoutCurrency),
        ({"amount_minor": 10**19}, NumberOutOfRange),
        ({"counterparty": "社" * 301}, archive.TextTooLong),
    ],
)
def test_a_paper_that_cannot_be_kept_names_its_field(
    change: dict[str, object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as refused:
        check_paper(replace(PAPER, **change), today=TODAY)  # type: ignore[arg-type]
    assert refused.value.field


def test_what_is_blank_stays_blank() -> None:
    bare = replace(PAPER, dealt_on=None, amount_minor=None, counterparty="")
    facts = check_paper(bare, today=TODAY)
    assert (facts.dealt_on, facts.amount_minor, facts.currency, facts.counterparty) == (
        *(None, None, None),
        "",
    )


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("株式会社ホシノ書店", "ﾎｼﾉ"),  # Half width.
        ("株式会社ホシノ書店", "ほしの"),
        ("㈱ホシノ書店", "株式会社ホシノ"),
        ("(株)ホシノ書店", "株式会社"),
        ("ＨＯＳＨＩＮＯ Shoten", "hoshino shoten"),
        ("髙﨑商店", "高崎"),
    ],
)
def test_width_kana_and_legal_forms_make_no_difference(printed: str, typed: str) -> None:
    assert name_key(typed).replace(" ", "") in name_key(printed)
