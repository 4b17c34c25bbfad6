"""
How titles are compared in a search: spellings that people take for the same are made the same.

Owns the folding and nothing else; titles are stored as they are, because NFKC changes real
ones (藤子不二雄Ⓐ would become 藤子不二雄A). What the folding gives is stored beside each title,
so a change of the tables below asks for that column to be computed anew.

Kana are also written in Latin letters (Hepburn, Kunrei and what keyboards take), folded so far
that all of these meet: しゃ is ``sya``, whether ``sha`` or ``sya`` is typed.
"""

import re
import unicodedata
from collections.abc import Sequence

#: Variant kanji, each before the form it is searched as; NFKC leaves these apart.
VARIANTS = (
    "髙高 﨑崎 嵜崎 邊辺 邉辺 邨村 齋斉 齊斉 斎斉 濵浜 濱浜 澤沢 廣広 國国 櫻桜 "
    "眞真 龍竜 嶋島 嶌島 德徳 瀨瀬 槙槇 彌弥 禮礼 藝芸 學学 實実 惠恵 榮栄 應応 "
    "圓円 鐵鉄 戰戦 靈霊 劍剣 劒剣 驛駅 黑黒 淸清 靑青 增増 緖緒 桒桑 栁柳 壽寿 "
    "澁渋 來来 寬寛 藏蔵 顏顔 賴頼 祕秘 曾曽 會会 體体 變変 傳伝 獸獣 聲声 歸帰 "
    "氣気 亞亜 惡悪 雙双 樂楽 舊旧 萬万 與与 豐豊 鷗鴎 淵渕 冨富 峯峰 舘館 蘓蘇 "
    "啓啟"
)

#: Letters that no decomposition takes apart, as an English reader types them. The cross between
#: two names is read as the letter (HUNTER×HUNTER).
_LETTERS = {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "×": "x"}

#: Legal forms as they are abbreviated on papers, after NFKC, and in full.
_LEGAL_FORMS = (("(株)", "株式会社"), ("(有)", "有限会社"), ("(同)", "合同会社"))

_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60
#: What divides the parts of an identifier and belongs to none of them; an index of the store
#: leaves out the same.
_IDENTIFIER_MARKS = "-\u2010\u2011\u2012\u2013\u2212 "

_LONG_VOWEL = "\u30fc"
#: Small ke and ka, which stand for the counter or the particle and are typed either way.
_SMALL = {"\u3095": "\u304b", "\u3096": "\u3051"}
#: Latin, Greek and Cyrillic lose their accents; a kana's voicing mark makes another kana.
_ACCENTED = (range(0x80, 0x590), range(0x1E00, 0x2000))

#: Kana in the form that every romanisation is folded to; the vowels are those of each row.
_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "s": "さしすせそ", "t": "たちつてと",
    "n": "なにぬねの", "h": "はひふへほ", "m": "まみむめも", "r": "らりるれろ",
    "g": "がぎぐげご", "z": "ざじずぜぞ", "d": "だぢづでど", "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}  # fmt: skip
_KANA = {
    **{
        kana: consonant + vowel
        for consonant, row in _ROWS.items()
        for kana, vowel in zip(row, "aiueo", strict=True)
    },
    "や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "ゐ": "i", "ゑ": "e", "を": "o",
    "ん": "n", "ゔ": "bu", "っ": "",
}  # fmt: skip
#: A small kana takes the place of the vowel before it.
_SMALL_VOWELS = dict(zip("ぁぃぅぇぉ", "aiueo", strict=True))
_SMALL_Y = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo", "ゎ": "wa"}

#: What is typed in several ways, before the one it is searched as; applied in this order. Each
#: letter that is repeated stands once: vowels are lengthened, and consonants doubled, at will.
_ROMANISED = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        *(("c(?=ch)", ""), ("sh", "sy"), ("ch", "ty"), ("ts", "t"), ("j", "zy"), ("dz", "z")),
        *(("f", "h"), ("v", "b"), ("d(?=[iuy])", "z"), ("y(?=[yi])", ""), ("m(?=[bmp])", "n")),
        *(("oh(?![aiueoy])", "o"), ("wo", "o"), (r"([a-z])\1+", r"\1"), ("ou", "o")),
    )
)
#: Particles are not typed as they are written.
_PARTICLES = {"wa": "ha", "e": "he"}
_ROMAN = re.compile("[a-z0-9]*[a-z][a-z0-9]*")
_KANA_ONLY = re.compile("(?=.*[\u3041-\u3096])[\u3041-\u3096a-z0-9]+")


class _Folding(dict[int, str]):
    """What each character is searched as; worked out when first met, since titles use few."""

    def __missing__(self, code: int) -> str:
        self[code] = _fold(chr(code))
        return self[code]


