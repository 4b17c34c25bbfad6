"""Titles are found however they are typed, and titles that differ stay different."""

import csv
import unicodedata
from pathlib import Path

import jaconv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.catalogue import VARIANTS, search_text, search_words

#: Letters as titles have them: kana, kanji, Latin with accents, digits, marks and symbols.
TITLES = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]),
        st.sampled_from("アァヴガパッーｶﾞﾊﾟｰ～〜‐−・･❤×Ⅳ髙﨑邊öÉ０Ａ"),
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ｶｾﾞﾉﾏﾁ", "カゼノマチ"),  # Half-width kana, with the voicing mark apart.
        ("かぜのまち", "カゼノマチ"),  # Hiragana for katakana.
        ("か\u3099ま", "がま"),  # A voicing mark sent as a character of its own, as macOS does.
        ("ＳＦ西遊記", "SF西遊記"),  # Full-width Latin.
        ("dragon ball z", "DRAGON BALL Z"),  # Case.
        ("ママレード・ボーイ", "ママレ～ド❤ボ～イ"),  # A wave dash for the long vowel.
        ("サーガ", "サ−ガ"),  # A minus sign for the long vowel.
        ("ボルテスV", "ボルテスⅤ"),  # A Roman numeral of one character.
        ("ragnarok", "RAGNARÖK"),  # An accent.
        ("CODE BREAKER", "CØDE: BREAKER"),  # A letter that no decomposition takes apart.
        ("hunter x hunter", "HUNTER×HUNTER"),  # The cross, as a keyboard has it.
        ("D.C.II", "D.C.Ⅱ～ダ・カーポⅡ～"[:5]),  # Both at once.
        ("高橋ヒロシ", "髙橋ヒロシ"),  # A variant kanji that NFKC leaves.
        ("宮崎克", "宮﨑克"),  # A compatibility ideograph that NFKC leaves.
        ("渡辺由自", "渡邊由自"),
        ("長浜博史", "長濵博史"),
        ("橋田寿賀子", "橋田壽賀子"),
        ("神谷", "\ufa19谷"),  # A compatibility ideograph that NFKC knows.
        ("八ケ岳", "八ヶ岳"),  # The small ke.
        ("少年Hが見た戦争", "｢少年H｣が見た戦争"),  # Half-width brackets.
        ("ASAMURA", "ĀSAMURA"),  # A romanised long vowel.
        ("strasse", "Straße"),  # Case folding that changes the length.
    ],
)
def test_a_title_is_found_as_it_is_typed(typed: str, written: str) -> None:
    assert search_text(typed) == search_text(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("カキ", "ガキ"),  # A voicing mark makes another kana.
        ("ハハ", "パパ"),
        ("一休", "休"),  # The kanji for one is no dash.
        ("ロボット8", "ロボット9"),
        ("崎", "岬"),
    ],
)
def test_different_titles_stay_different(one: str, other: str) -> None:
    assert search_text(one) != search_text(other)


def test_titles_stand_apart_so_that_no_match_runs_across_two() -> None:
    assert search_text("風の町", "", "カゼノマチ", "The Windy Town", "かぜのまち") == (
        "風の町 かぜのまち thewindytown"
    )


def test_a_query_is_cut_into_words_at_any_space() -> None:
    assert search_words("キャプテン　ハーロック  !! ハーロック") == ("きゃぷてん", "はろっく")


@pytest.mark.parametrize("query", ["", "  ", "!!", "ー～…", "❤"])
def test_nothing_is_left_of_a_query_of_marks_alone(query: str) -> None:
    assert search_words(query) == ()


@given(TITLES)
def test_folding_twice_changes_nothing(title: str) -> None:
    once = search_text(title)
    assert search_text(once) == once


@given(TITLES)
def test_every_unicode_form_of_a_title_is_searched_as_one(title: str) -> None:
    forms = {search_text(unicodedata.normalize(form, title)) for form in ("NFC", "NFD")}
    assert forms == {search_text(title)}


@given(TITLES)
def test_only_letters_and_digits_are_left(title: str) -> None:
    left = {unicodedata.category(character)[0] for character in search_text(title)}
    assert left <= {"L", "N"}


@given(st.lists(TITLES.filter(search_words), min_size=1, max_size=4))
def test_each_word_of_a_title_is_in_its_search_text(words: list[str]) -> None:
    found = search_text(" ".join(words))
    assert all(word in found for word in search_words(" ".join(words)))


def test_a_variant_is_listed_once_and_leads_to_a_form_that_stays() -> None:
    pairs = VARIANTS.split()
    variants = [pair[0] for pair in pairs]
    assert all(len(pair) == 2 for pair in pairs)
    assert len(set(variants)) == len(variants)
    assert not {pair[1] for pair in pairs} & set(variants)
    assert [pair for pair in pairs if unicodedata.normalize("NFKC", pair) != pair] == []


@pytest.mark.shared
def test_real_titles_are_found_in_full_and_half_width(shared: Path) -> None:
    with (shared / "data" / "title_unicode_traps.csv").open(encoding="utf-8", newline="") as file:
        titles = [row["text"] for row in csv.DictReader(file)]
    assert len(titles) > 200
    missed = [
        typed
        for title in titles
        for typed in (
            jaconv.z2h(title, kana=True, ascii=True, digit=True),
            jaconv.h2z(title, kana=True, ascii=True, digit=True),
        )
        if not all(word in search_text(title) for word in search_words(typed))
    ]
    assert missed == []
