"""
The characters a Japanese bank file may hold, and how a name is written in them.

Zengin files are single bytes of JIS X 0201: half-width kana, digits, capital letters and a
few signs. What has an exact narrow form is folded into it; anything else is refused with the
place and a remedy, never replaced by a guess. The kana and legal forms below are the banks'
format, not words for people.
"""

import re
import unicodedata
from enum import StrEnum

from ledger.core.refusal import Refusal

#: ｱ to ﾝ with the voicing marks; neither ｦ, small kana nor the long-vowel mark ｰ.
_KANA = frozenset(map(chr, range(0xFF71, 0xFFA0)))

DIGITS = frozenset("0123456789")
BANK_NAME = _KANA | DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ -")
PARTY_NAME = BANK_NAME | frozenset("().")
EDI = PARTY_NAME | frozenset("ｦ\\｢｣/")

_VOICING_MARKS = {"ﾞ": frozenset("ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ"), "ﾟ": frozenset("ﾊﾋﾌﾍﾎ")}

#: Kana without a large half-width form outside the EDI field. A bank book has the modern kana of
#: the same sound (ヱビス is ｴﾋﾞｽ there), but which one is for the account holder to say.
_OLD_KANA = frozenset("ヰヱヲゐゑをヷヸヹヺｦ")

#: Short form of each legal form (全銀協の略語): ``X)`` in front, ``(X)`` inside, ``(X`` at the end.
LEGAL_FORMS = {
    "医療法人社団": "イ",
    "一般社団法人": "シヤ",
    "公益社団法人": "シヤ",
    "一般財団法人": "ザイ",
    "公益財団法人": "ザイ",
    "特定非営利活動法人": "トクヒ",
    "社会福祉法人": "フク",
    "株式会社": "カ",
    "有限会社": "ユ",
    "合名会社": "メ",
    "合資会社": "シ",
    "合同会社": "ド",
    "社団法人": "シヤ",
    "財団法人": "ザイ",
    "学校法人": "ガク",
    "宗教法人": "シユウ",
    "医療法人": "イ",
    "相互会社": "ソ",
    "独立行政法人": "ドク",
    "弁護士法人": "ベン",
    "税理士法人": "ゼイ",
}

#: A legal form with the spaces around it, the longest first, or else one character.
_TOKEN = re.compile(
    f"[ \u3000]*(?P<form>{'|'.join(sorted(LEGAL_FORMS, key=len, reverse=True))})[ \u3000]*|.",
    re.DOTALL,
)


class Remedy(StrEnum):
    """What the owner of a name can do so that it can be written."""

    READING_IN_KANA = "reading_in_kana"  # kanji and other letters: register the reading
    MODERN_KANA = "modern_kana"  # ヰ ヱ ヲ: register イ, エ or オ as the bank book has it
    WITHOUT_SYMBOL = "without_symbol"  # comma, middle dot, &: leave it out
    VOICING_MARK_AFTER_KANA = "voicing_mark_after_kana"  # a mark that voices nothing


class NameCannotBeWritten(Refusal):
    """The name holds a character the bank file has no byte for, at ``name[position]``."""

    code = "name_cannot_be_written"

    def __init__(self, *, name: str, character: str, position: int, remedy: Remedy) -> None:
        super().__init__(name=name, character=character, position=position, remedy=remedy)
        self.name = name
        self.character = character
        self.position = position
        self.remedy = remedy


def narrow(name: str, *, permitted: frozenset[str] = PARTY_NAME) -> str:
    """
    Write a name in half-width characters of ``permitted``, without spaces at either end.

    Hiragana, full-width and half-width kana become large half-width kana, the long-vowel
    mark a hyphen, letters capitals, and a legal form in kanji its short form by position.

    >>> narrow("株式会社キャラクターでざいん")
    'ｶ)ｷﾔﾗｸﾀ-ﾃﾞｻﾞｲﾝ'

    :raises NameCannotBeWritten: for the first character that has no exact narrow form.
    """
    written = ""
    for token in _TOKEN.finditer(name):
        piece = _short_form(token) if token["form"] else _NARROW.get(token[0], "")
        voices_nothing = piece in _VOICING_MARKS and written[-1:] not in _VOICING_MARKS[piece]
        if not piece or voices_nothing or not permitted.issuperset(piece):
            raise _refusal(name, token.start("form") if token["form"] else token.start())
        written += piece
    return written.strip(" ")


