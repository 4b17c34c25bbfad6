"""
Charts as a screen shows them: the same chart as on paper, drawn for a wide page and a narrow one.

Bars have their label beside or above them and their value at the end; columns are for what runs
through time. Colors are given as classes, too, so that a page in the dark can have its own.
"""

from functools import cache
from itertools import accumulate
from typing import NamedTuple
from unicodedata import east_asian_width

from invoices.charts import LENGTH, TINTS, Chart, environment

#: A column's label is drawn where there is room for it.
_LABELS_MAX = 7


class Screen(NamedTuple):
    """Sizes of a drawing, in units of its own."""

    name: str
    width: int
    font: int
    label_width: int  # 0 where labels stand above their bars
    value_width: int
    row: int
    height: int  # of columns


WIDE = Screen("wide", 1080, 15, 300, 170, 34, 260)
NARROW = Screen("narrow", 340, 13, 0, 110, 48, 190)
SCREENS = (WIDE, NARROW)


def bars_svg(chart: Chart, screen: Screen) -> str:
    """Draw bars, one below another, as SVG with every text escaped."""
    scale = screen.width - screen.label_width - screen.value_width
    room = screen.label_width or screen.width - screen.value_width
    return (
        environment()
        .get_template("screen_bars.svg")
        .render(
            chart=chart,
            screen=screen,
            scale=scale,
            length=LENGTH,
            tint=TINTS[0],
            height=screen.row * len(chart.bars) + 4,
            cut=lambda text: _cut(text, room - screen.font, screen.font),
        )
    )


def columns_svg(chart: Chart, screen: Screen) -> str:
    """Draw columns side by side, as SVG with every text escaped; some of them have a label."""
    step = max(1, -(-len(chart.bars) // (_LABELS_MAX if screen is WIDE else 3)))
    pitch = screen.width * 100 // len(chart.bars)  # in hundredths
    return (
        environment()
        .get_template("screen_columns.svg")
        .render(
            chart=chart,
            screen=screen,
            pitch=pitch,
            wide=min(pitch * 7 // 10, 9_000),
            floor=screen.height - 2 * screen.font,
            length=LENGTH,
            tint=TINTS[0],
            step=step,
        )
    )


@cache
def _width(letter: str) -> int:
    """Return about how wide a letter is, in twentieths of the size of its font."""
    if east_asian_width(letter) in "WFA":
        return 20
    return 15 if letter.isdigit() or letter.isupper() or letter in "mw@%" else 11


def _cut(text: str, room: int, font: int) -> str:
    """Cut a label to the room there is, and show that it was cut."""
    widths = list(accumulate(font * _width(letter) // 20 for letter in text))
    if not widths or widths[-1] <= room:
        return text
    fitting = sum(width <= room - font for width in widths)
    return text[:fitting].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
