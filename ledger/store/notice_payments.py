"""Payments as a notice is set out from them: the statement, what was exempt, what was agreed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.notice_draft import Paid
from ledger.core.registration import PartyKind
from ledger.core.snapshot import from_json
from ledger.core.statement import Statement
from ledger.core.tax import PayeeTaxProfile
from ledger.store.divided_lines import over_divided_lines


@dataclass(frozen=True, kw_only=True)
class PaidPayee:
    """A payment that a notice can be set out from, and whose it is."""

    payee_id: int
    run_id: int
    paid: Paid


# What came in untaxed came of firms abroad, to whom licenses are exports. Of a few yen the tax is
# none, too; they are told with the rest.
_PAID = over_divided_lines("""
    WITH run AS (
        SELECT settlement_id FROM payout_run WHERE payout_run_id = :run
    ), came_in AS (
        SELECT l.owner_id, part.amount_minor, part.tax_minor
        FROM run
        JOIN (/* divided lines */) part USING (settlement_id)
        JOIN royalty_line l USING (royalty_line_id)
        JOIN invoice_line billed USING (royalty_line_id)
        JOIN invoice i ON i.document_id = billed.document_id AND i.capacity <> 'principal'
        UNION ALL
        SELECT used.owner_id, used.amount_minor, used.tax_minor
        FROM run JOIN (/* divided uses */) used USING (settlement_id)
        WHERE NOT used.is_own
    ), exempt AS (
        SELECT owner_id, sum(amount_minor) AS amount_minor FROM came_in
        WHERE tax_minor = 0 AND abs(amount_minor) >= 20
        GROUP BY owner_id
    )
    SELECT o.owner_id AS payee_id, r.payout_run_id AS run_id, r.reference AS run,
           r.pay_on AS paid_on, newest.snapshot, first.issued_on AS settled_on,
           treaty.rate_bp AS treaty_rate_bp,
           treaty.form_filed_on AS treaty_form_filed_on,
           CAST(coalesce(exempt.amount_minor, 0) AS bigint) AS exempt_minor,
           CAST(coalesce(before.amount_minor, 0) AS bigint) AS bought_before_minor,
           agreed.confirm_within_days
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    JOIN party p ON p.party_id = o.owner_id
    JOIN LATERAL (
        SELECT d.snapshot FROM statement s JOIN document d USING (document_id)
        WHERE s.settlement_id = r.settlement_id AND s.owner_id = o.owner_id
        ORDER BY s.revision DESC LIMIT 1
    ) newest ON true
    JOIN LATERAL (
        SELECT d.issued_on FROM statement s JOIN document d USING (document_id)
        WHERE s.settlement_id = r.settlement_id AND s.owner_id = o.owner_id AND s.revision = 1
    ) first ON true
    LEFT JOIN LATERAL treaty_in_force(p.party_id, r.pay_on, r.planned_at) treaty ON true
    LEFT JOIN exempt ON exempt.owner_id = o.owner_id
    LEFT JOIN LATERAL (
        SELECT sum(e.supplies_minor + e.passthrough_minor + e.consumption_tax_minor)
                   AS amount_minor
        FROM payout e JOIN payout_run earlier USING (payout_run_id)
        WHERE e.owner_id = o.owner_id AND earlier.payout_run_id < r.payout_run_id
          AND earlier.settlement_id IS NOT NULL
          AND date_trunc('year', earlier.pay_on) = date_trunc('year', r.pay_on)
    ) before ON true
    LEFT JOIN LATERAL (
        SELECT e.confirm_within_days FROM entrustment e
        WHERE e.owner_id = o.owner_id AND e.effective_from <= r.pay_on
        ORDER BY e.effective_from DESC LIMIT 1
    ) agreed ON true
    WHERE o.payout_run_id = :run
""")
_WITHOUT_NOTICE = (
    _PAID
    + """
      AND NOT EXISTS (SELECT FROM payment_notice n
                      WHERE n.payout_run_id = o.payout_run_id AND n.owner_id = o.owner_id)
    ORDER BY p.reference COLLATE "C"
"""
)
_OF_PAYEE = _PAID + " AND o.owner_id = :payee"


def payments_without_notice(session: Session, *, run_id: int) -> list[PaidPayee]:
    """Return the payments of a run that nobody was told of yet, by payee."""
    rows = session.execute(text(_WITHOUT_NOTICE), {"run": run_id})
    return [_paid(row) for row in rows]


def find_payment(session: Session, *, run_id: int, payee_id: int) -> PaidPayee:
    """Return one payment as it would be told of now."""
    row = session.execute(text(_OF_PAYEE), {"run": run_id, "payee": payee_id}).one()
    return _paid(row)


def _paid(row: Row[Any]) -> PaidPayee:
    statement = from_json(Statement, row.snapshot)
    return PaidPayee(
        payee_id=row.payee_id,
        run_id=row.run_id,
        paid=Paid(
            statement=statement,
            settled_on=row.settled_on,
            run=row.run,
            paid_on=row.paid_on,
            profile=PayeeTaxProfile(
                kind=PartyKind(statement.payee.kind),
                residence=statement.payee.country,
                is_registered=statement.payee.registration_number is not None,
                treaty_rate_bp=row.treaty_rate_bp,
                treaty_form_filed_on=row.treaty_form_filed_on,
            ),
            exempt_minor=row.exempt_minor,
            bought_before_minor=row.bought_before_minor,
            confirm_within_days=row.confirm_within_days,
        ),
    )
