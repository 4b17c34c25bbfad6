"""The chart of a statement: in proportion, with words for whoever does not see it."""

import re
from datetime import date

import pytest
from lxml import etree

from invoices.charts import TINTS, Chart, svg_of, usage_chart
from invoices.documents import html_of
from invoices.kind import Languages
from tests.invoices.statement_samples import section, statement, usage_row, usage_rows

JAPANESE_FIRST = Languages(first="ja", other="en")
ENGLISH_FIRST = Languages(first="en", other="ja")
SVG = "{http://www.w3.org/2000/svg}"


def chart(*rows: tuple[str, int, int]) -> Chart | None:
    """Return the chart of (subject, month, royalty)."""
    usage = tuple(
        usage_row(
            1, subject_reference=subject, accrual_month=date(2026, month, 1), royalty_minor=yen
        )
        for subject, month, yen in rows
    )
    return usage_chart(usage, languages=JAPANESE_FIRST, currency="JPY")


def drawn(languages: Languages = JAPANESE_FIRST) -> etree._Element:
    """Return the drawing of nine rows of usage."""
    made = usage_chart(usage_rows(), languages=languages, currency="JPY")
    assert made is not None
    return etree.fromstring(svg_of(made))


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([("a", 9, 300), ("a", 10, 700), ("b", 10, 500)], [[300, 700], [0, 500]]),
        ([("b", 9, 1), ("a", 9, 3)], [[1000], [333]]),  # The longest first, others in proportion.
        ([("a", 9, 300), ("b", 9, -100)], [[1000], [0]]),  # What was taken back has no length.
        ([("a", 9, 300)], []),  # One bar would say nothing.
        ([("a", 9, 0), ("b", 9, 0)], []),
        ([(str(number), 9, 10) for number in range(9)], [[1000]] * 6),
    ],
)
def test_the_chart_draws_works_in_proportion(
    rows: list[tuple[str, int, int]], parts: list[list[int]]
) -> None:
    made = chart(*rows)
    assert ([list(bar.parts) for bar in made.bars] if made else []) == parts


def test_a_drawing_has_a_rectangle_for_each_part_in_place_and_color() -> None:
    (first, *_) = drawn().findall(f"{SVG}g")
    rectangles = first.findall(f"{SVG}rect")
    assert [each.get("fill") for each in rectangles] == list(TINTS[:3])
    ends = [int(each.get("x", 0)) + int(each.get("width", 0)) for each in rectangles]
    starts = [int(each.get("x", 0)) for each in rectangles[1:]]
    # Each part begins where the one before ends, to the unit that whole numbers leave.
    assert all(0 <= start - end <= 1 for start, end in zip(starts, ends[:-1], strict=True))


def test_a_drawing_says_what_it_shows_in_the_readers_language() -> None:
    japanese, english = drawn(), drawn(ENGLISH_FIRST)
    assert japanese.findtext(f"{SVG}title") == "作品別・利用月別の使用料"
    assert "「声：白瀬ひより（ナレーション）」￥119,111、" in str(japanese.findtext(f"{SVG}desc"))
    assert english.findtext(f"{SVG}title") == "By work and month"
    assert "Voice: Hiyori Shirase (narration), JPY 119,111; " in str(english.findtext(f"{SVG}desc"))


def test_a_long_title_is_cut_where_the_bars_begin() -> None:
    rows = tuple(
        usage_row(quantity, title_ja="夜" * 60, subject_reference=subject)
        for subject, quantity in (("a", 2000), ("b", 1000))
    )
    made = usage_chart(rows, languages=JAPANESE_FIRST, currency="JPY")
    assert made is not None
    labels = [text for text in re.findall(r">(夜+…?)<", svg_of(made)) if text]
    assert all(10 < len(label) < 24 and label.endswith("…") for label in labels)


def test_what_a_title_holds_is_text_and_nothing_else() -> None:
    rows = tuple(
        usage_row(quantity, title_ja="<script>&", subject_reference=subject)
        for subject, quantity in (("a", 2000), ("b", 1000))
    )
    made = usage_chart(rows, languages=JAPANESE_FIRST, currency="JPY")
    assert made is not None
    assert "<script" not in svg_of(made)
    assert etree.fromstring(svg_of(made)).findtext(f"{SVG}g/{SVG}text") == "<script>&"


def test_the_chart_repeats_no_figure_that_is_seen() -> None:
    html = html_of(statement(sections=(section(),)))
    page = html[html.index('<section class="chart">') : html.index('<section class="source">')]
    seen = re.sub(r"<desc>.*?</desc>", "", page)
    assert not re.search(r">[^<]*\d,\d{3}[^<]*<", seen)
