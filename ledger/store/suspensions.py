"""Suspended licenses as rows: which are, why, since when, and for whom that matters."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.nonpayment import Cause
from ledger.core.suspension import Suspension
from ledger.core.terms import License
from ledger.store.tables.dunning import LicenseLiftingRow, LicenseSuspensionRow


@dataclass(frozen=True, kw_only=True)
class SuspensionInBook:
    """A suspension with its license and invoice."""

    id: int
    reference: str
    licensee_id: int
    licensee: str
    license_id: int
    license: str
    document_id: int
    invoice: str
    after_days: int
    currency: str
    open_minor: int
    suspended_at: datetime
    suspended_by: str
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_because: str | None


@dataclass(frozen=True, kw_only=True)
class Concerned:
    """A license, how long it winds down, and whom its suspension concerns beside its firm."""

    license_id: int
    reference: str
    licensee_id: int
    licensee: str
    wind_down_days: int
    holder_ids: tuple[int, ...]


_OF_BOOK = """
    SELECT s.license_id, s.suspended_at, l.lifted_at
    FROM license_suspension s
    JOIN license c USING (license_id)
    LEFT JOIN license_lifting l USING (license_suspension_id)
    WHERE c.book_id = :book
    ORDER BY s.license_id, s.suspended_at
"""

_LISTED = """
    SELECT s.license_suspension_id AS id, s.reference, s.licensee_id, p.reference AS licensee,
           s.license_id, c.reference AS license, s.document_id, d.reference AS invoice,
           s.after_days, i.currency, s.open_minor, s.suspended_at, s.suspended_by, l.lifted_at,
           l.lifted_by, l.reason AS lifted_because
    FROM license_suspension s
    JOIN license c USING (license_id)
    JOIN party p ON p.party_id = s.licensee_id
    JOIN invoice i USING (document_id)
    JOIN document d USING (document_id)
    LEFT JOIN license_lifting l USING (license_suspension_id)
    WHERE c.book_id = :book AND (:with_lifted OR l.license_suspension_id IS NULL)
      AND (CAST(:owner AS bigint) IS NULL OR s.licensee_id = :owner OR EXISTS (
            SELECT FROM license_grant g JOIN grant_subject m USING (license_grant_id)
            JOIN subject w USING (subject_id)
            WHERE g.license_id = s.license_id AND w.owner_id = :owner))
    ORDER BY s.license_suspension_id
"""

_CONCERNED = """
    SELECT c.license_id, c.reference, c.licensee_id, p.reference AS licensee, c.wind_down_days,
           ARRAY(SELECT DISTINCT w.owner_id
                 FROM license_grant g JOIN grant_subject m USING (license_grant_id)
                 JOIN subject w USING (subject_id)
                 WHERE g.license_id = c.license_id ORDER BY 1) AS holder_ids
    FROM license c JOIN party p ON p.party_id = c.licensee_id
    WHERE c.license_id = ANY (CAST(:ids AS bigint[]))
    ORDER BY c.license_id
"""


def with_suspensions(
    session: Session, licenses: Mapping[str, License], *, book_id: int
) -> dict[str, License]:
    """Return licenses by reference as they came, the suspended ones with when they were."""
    found: dict[int, list[Suspension]] = {}
    for row in session.execute(text(_OF_BOOK), {"book": book_id}):
        own = found.setdefault(row.license_id, [])
        own.append(Suspension(suspended_at=row.suspended_at, lifted_at=row.lifted_at))
    return {
        reference: replace(each, suspensions=tuple(found[each.id])) if each.id in found else each
        for reference, each in licenses.items()
    }


def list_suspensions(
    session: Session, *, book_id: int, owner_id: int | None = None, with_lifted: bool = False
) -> Sequence[SuspensionInBook]:
    """
    Return suspensions in the order in which they were made; those that are over when asked.

    ``owner_id`` is whose licenses or works are meant; only the house asks for all (None).
    """
    asked = {"book": book_id, "owner": owner_id, "with_lifted": with_lifted}
    return [SuspensionInBook(**row._mapping) for row in session.execute(text(_LISTED), asked)]


def concerned(session: Session, *, license_ids: Collection[int]) -> dict[int, Concerned]:
    """Return whom the suspension of some licenses concerns, by key."""
    rows = session.execute(text(_CONCERNED), {"ids": list(license_ids)})
    return {
        row.license_id: Concerned(**{**row._mapping, "holder_ids": tuple(row.holder_ids)})
        for row in rows
    }


def insert_suspensions(
    session: Session, *, causes: Iterable[Cause], suspended_at: datetime, suspended_by: str
) -> None:
    """Write that licenses are suspended."""
    rows = [
        {
            "licensee_id": each.invoice.licensee_id,
            "license_id": each.license_id,
            "document_id": each.invoice.document_id,
            "after_days": each.after_days,
            "open_minor": each.invoice.open_minor,
            "suspended_at": suspended_at,
            "suspended_by": suspended_by,
        }
        for each in causes
    ]
    session.execute(insert(LicenseSuspensionRow), rows)


def insert_liftings(
    session: Session,
    *,
    suspensions: Iterable[SuspensionInBook],
    reason: str,
    lifted_at: datetime,
    lifted_by: str,
) -> None:
    """Write that suspensions are over."""
    rows = [
        {
            "license_suspension_id": each.id,
            "licensee_id": each.licensee_id,
            "reason": reason,
            "lifted_at": lifted_at,
            "lifted_by": lifted_by,
        }
        for each in suspensions
    ]
    session.execute(insert(LicenseLiftingRow), rows)
