"""What prepayments pay for and no settlement has passed on: in yen, and in other currencies."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.closing import Cause
from ledger.core.prepayment import PrepaymentKind, UseKind
from ledger.core.prepayment_use import SettledUse, pieces_of_use, tax_of_uses
from ledger.core.statement import UsageRow
from ledger.core.terms import Basis, Recognition
from ledger.core.translation import ForeignPart
from ledger.core.unsettled import ReceivedLine
from ledger.core.usage import Modality, UseClass
from ledger.store.royalties import basis_shown, rate_shown

# What a month takes back is there for what the same month pays, so it comes first of the month:
# else what is used up to a line could come to more than the prepayment ever was.
_UNSETTLED_USES = """
    SELECT u.prepayment_use_id, u.prepayment_id, u.royalty_line_id, u.licensee_id, u.kind,
           p.currency, document.reference AS invoice,
           p.kind AS prepayment_kind, i.capacity = 'principal' AS is_own,
           u.amount_minor, p.amount_minor AS prepaid_minor, billed.tax_minor AS prepaid_tax_minor,
           coalesce(before.amount_minor, 0) AS used_minor,
           coalesce(before.tax_minor, 0) AS used_tax_minor,
           holder.reference AS holder, licensee.name_ja AS licensee_ja,
           licensee.name_en AS licensee_en, s.reference AS subject_reference, s.title_ja,
           s.title_en, coalesce(line.accrual_month, u.closing_month) AS accrual_month,
           rate.basis, rate.rate, line.cause, line.steps, line.recognition, v.revenue_percent,
           coalesce(rate.modality, CASE WHEN cardinality(g.modalities) = 1
                                        THEN g.modalities[1] END) AS modality,
           coalesce(rate.use_class, CASE WHEN cardinality(g.use_classes) = 1
                                         THEN g.use_classes[1] END) AS use_class,
           rate.tier_mode <> 'none' AS is_tiered, line.generation_count, line.quantity
    FROM prepayment_use u
    JOIN prepayment p USING (prepayment_id)
    JOIN invoice_prepayment billed USING (prepayment_id)
    JOIN invoice i ON i.document_id = billed.document_id
    JOIN document ON document.document_id = billed.document_id
    JOIN LATERAL (
        SELECT sum(part.amount_minor) AS amount_minor
        FROM receipt_part part JOIN receipt r USING (receipt_id)
        WHERE part.prepayment_id = u.prepayment_id AND r.received_on <= :received_through
    ) came_in ON true
    JOIN LATERAL (
        SELECT sum(every.amount_minor) AS amount_minor FROM prepayment_use every
        WHERE every.prepayment_id = u.prepayment_id
          AND (every.closing_month, every.amount_minor > 0, every.prepayment_use_id)
              <= (u.closing_month, u.amount_minor > 0, u.prepayment_use_id)
    ) up_to_here ON true
    JOIN party licensee ON licensee.party_id = u.licensee_id
    LEFT JOIN settled_prepayment_use done USING (prepayment_use_id)
    LEFT JOIN LATERAL (
        SELECT sum(used.amount_minor) AS amount_minor, sum(passed.tax_minor) AS tax_minor
        FROM prepayment_use used JOIN settled_prepayment_use passed USING (prepayment_use_id)
        WHERE used.prepayment_id = u.prepayment_id
    ) before ON true
    LEFT JOIN party holder ON holder.party_id = u.owner_id
    LEFT JOIN subject s ON s.subject_id = u.subject_id
    LEFT JOIN royalty_line line ON line.royalty_line_id = u.royalty_line_id
    LEFT JOIN rate_line rate ON rate.rate_line_id = line.rate_line_id
    LEFT JOIN terms_version v ON v.terms_version_id = line.terms_version_id
    LEFT JOIN license_grant g ON g.license_grant_id = v.license_grant_id
    WHERE i.book_id = :book AND (p.currency = :currency) = :is_of_book
      AND (up_to_here.amount_minor <= came_in.amount_minor OR line.recognition = 'accrual')
      AND u.closing_month <= :closing_month AND done.prepayment_use_id IS NULL
    ORDER BY u.prepayment_id, u.prepayment_use_id
"""


_PAID_WITH = """
    SELECT part.prepayment_id, r.receipt_id, r.received_on, part.amount_minor
    FROM receipt_part part JOIN receipt r USING (receipt_id)
    WHERE part.prepayment_id = ANY (CAST(:keys AS bigint[])) AND r.received_on <= :through
    ORDER BY part.prepayment_id, r.received_on, r.receipt_id
