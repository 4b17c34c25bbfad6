"""Files of banks: written as they came, their lines once, and what became of each line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.bank_statement import BankStatement, StatementLine
from ledger.core.match_lines import Alike, Decision
from ledger.store.tables.bank_files import (
    BankLineEndingRow,
    BankLineRow,
)


@dataclass(frozen=True, kw_only=True)
class FileInBook:
    """A bank's file that is in the book."""

    name: str
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, kw_only=True)
class LineInBook:
    """A line of a statement, and what became of it; ``state`` is "open" while nothing has."""

    id: int
    file: str
    place: int
    account: str
    currency: str
    booked_on: date
    amount_minor: int
    balance_minor: int | None
    number: str
    payer: str
    payer_code: str
    remark: str
    edi: str
    is_cancelled: bool
    reason: str
    resembles: int | None
    state: str
    ended_by: str | None
    ended_at: datetime | None
    ending_reason: str | None
    invoice_reference: str | None

    @property
    def line(self) -> StatementLine:
        """The line as the bank told of it."""
        return StatementLine(
            place=self.place,
            booked_on=self.booked_on,
            amount_minor=self.amount_minor,
            number=self.number,
            balance_minor=self.balance_minor,
            payer=self.payer,
            payer_code=self.payer_code,
            remark=self.remark,
            edi=self.edi,
            is_cancelled=self.is_cancelled,
        )


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.bank_files', :book))"

_FILE = """
    SELECT name, imported_at, imported_by FROM bank_file
    WHERE book_id = :book AND content_sha256 = :sha256
"""

_CONTENT = """
    SELECT content FROM bank_file
    WHERE book_id = :book AND 'BANK-' || bank_file_id = :reference
"""

_INSERT_FILE = """
    INSERT INTO bank_file (book_id, name, content, content_sha256, imported_at, imported_by)
    VALUES (:book, :name, :content, :sha256, :imported_at, :imported_by)
    RETURNING bank_file_id
"""

_INSERT_STATEMENT = """
    INSERT INTO bank_statement (bank_file_id, book_id, kind, account, currency, first_day,
                                last_day, opening_minor, closing_minor)
    VALUES (:file, :book, :kind, :account, :currency, :first_day, :last_day, :opening_minor,
            :closing_minor)
    RETURNING bank_statement_id
"""

_KNOWN = """
    SELECT identity FROM bank_line
    WHERE book_id = :book AND identity = ANY (CAST(:identities AS bytea[]))
"""

_KEYS = "SELECT place, bank_line_id FROM bank_line WHERE bank_statement_id = :statement"

_ALIKE = """
    SELECT booked_on, amount_minor, bank_line_id AS id, balance_minor FROM bank_line
    WHERE book_id = :book AND account = :account
      AND booked_on = ANY (CAST(:days AS date[]))
    ORDER BY bank_line_id
"""

_LINES = """
    SELECT l.bank_line_id AS id, f.name AS file, l.place, l.account, l.currency, l.booked_on,
           l.amount_minor, l.balance_minor, l.number, l.payer, l.payer_code, l.remark, l.edi,
           l.is_cancelled, l.reason, l.resembles, coalesce(e.state, 'open') AS state, e.ended_by,
           e.ended_at, e.reason AS ending_reason,
           (SELECT min(d.reference) FROM receipt r JOIN document d USING (document_id)
            WHERE r.payment_id = e.payment_id) AS invoice_reference
    FROM bank_line l
    JOIN bank_statement s USING (bank_statement_id)
    JOIN bank_file f USING (bank_file_id)
    LEFT JOIN bank_line_ending e ON e.bank_line_id = l.bank_line_id
    WHERE l.book_id = :book
"""
_ONE_LINE = _LINES + " AND l.bank_line_id = :line"
_UNMATCHED = (
    _LINES
    + """
      AND e.bank_line_id IS NULL AND l.amount_minor > 0 AND l.bank_line_id > :after
    ORDER BY l.bank_line_id LIMIT :limit
"""
)


def lock_bank_lines(session: Session, *, book_id: int) -> None:
    """Wait for whoever reads a bank's file or decides on a line; the next waits for us."""
    session.execute(text(_LOCK), {"book": book_id})


