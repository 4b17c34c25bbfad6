"""Documents looked for by date, amount and counterparty, in any combination."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.money import CURRENCY_EXPONENTS


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; None and "" leave a side open. Amounts are in whole major units."""

    kind: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    least: int | None = None
    most: int | None = None
    counterparty: str = ""  # part of a name, or the reference


@dataclass(frozen=True, kw_only=True)
class FoundDocument:
    """A document as a list shows it: what an invoice asks for, what a statement pays."""

    id: int
    reference: str
    kind: str
    issued_on: date
    counterparty: str  # its reference
    counterparty_ja: str
    counterparty_en: str
    currency: str
    total_minor: int


# An amount with cents lies between whole units, so both bounds are compared in minor units.
_FIND = """
    SELECT d.document_id AS id, d.reference, d.kind, d.issued_on,
           p.reference AS counterparty, p.name_ja AS counterparty_ja, p.name_en AS counterparty_en,
           coalesce(i.currency, s.currency) AS currency,
           coalesce(i.total_minor, s.payout_minor) AS total_minor
    FROM document d
    JOIN party p ON p.party_id = d.owner_id
    LEFT JOIN invoice i ON i.document_id = d.document_id
    LEFT JOIN statement s ON s.document_id = d.document_id
    LEFT JOIN unnest(CAST(:currencies AS text[]), CAST(:units AS bigint[])) AS c (currency, unit)
        ON c.currency = coalesce(i.currency, s.currency)
    WHERE d.book_id = :book
      AND (CAST(:owner AS bigint) IS NULL OR d.owner_id = :owner)
      AND (CAST(:before AS bigint) IS NULL OR d.document_id < :before)
      AND (CAST(:kind AS text) IS NULL OR d.kind = :kind)
      AND (CAST(:first_day AS date) IS NULL OR d.issued_on >= :first_day)
      AND (CAST(:last_day AS date) IS NULL OR d.issued_on <= :last_day)
      AND (CAST(:least AS bigint) IS NULL
           OR coalesce(i.total_minor, s.payout_minor) >= CAST(:least AS numeric) * c.unit)
      AND (CAST(:most AS bigint) IS NULL
           OR coalesce(i.total_minor, s.payout_minor) <= CAST(:most AS numeric) * c.unit)
      AND (:counterparty = '' OR p.reference = :counterparty
           OR position(lower(:counterparty) IN lower(p.name_ja || ' ' || p.name_en)) > 0)
    ORDER BY d.document_id DESC
    LIMIT :limit
"""


def find_documents(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None,
    wanted: Wanted,
    before: int | None,
    limit: int,
) -> list[FoundDocument]:
    """Return documents that are what is wanted, the latest first."""
    parameters = {
        **vars(wanted),
        "book": book_id,
        "owner": owner_id,
        "before": before,
        "limit": limit,
        "currencies": list(CURRENCY_EXPONENTS),
        "units": [10**exponent for exponent in CURRENCY_EXPONENTS.values()],
    }
    return [FoundDocument(**row._mapping) for row in session.execute(text(_FIND), parameters)]