"""


def unsettled_uses(
    session: Session,
    *,
    book_id: int,
    currency: str,
    closing_month: date,
    received_through: date,
) -> tuple[list[ReceivedLine], list[SettledUse]]:
    """
    Return what prepayments pay for, through a closing month, and no settlement has passed on.

    Only what was received is there to be passed on: of a prepayment that was paid in part, the
    uses wait in their order until it covers them. Those by lines under accrual terms do not wait,
    and keep their place in the order. Beside what rights holders get comes what
    licensees are owed again.
    """
    passed, returned = [], []
    for row, tax_minor in _taxed_uses(
        session, book_id, currency, closing_month, received_through, is_of_book=True
    ):
        if row.kind == UseKind.RETURNED:
            returned.append(_use(row, tax_minor))
        else:
            passed.append(_received_line(row, tax_minor))
    return passed, returned


def foreign_uses(
    session: Session,
    *,
    book_id: int,
    currency: str,
    closing_month: date,
    received_through: date,
    settled_on: date,
) -> tuple[list[ForeignPart], list[tuple[int, SettledUse]]]:
    """
    Return the same of prepayments in other currencies than one, by the receipts that paid them.

    What is used before it is paid is divided as of ``settled_on``. What licensees are owed again
    stays in their currency, and comes with the key of its prepayment.
    """
    rows = list(
        _taxed_uses(session, book_id, currency, closing_month, received_through, is_of_book=False)
    )
    asked = {"keys": list({row.prepayment_id for row, _ in rows}), "through": received_through}
    received: dict[int, list[tuple[int, date, int]]] = defaultdict(list)
    for each in session.execute(text(_PAID_WITH), asked) if rows else ():
        received[each.prepayment_id].append((each.receipt_id, each.received_on, each.amount_minor))
    parts: list[ForeignPart] = []
    returned: list[tuple[int, SettledUse]] = []
    used: dict[int, int] = {}
    for row, tax_minor in rows:
        use = _use(row, tax_minor)
        before = used.get(row.prepayment_id, int(row.used_minor))
        used[row.prepayment_id] = before + row.amount_minor
        if row.kind == UseKind.RETURNED:
            returned.append((row.prepayment_id, use))
            continue
        pieces = pieces_of_use(use, used_minor=before, received=received[row.prepayment_id])
        parts += [
            ForeignPart(
                line=_received_line(row, tax_minor),
                currency=row.currency,
                day=piece.day or settled_on,
                receipt_id=piece.receipt_id,
                invoice=row.invoice,
                amount_minor=piece.amount_minor,
                tax_minor=piece.tax_minor,
            )
            for piece in pieces
        ]
    return parts, returned


def _taxed_uses(
    session: Session,
    book_id: int,
    currency: str,
    closing_month: date,
    received_through: date,
    *,
    is_of_book: bool,
) -> Iterator[tuple[Row[Any], int]]:
    """Yield uses that no settlement has passed on, each with its part of the tax."""
    rows = session.execute(
        text(_UNSETTLED_USES),
        {
            "book": book_id,
            "currency": currency,
            "closing_month": closing_month,
            "received_through": received_through,
            "is_of_book": is_of_book,
        },
    ).all()
    for _, of_prepayment in groupby(rows, key=attrgetter("prepayment_id")):
        uses = list(of_prepayment)
        taxes = tax_of_uses(
            tax_minor=uses[0].prepaid_tax_minor,
            amount_minor=uses[0].prepaid_minor,
            used_minor=int(uses[0].used_minor),
            used_tax_minor=int(uses[0].used_tax_minor),
            uses=[row.amount_minor for row in uses],
        )
        yield from zip(uses, taxes, strict=True)


def _use(row: Row[Any], tax_minor: int) -> SettledUse:
    """Return a use as a settlement takes it; what a licensee is owed again has no holder."""
    return SettledUse(
        prepayment_use_id=row.prepayment_use_id,
        licensee_id=row.licensee_id,
        holder_id=None,
        amount_minor=row.amount_minor,
        tax_minor=tax_minor,
        currency=row.currency,
    )


def _received_line(row: Row[Any], tax_minor: int) -> ReceivedLine:
    """Show a use as a statement does: like its royalty line, or as what a term left over."""
    is_recouped = row.kind == UseKind.RECOUPED
    is_top_up = row.cause == Cause.REVENUE_SHARE
    is_shortfall = row.prepayment_kind == PrepaymentKind.SHORTFALL
    return ReceivedLine(
        prepayment_use_id=row.prepayment_use_id,
        prepayment_id=row.prepayment_id,
        licensee_id=row.licensee_id,
        holder=row.holder,
        tax_minor=tax_minor,
        is_own=row.is_own,
        royalty_line_id=row.royalty_line_id,
        is_accrued=row.recognition == Recognition.ACCRUAL,
        usage=UsageRow(
            title_ja=row.title_ja,
            title_en=row.title_en,
            subject_reference=row.subject_reference,
            licensee_ja=row.licensee_ja,
            licensee_en=row.licensee_en,
            accrual_month=row.accrual_month,
            basis=basis_shown(row) if is_recouped else Basis.FIXED_MONTH,
            modality=None if row.modality is None or is_top_up else Modality(row.modality),
            use_class=None if row.use_class is None or is_top_up else UseClass(row.use_class),
            generation_count=row.generation_count or 0,
            quantity=row.quantity if is_recouped else Decimal(0),
            rate=rate_shown(row) if is_recouped else Decimal(row.amount_minor),
            is_tiered=bool(row.is_tiered) and not is_top_up,
            royalty_minor=row.amount_minor,
            is_top_up=is_top_up,
            paid_from="recouped" if is_recouped else "shortfall" if is_shortfall else "unrecouped",
        ),
    )
