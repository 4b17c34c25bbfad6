"""
Charts as values, and as one drawing that pages and screens share.

A chart says in words what it shows: its title and description are read to whoever does not see
it. Bars are lengths of 0 to 1,000, whole numbers that a test can compare. :func:`svg_of` draws a
chart with its labels inside, so that the drawing can stand anywhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate
from pathlib import Path
from unicodedata import east_asian_width

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from invoices.kind import Languages
from ledger.core.statement import UsageRow
from locales import formats
from locales.catalogues import message

_TEMPLATES = Path(__file__).parent / "templates"

#: The length of the longest bar, and how many bars are shown.
LENGTH = 1000
_BARS_MAX = 6

#: One color in ever lighter tints, opaque because archives prefer no transparency.
TINTS = ("#27496d", "#6c849c", "#9bacbd", "#bec8d3", "#d4dbe2", "#e5e9ed")

#: Sizes in tenths of a millimetre: the drawing fills the width of a page.
_WIDTH, _LABEL_WIDTH, _ROW, _LEGEND, _FONT = 1760, 600, 52, 58, 25

_WIDE = frozenset("WFA")

#: Latin letters that are nearly as wide as a kanji.
_BROAD = frozenset("MWmw@%")

#: The shortest part that can be seen: what earned little is not nothing.
_SEEN = 2


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row: the length of each part, the longest bar being :data:`LENGTH`."""

    label: str
    parts: tuple[int, ...]
    value: str = ""  # what it comes to, where there is room for it

    @property
    def starts(self) -> tuple[int, ...]:
        """Where each part begins."""
        return tuple(accumulate(self.parts, initial=0))[:-1]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Bars whose parts are the same series in each, with what they say in words."""

    title: str
    description: str
    language: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...]


def usage_chart(usage: Sequence[UsageRow], *, languages: Languages, currency: str) -> Chart | None:
    """Chart the works that earned most, each month a part of its bar; one bar says nothing."""
    months = sorted({row.accrual_month for row in usage})
    titles = {row.subject_reference: _title(row, languages.first) for row in usage}
    earned: Counter[tuple[str, date]] = Counter()
    for row in usage:
        earned[row.subject_reference, row.accrual_month] += max(row.royalty_minor, 0)
    totals = {subject: sum(earned[subject, month] for month in months) for subject in titles}
    longest = max(totals.values(), default=0)
    if longest == 0 or len(titles) * len(months) == 1:
        return None
    shown = sorted(totals, key=lambda subject: -totals[subject])[:_BARS_MAX]
    return Chart(
        title=message(languages.first, "chart.title"),
        description=_told(
            [(titles[subject], totals[subject]) for subject in shown],
            language=languages.first,
            currency=currency,
        ),
        language=languages.first,
        series=tuple(
            formats.short_month(language=languages.first, of=month, in_eras=languages.in_eras)
            for month in months
        ),
        bars=tuple(
            Bar(
                label=titles[subject],
                parts=tuple(_length(earned[subject, month], longest) for month in months),
            )
            for subject in shown
        ),
    )


def ranked_chart(
    rows: Sequence[tuple[str, int, str]],
    *,
    title: str,
    language: str,
    most: int,
    told: str = "chart.told",
) -> Chart | None:
    """
    Chart what has a name, an amount and the amount in words, in the order given; one says nothing.

    Beyond ``most`` rows nothing is drawn; what is not above zero has no length. ``told`` is the
    key of the words in which the rows are listed.
    """
    shown = rows[:most]
    longest = max((amount for _, amount, _ in shown), default=0)
    if longest <= 0 or len(rows) < 2:
        return None
    works = [message(language, "chart.work", title=name, amount=words) for name, _, words in shown]
    return Chart(
        title=title,
        description=message(language, told, works=message(language, "chart.join").join(works)),
        language=language,
        series=(),
        bars=tuple(
            Bar(label=name, parts=(_length(max(amount, 0), longest),), value=words)
            for name, amount, words in shown
        ),
    )


def svg_of(chart: Chart) -> str:
    """Draw a chart as SVG, every text escaped, with its title and description inside."""
    legend = list(accumulate((_em(name) + 5 * _FONT // 2 for name in chart.series), initial=0))
    return _template().render(
        chart=chart,
        tints=TINTS,
        width=_WIDTH,
        height=_LEGEND + _ROW * len(chart.bars),
        row=_ROW,
        legend=_LEGEND,
        font=_FONT,
        places=[_WIDTH - legend[-1] + each for each in legend],
        label_width=_LABEL_WIDTH,
        scale_width=_WIDTH - _LABEL_WIDTH,
        length=LENGTH,
        cut=_cut,
    )


def _length(earned_minor: int, longest_minor: int) -> int:
    return max(earned_minor * LENGTH // longest_minor, _SEEN) if earned_minor else 0


def _told(works: Sequence[tuple[str, int]], *, language: str, currency: str) -> str:
    """Say what the bars say."""
    told = (
        message(
            language,
            "chart.work",
            title=title,
            amount=formats.money(language=language, amount_minor=minor, currency=currency),
        )
        for title, minor in works
    )
    return message(language, "chart.told", works=message(language, "chart.join").join(told))


def _title(row: UsageRow, language: str) -> str:
    return row.title_en if language == "en" and row.title_en else row.title_ja


def _em(text: str) -> int:
    """Return about how wide a text is in the drawing's units: figures are wider than letters."""
    return sum(_FONT * _width(letter) // 20 for letter in text)


def _width(letter: str) -> int:
    if east_asian_width(letter) in _WIDE:
        return 20
    if letter in _BROAD:
        return 18
    return 15 if letter.isdigit() or letter.isupper() else 11


def _cut(text: str) -> str:
    """Cut a label to the room there is, and show that it was cut."""
    if _em(text) <= _LABEL_WIDTH - _FONT:
        return text
    widths = accumulate(_em(letter) for letter in text)
    fitting = sum(width <= _LABEL_WIDTH - 2 * _FONT for width in widths)
    return text[:fitting].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


@cache
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template() -> Template:
    return environment().get_template("chart.svg")
