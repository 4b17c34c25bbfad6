"""Names in the characters of a bank file: what folds, what is refused, where a cut falls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.kana import (
    BANK_NAME,
    EDI,
    PARTY_NAME,
    NameCannotBeWritten,
    Remedy,
    has_parted_voicing,
    narrow,
    truncate,
)

_WRITABLE = st.one_of(
    st.characters(min_codepoint=ord("か"), max_codepoint=ord("わ"), exclude_characters="ゐゑを"),
    st.characters(min_codepoint=ord("ア"), max_codepoint=ord("ロ")),
    st.characters(min_codepoint=ord("ｱ"), max_codepoint=ord("ﾝ")),
    st.sampled_from(["株式会社", "一般社団法人", "\u3000", " ", "ー", "ａ", "Z", "9", "-"]),
)
_ANYTHING = st.one_of(
    _WRITABLE,
    st.characters(min_codepoint=0x3041, max_codepoint=0x30FF),
    st.characters(min_codepoint=0xFF01, max_codepoint=0xFF9F),
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    st.sampled_from(["\u3099", "゜", "漢", "\n"]),
)

#: Names that can be written, and text as people type it, which often cannot.
WRITABLE = st.lists(_WRITABLE, max_size=45).map("".join)
TYPED = st.lists(_ANYTHING, max_size=10).map("".join)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("カゼノマチ", "ｶｾﾞﾉﾏﾁ"),  # Full-width kana; the voicing mark becomes a byte of its own.
        ("かぜのまち", "ｶｾﾞﾉﾏﾁ"),  # Hiragana is the same sound.
        ("ｶｾﾞﾉﾏﾁ", "ｶｾﾞﾉﾏﾁ"),  # What is narrow stays.
        ("カセ\u3099ノマチ", "ｶｾﾞﾉﾏﾁ"),  # A decomposed ゼ, as macOS writes it.
        ("か゛", "ｶﾞ"),  # A mark typed by itself after its kana.
        ("キャッチャー", "ｷﾔﾂﾁﾔ-"),  # Small kana are large and ー is a hyphen in a bank file.
        ("ｷｬｯﾁｬｰ", "ｷﾔﾂﾁﾔ-"),  # The same in half width.
        ("ヵヶヮゎ", "ｶｹﾜﾜ"),  # Small kana that have no half-width form of their own.
        ("ヴゔ", "ｳﾞｳﾞ"),
        ("Abc", "ABC"),  # A bank file has no lower case.
        ("センタ－", "ｾﾝﾀ-"),  # The full-width hyphen of the register of banks.
        ("センタ−", "ｾﾝﾀ-"),  # The minus sign some systems make of that hyphen.
        ("ａｂｃ　１２（３）．", "ABC 12(3)."),  # Full-width letters, digits and signs; capitals.
        ("  ヤマ  ダ\u3000", "ﾔﾏ  ﾀﾞ"),  # Spaces at the ends are filling, inside they are the name.
        ("", ""),
    ],
)
def test_what_has_an_exact_narrow_form_is_folded_into_it(typed: str, written: str) -> None:
    assert narrow(typed) == written


@pytest.mark.parametrize(
    ("name", "character", "position", "remedy"),
    [
        ("ヤマ田", "田", 2, Remedy.READING_IN_KANA),  # A reading is never guessed.
        ("カ)ヤマ髙", "髙", 4, Remedy.READING_IN_KANA),
        ("カナé", "é", 2, Remedy.READING_IN_KANA),
        ("①バン", "①", 0, Remedy.READING_IN_KANA),
        ("ヱビス", "ヱ", 0, Remedy.MODERN_KANA),
        ("ツルヲ", "ヲ", 2, Remedy.MODERN_KANA),
        ("ﾂﾙｦ", "ｦ", 2, Remedy.MODERN_KANA),
        ("ヷン", "ヷ", 0, Remedy.MODERN_KANA),
        ("ア、イ", "、", 1, Remedy.WITHOUT_SYMBOL),
        ("ア,イ", ",", 1, Remedy.WITHOUT_SYMBOL),
        ("クレデイ・ハマ", "・", 4, Remedy.WITHOUT_SYMBOL),
        ("A&B", "&", 1, Remedy.WITHOUT_SYMBOL),
        ("ア\nイ", "\n", 1, Remedy.WITHOUT_SYMBOL),  # A line break would part the record.
        ("ア゛", "゛", 1, Remedy.VOICING_MARK_AFTER_KANA),  # ア cannot be voiced.
        ("゜ハ", "゜", 0, Remedy.VOICING_MARK_AFTER_KANA),
        ("カﾟ", "ﾟ", 1, Remedy.VOICING_MARK_AFTER_KANA),  # Only ハ to ホ take this one.
        ("株式会社　丸", "丸", 5, Remedy.READING_IN_KANA),  # Positions are those of the name given.
    ],
)
def test_a_character_that_cannot_be_written_is_refused_with_its_place(
    name: str, character: str, position: int, remedy: Remedy
) -> None:
    with pytest.raises(NameCannotBeWritten) as refusal:
        narrow(name)
    assert refusal.value.name == name
    assert (refusal.value.character, refusal.value.position) == (character, position)
    assert refusal.value.remedy is remedy


@pytest.mark.parametrize(
    ("typed", "permitted", "written"),
    [
        ("マル（カ", BANK_NAME, None),  # Banks and branches have neither brackets
        ("マル．", BANK_NAME, None),  # nor full stops.
        ("マル-1 A", BANK_NAME, "ﾏﾙ-1 A"),
        ("ヲ￥「」/", EDI, "ｦ\\｢｣/"),  # EDI adds these; 0x5C is the yen sign of JIS X 0201.
        ("ヲ", PARTY_NAME, None),
        ("/", PARTY_NAME, None),
    ],
)
def test_each_field_has_its_own_repertoire(
    typed: str, permitted: frozenset[str], written: str | None
) -> None:
    if written is None:
        with pytest.raises(NameCannotBeWritten):
            narrow(typed, permitted=permitted)
    else:
        assert narrow(typed, permitted=permitted) == written


def test_a_legal_form_is_refused_at_its_own_place_where_brackets_may_not_stand() -> None:
    with pytest.raises(NameCannotBeWritten) as refusal:
        narrow("マル 株式会社", permitted=BANK_NAME)
    assert (refusal.value.character, refusal.value.position) == ("株", 3)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("株式会社ホシゾラ", "ｶ)ﾎｼｿﾞﾗ"),  # In front.
        ("ホシゾラ株式会社", "ﾎｼｿﾞﾗ(ｶ"),  # At the end.
        ("ホシゾラ株式会社ミナトシテン", "ﾎｼｿﾞﾗ(ｶ)ﾐﾅﾄｼﾃﾝ"),  # In the middle.
        ("株式会社　ホシゾラ", "ｶ)ﾎｼｿﾞﾗ"),  # The space around a legal form belongs to it.
        ("ホシゾラ 株式会社 ミナト", "ﾎｼｿﾞﾗ(ｶ)ﾐﾅﾄ"),
        ("一般社団法人ホシゾラ", "ｼﾔ)ﾎｼｿﾞﾗ"),  # The longest form wins over 社団法人 inside it.
        ("医療法人社団ホシゾラ", "ｲ)ﾎｼｿﾞﾗ"),
        ("ホシゾラ宗教法人", "ﾎｼｿﾞﾗ(ｼﾕｳ"),
        ("カ)ホシゾラ", "ｶ)ﾎｼｿﾞﾗ"),  # Already short, as the account book has it.
        ("ホシゾラカブシキガイシヤ", "ﾎｼｿﾞﾗｶﾌﾞｼｷｶﾞｲｼﾔ"),  # Spelled out in kana: left as it is.
    ],
)
def test_a_legal_form_is_shortened_by_its_position(name: str, written: str) -> None:
    assert narrow(name) == written


@pytest.mark.parametrize(
    ("written", "width", "cut"),
    [
        ("ｱｱｱｱｶﾞ", 6, "ｱｱｱｱｶﾞ"),  # It fits.
        ("ｱｱｱｱｶﾞ", 5, "ｱｱｱｱ"),  # ｶ without its mark would be another name.
        ("ｱｱｱｱｶﾞ", 4, "ｱｱｱｱ"),
        ("ﾊﾟｱ", 1, ""),
        ("ﾊﾟｱ", 2, "ﾊﾟ"),
        ("ｱ ｲ", 2, "ｱ"),  # The field fills the rest with spaces anyway.
        ("", 5, ""),
    ],
)
def test_a_cut_never_parts_a_kana_from_its_voicing_mark(written: str, width: int, cut: str) -> None:
    assert truncate(written, width=width) == cut


@pytest.mark.parametrize(
    ("written", "is_suspect"),
    [
        ("ｱｶ", True),  # Full, and the ｶ may have been a ｶﾞ.
        ("ｱﾝ", False),  # Full, but ﾝ is never voiced.
        ("ｶ", False),  # There was room for the mark.
        ("ﾞｱ", True),  # The mark of a name that was cut in front.
        ("ｱﾞ", True),  # A mark after what it cannot voice.
        ("ｶﾞ", False),
    ],
)
def test_a_name_that_may_have_lost_its_voicing_mark_is_noticed(
    written: str, is_suspect: bool
) -> None:
    assert has_parted_voicing(written, width=2) is is_suspect


@given(name=WRITABLE)
def test_every_writable_name_becomes_permitted_single_bytes(name: str) -> None:
    written = narrow(name)
    encoded = written.encode("cp932")
    assert PARTY_NAME.issuperset(written)
    assert len(encoded) == len(written)
    assert not any(0xA6 <= byte <= 0xB0 for byte in encoded)  # No ｦ, no small kana, no ｰ.
    assert narrow(written) == written


@given(typed=TYPED, permitted=st.sampled_from([PARTY_NAME, BANK_NAME, EDI]))
def test_any_text_is_either_written_in_permitted_single_bytes_or_refused(
    typed: str, permitted: frozenset[str]
) -> None:
    try:
        written = narrow(typed, permitted=permitted)
    except NameCannotBeWritten:
        return
    assert permitted.issuperset(written)
    assert len(written.encode("cp932")) == len(written)


@given(name=WRITABLE, width=st.integers(min_value=1, max_value=40))
def test_a_cut_name_is_the_beginning_of_the_name_and_ends_with_a_whole_kana(
    name: str, width: int
) -> None:
    written = narrow(name)
    cut = truncate(written, width=width)
    assert len(cut) <= width
    assert written.startswith(cut)
    assert written[len(cut) : len(cut) + 1] not in ("ﾞ", "ﾟ")
