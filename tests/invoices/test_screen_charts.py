"""Charts on a screen: the same lengths as on paper, whatever the names are."""

import pytest
from lxml import etree

from invoices.charts import LENGTH, Chart, ranked_chart
from invoices.screen_charts import NARROW, SCREENS, WIDE, Screen, bars_svg, columns_svg

SVG = "{http://www.w3.org/2000/svg}"


def chart(*rows: tuple[str, int]) -> Chart | None:
    return ranked_chart(
        [(name, amount, f"¥{amount}") for name, amount in rows],
        title="By work",
        language="en",
        most=3,
    )


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("draw", [bars_svg, columns_svg])
def test_every_name_is_harmless_and_lengths_are_in_proportion(draw: object, screen: Screen) -> None:
    made = chart(("<script>&", 400), ("夜" * 10_000, 100), ("taken back", -50))
    assert made is not None
    assert callable(draw)
    drawn = etree.fromstring(draw(made, screen))
    parts = [
        int(each.get("data-part")) for each in drawn.iter(f"{SVG}rect") if each.get("data-part")
    ]
    assert parts == [LENGTH, LENGTH // 4]
    widths = [each.get("width") or "0" for each in drawn.iter(f"{SVG}rect")]
    assert all(int(width) <= screen.width for width in widths)


def test_a_long_name_is_cut_to_the_room_there_is() -> None:
    made = chart(("夜" * 100, 4), ("朝", 1))
    assert made is not None
    for screen in (WIDE, NARROW):
        label = etree.fromstring(bars_svg(made, screen)).findtext(f"{SVG}g/{SVG}text") or ""
        assert label.endswith("夜…")
        assert len(label) < 30


@pytest.mark.parametrize("rows", [(), (("one", 5),), (("one", 0), ("two", 0))])
def test_what_says_nothing_is_not_drawn(rows: tuple[tuple[str, int], ...]) -> None:
    assert chart(*rows) is None
