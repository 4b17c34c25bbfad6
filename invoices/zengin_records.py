"""
The records of a Zengin transfer file (総合振込): layouts as tables, filled and taken apart.

A record is 120 single bytes. What stands in the tables is all that is known of the format;
filling refuses a value that does not fit its field.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from invoices.kana import BANK_NAME, DIGITS, EDI, PARTY_NAME, require_written
from ledger.core.refusal import Refusal

RECORD_BYTES = 120

#: Every character of the format is one byte of CP932, and each byte is read by itself.
ENCODING = "cp932"


class Field(NamedTuple):
    """One field: a number is filled with zeros on its left, a text with spaces on its right."""

    name: str
    length: int
    permitted: frozenset[str]
    fixed: str | None = None  # the only value our files have there

    @property
    def is_number(self) -> bool:
        """Whether the field is of the bank's type N."""
        return self.permitted <= DIGITS


Layout = tuple[Field, ...]


def _filler(length: int) -> Field:
    return Field("filler", length, frozenset(" "), " " * length)


_ACCOUNT_TYPE = Field("account_type", 1, frozenset("1249"))  # 預金種目
_ACCOUNT_NUMBER = Field("account_number", 7, DIGITS)  # 口座番号
_BANK_AND_BRANCH = (
    Field("bank_code", 4, DIGITS),
    Field("bank_name_kana", 15, BANK_NAME),
    Field("branch_code", 3, DIGITS),
    Field("branch_name_kana", 15, BANK_NAME),
)

HEADER: Layout = (
    Field("record_kind", 1, DIGITS, "1"),
    Field("type_code", 2, DIGITS, "21"),  # 種別コード: 21 is 総合振込
    Field("character_code", 1, DIGITS, "0"),  # コード区分: 0 is JIS
    Field("client_code", 10, DIGITS),  # 委託者コード
    Field("client_name_kana", 40, PARTY_NAME),  # 委託者名
    Field("transfer_on", 4, DIGITS),  # 取組日: MMDD, without a year
    *_BANK_AND_BRANCH,  # 仕向: where the money comes from
    _ACCOUNT_TYPE,
    _ACCOUNT_NUMBER,
    _filler(17),
)

_DATA_FRONT: Layout = (
    Field("record_kind", 1, DIGITS, "2"),
    *_BANK_AND_BRANCH,  # 被仕向: where it goes
    Field("clearing_house", 4, DIGITS, "0000"),  # 手形交換所番号: not used for transfers
    _ACCOUNT_TYPE,
    _ACCOUNT_NUMBER,
    Field("payee_name_kana", 30, PARTY_NAME),  # 受取人名
    Field("amount_yen", 10, DIGITS),  # 振込金額
    Field("new_code", 1, frozenset("012")),  # 新規コード
)
_TRANSFER_CLASS = Field("transfer_class", 1, DIGITS, "7")  # 振込指定区分: 7 is by wire (テレ振込)

DATA_WITH_CODES: Layout = (
    *_DATA_FRONT,
    Field("customer_code_1", 10, DIGITS),  # 顧客コード1
    Field("customer_code_2", 10, DIGITS),  # 顧客コード2
    _TRANSFER_CLASS,
    Field("edi_flag", 1, frozenset(" Y"), " "),  # 識別表示
    _filler(7),
)
DATA_WITH_EDI: Layout = (
    *_DATA_FRONT,
    Field("edi_text", 20, EDI),  # EDI情報, in the place of the two customer codes
    _TRANSFER_CLASS,
    Field("edi_flag", 1, frozenset(" Y"), "Y"),
    _filler(7),
)
TRAILER: Layout = (
    Field("record_kind", 1, DIGITS, "8"),
    Field("payment_count", 6, DIGITS),  # 合計件数
    Field("total_yen", 12, DIGITS),  # 合計金額
    _filler(101),
)
END: Layout = (Field("record_kind", 1, DIGITS, "9"), _filler(119))

_EDI_FLAG_OFFSET = 112


class NumberDoesNotFit(Refusal):
    """A code is not digits of exactly the field's length, or a number needs more of them."""

    code = "number_does_not_fit"

    def __init__(self, *, field: str, value: str, digits: int) -> None:
        super().__init__(field=field, value=value, digits=digits)
        self.value = value
        self.digits = digits


class NameDoesNotFit(Refusal):
    """A text is empty, wider than its field, or ends in a space that would be lost."""

    code = "name_does_not_fit"

    def __init__(self, *, field: str, value: str, width: int) -> None:
        super().__init__(field=field, value=value, width=width)
        self.value = value
        self.width = width


def fill(layout: Layout, values: Mapping[str, str | int]) -> str:
    """
    Return one record of a layout as 120 characters, each a single byte of :data:`ENCODING`.

    An ``int`` is zero-filled; a ``str`` in a number field is a code and must have its length.

    :raises NumberDoesNotFit: a code or a number does not fit its field.
    :raises NameDoesNotFit: a text is empty, too wide or ends in a space.
    :raises NameCannotBeWritten: a text has a character outside the field's repertoire.
    """
    return "".join(field.fixed or _filled(field, values[field.name]) for field in layout)


def fields(record: str) -> Iterator[tuple[Field, str]]:
    """Yield the fields of a record of 120 characters whose kind is known, as they stand."""
    offset = 0
    for field in _layout_of(record):
        yield field, record[offset : offset + field.length]
        offset += field.length


def take_apart(record: str) -> dict[str, str]:
    """Return the fields of a record by name, texts without the spaces that fill them."""
    return {
        field.name: value if field.is_number else value.rstrip(" ")
        for field, value in fields(record)
    }


def split(content: bytes) -> list[str]:
    """
    Return the records of a file, one character for each byte, whatever their length.

    Records are parted by CRLF where there is one and by length where there is none; one end
    of file mark is ignored. A byte that is no character by itself becomes U+FFFD.
    """
    content = content.removesuffix(b"\x1a")
    if b"\r\n" in content:
        records = content.removesuffix(b"\r\n").split(b"\r\n")
    else:
        starts = range(0, max(len(content), 1), RECORD_BYTES)
        records = [content[start : start + RECORD_BYTES] for start in starts]
    return ["".join(_CHARACTERS[byte] for byte in record) for record in records]


#: What each byte is when read by itself.
_CHARACTERS = tuple(bytes([byte]).decode(ENCODING, "replace") for byte in range(256))


def _filled(field: Field, value: str | int) -> str:
    if field.is_number:
        digits = value if isinstance(value, str) else str(value).zfill(field.length)
        if len(digits) != field.length or not field.permitted.issuperset(digits):
            raise NumberDoesNotFit(field=field.name, value=str(value), digits=field.length)
        return digits
    text = str(value)
    require_written(text, permitted=field.permitted)
    if not 1 <= len(text) <= field.length or text.endswith(" "):
        raise NameDoesNotFit(field=field.name, value=text, width=field.length)
    return text.ljust(field.length)


def _layout_of(record: str) -> Layout:
    data = DATA_WITH_EDI if record[_EDI_FLAG_OFFSET] == "Y" else DATA_WITH_CODES
    return {"1": HEADER, "2": data, "8": TRAILER, "9": END}[record[0]]
