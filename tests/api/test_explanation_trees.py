"""An explanation in a terminal: products as products, both languages, no wider than the screen."""

from collections.abc import Sequence
from fractions import Fraction
from io import StringIO
from unicodedata import east_asian_width

import pytest
from rich.console import Console

from api.explanation_trees import tree
from api.explanations import as_plain
from ledger.core.explanation_tree import Kind, Step, step
from locales.catalogues import LANGUAGES

CHARGE = step(
    "charge",
    ("exact", Kind.AMOUNT, Fraction(8421, 200)),
    ("rounding", Kind.WORD, "truncate"),
    ("amount", Kind.AMOUNT, 42),
    currency="JPY",
    steps=[
        step(
            "unit",
            ("quantity", Kind.QUANTITY, 1203),
            ("rate", Kind.RATE, 35),
            ("per", Kind.COUNT, 1000),
            ("exact", Kind.AMOUNT, Fraction(8421, 200)),
        ),
        step(
            "admin_fee",
            ("base", Kind.AMOUNT, -1502),
            ("share", Kind.SHARE, 825),
            ("amount", Kind.AMOUNT, -123),
        ),
        step("moon_phase_levy", ("amount", Kind.AMOUNT, 7), ("full_moon", Kind.WORD, "blue_moon")),
    ],
)


def lines(told: Step, language: str = "en", width: int = 100, **more: int) -> Sequence[str]:
    written = StringIO()
    Console(file=written, width=width).print(tree(told, language=language, **more))
    return written.getvalue().rstrip().splitlines()


def test_products_are_written_as_products() -> None:
    assert lines(CHARGE) == [
        "Charge  exact JPY 42.105  rounding truncated  amount JPY 42",
        "├── Quantity × rate  1,203 × 35 ÷ 1,000 = JPY 42.105",
        "├── House's fee  JPY -1,502 × 8.25% → JPY -123",
        "└── moon phase levy  amount JPY 7  full moon blue moon",
    ]


def test_japanese_has_its_own_words_and_marks() -> None:
    assert lines(CHARGE, "ja") == [
        "計算  正確値 JPY 42.105  端数処理 切捨て  金額 ￥42",
        "├── 数量×単価  1,203 × 35 ÷ 1,000 = JPY 42.105",
        "├── 管理手数料  ▲￥1,502 × 8.25% → ▲￥123",
        "└── moon phase levy  金額 ￥7  full moon blue moon",
    ]


@pytest.mark.parametrize(
    ("exact", "currency", "text"),
    [
        (Fraction(1, 3), "JPY", "JPY 0.333333… (1/3)"),  # Cut, and said exactly beside it.
        (Fraction(-2, 3), "JPY", "JPY -0.666666… (-2/3)"),
        (Fraction(12345, 2), "USD", "USD 61.725"),  # Minor units are cents.
        (Fraction(12345), "USD", "USD 123.45"),
    ],
)
def test_a_fraction_of_a_unit_is_never_rounded(exact: Fraction, currency: str, text: str) -> None:
    told = step("charge", ("exact", Kind.AMOUNT, exact), currency=currency)
    assert lines(told) == [f"Charge  exact {text}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [40, 72, 160])
def test_no_line_is_wider_than_the_terminal(language: str, width: int) -> None:
    for line in lines(CHARGE, language, width):
        assert sum(2 if east_asian_width(each) in "WF" else 1 for each in line) <= width


def test_only_the_titles_of_the_readers_language_are_shown() -> None:
    told = step("line", ("title_ja", Kind.TEXT, "風の町"), ("title_en", Kind.TEXT, "Windy Town"))
    assert lines(told) == ["Royalty line  title Windy Town"]
    assert lines(told, "ja") == ["使用料明細  題名 風の町"]


def test_a_tree_ends_where_it_is_told_to() -> None:
    assert len(lines(CHARGE, depth=0)) == 1
    assert len(lines(CHARGE, depth=1)) == 4


def test_as_data_every_figure_is_exact_text() -> None:
    plain = as_plain(CHARGE)
    assert plain["currency"] == "JPY"
    assert plain["values"][0] == {"code": "exact", "kind": "amount", "value": "8421/200"}
    assert plain["steps"][2] == {
        "code": "moon_phase_levy",
        "values": [
            {"code": "amount", "kind": "amount", "value": "7"},
            {"code": "full_moon", "kind": "word", "value": "blue_moon"},
        ],
    }
