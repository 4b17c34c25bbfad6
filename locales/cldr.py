"""
Numbers, money, dates and lists in any language of CLDR; Japanese and English have their own.

Nothing is rounded here either: a value is written with the decimals it comes with.
"""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import date
from decimal import Decimal, localcontext
from functools import cache

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import NumberPattern, format_currency

#: More digits than any number has, before its point and after.
_DIGITS_MAX = 100


def money(language: str, amount: Decimal, currency: str) -> str:
    """Write an amount that has exactly the decimals of its currency."""
    return str(format_currency(amount, currency, locale=language, decimal_quantization=False))


def number(language: str, value: Decimal, *, decimals: int | None = None) -> str:
    """Write a number with grouping; with every decimal it has, or so many."""
    return _apply(_locale(language).decimal_formats[None], value, language, decimals)


def percent(language: str, rate: Decimal) -> str:
    """Write a percentage of which ``rate`` is the number: 10.21 is 10.21 %."""
    with localcontext(prec=_DIGITS_MAX):
        part = rate.scaleb(-2)
    return _apply(_locale(language).percent_formats[None], part, language, None)


def day(language: str, on: date) -> str:
    """Write a day in full."""
    return str(format_date(on, "long", locale=language))


def month(language: str, of: date) -> str:
    """Write the month a day lies in."""
    return str(format_skeleton("yMMMM", of, locale=language))


def short_month(language: str, of: date) -> str:
    """Write a month for a narrow column."""
    return str(format_skeleton("yMMM", of, locale=language))


def months(language: str, of: Sequence[date]) -> str:
    """Write several months."""
    return str(format_list([short_month(language, each) for each in of], locale=language))


def territory(language: str, code: str) -> str:
    """Return the name of a country by its ISO 3166-1 code; a code without a name as it is."""
    return str(_locale(language).territories.get(code, code))


def span(language: str, first: date, last: date) -> str:
    """Write a period by its first and last day, both included."""
    return str(format_interval(first, last, "yMMMMd", locale=language))


def name_of(language: str) -> str:
    """
    Return what a language calls itself.

    >>> name_of("ja"), name_of("en"), name_of("fr")
    ('日本語', 'English', 'français')
    """
    return str(_locale(language).get_display_name(language))


def _apply(pattern: NumberPattern, value: Decimal, language: str, decimals: int | None) -> str:
    exact = copy(pattern)
    places = _places(value) if decimals is None else decimals
    scale = 2 if "%" in pattern.pattern else 0  # A percentage is shown a hundredfold.
    exact.frac_prec = (max(places - scale, 0),) * 2
    apply: Callable[..., str] = exact.apply
    with localcontext(prec=_DIGITS_MAX):
        return apply(value, _locale(language), decimal_quantization=False)


def _places(value: Decimal) -> int:
    """Return how many decimals a number has that are not zeros at its end."""
    _, _, fraction = f"{value:f}".partition(".")
    return len(fraction.rstrip("0"))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
