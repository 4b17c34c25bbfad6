"""What AI firms are owed again, and the transfers that gave it back."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.journal import AccountCode
from ledger.store.tables.refunds import RefundTransferRow


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What one firm is owed again, in whole minor units, tax included."""

    licensee: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Money that was given back to a firm, and who wrote it down when."""

    licensee: str
    currency: str
    amount_minor: int
    transferred_on: date
    bank_reference: str
    recorded_at: datetime
    recorded_by: str
    channel: str = "bank"


_OWED = """
    SELECT p.reference AS licensee, split_part(a.asset, '/', 1) AS currency,
           b.credit_minor - b.debit_minor AS amount_minor
    FROM account a
    JOIN account_balance b USING (account_id)
    JOIN party p ON p.party_id = a.party_id
    WHERE a.book_id = :book AND a.code = :code AND b.credit_minor > b.debit_minor
    ORDER BY p.reference COLLATE "C", a.asset
"""

_TRANSFERS = """
    SELECT p.reference AS licensee, t.currency, t.amount_minor, t.transferred_on,
           t.bank_reference, t.recorded_at, t.recorded_by, t.channel
    FROM refund_transfer t JOIN party p ON p.party_id = t.licensee_id
    WHERE t.book_id = :book
    ORDER BY t.refund_transfer_id DESC LIMIT :limit
"""

_TAKEN_BACK = """
    SELECT coalesce(sum(b.debit_minor - b.credit_minor), 0)
    FROM account a JOIN account_balance b USING (account_id)
    WHERE a.book_id = :book AND a.code = :code AND a.party_id = :licensee
      AND split_part(a.asset, '/', 1) = :currency
"""

_HAS = """
    SELECT EXISTS (SELECT FROM refund_transfer
                   WHERE licensee_id = :licensee AND bank_reference = :reference)
"""


def owed(session: Session, *, book_id: int) -> tuple[Owed, ...]:
    """Return what firms are owed again, by firm and currency, those that are owed something."""
    rows = session.execute(text(_OWED), {"book": book_id, "code": str(AccountCode.REFUNDS)})
    return tuple(Owed(**row._mapping) for row in rows)


def taken_back(session: Session, *, book_id: int, licensee_id: int, currency: str) -> int:
    """Return what a firm took back through Stripe and is not written down as owed to it."""
    asked = {
        "book": book_id,
        "code": str(AccountCode.TAKEN_BACK),
        "licensee": licensee_id,
        "currency": currency,
    }
    return int(session.execute(text(_TAKEN_BACK), asked).scalar_one())


def list_transfers(session: Session, *, book_id: int, limit: int) -> tuple[Transfer, ...]:
    """Return the newest transfers first."""
    rows = session.execute(text(_TRANSFERS), {"book": book_id, "limit": limit})
    return tuple(Transfer(**row._mapping) for row in rows)


def has_transfer(session: Session, *, licensee_id: int, bank_reference: str) -> bool:
    """Tell whether a transfer to a firm was written down under a reference of the bank."""
    asked = {"licensee": licensee_id, "reference": bank_reference}
    return bool(session.scalar(text(_HAS), asked))


def insert_transfer(
    session: Session, *, book_id: int, licensee_id: int, transfer: Transfer
) -> None:
    """Write that money was given back."""
    row = {
        "licensee_id": licensee_id,
        "book_id": book_id,
        **{name: value for name, value in vars(transfer).items() if name != "licensee"},
    }
    session.execute(insert(RefundTransferRow), [row])
