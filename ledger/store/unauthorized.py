"""Use that was refused and is claimed for: what the totals of batches have of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.money import Rounding
from ledger.core.terms import RateLine
from ledger.store.licenses import rate_lines

_REFUSED = """
    SELECT t.accrual_month AS month, licensee.reference AS licensee, holder.reference AS holder,
           s.reference AS subject, s.title_ja, s.title_en, l.reference AS license,
           v.clause_reference, v.currency, v.rounding, t.reason, t.rate_line_id, g.claim_multiple,
           CAST(sum(t.generation_count) AS bigint) AS generation_count,
           sum(t.quantity) AS quantity, sum(t.net_revenue) AS net_revenue
    FROM batch_total t
    JOIN party licensee ON licensee.party_id = t.licensee_id AND licensee.book_id = :book
    JOIN subject s ON s.subject_id = t.subject_id
    JOIN party holder ON holder.party_id = s.owner_id
    JOIN terms_version v ON v.terms_version_id = t.terms_version_id
    JOIN license_grant g ON g.license_grant_id = v.license_grant_id
    JOIN license l ON l.license_id = g.license_id
    WHERE t.accrual_month BETWEEN :first AND :last
      AND t.decision = 'refused' AND t.rate_line_id IS NOT NULL
      AND (CAST(:party AS text) IS NULL OR :party IN (licensee.reference, holder.reference))
    GROUP BY 1, 2, 3, s.subject_id, l.license_id, v.terms_version_id, g.license_grant_id, t.reason,
             t.rate_line_id
    HAVING sum(t.generation_count) <> 0 OR sum(t.quantity) <> 0
    ORDER BY 1, 2, 3, s.reference COLLATE "C", t.rate_line_id, t.reason
"""


@dataclass(frozen=True, kw_only=True)
class RefusedUse:
    """A month's refused use of one subject under the rate line that would have priced it."""

    month: date
    licensee: str
    holder: str
    subject: str
    title_ja: str
    title_en: str
    license: str
    clause_reference: str
    currency: str
    rounding: Rounding
    reason: str
    line: RateLine
    claim_multiple: Decimal | None
    generation_count: int
    quantity: Decimal
    net_revenue: Decimal


def refused_use(
    session: Session, *, book_id: int, first: date, last: date, party: str | None
) -> Iterator[RefusedUse]:
    """Yield the refused use of some months that has a price, of one firm or holder or of all."""
    parameters = {"book": book_id, "first": first, "last": last, "party": party}
    rows = session.execute(text(_REFUSED), parameters).all()
    lines = rate_lines(session, ids={row.rate_line_id for row in rows})
    for row in rows:
        told = dict(row._mapping)
        line = lines[told.pop("rate_line_id")]
        yield RefusedUse(**{**told, "rounding": Rounding(row.rounding), "line": line})
