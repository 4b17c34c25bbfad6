"""
Reading a bank's CSV: which column is what stands in a mapping file, and nothing is guessed.

A mapping is a table of TOML; those in ``invoices/bank_presets/`` come with the program. It names
the encoding, how days are written, and for each thing the column by its heading, or by its number
from 1 where there are no headings. What went out may have a column of its own, or a sign.
"""

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from invoices.statement_file import BankFileUnreadable
from ledger.core.bank_statement import BankStatement, StatementLine
from ledger.core.refusal import Refusal

_PRESETS = "bank_presets"
_COLUMNS = frozenset(
    {
        *("booked_on", "amount", "came_in", "went_out", "balance", "number"),
        *("payer", "payer_code", "bank_name", "branch_name", "remark", "edi"),
    }
)
_SETTINGS = frozenset(
    {"account", "encoding", "delimiter", "skip", "has_headings", "day", "currency", "columns"}
)


class BankMappingUnusable(Refusal):
    """A mapping file cannot be used as it is. Carries the part of it, and what it has to be."""

    code = "bank_mapping_unusable"


@dataclass(frozen=True, kw_only=True)
class BankMapping:
    """Which column of a bank's CSV is what."""

    account: str
    columns: Mapping[str, str | int]
    day: str = "%Y/%m/%d"
    encoding: str = "cp932"
    delimiter: str = ","
    skip: int = 0  # lines before the headings, or before the first line
    has_headings: bool = True
    currency: str = "JPY"


def presets() -> tuple[str, ...]:
    """Name the mappings that come with the program."""
    found = files("invoices").joinpath(_PRESETS).iterdir()
    return tuple(
        sorted(each.name.removesuffix(".toml") for each in found if each.name.endswith(".toml"))
    )


def preset(name: str) -> BankMapping:
    """
    Return a mapping that comes with the program.

    :raises BankMappingUnusable: there is none of the name.
    """
    if name not in presets():
        raise BankMappingUnusable(part=name, expected=", ".join(presets()))
    return read_mapping(files("invoices").joinpath(_PRESETS, f"{name}.toml").read_text("utf-8"))


def read_mapping(text: str) -> BankMapping:
    """
    Read a mapping from TOML.

    :raises BankMappingUnusable: it is no TOML, or has something else than what a mapping has.
    """
    try:
        told: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BankMappingUnusable(part=str(error), expected="TOML") from None
    columns = told.get("columns")
    if not isinstance(columns, dict):
        raise BankMappingUnusable(part="columns", expected="[columns]")
    for unknown in sorted({*told} - _SETTINGS):
        raise BankMappingUnusable(part=unknown, expected=", ".join(sorted(_SETTINGS)))
    for name, column in columns.items():
        if name not in _COLUMNS or type(column) not in (str, int):
            raise BankMappingUnusable(part=f"columns.{name}", expected=", ".join(sorted(_COLUMNS)))
    has_amount = "amount" in columns or "came_in" in columns
    for needed in ("booked_on",) if has_amount else ("booked_on", "came_in"):
        if needed not in columns:
            raise BankMappingUnusable(part=f"columns.{needed}", expected="…")
    kinds = {"skip": int, "has_headings": bool}
    for name, value in told.items():
        kind = dict if name == "columns" else kinds.get(name, str)
        if type(value) is not kind:
            raise BankMappingUnusable(part=name, expected=kind.__name__)
    if not told.get("has_headings", True) and any(type(each) is str for each in columns.values()):
        raise BankMappingUnusable(part="columns", expected="1, 2, 3 …")
    return BankMapping(**{"account": "", **told})


def read_csv(content: bytes, mapping: BankMapping) -> BankStatement:
    """
    Read a bank's CSV by a mapping.

    :raises BankFileUnreadable: a line is not what the mapping says; carries line and column.
    """
    try:
        text = content.decode(mapping.encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        start = error.start - content.rfind(b"\n", 0, error.start)
        found = content[error.start : error.end].hex()
        raise BankFileUnreadable(
            line=line, byte=start, found=found, expected=mapping.encoding
        ) from None
    except LookupError:
        raise BankMappingUnusable(part="encoding", expected="utf-8, utf-8-sig, cp932") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter)
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    rows = rows[mapping.skip :]
    places = _places(rows[0] if rows else (1, []), mapping)
    body = rows[1:] if mapping.has_headings else rows
    lines = tuple(_line(number, row, places, mapping) for number, row in body)
    if not lines:
        raise BankFileUnreadable(line=len(rows) + 1, byte=1, found="", expected="…")
    days = [line.booked_on for line in lines]
    balances = [line.balance_minor for line in lines]
    return BankStatement(
        kind="csv",
        account=mapping.account,
        currency=mapping.currency,
        first_day=min(days),
        last_day=max(days),
        opening_minor=None,
        closing_minor=balances[-1] if days == sorted(days) else balances[0],
        lines=lines,
    )


def _places(first: tuple[int, Sequence[str]], mapping: BankMapping) -> dict[str, int]:
    """Return the place of each column, from 0."""
    number, headings = first
    names = [heading.strip().lstrip("\ufeff") for heading in headings]
    found = {}
    for name, column in mapping.columns.items():
        if isinstance(column, int):
            found[name] = column - 1
        elif names.count(column) == 1:
            found[name] = names.index(column)
        else:
            told = ", ".join(names)
            raise BankFileUnreadable(line=number, byte=1, found=told, expected=column)
    return found


def _line(
    number: int, row: Sequence[str], places: Mapping[str, int], mapping: BankMapping
) -> StatementLine:
    def cell(name: str) -> str:
        if name not in places:
            return ""
        if places[name] >= len(row):
            raise BankFileUnreadable(
                line=number, byte=places[name] + 1, found="", expected=str(mapping.columns[name])
            )
        return row[places[name]].strip()

    def amount(name: str) -> int | None:
        text = cell(name)
        plain = text.replace(",", "").replace("\\", "").replace("¥", "").replace("￥", "")
        if not plain:
            return None
        sign = -1 if plain[0] in "-▲△" else 1
        digits = plain.lstrip("-▲△+")
        if not (digits.isascii() and digits.isdigit()):
            raise BankFileUnreadable(line=number, byte=places[name] + 1, found=text, expected="0-9")
        return sign * int(digits)

    moved = amount("amount")
    if moved is None:
        moved = (amount("came_in") or 0) - (amount("went_out") or 0)
    if moved == 0:
        raise BankFileUnreadable(
            line=number, byte=1, found=mapping.delimiter.join(row), expected="1 …"
        )
    return StatementLine(
        place=number,
        booked_on=_day(number, places["booked_on"], cell("booked_on"), mapping.day),
        amount_minor=moved,
        number=cell("number"),
        balance_minor=amount("balance"),
        payer=cell("payer"),
        payer_code=cell("payer_code"),
        bank_name=cell("bank_name"),
        branch_name=cell("branch_name"),
        remark=cell("remark"),
        edi=cell("edi"),
    )


def _day(number: int, place: int, text: str, pattern: str) -> date:
    try:
        return datetime.strptime(f"{text} +0000", f"{pattern} %z").date()
    except ValueError:
        raise BankFileUnreadable(
            line=number, byte=place + 1, found=text, expected=pattern
        ) from None