def require_written(name: str, *, permitted: frozenset[str]) -> None:
    """
    Check that a name already consists of characters of ``permitted``.

    :raises NameCannotBeWritten: for the first that is not one of them.
    """
    for position, character in enumerate(name):
        if character not in permitted:
            raise _refusal(name, position)


def truncate(written: str, *, width: int) -> str:
    """
    Cut a narrow name to at most ``width`` bytes, never between a kana and its voicing mark.

    >>> truncate("ｱｱｱｱｶﾞ", width=5)
    'ｱｱｱｱ'
    """
    parts_a_kana = written[width : width + 1] in _VOICING_MARKS
    return written[: width - 1 if parts_a_kana else width].rstrip(" ")


def has_parted_voicing(written: str, *, width: int) -> bool:
    """
    Tell whether a narrow name looks cut between a kana and its voicing mark.

    True when a mark follows nothing it can voice, or when the name fills all ``width`` bytes
    and its last kana could have had one. The second is a suspicion, not a proof.
    """
    stray = any(
        mark in _VOICING_MARKS and before not in _VOICING_MARKS[mark]
        for before, mark in zip(" " + written, written, strict=False)
    )
    return stray or (len(written) == width and written[-1:] in _VOICING_MARKS["ﾞ"])


def _short_form(token: re.Match[str]) -> str:
    mark = "".join(_NARROW[kana] for kana in LEGAL_FORMS[token["form"]])
    if token.start() == 0:
        return f"{mark})"
    if token.end() == len(token.string):
        return f"({mark}"
    return f"({mark})"


def _refusal(name: str, position: int) -> NameCannotBeWritten:
    character = name[position]
    if character in _OLD_KANA:
        remedy = Remedy.MODERN_KANA
    elif _NARROW.get(character) in _VOICING_MARKS:
        remedy = Remedy.VOICING_MARK_AFTER_KANA
    elif unicodedata.category(character)[0] in "LN":
        remedy = Remedy.READING_IN_KANA
    else:
        remedy = Remedy.WITHOUT_SYMBOL
    return NameCannotBeWritten(name=name, character=character, position=position, remedy=remedy)


def _narrow_forms() -> dict[str, str]:
    """Return the exact narrow form of every character that has one, in any repertoire."""
    half = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF62, 0xFFA0)}
    half |= {narrow_form: narrow_form for narrow_form in half.values()}
    half |= dict(zip("ァィゥェォャュョッヮヵヶｧｨｩｪｫｬｭｮｯ", "ｱｲｳｴｵﾔﾕﾖﾂﾜｶｹｱｲｳｴｵﾔﾕﾖﾂ", strict=True))
    half |= {"゛": "ﾞ", "゜": "ﾟ"}
    for katakana in map(chr, range(ord("ァ"), ord("ヶ") + 1)):
        parts = unicodedata.normalize("NFD", katakana)  # A kana and its voicing mark.
        if parts[0] in half:
            half[katakana] = "".join(half[part] for part in parts)
            half[chr(ord(katakana) - 0x60)] = half[katakana]  # The hiragana of the same sound.
    for ascii_character in map(chr, range(0x21, 0x7F)):
        half[ascii_character] = ascii_character.upper()
        half[chr(ord(ascii_character) + 0xFEE0)] = ascii_character.upper()  # Full width.
    # U+2212 is what some systems make of the full-width hyphen of Shift_JIS (0x817C).
    half |= dict.fromkeys("ーｰ‐‑−－", "-")
    # 0x5C is the yen sign in JIS X 0201, so both spellings are the same byte.
    return half | {" ": " ", "\u3000": " ", "¥": "\\", "￥": "\\"}


_NARROW = _narrow_forms()
