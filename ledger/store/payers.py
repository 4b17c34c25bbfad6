"""Payers: what firms are known by, what they owe, and what they paid without a bank's line."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.match import OpenInvoice
from ledger.core.match_lines import UnlinkedPayment
from ledger.core.payment import FeeBearer, TransferFeeTerms
from ledger.store.tables.bank_files import PayerAliasRow

_OPEN_INVOICES = """
    SELECT d.reference, p.reference AS licensee, i.issued_on, i.currency,
           CAST(i.total_minor - coalesce(sum(r.amount_minor), 0) AS bigint) AS left_minor
    FROM invoice i
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = i.licensee_id
    LEFT JOIN receipt r USING (document_id)
    WHERE i.book_id = :book AND i.currency = :currency
    GROUP BY d.document_id, p.party_id, i.document_id
    HAVING i.total_minor > coalesce(sum(r.amount_minor), 0)
    ORDER BY d.document_id
"""

_REFERENCES = """
    SELECT reference FROM document
    WHERE book_id = :book AND kind = 'invoice' AND reference = ANY (CAST(:references AS text[]))
"""

_NAMES = """
    SELECT p.reference, ARRAY[p.name_kana, p.name_ja, p.name_en]
           || ARRAY(SELECT value FROM payer_alias a
                    WHERE a.licensee_id = p.party_id AND a.kind = 'name') AS names,
           ARRAY(SELECT value FROM payer_alias a
                 WHERE a.licensee_id = p.party_id AND a.kind = 'code') AS codes
    FROM party p WHERE p.book_id = :book AND p.role = 'licensee'
    ORDER BY p.reference COLLATE "C"
"""

_FEE_TERMS = """
    SELECT DISTINCT ON (t.licensee_id) p.reference, t.bearer, t.up_to_minor
    FROM transfer_fee_terms t JOIN party p ON p.party_id = t.licensee_id
    WHERE t.book_id = :book AND t.currency = :currency AND t.effective_from <= :on
    ORDER BY t.licensee_id, t.effective_from DESC
"""

_UNLINKED = """
    SELECT m.payment_id AS id, p.reference AS licensee, m.received_on, m.amount_minor,
           m.external_reference
    FROM payment m JOIN party p ON p.party_id = m.licensee_id
    WHERE m.book_id = :book AND m.channel = 'bank' AND m.currency = :currency
      AND m.received_on >= :since
      AND NOT EXISTS (SELECT FROM bank_line_ending e WHERE e.payment_id = m.payment_id)
    ORDER BY m.payment_id
"""

_HAS_ALIAS = """
    SELECT EXISTS (SELECT FROM payer_alias
                   WHERE licensee_id = :licensee AND kind = :kind AND value = :value)
"""


def open_invoices(session: Session, *, book_id: int, currency: str) -> list[OpenInvoice]:
    """Return the invoices of which something is left to pay, in the order of issue."""
    rows = session.execute(text(_OPEN_INVOICES), {"book": book_id, "currency": currency})
    return [OpenInvoice(**row._mapping) for row in rows]


def known_references(
    session: Session, *, book_id: int, references: Collection[str]
) -> frozenset[str]:
    """Return those of some numbers that are of invoices of the book."""
    asked = {"book": book_id, "references": list(references)}
    return frozenset(session.scalars(text(_REFERENCES), asked))


def names_of_firms(
    session: Session, *, book_id: int
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the names of every firm, and by code the firms that pay under it."""
    names: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    for row in session.execute(text(_NAMES), {"book": book_id}):
        names[row.reference] = [name for name in row.names if name]
        for code in row.codes:
            codes.setdefault(code, []).append(row.reference)
    return names, codes


def fee_terms_of_firms(
    session: Session, *, book_id: int, currency: str, on: date
) -> Mapping[str, TransferFeeTerms]:
    """Return what is agreed about fees of banks on a day, by firm."""
    rows = session.execute(text(_FEE_TERMS), {"book": book_id, "currency": currency, "on": on})
    return {
        row.reference: TransferFeeTerms(bearer=FeeBearer(row.bearer), up_to_minor=row.up_to_minor)
        for row in rows
    }


def unlinked_payments(
    session: Session, *, book_id: int, currency: str, since: date
) -> list[UnlinkedPayment]:
    """Return the money that was recorded since a day and that no line stands behind."""
    asked = {"book": book_id, "currency": currency, "since": since}
    return [UnlinkedPayment(**row._mapping) for row in session.execute(text(_UNLINKED), asked)]


def insert_alias(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    kind: str,
    value: str,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write a name or a code under which a firm pays, unless it is known already."""
    asked = {"licensee": licensee_id, "kind": kind, "value": value}
    if session.scalar(text(_HAS_ALIAS), asked):
        return
    row = {
        "licensee_id": licensee_id,
        "book_id": book_id,
        "kind": kind,
        "value": value,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    session.execute(insert(PayerAliasRow), [row])
