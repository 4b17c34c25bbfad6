"""Titles are found however they are typed, and titles that differ stay different."""

import csv
import unicodedata
from pathlib import Path

import jaconv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.catalogue import (
    VARIANTS,
    identifier_key,
    index_text,
    joined_spelling,
    search_text,
    search_words,
    spellings,
)

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


def is_found(query: str, *titles: str) -> bool:
    """Tell whether every word of a query stands in what is kept beside some titles."""
    kept = index_text(*titles)
    words = search_words(query)
    joined = joined_spelling(words)
    each = all(any(spelling in kept for spelling in spellings(word)) for word in words)
    return each or (joined is not None and joined in kept)


@pytest.mark.parametrize(
    ("typed", "kana"),
    [
        ("shinsekai", "シンセカイ"),  # Hepburn.
        ("sinsekai", "シンセカイ"),  # Kunrei.
        ("SHINSEKAI", "ｼﾝｾｶｲ"),
        ("chibi maruko-chan", "チビマルコチャン"),
        ("tibimarukotyan", "チビマルコチャン"),
        ("tsuki", "ツキ"),
        ("fushigi yuugi", "フシギユウギ"),
        ("fushigi yugi", "フシギユウギ"),
        ("Tōkyō", "トウキョウ"),  # A macron.
        ("Tokyo", "トウキョウ"),  # None.
        ("toukyou", "トウキョウ"),  # As a keyboard takes it.
        ("ookami", "オオカミ"),
        ("okami", "オオカミ"),
        ("ohta", "オオタ"),  # As in passports.
        ("suupaa", "スーパー"),  # The mark of a long vowel.
        ("shimbun", "シンブン"),  # m before b, m and p.
        ("matcha", "マッチャ"),
        ("maccha", "マッチャ"),
        ("shin'ichi", "シンイチ"),
        ("konnichi wa", "コンニチハ"),  # The particle.
        ("kimi no na wa", "キミノナハ"),
        ("machi e", "マチヘ"),
        ("otaku", "ヲタク"),
        ("hanaji", "ハナヂ"),
        ("zura", "ヅラ"),
        ("juusenshi", "ジュウセンシ"),
        ("zyuusensi", "ジュウセンシ"),
        ("faibu", "ファイブ"),
        ("vaioretto", "ヴァイオレット"),
        ("baioretto", "ヴァイオレット"),
        ("witchi", "ウィッチ"),
        ("jeidekkaa", "ジェイデッカー"),
        ("dyueru", "デュエル"),
        ("tiara", "ティアラ"),
        ("kurokku 21", "クロック21"),  # Digits stay.
        ("ko uta", "コウタ"),  # A word's end and the next one's beginning are one long vowel.
    ],
)
def test_a_title_in_kana_is_found_in_romaji(typed: str, kana: str) -> None:
    assert is_found(typed, "題", kana)


@pytest.mark.parametrize(
    ("typed", "kana"),
    [
        ("kaki", "カギ"),  # Voiced.
        ("saru", "シャル"),
        ("kurokku 2", "クロック1"),
    ],
)
def test_other_sounds_are_another_title(typed: str, kana: str) -> None:
    assert not is_found(typed, "題", kana)


def test_only_titles_in_kana_are_romanised() -> None:
    assert index_text("風の町", "カゼノマチ", "The Windy Town") == (
        "風の町 かぜのまち thewindytown kazenomati"
    )
    assert index_text("ナルト") == "なると naruto"
    assert index_text("Nana") == "nana"


@given(TITLES)
def test_what_is_kept_begins_with_the_search_text(title: str) -> None:
    assert index_text(title).startswith(search_text(title))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0000-0000-3A8D", "000000003a8d"),
        ("978-4-10-123456-7", "978 4 10 123456 7"),
        ("9784101234567", "９７８‐４－１０–123456‑7"),
        ("10.5240/7791-8534-2C23", "10.5240/779185342C23"),
    ],
)
def test_identifiers_are_compared_without_what_divides_them(one: str, other: str) -> None:
    assert identifier_key(one) == identifier_key(other)


def test_identifiers_keep_what_belongs_to_them() -> None:
    assert identifier_key("tv/14578") != identifier_key("tv14578")


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
