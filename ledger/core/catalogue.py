"""
How titles are compared in a search: spellings that people take for the same are made the same.

Owns the folding and nothing else; titles are stored as they are, because NFKC changes real
ones (藤子不二雄Ⓐ would become 藤子不二雄A). What the folding gives is stored beside each title,
so a change of the tables below asks for that column to be computed anew.
"""

import re
import unicodedata

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

_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60
_LONG_VOWEL = "\u30fc"
#: Small ke and ka, which stand for the counter or the particle and are typed either way.
_SMALL = {"\u3095": "\u304b", "\u3096": "\u3051"}
#: Latin, Greek and Cyrillic lose their accents; a kana's voicing mark makes another kana.
_ACCENTED = (range(0x80, 0x590), range(0x1E00, 0x2000))


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
