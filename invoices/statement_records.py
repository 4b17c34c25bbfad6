"""
The records of a Zengin account statement (入出金取引明細) and of a notice of transfers received.

A record is 200 single bytes. What stands in the tables is all that is known of the two formats; the
decision docs/decisions/bank-file.md says from where. N is digits, zero-filled on the left; C is
text, space-filled on the right. Days are YYMMDD.
"""

from collections.abc import Iterator
from typing import NamedTuple

RECORD_BYTES = 200
ENCODING = "cp932"


class Field(NamedTuple):
    """One field of a record."""

    name: str
    length: int
    is_number: bool = False


Layout = tuple[Field, ...]


def _n(name: str, length: int) -> Field:
    return Field(name, length, is_number=True)


def _c(name: str, length: int) -> Field:
    return Field(name, length)


_ACCOUNT = (_n("bank_code", 4), _c("bank_name", 15), _n("branch_code", 3), _c("branch_name", 15))
_HEAD = (
    _n("record_kind", 1),
    _n("type_code", 2),  # 種別コード: 03 is 入出金取引明細, 01 is 振込入金通知
    _n("character_code", 1),  # コード区分: 0 is JIS
    _n("made_on", 6),  # 作成日
    _n("first_day", 6),  # 勘定日(自)
    _n("last_day", 6),  # 勘定日(至)
    *_ACCOUNT,
)

STATEMENT = "03"
NOTICE = "01"

HEADERS: dict[str, Layout] = {
    STATEMENT: (
        *_HEAD,
        _c("filler", 3),
        _n("account_type", 1),
        _n("account_number", 10),
        _c("account_name", 40),
        _n("opening_sign", 1),  # 貸越区分: 1 is plus, 2 is minus
        _c("book_kind", 1),  # 通帳・証書区分
        _n("opening_yen", 14),  # 取引前残高
        _c("filler", 71),
    ),
    NOTICE: (
        *_HEAD,
        _n("account_type", 1),
        _n("account_number", 7),
        _c("account_name", 40),
        _c("filler", 93),
    ),
}
DATA: dict[str, Layout] = {
    STATEMENT: (
        _n("record_kind", 1),
        _n("number", 8),  # 照会番号
        _n("booked_on", 6),  # 勘定日
        _n("value_on", 6),  # 預入・払出日
        _n("direction", 1),  # 入払区分: 1 is in, 2 is out
        _n("transaction_kind", 2),  # 取引区分: 11 is a transfer
        _n("amount_yen", 12),  # 取引金額
        _n("other_banks_yen", 12),  # うち他店券金額
        _c("presented_on", 6),  # 交換呈示日
        _c("dishonored_on", 6),  # 不渡返還日
        _c("bill_kind", 1),  # 手形・小切手区分
        _c("bill_number", 7),
        _c("fellow_branch", 3),  # 僚店番号
        _c("payer_code", 10),  # 振込依頼人コード
        _c("payer", 48),  # 振込依頼人名または契約者番号
        _c("payer_bank", 15),  # 仕向銀行名
        _c("payer_branch", 15),  # 仕向店名
        _c("remark", 20),  # 摘要内容
        _c("edi", 20),  # EDI情報
        _c("filler", 1),
    ),
    NOTICE: (
        _n("record_kind", 1),
        _n("number", 6),
        _n("booked_on", 6),
        _n("value_on", 6),  # 起算日
        _n("amount_yen", 10),
        _n("other_banks_yen", 10),
        _c("payer_code", 10),
        _c("payer", 48),
        _c("payer_bank", 15),
        _c("payer_branch", 15),
        _c("cancelled", 1),  # 取消区分: 1 takes one back
        _c("edi", 20),
        _c("filler", 52),
    ),
}
TRAILERS: dict[str, Layout] = {
    STATEMENT: (
        _n("record_kind", 1),
        _n("in_count", 6),
        _n("in_yen", 13),
        _n("out_count", 6),
        _n("out_yen", 13),
        _n("closing_sign", 1),
        _n("closing_yen", 14),  # 取引後残高
        _n("record_count", 7),  # データ・レコード件数
        _c("filler", 139),
    ),
    NOTICE: (
        _n("record_kind", 1),
        _n("in_count", 6),
        _n("in_yen", 12),
        _n("cancelled_count", 6),
        _n("cancelled_yen", 12),
        _c("filler", 163),
    ),
}

#: What each byte is when read by itself.
_CHARACTERS = tuple(bytes([byte]).decode(ENCODING, "replace") for byte in range(256))


def split(content: bytes) -> list[bytes]:
    """Return the records of a file, parted by line ends where there are any, else by length."""
    content = content.removesuffix(b"\x1a")
    if b"\n" in content:
        return [record.removesuffix(b"\r") for record in content.removesuffix(b"\n").split(b"\n")]
    return [
        content[start : start + RECORD_BYTES]
        for start in range(0, max(len(content), 1), RECORD_BYTES)
    ]


def fields(record: bytes, layout: Layout) -> Iterator[tuple[Field, int, str]]:
    """Yield each field of a record, the byte from 1 at which it begins, and its text."""
    start = 0
    for field in layout:
        piece = record[start : start + field.length]
        yield field, start + 1, "".join(_CHARACTERS[byte] for byte in piece)
        start += field.length
