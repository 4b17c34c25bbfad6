"""
Numbers, money, rates and dates as people read them, in Japanese and English.

Owns every digit that is shown. Amounts come in as whole minor units and leave with exactly
the decimals of their currency: nothing is rounded here, because Babel's currency formatting
rounds JPY half-even without a word. Negatives are ▲ in Japanese, as accountants write them.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from babel.dates import format_date

from ledger.core.money import Money, NotADecimal, exponent_of, parse_decimal
from ledger.core.terms import Basis
from locales import cldr
from locales.catalogues import LANGUAGES, UnknownLanguage, languages, message

_MINUS = {"ja": "▲", "en": "-"}
_YEN_SIGN = {"ja": "￥", "en": "JPY "}

#: Japanese eras by their first day, latest first (元号法の政令: 平成 1989-01-08, 令和 2019-05-01).
_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
)

#: Legal forms that stand before or after a Japanese name.
_LEGAL_FORMS = ("株式会社", "有限会社", "合同会社", "合資会社", "一般社団法人", "一般財団法人")

#: What can be cut into a seal: kanji, kana and the long-vowel mark.
_SEAL_SCRIPT = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


class DayBeforeShowa(ValueError):
    """The day lies before the eras this program knows (1926-12-25)."""

    def __init__(self, day_: date) -> None:
        super().__init__(f"{day_.isoformat()} lies before the Showa era")
        self.day = day_


def money(*, language: str, amount_minor: int, currency: str) -> str:
    """
    Write an amount with its currency.

    >>> money(language="ja", amount_minor=-1234, currency="JPY")
    '▲￥1,234'
    >>> money(language="en", amount_minor=123456, currency="USD")
    'USD 1,234.56'

    :raises NotADecimal: the amount is not an ``int``.
    :raises UnknownCurrency: the currency is not known to the ledger.
    """
    if _is_further(language):
        return cldr.money(language, Money(amount_minor, currency).to_decimal(), currency)
    digits = _digits_of(amount_minor, currency)
    sign = _YEN_SIGN[_known(language)] if currency == "JPY" else f"{currency} "
    if amount_minor >= 0:
        return f"{sign}{digits}"
    minus = _MINUS[language]
    return f"{minus}{sign}{digits}" if language == "ja" else f"{sign}{minus}{digits}"


def figure(*, language: str, amount_minor: int, currency: str) -> str:
    """
    Write an amount without its currency, for a column that names it once.

    >>> figure(language="ja", amount_minor=-25611, currency="JPY")
    '▲25,611'

    :raises NotADecimal: the amount is not an ``int``.
    :raises UnknownCurrency: the currency is not known to the ledger.
    """
    if _is_further(language):
        amount = Money(amount_minor, currency).to_decimal()
        return cldr.number(language, amount, decimals=exponent_of(currency))
    minus = _MINUS[_known(language)] if amount_minor < 0 else ""
    return f"{minus}{_digits_of(amount_minor, currency)}"


def quantity(*, language: str, value: Decimal | int) -> str:
    """
    Write a count or measure with grouping, every digit it has and no trailing zeros.

    >>> quantity(language="en", value=Decimal("1284560.50"))
    '1,284,560.5'

    :raises NotADecimal: the value is a float or not finite.
    """
    number = parse_decimal(value)
    if _is_further(language):
        return cldr.number(language, number)
    text = f"{number.copy_abs():,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    minus = _MINUS[_known(language)] if number < 0 and text != "0" else ""
    return f"{minus}{text}"


def unit_price(*, language: str, rate: Decimal, currency: str) -> str:
    """
    Write a rate of minor units as a price in major units, exactly as agreed.

    >>> unit_price(language="ja", rate=Decimal("5.25"), currency="USD")
    '0.0525'

    :raises NotADecimal: the rate is a float or not finite.
    :raises UnknownCurrency: the currency is not known to the ledger.
    """
    decimals = exponent_of(currency)
    sign, digits, power = parse_decimal(rate).as_tuple()
    price = Decimal((sign, digits, int(power) - decimals))  # Exact; scaleb rounds to a context.
    if _is_further(language):
        places = price.as_tuple().exponent
        assert isinstance(places, int)
        return cldr.number(language, price, decimals=max(decimals, -places))
    text = quantity(language=language, value=price)
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(decimals, '0')}" if decimals else text


def rate(*, language: str, basis: Basis, rate: Decimal, currency: str) -> str:
    """
    Write the rate of a rate line with what it is counted in.

    >>> rate(language="ja", basis=Basis.PER_1K_CHARS, rate=Decimal(35), currency="JPY")
    '￥35（1,000文字あたり）'

    :raises NotADecimal: the rate is a float or not finite.
    """
    if basis is Basis.PCT_REVENUE:
        price = percent(language=language, rate=rate)
    else:
        sign = f"{currency} "
        if currency == "JPY":
            sign = _YEN_SIGN.get(_known(language), sign)
        price = sign + unit_price(language=language, rate=rate, currency=currency)
    return message(language, f"rate.{basis}", price=price)


def percent(*, language: str, rate: Decimal) -> str:
    """
    Write a percentage.

    >>> percent(language="ja", rate=Decimal("10.21"))
    '10.21%'

    :raises NotADecimal: the rate is a float or not finite.
    """
    if _is_further(language):
        return cldr.percent(language, parse_decimal(rate))
    return f"{quantity(language=language, value=rate)}%"


def percent_from_bp(*, language: str, rate_bp: int) -> str:
    """
    Write basis points as a percentage.

    >>> percent_from_bp(language="en", rate_bp=175)
    '1.75%'

    :raises NotADecimal: the rate is not an ``int``.
    """
    if type(rate_bp) is not int:
        raise NotADecimal(rate_bp)
    return percent(language=language, rate=Decimal(rate_bp).scaleb(-2))


def day(*, language: str, on: date, in_eras: bool = False) -> str:
    """
    Write a day in full; ``in_eras`` counts Japanese years by the emperor's era (和暦).

    >>> day(language="ja", on=date(2026, 11, 22)), day(language="en", on=date(2026, 11, 22))
    ('2026年11月22日', '22 November 2026')
    """
    if _is_further(language):
        return cldr.day(language, on)
    if _known(language) == "ja":
        return f"{_year(on, in_eras)}{on.month}月{on.day}日"
    return format_date(on, "d MMMM y", locale="en")


def month(*, language: str, of: date, in_eras: bool = False) -> str:
    """
    Write the month a day lies in.

    >>> month(language="ja", of=date(2026, 11, 1)), month(language="en", of=date(2026, 11, 1))
    ('2026年11月', 'November 2026')
    """
    if _is_further(language):
        return cldr.month(language, of)
    if _known(language) == "ja":
        return f"{_year(of, in_eras)}{of.month}月"
    return format_date(of, "MMMM y", locale="en")


def short_month(*, language: str, of: date, in_eras: bool = False) -> str:
    """
    Write a month for a narrow column.

    >>> short_month(language="en", of=date(2026, 11, 1))
    'Nov 2026'
    """
    if _is_further(language):
        return cldr.short_month(language, of)
    if _known(language) == "ja":
        return month(language=language, of=of, in_eras=in_eras)
    return format_date(of, "MMM y", locale="en")


def months(*, language: str, of: Sequence[date], in_eras: bool = False) -> str:
    """
    Write several months, saying a year once.

    >>> months(language="ja", of=[date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)])
    '2026年11月・12月、2027年1月'
    >>> months(language="en", of=[date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)])
    'Nov, Dec 2026; Jan 2027'
    """
    if _is_further(language):
        return cldr.months(language, of)
    if _known(language) == "ja":
        written = [(_year(day, in_eras), f"{day.month}月") for day in of]
        return "、".join(
            year + "・".join(name for _, name in names)
            for year, names in groupby(written, key=lambda each: each[0])
        )
    years = [(year, list(days)) for year, days in groupby(of, key=lambda day: day.year)]
    return "; ".join(
        ", ".join(format_date(day, "MMM", locale="en") for day in days) + f" {year}"
        for year, days in years
    )


def span(*, language: str, first: date, last: date, in_eras: bool = False) -> str:
    """
    Write a period by its first and last day, both included, without saying a part twice.

    >>> span(language="ja", first=date(2026, 11, 1), last=date(2026, 11, 30))
    '2026年11月1日〜11月30日'
    >>> span(language="en", first=date(2026, 11, 1), last=date(2026, 11, 30))
    '1–30 November 2026'
    """
    if first == last:
        return day(language=language, on=first, in_eras=in_eras)
    if _is_further(language):
        return cldr.span(language, first, last)
    same_year = first.year == last.year
    if _known(language) == "ja":
        year = _year(last, in_eras)
        said = "" if year == _year(first, in_eras) else year
        start = day(language=language, on=first, in_eras=in_eras)
        return f"{start}〜{said}{last.month}月{last.day}日"
    if same_year and first.month == last.month:
        return f"{first.day}–{day(language=language, on=last)}"
    start = format_date(first, "d MMMM" if same_year else "d MMMM y", locale="en")
    return f"{start} – {day(language=language, on=last)}"


def era_day(on: date) -> str:
    """
    Write a day in the Japanese era calendar (和暦).

    >>> era_day(date(2026, 11, 22)), era_day(date(2019, 5, 1))
    ('令和8年11月22日', '令和元年5月1日')

    :raises DayBeforeShowa: the day lies before 1926-12-25.
    """
    return day(language="ja", on=on, in_eras=True)


def seal_characters(name: str) -> str:
    """
    Return the 4 or 9 characters of a square company seal, or none when the name has no kanji.

    A seal reads 〔社名〕之印 or 〔社名〕印, with or without the legal form, whichever fills the
    square; a name that fills none gives its first characters.

    >>> seal_characters("一般社団法人原簿"), seal_characters("株式会社青空書房")
    ('原簿之印', '株式会社青空書房印')
    """
    bare = name.strip()
    for form in _LEGAL_FORMS:
        bare = bare.removeprefix(form).removesuffix(form).strip()
    if len(bare) < 2 or not _SEAL_SCRIPT.fullmatch(bare):
        return ""
    for ending in ("之印", "印", ""):
        for body in (bare, name):
            if len(body + ending) in (4, 9) and _SEAL_SCRIPT.fullmatch(body):
                return body + ending
    return bare[:7] + "之印" if len(bare) > 7 else bare[:2] + "之印"


def _year(on: date, in_eras: bool) -> str:
    """Write a day's Japanese year."""
    if not in_eras:
        return f"{on.year}年"
    for begins_on, name in _ERAS:
        if on >= begins_on:
            year = on.year - begins_on.year + 1
            return f"{name}{'元' if year == 1 else year}年"
    raise DayBeforeShowa(on)


def _known(language: str) -> str:
    if language not in languages():
        raise UnknownLanguage(language)
    return language


def _is_further(language: str) -> bool:
    """Tell whether a language is one that CLDR writes for us."""
    return _known(language) not in LANGUAGES


def _digits_of(amount_minor: int, currency: str) -> str:
    """Group the digits of an amount's size, with the decimals of its currency."""
    exponent = exponent_of(currency)
    whole, fraction = divmod(abs(Money(amount_minor, currency).minor), 10**exponent)
    return f"{whole:,}.{fraction:0{exponent}d}" if exponent else f"{whole:,}"
