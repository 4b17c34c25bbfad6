"""
A table of exchange rates as a central bank publishes it, read into rates.

The first column is the day. The others are named by two currencies (``EURUSD`` is what one euro
was in dollars), or by one, which is quoted against the euro as the ECB does. A cell without a
number is a day without a rate. A rate is read exactly; nothing is rounded or made up.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ledger.core.exchange import FxRate, FxRateNotPositive
from ledger.core.fields import check_reference
from ledger.core.money import NotADecimal, parse_decimal
from ledger.core.refusal import Refusal

#: What a column that names one currency is quoted against.
BASE = "EUR"

_PAIR = re.compile(r"([A-Z]{3})([A-Z]{3})")
_QUOTE = re.compile(r"[A-Z]{3}")
_MISSING = frozenset({"", "N/A", "-"})


class RatesHeadWrong(Refusal):
    """The first line names no day, or a column names no currencies. Carries the column."""

    code = "rates_head_wrong"
    field = "file"


class RatesLineWrong(Refusal):
    """A line has a day that is none, or a cell that is no rate. Carries line and column."""

    code = "rates_line_wrong"
    field = "file"


def read_rates(text: str, *, source: str) -> tuple[FxRate, ...]:
    """
    Return the rates of a table; ``source`` is who published it, as contracts name it.

    :raises ReferenceMalformed: the source cannot be named so.
    :raises RatesHeadWrong: the head is not that of a table of rates.
    :raises RatesLineWrong: a line cannot be read; nothing of the table is taken then.
    """
    check_reference(source, field="source")
    lines = csv.reader(text.removeprefix("\ufeff").splitlines())
    head = [cell.strip() for cell in next(lines, [])]
    while head and not head[-1]:
        head.pop()  # The ECB ends its lines with a comma.
    if len(head) < 2 or head[0].lower() != "date":
        raise RatesHeadWrong(column=head[0] if head else "-")
    pairs = [_pair(cell) for cell in head[1:]]
    return tuple(
        FxRate(source=source, on=day, currency=pair[0], into=pair[1], rate=rate)
        for number, line in enumerate(lines, start=2)
        if any(cell.strip() for cell in line)
        for day in (_day(line[0], number),)
        for pair, rate in _cells(line[1:], pairs, number)
    )


def _pair(cell: str) -> tuple[str, str]:
    if match := _PAIR.fullmatch(cell):
        return match[1], match[2]
    if _QUOTE.fullmatch(cell):
        return BASE, cell
    raise RatesHeadWrong(column=cell or "-")


def _day(cell: str, line: int) -> date:
    try:
        return date.fromisoformat(cell.strip())
    except ValueError:
        raise RatesLineWrong(line=line, column="date", value=cell[:40]) from None


def _cells(
    cells: list[str], pairs: list[tuple[str, str]], line: int
) -> Iterator[tuple[tuple[str, str], Decimal]]:
    for cell, pair in zip(cells, pairs, strict=False):
        if cell.strip() not in _MISSING:
            try:
                rate = parse_decimal(cell.strip())
                FxRate(source="-", on=date.min, currency=pair[0], into=pair[1], rate=rate)
            except (NotADecimal, FxRateNotPositive):
                raise RatesLineWrong(line=line, column="".join(pair), value=cell[:40]) from None
            yield pair, rate
