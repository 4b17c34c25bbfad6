"""Exporting: every generation of some months as it stands and was judged, for spreadsheets."""

from collections.abc import Iterator
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any

from ledger.core.period import Month
from ledger.core.reason import CHARGED_DECISIONS
from ledger.core.royalty import charge
from ledger.core.terms import Basis, RateLine, TierMode
from ledger.services import BOOK_ID
from ledger.store import generations, licenses
from ledger.store.database import Database

_COLUMNS_NOT_SHOWN = ("rate_line_id", "net_revenue")

#: More digits than a quantity times a rate has; should one have more, it is not shown rounded.
_EXACTLY = Context(prec=200, traps=[Inexact])


def generations_of(
    database: Database, *, book_id: int = BOOK_ID, first: Month, last: Month
) -> Iterator[dict[str, Any]]:
    """
    Yield a row for each subject's part of each generation, by month, licensee and batch.

    What was corrected is shown as it stands now, where its correction is; what is void is not.

    ``amount_estimate`` is the part's exact price in minor units where one generation has a
    price of its own; None under tiers and fixed fees, which only a month's total has.
    """
    with database.transaction() as session:
        lines = licenses.load_snapshot(session, book_id=book_id).rate_lines
        rows = generations.stream_parts(
            session, book_id=book_id, first_month=first.first_day, last_month=last.first_day
        )
        for row in rows:
            row["amount_estimate"] = _estimate(row, lines.get(row["rate_line_id"]))
            row["content_hash"] = row["content_hash"].hex()
            for name in _COLUMNS_NOT_SHOWN:
                del row[name]
            yield row


def _estimate(row: dict[str, Any], line: RateLine | None) -> Decimal | None:
    if line is None or row["decision"] not in CHARGED_DECISIONS:
        return None
    if line.basis is Basis.FIXED_MONTH or line.tier_mode is not TierMode.NONE:
        return None
    counted = row["net_revenue"] if line.basis is Basis.PCT_REVENUE else row["quantity"]
    return _decimal(charge(line=line, quantity=counted).steps[0].exact)


def _decimal(exact: Fraction) -> Decimal:
    """Write a product of decimals as the decimal it is; its denominator has no other primes."""
    return _EXACTLY.divide(Decimal(exact.numerator), Decimal(exact.denominator))
