"""Figures, rates and dates are written exactly, as accountants of each language expect."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.money import CURRENCY_EXPONENTS, NotADecimal, UnknownCurrency, exponent_of
from ledger.core.terms import Basis
from locales import formats
from locales.catalogues import UnknownLanguage

ONE_AND_A_HALF: Any = 1.5  # What callers must not pass.


@pytest.mark.parametrize(
    ("amount", "currency", "japanese", "english"),
    [
        (1234567, "JPY", "￥1,234,567", "JPY 1,234,567"),
        (0, "JPY", "￥0", "JPY 0"),
        (-1234, "JPY", "▲￥1,234", "JPY -1,234"),
        (1235, "USD", "USD 12.35", "USD 12.35"),  # Babel would round half-even here.
        (-5, "USD", "▲USD 0.05", "USD -0.05"),
        (1234567, "KWD", "KWD 1,234.567", "KWD 1,234.567"),  # Three decimals.
        (9, "KWD", "KWD 0.009", "KWD 0.009"),
        (2**63 - 1, "JPY", "￥9,223,372,036,854,775,807", "JPY 9,223,372,036,854,775,807"),
        (2**63 - 1, "USD", "USD 92,233,720,368,547,758.07", "USD 92,233,720,368,547,758.07"),
    ],
)
def test_money_is_written_with_its_currency(
    amount: int, currency: str, japanese: str, english: str
) -> None:
    assert formats.money(language="ja", amount_minor=amount, currency=currency) == japanese
    assert formats.money(language="en", amount_minor=amount, currency=currency) == english


@pytest.mark.parametrize(
    ("amount", "currency", "japanese", "english"),
    [
        (-25611, "JPY", "▲25,611", "-25,611"),
        (999, "JPY", "999", "999"),
        (1000, "JPY", "1,000", "1,000"),
        (100, "USD", "1.00", "1.00"),
    ],
)
def test_a_figure_leaves_the_currency_to_its_column(
    amount: int, currency: str, japanese: str, english: str
) -> None:
    assert formats.figure(language="ja", amount_minor=amount, currency=currency) == japanese
    assert formats.figure(language="en", amount_minor=amount, currency=currency) == english


@given(amount=st.integers(-(2**63), 2**63), currency=st.sampled_from(sorted(CURRENCY_EXPONENTS)))
def test_no_digit_of_an_amount_is_lost_or_made_up(amount: int, currency: str) -> None:
    text = formats.figure(language="en", amount_minor=amount, currency=currency)
    assert Decimal(text.replace(",", "")) == Decimal(amount).scaleb(-exponent_of(currency))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1284560"), "1,284,560"),
        (Decimal("1284560.500"), "1,284,560.5"),  # Zeros at the end say nothing.
        (Decimal("0.0000123"), "0.0000123"),  # Never an exponent.
        (Decimal("1E+6"), "1,000,000"),
        (Decimal("-0.0"), "0"),  # Nothing has no sign.
        (Decimal("-12.5"), "▲12.5"),
        (Decimal("123456789012345678901234567890.5"), "123,456,789,012,345,678,901,234,567,890.5"),
        (7, "7"),
    ],
)
def test_a_quantity_keeps_every_digit_it_has(value: Decimal | int, written: str) -> None:
    assert formats.quantity(language="ja", value=value) == written


@pytest.mark.parametrize(
    ("rate", "currency", "written"),
    [
        ("35", "JPY", "35"),
        ("150.5", "JPY", "150.5"),  # A rate may be finer than the currency.
        ("0.0000123", "JPY", "0.0000123"),
        ("5", "USD", "0.05"),  # Rates are in minor units.
        ("5.25", "USD", "0.0525"),
        ("1200", "USD", "12.00"),
        ("12000", "KWD", "12.000"),
    ],
)
def test_a_unit_price_is_in_major_units(rate: str, currency: str, written: str) -> None:
    assert formats.unit_price(language="ja", rate=Decimal(rate), currency=currency) == written


@pytest.mark.parametrize(
    ("basis", "rate", "japanese", "english"),
    [
        (Basis.PER_IMAGE, "12", "￥12（1枚あたり）", "JPY 12 per image"),
        (Basis.PER_SECOND, "90", "￥90（1秒あたり）", "JPY 90 per second"),
        (Basis.PER_1K_CHARS, "35", "￥35（1,000文字あたり）", "JPY 35 per 1,000 characters"),
        (Basis.PCT_REVENUE, "3.50", "純売上の3.5%", "3.5% of net revenue"),
        (Basis.FIXED_MONTH, "80000", "月額￥80,000", "JPY 80,000 a month"),
    ],
)
def test_a_rate_says_what_it_is_counted_in(
    basis: Basis, rate: str, japanese: str, english: str
) -> None:
    rated: Any = {"basis": basis, "rate": Decimal(rate), "currency": "JPY"}
    assert formats.rate(language="ja", **rated) == japanese
    assert formats.rate(language="en", **rated) == english


@pytest.mark.parametrize(
    ("rate_bp", "written"),
    [(1000, "10%"), (1021, "10.21%"), (175, "1.75%"), (5, "0.05%"), (0, "0%"), (10_000, "100%")],
)
def test_basis_points_are_written_as_a_percentage(rate_bp: int, written: str) -> None:
    assert formats.percent_from_bp(language="ja", rate_bp=rate_bp) == written


@pytest.mark.parametrize(
    "write",
    [
        lambda: formats.money(language="ja", amount_minor=ONE_AND_A_HALF, currency="JPY"),
        lambda: formats.figure(language="ja", amount_minor=ONE_AND_A_HALF, currency="JPY"),
        lambda: formats.quantity(language="ja", value=ONE_AND_A_HALF),
        lambda: formats.unit_price(language="ja", rate=ONE_AND_A_HALF, currency="JPY"),
        lambda: formats.percent(language="ja", rate=ONE_AND_A_HALF),
        lambda: formats.percent_from_bp(language="ja", rate_bp=ONE_AND_A_HALF),
    ],
)
def test_a_float_is_refused_everywhere(write: Any) -> None:
    with pytest.raises(NotADecimal):
        write()


def test_an_unknown_currency_or_language_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        formats.money(language="ja", amount_minor=1, currency="ZZZ")
    with pytest.raises(UnknownLanguage):
        formats.money(language="fr", amount_minor=1, currency="JPY")
    with pytest.raises(UnknownLanguage):
        formats.day(language="fr", on=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("first", "last", "japanese", "english"),
    [
        ("2026-11-01", "2026-11-30", "2026年11月1日〜11月30日", "1–30 November 2026"),
        ("2026-10-21", "2026-11-20", "2026年10月21日〜11月20日", "21 October – 20 November 2026"),
        (
            *("2026-12-01", "2027-01-31"),
            *("2026年12月1日〜2027年1月31日", "1 December 2026 – 31 January 2027"),
        ),
        ("2026-11-22", "2026-11-22", "2026年11月22日", "22 November 2026"),
    ],
)
def test_a_period_says_nothing_twice(first: str, last: str, japanese: str, english: str) -> None:
    begins_on, ends_on = date.fromisoformat(first), date.fromisoformat(last)
    assert formats.span(language="ja", first=begins_on, last=ends_on) == japanese
    assert formats.span(language="en", first=begins_on, last=ends_on) == english


def test_a_month_is_written_in_full_or_short() -> None:
    november = date(2026, 11, 1)
    assert formats.month(language="ja", of=november) == "2026年11月"
    assert formats.month(language="en", of=november) == "November 2026"
    assert formats.short_month(language="en", of=november) == "Nov 2026"


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 11, 22), "令和8年11月22日"),
        (date(2019, 5, 1), "令和元年5月1日"),  # The first year has a name of its own.
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(2027, 1, 1), "令和9年1月1日"),
    ],
)
def test_a_day_can_be_written_by_its_era(day: date, written: str) -> None:
    assert formats.era_day(day) == written


def test_a_day_before_the_eras_is_refused() -> None:
    with pytest.raises(formats.DayBeforeShowa):
        formats.era_day(date(1926, 12, 24))


@pytest.mark.parametrize(
    ("name", "seal"),
    [
        ("一般社団法人生成利用権管理機構", "生成利用権管理機構"),  # Nine fill the square.
        ("一般社団法人原簿", "原簿之印"),
        ("株式会社青空書房", "株式会社青空書房印"),  # Nine with the legal form.
        ("ソラノネ合同会社", "ソラノネ合同会社印"),
        ("あおぞら書", "あお之印"),  # Fills no square: its beginning.
        ("株式会社あおぞらアニメーション製作所", "あおぞらアニメ之印"),  # Too long: its beginning.
        ("Genbo Clearing Ltd.", ""),  # Latin names have no square seal.
        ("株式会社ＡＢＣ", ""),
    ],
)
def test_a_seal_is_cut_from_the_name_when_it_is_japanese(name: str, seal: str) -> None:
    assert formats.seal_characters(name) == seal


def test_spans_and_months_say_an_era_once() -> None:
    def span(language: str, first: date, last: date) -> str:
        return formats.span(language=language, first=first, last=last, in_eras=True)

    assert span("ja", date(2019, 4, 1), date(2019, 5, 31)) == "平成31年4月1日〜令和元年5月31日"
    november = date(2026, 11, 1), date(2026, 11, 30)
    assert span("ja", *november) == "令和8年11月1日〜11月30日"
    assert span("en", *november) == "1–30 November 2026"
    of = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert formats.months(language="ja", of=of, in_eras=True) == "令和8年11月・12月、令和9年1月"
