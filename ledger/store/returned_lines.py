"""Payouts that a line of a statement may be: of its amount, and perhaps come back."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

_CANDIDATES = """
    SELECT r.reference AS run, p.reference AS payee, p.name_ja, p.name_en, r.pay_on,
           b.returned_on
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    JOIN payout_release x USING (payout_run_id)
    JOIN book USING (book_id)
    JOIN bank_account a ON a.bank_account_id = o.bank_account_id
    JOIN party p ON p.party_id = o.owner_id
    LEFT JOIN payout_return b ON b.payout_run_id = o.payout_run_id AND b.owner_id = o.owner_id
    WHERE r.book_id = :book AND book.currency = :currency AND o.payout_minor = :amount
      AND r.pay_on <= :day AND a.account_type <> 'stripe'
      AND NOT EXISTS (SELECT FROM bank_line_ending e
                      WHERE e.returned_run_id = o.payout_run_id
                        AND e.returned_owner_id = o.owner_id)
    ORDER BY r.pay_on DESC, p.reference COLLATE "C" LIMIT 100
"""


@dataclass(frozen=True, kw_only=True)
class MayHaveReturned:
    """A payout of a line's amount that no line stands for yet."""

    run: str
    payee: str
    name_ja: str
    name_en: str
    pay_on: date
    returned_on: date | None  # where a person recorded that before


def may_have_returned(
    session: Session, *, book_id: int, currency: str, amount_minor: int, day: date
) -> tuple[MayHaveReturned, ...]:
    """Return the payouts of an amount that may have come back by a day, the newest first."""
    asked = {"book": book_id, "currency": currency, "amount": amount_minor, "day": day}
    rows = session.execute(text(_CANDIDATES), asked)
    return tuple(MayHaveReturned(**row._mapping) for row in rows)
