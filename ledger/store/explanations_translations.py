"""What an explanation says of money in other currencies: by which rate it became the book's."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

_TRANSLATED = """
    SELECT t.settlement_id, t.owner_id, t.currency, t.amount_minor, t.tax_minor, t.amount_yen,
           t.tax_yen, t.source, t.asked_on, t.rate_on, t.rate, r.received_on,
           d.reference AS invoice
    FROM unnest(CAST(:settlements AS bigint[]), CAST(:holders AS bigint[]))
             AS wanted (settlement_id, owner_id)
    JOIN translation t USING (settlement_id, owner_id)
    LEFT JOIN receipt r USING (receipt_id)
    LEFT JOIN invoice_line l USING (royalty_line_id)
    LEFT JOIN document d ON d.document_id = coalesce(r.document_id, l.document_id)
    ORDER BY t.translation_id
"""


def read_translations(
    session: Session, *, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], tuple[dict[str, Any], ...]]:
    """Return what was translated, line by line, by (settlement, rights holder)."""
    asked = {
        "settlements": [settlement for settlement, _ in wanted],
        "holders": [holder for _, holder in wanted],
    }
    found: dict[tuple[int, int], tuple[dict[str, Any], ...]] = {}
    for row in session.execute(text(_TRANSLATED), asked):
        key = (row.settlement_id, row.owner_id)
        found[key] = (*found.get(key, ()), dict(row._mapping))
    return found
