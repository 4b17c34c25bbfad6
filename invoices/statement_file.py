"""
Reading what a bank says: statements (入出金取引明細) and notices of transfers (振込入金通知).

A file is read whole or not at all: every record has its length and its digits, every day is one,
and what a trailer counts and sums is what the records before it say. A file that is laid out in
another way is refused by that, with the line and the byte; it is never read as something else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from invoices.statement_records import (
    DATA,
    HEADERS,
    NOTICE,
    RECORD_BYTES,
    STATEMENT,
    TRAILERS,
    Layout,
    fields,
    split,
)
from ledger.core.bank_statement import BankStatement, StatementLine
from ledger.core.refusal import Refusal

#: The first year of an era less one; a year of two digits is one of these, or of a century.
_YEARS_BEFORE = (2018, 1988, 2000)  # 令和, 平成, and the year itself

#: How far a file's days may lie from the day on which it is read.
_YEARS_AWAY = 8

_KINDS = {STATEMENT: "zengin_statement", NOTICE: "zengin_notice"}


class BankFileUnreadable(Refusal):
    """A record of a bank's file is not what its format says. Carries line and byte."""

    code = "bank_file_unreadable"


class BankFileDoesNotAddUp(Refusal):
    """What a trailer counts or sums is not what the records before it say. Carries both."""

    code = "bank_file_does_not_add_up"


@dataclass
class _Account:
    """What is read of one account, from its header to its trailer."""

    kind: str
    header: dict[str, str]
    lines: list[StatementLine] = field(default_factory=list)


def read_zengin(content: bytes, *, read_on: date) -> list[BankStatement]:
    """
    Return the statement of every account in a file; ``read_on`` says which era its years are of.

    :raises BankFileUnreadable: a record is not what the format says.
    :raises BankFileDoesNotAddUp: a trailer says something else than the records before it.
    """
    statements: list[BankStatement] = []
    account: _Account | None = None
    is_over = False
    for place, record in enumerate(split(content), start=1):
        if len(record) != RECORD_BYTES:
            raise _unreadable(place, 1, f"{len(record)} bytes", f"{RECORD_BYTES} bytes")
        kind = chr(record[0])
        expected = "1" if account is None else "28"
        if is_over or (
            kind not in expected and not (account is None and statements and kind == "9")
        ):
            raise _unreadable(place, 1, kind, "9" if is_over else " / ".join(expected))
        if kind == "1":
            account = _header(place, record)
        elif kind == "9":
            is_over = True
        elif kind == "2" and account is not None:
            values = _take_apart(place, record, DATA[account.kind])
            account.lines.append(_line(place, values, account.kind, read_on))
        elif account is not None:
            trailer = _take_apart(place, record, TRAILERS[account.kind])
            statements.append(_statement(place, account, trailer, read_on))
            account = None
    if account is not None or not is_over:
        raise _unreadable(len(split(content)) + 1, 1, "", "8" if account else "9")
    return statements


def looks_like_zengin(content: bytes) -> bool:
    """Tell whether a file begins with the header of one of the two formats."""
    return content[:3] in (b"1" + STATEMENT.encode(), b"1" + NOTICE.encode())


def _header(place: int, record: bytes) -> _Account:
    kind = record[1:3].decode("ascii", "replace")
    if kind not in HEADERS:
        raise _unreadable(place, 2, kind, " / ".join(HEADERS))
    return _Account(kind=kind, header=_take_apart(place, record, HEADERS[kind]))


def _take_apart(place: int, record: bytes, layout: Layout) -> dict[str, str]:
    """Return the fields of a record by name; a number that is left blank is read as zero."""
    values = {}
    for each, start, text in fields(record, layout):
        if "\ufffd" in text:
            raise _unreadable(place, start + text.index("\ufffd"), text, "JIS X 0201")
        if each.is_number and not (text.isascii() and text.isdigit()):
            if text.strip(" "):
                raise _unreadable(place, start, text, "0-9")
            text = "0" * each.length
        values[each.name] = text if each.is_number else text.rstrip(" ")
    return values