def search_text(*titles: str) -> str:
    """
    Return titles as a search compares them, one space between them and none inside.

    Width, case, katakana or hiragana, accents and variant kanji make no difference. Spaces,
    punctuation and symbols are left out, and so is every mark of the dash family together with
    the long vowel: real titles write ママレ～ド❤ボ～イ for ママレードボーイ.

    >>> search_text("ﾏﾏﾚｰﾄﾞ･ﾎﾞｰｲ") == search_text("ママレ～ド❤ボ～イ")
    True
    >>> search_text("宮﨑 克", "RAGNARÖK", "HUNTER × HUNTER")
    '宮崎克 ragnarok hunterxhunter'
    """
    folded = (_folded(title) for title in titles)
    return " ".join(dict.fromkeys(title for title in folded if title))


def name_key(*names: str) -> str:
    """
    Return names of parties as a search compares them: an abbreviated legal form is the full one.

    >>> name_key("㈱ﾎｼﾉ書店") == name_key("株式会社ほしの書店")
    True
    """
    in_full = []
    for name in names:
        compatible = unicodedata.normalize("NFKC", name)
        for short, full in _LEGAL_FORMS:
            compatible = compatible.replace(short, full)
        in_full.append(compatible)
    return search_text(*in_full)


def index_text(*titles: str) -> str:
    """
    Return what is stored beside titles: their search text, and how those in kana are romanised.

    >>> index_text("少女革命", "ショウジョカクメイ")
    '少女革命 しょうじょかくめい syozyokakumei'
    """
    folded = search_text(*titles)
    romanised = (_romanised(title) for title in folded.split() if _KANA_ONLY.fullmatch(title))
    return " ".join([folded, *dict.fromkeys(romanised)])


def spellings(word: str) -> tuple[str, ...]:
    """
    Return every way in which a word of a query may stand in an index text; itself comes first.

    >>> spellings("shoujo"), spellings("wa"), spellings("町")
    (('shoujo', 'syozyo'), ('wa', 'ha'), ('町',))
    """
    if not _ROMAN.fullmatch(word):
        return (word,)
    particle = _PARTICLES.get(word)
    return tuple(dict.fromkeys([word, _fold_roman(word), *([particle] if particle else [])]))


def joined_spelling(words: Sequence[str]) -> str | None:
    """
    Return how the words of a query stand in an index text when they are one romanised title.

    None when they are not all Latin letters, or only one.

    >>> joined_spelling(["kimi", "no", "na", "wa"])
    'kiminonaha'
    """
    if len(words) == 1 or not all(_ROMAN.fullmatch(word) for word in words):
        return None
    return _fold_roman("".join(_PARTICLES.get(word, word) for word in words))


def identifier_key(value: str) -> str:
    """
    Return an identifier as it is compared: capitals, without hyphens and spaces.

    >>> identifier_key("0000-0000-3a8d"), identifier_key("978 4 10 １")
    ('000000003A8D', '9784101')
    """
    plain = unicodedata.normalize("NFKC", value).upper()
    return "".join(each for each in plain if each not in _IDENTIFIER_MARKS)


def search_words(query: str) -> tuple[str, ...]:
    """
    Return the words of a query, each as :func:`search_text` writes it; empty when none is left.

    >>> search_words("キャプテン　ハーロック!!")
    ('きゃぷてん', 'はろっく')
    """
    folded = (_folded(word) for word in re.split(r"\s+", query))
    return tuple(dict.fromkeys(word for word in folded if word))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", plain.translate(_FOLDING))


def _romanised(kana: str) -> str:
    letters: list[str] = []
    for character in kana:
        if character in _SMALL_Y or character in _SMALL_VOWELS:
            letters.append(_join_small(letters.pop() if letters else "", character))
        else:
            letters.append(_KANA.get(character, character))
    return _fold_roman("".join(letters))


def _join_small(before: str, small: str) -> str:
    """Return a syllable with the vowel that a small kana gives it: ふぁ is ha, しぇ is sye."""
    if small in _SMALL_Y:
        return before[:-1] + _SMALL_Y[small]
    vowel = _SMALL_VOWELS[small]
    if not before or before.endswith(vowel):
        return before + vowel
    if before.endswith("i"):
        return f"{before[:-1]}y{vowel}"
    return ("w" if before == "u" else before[:-1]) + vowel


def _fold_roman(text: str) -> str:
    for pattern, replacement in _ROMANISED:
        text = pattern.sub(replacement, text)
    return text


def _fold(character: str) -> str:
    if character in _EXACT:
        return _EXACT[character]
    if any(ord(character) in block for block in _ACCENTED):
        character = unicodedata.normalize("NFKD", character)
    elif ord(character) in _KATAKANA:
        hiragana = chr(ord(character) - _TO_HIRAGANA)
        return _SMALL.get(hiragana, hiragana)
    return "".join(part for part in character if unicodedata.category(part)[0] in "LN")


_EXACT = {
    **{pair[0]: pair[1] for pair in VARIANTS.split()},
    **_LETTERS,
    **_SMALL,
    _LONG_VOWEL: "",
}
_FOLDING = _Folding()
