"""
The withholding register's rows: released payouts that bear it, and what was remitted of it.

A payment is dated by the day its entry is posted on, which is the day the money left, and undone
on the day on which the bank gave it back.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.period import Month
from ledger.core.registration import PartyKind
from ledger.core.tax import PayeeTaxProfile, withholding_steps
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import Remitted, SlipTotal, Withheld
from ledger.store.tables.withholdings import WithholdingRemittanceRow


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which rows of the register are wanted; days of payment, both included."""

    first_day: date | None = None
    last_day: date | None = None
    payee: str | None = None
    after: int = 0


# The payments of a run were written at once, so their places stay; a return follows its payment.
_REGISTER = """
    WITH bearing AS (
        SELECT m.*, m.payout_run_id * 1000000 - m.sign
                    + 2 * dense_rank() OVER (PARTITION BY m.payout_run_id
                                             ORDER BY p.reference COLLATE "C") AS id
        FROM paid_movement m
        JOIN party p ON p.party_id = m.owner_id
        WHERE m.book_id = :book AND m.withholding_base_minor <> 0
    )
    SELECT o.id, o.run, d.reference AS statement,
           p.reference AS payee, p.country, treaty.rate_bp AS treaty_rate_bp,
           treaty.form_filed_on AS treaty_form_filed_on,
           coalesce(again.payee, CAST(d.snapshot AS jsonb) -> 'payee') AS copy,
           o.pay_on AS decided_on, o.posted_on AS paid_on, book.currency,
           o.amount_minor, o.consumption_tax_minor, o.withholding_base_minor AS base_minor,
           o.withholding_minor AS withheld_minor, o.sign < 0 AS is_return
    FROM bearing o
    JOIN book USING (book_id)
    JOIN party p ON p.party_id = o.owner_id
    JOIN payout_run run ON run.payout_run_id = o.payout_run_id
    JOIN statement s ON s.settlement_id = o.settlement_id AND s.owner_id = o.owner_id
                    AND s.revision = 1
    JOIN document d USING (document_id)
    LEFT JOIN payout_retry again ON again.payout_run_id = o.payout_run_id
                                AND again.owner_id = o.owner_id
    LEFT JOIN LATERAL treaty_in_force(p.party_id, o.pay_on, run.planned_at) treaty ON true
    WHERE o.id > :after
      AND (CAST(:first_day AS date) IS NULL OR o.posted_on >= :first_day)
      AND (CAST(:last_day AS date) IS NULL OR o.posted_on <= :last_day)
      AND (CAST(:payee AS text) IS NULL OR p.reference = :payee)
    ORDER BY o.id
    LIMIT :limit
"""

_SLIPS = """
    SELECT o.month, CASE WHEN p.country = 'JP' THEN 'resident_individual' ELSE 'non_resident' END
               AS scope, book.currency, sum(o.sign) AS payment_count,
           CAST(sum(o.amount_minor) AS bigint) AS amount_minor,
           CAST(sum(o.withholding_minor) AS bigint) AS withheld_minor
    FROM paid_movement o
    JOIN book USING (book_id)
    JOIN party p ON p.party_id = o.owner_id
    WHERE o.book_id = :book AND o.withholding_base_minor <> 0
    GROUP BY 1, 2, 3
    ORDER BY 1, 2
"""

_REMITTED = """
    SELECT month, scope, currency, amount_minor, remitted_on, reference, recorded_by
    FROM withholding_remittance WHERE book_id = :book
    ORDER BY withholding_remittance_id
"""


def read_register(
    session: Session, *, book_id: int, asked: Asked, limit: int
) -> tuple[Withheld, ...]:
    """Return rows of the register in the order in which they were announced."""
    rows = session.execute(text(_REGISTER), {"book": book_id, "limit": limit, **vars(asked)})
    return tuple(_withheld(row) for row in rows)


def read_slips(session: Session, *, book_id: int) -> tuple[SlipTotal, ...]:
    """Return what was withheld in each month and scope, in order."""
    return tuple(
        SlipTotal(**_named(row)) for row in session.execute(text(_SLIPS), {"book": book_id})
    )


def read_remitted(session: Session, *, book_id: int) -> tuple[Remitted, ...]:
    """Return what was remitted, in the order in which it was written down."""
    return tuple(
        Remitted(**_named(row)) for row in session.execute(text(_REMITTED), {"book": book_id})
    )


def insert_remittance(
    session: Session,
    *,
    book_id: int,
    remitted: Remitted,
    before_minor: int,
    recorded_at: datetime,
) -> None:
    """Write that a month's withholding was remitted; ``before_minor`` is what was already."""
    row = {
        **vars(remitted),
        "book_id": book_id,
        "month": remitted.month.first_day,
        "remitted_before_minor": before_minor,
        "recorded_at": recorded_at,
    }
    session.execute(insert(WithholdingRemittanceRow), [row])


def _named(row: Row[Any]) -> dict[str, Any]:
    month, scope = Month.of_day(row.month), WithholdingScope(row.scope)
    return {**row._mapping, "month": month, "scope": scope}


def _withheld(row: Row[Any]) -> Withheld:
    copy: dict[str, str] = row.copy
    kind = PartyKind.INDIVIDUAL if copy["kind"] == PartyKind.INDIVIDUAL else PartyKind.COMPANY
    profile = PayeeTaxProfile(
        kind=kind,
        residence=row.country,
        is_registered=copy.get("registration_number") is not None,
        treaty_rate_bp=row.treaty_rate_bp,
        treaty_form_filed_on=row.treaty_form_filed_on,
    )
    return Withheld(
        id=row.id,
        run=row.run,
        statement=row.statement,
        payee=row.payee,
        name_ja=copy["name_ja"],
        name_en=copy["name_en"],
        profile=profile,
        decided_on=row.decided_on,
        paid_on=row.paid_on,
        currency=row.currency,
        amount_minor=row.amount_minor,
        consumption_tax_minor=row.consumption_tax_minor,
        base_minor=row.base_minor,
        withheld_minor=row.withheld_minor,
        steps=withholding_steps(
            profile=profile, base_minor=abs(row.base_minor), paid_on=row.decided_on
        ),
        is_return=row.is_return,
    )
