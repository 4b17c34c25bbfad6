"""Zengin statements and notices as a bank would write them, told by their fields."""

from collections.abc import Mapping, Sequence

from invoices.statement_records import (
    DATA,
    ENCODING,
    HEADERS,
    NOTICE,
    RECORD_BYTES,
    STATEMENT,
    TRAILERS,
    Layout,
)

ACCOUNT = {
    "bank_code": "0001",
    "bank_name": "ﾐﾎﾝ",
    "branch_code": "001",
    "branch_name": "ﾎﾝﾃﾝ",
    "account_type": "1",
    "account_number": "1234567",
    "account_name": "ｶ)ｹﾞﾝﾎﾞ",
}


def record(layout: Layout, values: Mapping[str, object]) -> bytes:
    """Fill one record; what is not told is zeros and spaces."""
    written = b""
    for name, length, is_number in layout:
        text = str(values.get(name, "")).encode(ENCODING)
        assert len(text) <= length, (name, text)
        written += text.rjust(length, b"0") if is_number else text.ljust(length)
    assert len(written) == RECORD_BYTES
    return written


def statement(
    *lines: Mapping[str, object],
    opening: int = 1_000_000,
    days: tuple[str, str] = ("081101", "081130"),
    end: bytes = b"\r\n",
    trailer: Mapping[str, object] | None = None,
) -> bytes:
    """Write a file of 入出金取引明細 (03) that adds up, unless its trailer is told."""
    return _file(STATEMENT, lines, opening, days, end, trailer or {})


def notice(
    *lines: Mapping[str, object],
    days: tuple[str, str] = ("081101", "081130"),
    end: bytes = b"",
    trailer: Mapping[str, object] | None = None,
) -> bytes:
    """Write a file of 振込入金通知 (01) that adds up, unless its trailer is told."""
    return _file(NOTICE, lines, 0, days, end, trailer or {})


def _file(
    kind: str,
    lines: Sequence[Mapping[str, object]],
    opening: int,
    days: tuple[str, str],
    end: bytes,
    changes: Mapping[str, object],
) -> bytes:
    common = {"type_code": kind, "made_on": days[1], "first_day": days[0], "last_day": days[1]}
    signed = {"opening_sign": 1, "opening_yen": opening, "closing_sign": 1}
    header = record(HEADERS[kind], {"record_kind": 1, **common, **ACCOUNT, **signed})
    usual = {"record_kind": 2, "booked_on": "081127", "direction": 1, "transaction_kind": 11}
    told = [{**usual, "value_on": "081127", **line} for line in lines]
    back = "cancelled" if kind == NOTICE else "direction"
    is_out = {"cancelled": "1", "direction": 2}[back]
    went = [int(str(line["amount_yen"])) for line in told if line.get(back) == is_out]
    came = [int(str(line["amount_yen"])) for line in told if line.get(back) != is_out]
    sums = {
        "record_kind": 8,
        "in_count": len(came),
        "in_yen": sum(came),
        "out_count": len(went),
        "out_yen": sum(went),
        "cancelled_count": len(went),
        "cancelled_yen": sum(went),
        "closing_sign": 1,
        "closing_yen": opening + sum(came) - sum(went),
        "record_count": len(told),
        **changes,
    }
    records = [
        header,
        *(record(DATA[kind], line) for line in told),
        record(TRAILERS[kind], sums),
        b"9".ljust(RECORD_BYTES),
    ]
    return b"".join(each + end for each in records)