def find_file(session: Session, *, book_id: int, content: bytes) -> FileInBook | None:
    """Return the file of just these bytes, None when it is not in the book."""
    asked = {"book": book_id, "sha256": sha256(content).digest()}
    row = session.execute(text(_FILE), asked).one_or_none()
    return None if row is None else FileInBook(**row._mapping)


def read_file(session: Session, *, book_id: int, reference: str) -> bytes | None:
    """Return a bank's file as it came, None when the book has none of the reference."""
    asked = {"book": book_id, "reference": reference}
    content: bytes | None = session.scalar(text(_CONTENT), asked)
    return content


def insert_file(
    session: Session,
    *,
    book_id: int,
    name: str,
    content: bytes,
    imported_at: datetime,
    imported_by: str,
) -> int:
    """Write a file as it came, and return its key."""
    row = {
        "book": book_id,
        "name": name,
        "content": content,
        "sha256": sha256(content).digest(),
        "imported_at": imported_at,
        "imported_by": imported_by,
    }
    key: int = session.execute(text(_INSERT_FILE), row).scalar_one()
    return key


def insert_statement(
    session: Session, *, book_id: int, file_id: int, statement: BankStatement
) -> int:
    """Write what a file says of one account, without its lines; return its key."""
    row = {"file": file_id, "book": book_id, **vars(statement)}
    del row["lines"]
    key: int = session.execute(text(_INSERT_STATEMENT), row).scalar_one()
    return key


def insert_lines(
    session: Session,
    *,
    book_id: int,
    statement_id: int,
    statement: BankStatement,
    decisions: Sequence[Decision],
) -> list[int]:
    """Write lines with what was decided about each; return the keys in their order."""
    rows = [
        {
            "bank_statement_id": statement_id,
            "book_id": book_id,
            "account": statement.account,
            "currency": statement.currency,
            **vars(each.line.line),
            "identity": each.line.identity,
            "reason": each.match.reason or "",
            "resembles": each.resembles,
        }
        for each in decisions
    ]
    if not rows:
        return []
    session.execute(insert(BankLineRow), rows)
    keys = dict(map(tuple, session.execute(text(_KEYS), {"statement": statement_id})))
    return [keys[each.line.line.place] for each in decisions]


def known_identities(
    session: Session, *, book_id: int, identities: Collection[bytes]
) -> frozenset[bytes]:
    """Return those of some identities whose lines are in the book."""
    asked = {"book": book_id, "identities": list(identities)}
    return frozenset(map(bytes, session.scalars(text(_KNOWN), asked)))


def lines_alike(
    session: Session, *, book_id: int, account: str, days: Collection[date]
) -> dict[tuple[date, int], list[Alike]]:
    """Return the lines of an account on some days, by day and amount."""
    found: dict[tuple[date, int], list[Alike]] = {}
    asked = {"book": book_id, "account": account, "days": list(days)}
    for row in session.execute(text(_ALIKE), asked):
        alike = Alike(id=row.id, balance_minor=row.balance_minor)
        found.setdefault((row.booked_on, row.amount_minor), []).append(alike)
    return found


def insert_ending(
    session: Session,
    *,
    book_id: int,
    line_id: int,
    state: str,
    payment_id: int | None,
    reason: str,
    ended_at: datetime,
    ended_by: str,
    returned: tuple[int, int] | None = None,
) -> None:
    """Write what became of a line; ``returned`` are run and payee of a payout that came back."""
    run_id, owner_id = returned or (None, None)
    row = {
        "bank_line_id": line_id,
        "book_id": book_id,
        "state": state,
        "payment_id": payment_id,
        "reason": reason,
        "ended_at": ended_at,
        "ended_by": ended_by,
        "returned_run_id": run_id,
        "returned_owner_id": owner_id,
    }
    session.execute(insert(BankLineEndingRow), [row])


def find_line(session: Session, *, book_id: int, line_id: int) -> LineInBook | None:
    """Return a line with what became of it, None when the book has none of the number."""
    row = session.execute(text(_ONE_LINE), {"book": book_id, "line": line_id}).one_or_none()
    return None if row is None else LineInBook(**row._mapping)


def unmatched_lines(session: Session, *, book_id: int, after: int, limit: int) -> list[LineInBook]:
    """Return what came in and is of nobody yet, in the order in which it was read."""
    asked = {"book": book_id, "after": after, "limit": limit}
    return [LineInBook(**row._mapping) for row in session.execute(text(_UNMATCHED), asked)]
