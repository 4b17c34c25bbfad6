"""Declaring a month: what you say there was, what the book has, and what differs."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from msgspec import Struct

from api.client.calls import Call, Page, json_call, reader
from api.client.generation import Quantity, check_exact

_PAGE_OF_MONTHS = 100

#: Quantities by modality and unit: ``{("image", "image"): 1200}``.
Totals = Mapping[tuple[str, str], Quantity]


class DeclaredTotal(Struct, frozen=True, kw_only=True):
    """The quantity of one modality and unit that was declared."""

    modality: str
    unit: str
    quantity: Decimal


class Declaration(Struct, frozen=True, kw_only=True):
    """One version of what was declared; the last one counts."""

    version: int
    declared_at: datetime
    nil: bool
    generation_count: int
    totals: tuple[DeclaredTotal, ...]


class Counted(Struct, frozen=True, kw_only=True):
    """How many generations, and how much of them is known."""

    generation_count: int
    quantity: Decimal


class ReportedTotal(Struct, frozen=True, kw_only=True):
    """What the book has of one modality and unit, by what became of it."""

    modality: str
    unit: str
    accepted: Counted
    held: Counted
    refused: Counted


class TotalDifference(Struct, frozen=True, kw_only=True):
    """A quantity that was declared and is not what the book has."""

    modality: str
    unit: str
    declared: Decimal
    reported: Decimal
    difference: Decimal


class MonthDifference(Struct, frozen=True, kw_only=True):
    """What the book has less what was declared; below zero something has not reached it."""

    generation_count: int
    quantities: tuple[TotalDifference, ...]


class MonthReport(Struct, frozen=True, kw_only=True):
    """A month as you declared it and as the book has it."""

    licensee: str
    month: str
    state: Literal["undeclared", "agreed", "differs", "closed"]
    generation_count: int
    reported: tuple[ReportedTotal, ...]
    declarations: tuple[Declaration, ...]
    difference: MonthDifference | None


class _Months(Struct, frozen=True):
    reports: tuple[MonthReport, ...]
    next_cursor: str | None


_read_month = reader(MonthReport)
_read_months = reader(_Months)


def declare_call(
    month: str, *, generation_count: int | None, totals: Totals | None, nil: bool
) -> Call[MonthReport]:
    """
    Return the request that declares a month; declaring the same again changes nothing.

    :raises GenerationInvalid: a quantity is a float.
    """
    told: dict[str, Any] = {"nil": True} if nil else {}
    if generation_count is not None:
        told["generation_count"] = generation_count
    if totals:
        for quantity in totals.values():
            check_exact(quantity, field="quantity")
        told["totals"] = [
            {"modality": modality, "unit": unit, "quantity": quantity}
            for (modality, unit), quantity in totals.items()
        ]
    return json_call("PUT", _month(month), told, read=_read_month)


def month_call(month: str) -> Call[MonthReport]:
    """Return the request for a month as it stands."""
    return Call(path=_month(month), read=_read_month)


def months_call(cursor: str | None = None) -> Call[Page[MonthReport]]:
    """Return the request for your months, the latest first."""

    def read(content: bytes) -> Page[MonthReport]:
        told = _read_months(content)
        following = None if told.next_cursor is None else months_call(told.next_cursor)
        return Page(items=told.reports, following=following)

    query: dict[str, str | int] = {"limit": _PAGE_OF_MONTHS}
    if cursor is not None:
        query["cursor"] = cursor
    return Call(path="/v1/reports", read=read, query=query)


def _month(month: str) -> str:
    return f"/v1/reports/{quote(month, safe='')}"
