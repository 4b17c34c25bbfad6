"""
Detail of thousands of rows as a page of sums: what is alike stands in one row.

A page shows up to :data:`DETAIL_MAX` rows of detail as they are. Beyond, rows with the same
license, use and price become one that says how many it stands for; each row is in the table
inside the file. Where there are too many prices they are left out, and at last the licenses.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.core.invoice import InvoiceLine, Taxed
from ledger.core.statement import UsageRow
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass

DETAIL_MAX = 500

Row = InvoiceLine | UsageRow


@dataclass(frozen=True, kw_only=True)
class CondensedRow:
    """Several rows that are alike; what they do not have in common is left out."""

    count: int
    license_reference: str
    licensee_ja: str
    licensee_en: str
    accrual_month: date | None
    basis: Basis
    modality: Modality | None
    use_class: UseClass | None
    generation_count: int
    quantity: Decimal
    rate: Decimal | None
    is_tiered: bool
    amount_minor: int
    paid_from: str = "invoice"
    is_top_up: bool = False
    taxed: Taxed | None = None
    foreign_currency: str | None = None  # of its rate, where that is not the document's


def condensed(rows: Sequence[Row]) -> tuple[CondensedRow, ...]:
    """Sum rows up, in as many rows as fit and no more than :data:`DETAIL_MAX`; sums are exact."""
    groups: dict[Hashable, list[Row]] = {}
    for key in (_by_price, _by_license, _by_use):
        groups = {}
        for row in rows:
            groups.setdefault(key(row), []).append(row)
        if len(groups) <= DETAIL_MAX:
            break
    return tuple(_one(alike) for alike in groups.values())


def _one(rows: Sequence[Row]) -> CondensedRow:
    first = rows[0]
    months = {row.accrual_month for row in rows if isinstance(row, UsageRow)}
    return CondensedRow(
        count=len(rows),
        license_reference=_common(rows, _license),
        licensee_ja=_common(rows, lambda row: getattr(row, "licensee_ja", "")),
        licensee_en=_common(rows, lambda row: getattr(row, "licensee_en", "")),
        accrual_month=months.pop() if len(months) == 1 else None,
        basis=first.basis,
        modality=first.modality,
        use_class=first.use_class,
        generation_count=sum(row.generation_count for row in rows),
        quantity=sum((row.quantity for row in rows), Decimal(0)),
        rate=first.rate if len({row.rate for row in rows}) == 1 else None,
        is_tiered=all(row.is_tiered for row in rows),
        amount_minor=sum(_amount(row) for row in rows),
        paid_from=getattr(first, "paid_from", "invoice"),
        is_top_up=first.is_top_up,
        taxed=getattr(first, "taxed", None),
        foreign_currency=foreign_of(first),
    )


def foreign_of(row: Row | CondensedRow) -> str | None:
    """Return the currency of a row's price, where it was translated into the document's."""
    if isinstance(row, CondensedRow):
        return row.foreign_currency
    if isinstance(row, UsageRow) and row.foreign is not None:
        return row.foreign.currency
    return None


def _by_price(row: Row) -> Hashable:
    return (*_by_license(row), row.rate, row.is_tiered)


def _by_license(row: Row) -> tuple[Hashable, ...]:
    month = row.accrual_month if isinstance(row, UsageRow) else None
    return (_license(row), month, *_by_use(row))


def _by_use(row: Row) -> tuple[Hashable, ...]:
    source = getattr(row, "paid_from", "invoice")
    taxed = getattr(row, "taxed", None)
    return row.basis, row.modality, row.use_class, source, row.is_top_up, taxed, foreign_of(row)


def _license(row: Row) -> str:
    return row.licensee_ja if isinstance(row, UsageRow) else row.license_reference


def _amount(row: Row) -> int:
    return row.royalty_minor if isinstance(row, UsageRow) else row.amount_minor


def _common(rows: Sequence[Row], of: Callable[[Row], str]) -> str:
    values = {of(row) for row in rows}
    return values.pop() if len(values) == 1 else ""