def _line(place: int, values: dict[str, str], kind: str, read_on: date) -> StatementLine:
    amount = int(values["amount_yen"])
    if amount == 0:
        raise _unreadable(place, 21 if kind == NOTICE else 25, values["amount_yen"], "1 …")
    is_cancelled = values.get("cancelled") == "1"
    if kind == STATEMENT and values["direction"] not in "12":
        raise _unreadable(place, 22, values["direction"], "1 / 2")
    is_out = is_cancelled if kind == NOTICE else values["direction"] == "2"
    return StatementLine(
        place=place,
        booked_on=_day(place, 8 if kind == NOTICE else 10, values["booked_on"], read_on),
        amount_minor=-amount if is_out else amount,
        number=values["number"].lstrip("0"),
        payer=values["payer"],
        payer_code=values["payer_code"].strip(" "),
        bank_name=values["payer_bank"],
        branch_name=values["payer_branch"],
        remark=values.get("remark", ""),
        edi=values["edi"],
        is_cancelled=is_cancelled,
    )


def _statement(
    place: int, account: _Account, trailer: dict[str, str], read_on: date
) -> BankStatement:
    header, lines = account.header, account.lines
    opening = closing = None
    if account.kind == STATEMENT:
        opening = _signed(header["opening_sign"], header["opening_yen"])
        closing = _signed(trailer["closing_sign"], trailer["closing_yen"])
    for what, told, found in _sums(account, trailer, opening, closing):
        if told != found:
            raise BankFileDoesNotAddUp(line=place, what=what, told=told, found=found)
    return BankStatement(
        kind=_KINDS[account.kind],
        account="-".join(
            (
                header["bank_code"],
                header["branch_code"],
                header["account_type"],
                header["account_number"][-7:],
            )
        ),
        currency="JPY",
        first_day=_day(1, 11, header["first_day"], read_on),
        last_day=_day(1, 17, header["last_day"], read_on),
        opening_minor=opening,
        closing_minor=closing,
        lines=tuple(_with_balances(lines, opening)),
    )


def _with_balances(lines: Sequence[StatementLine], opening: int | None) -> Iterator[StatementLine]:
    """Say after each line what the account holds; it is what tells two equal payments apart."""
    balance = opening
    for line in lines:
        balance = None if balance is None else balance + line.amount_minor
        yield replace(line, balance_minor=balance)


def _sums(
    account: _Account, trailer: dict[str, str], opening: int | None, closing: int | None
) -> Iterator[tuple[str, int, int]]:
    """Yield what a trailer says beside what the records say."""
    came = [line.amount_minor for line in account.lines if line.amount_minor > 0]
    went = [-line.amount_minor for line in account.lines if line.amount_minor < 0]
    out = "out" if account.kind == STATEMENT else "cancelled"
    yield "in_count", int(trailer["in_count"]), len(came)
    yield "in_yen", int(trailer["in_yen"]), sum(came)
    yield f"{out}_count", int(trailer[f"{out}_count"]), len(went)
    yield f"{out}_yen", int(trailer[f"{out}_yen"]), sum(went)
    if opening is not None and closing is not None:
        yield "closing_yen", closing, opening + sum(came) - sum(went)


def _signed(sign: str, amount: str) -> int:
    return -int(amount) if sign == "2" else int(amount)


def _day(place: int, start: int, text: str, read_on: date) -> date:
    """Read YYMMDD; the year is of the era, or of the century, that lies nearest to the reading."""
    year = int(text[:2])
    found = min(
        (before + year for before in _YEARS_BEFORE), key=lambda each: abs(each - read_on.year)
    )
    if abs(found - read_on.year) > _YEARS_AWAY:
        raise _unreadable(place, start, text, "YYMMDD")
    try:
        return date(found, int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise _unreadable(place, start, text, "YYMMDD") from None


def _unreadable(place: int, start: int, found: str, expected: str) -> BankFileUnreadable:
    return BankFileUnreadable(line=place, byte=start, found=found, expected=expected)
