"""
Importing: what a bank says came in becomes receipts, and whatever is not certain a worklist.

A file is kept as it came and read once; a line that another file told of is known again. A line
that pays one open invoice of one known firm exactly is posted. Everything else waits for a person
(:mod:`ledger.services.matching`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.bank_statement import BankStatement, identified
from ledger.core.fields import check_instant, check_text
from ledger.core.match import payers_of, references_in
from ledger.core.match_lines import DAYS_OFF, Surroundings, decide
from ledger.core.period import tokyo_day
from ledger.services import BOOK_ID
from ledger.store import bank_files, payers
from ledger.store.database import Database, Transaction
from ledger.store.recorded_payments import end_line, receive_line


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a bank's file, by the number of its lines."""

    is_new: bool
    line_count: int
    known_count: int  # in the book from another file
    matched_count: int
    waiting_count: int  # came in, and wait for a person
    out_count: int


def import_file(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    name: str,
    content: bytes,
    statements: Sequence[BankStatement],
    narrow: Callable[[str], str | None],
    imported_by: str,
    imported_at: datetime,
) -> Imported:
    """
    Keep a bank's file, write its lines that are not known yet, and post what is certain.

    ``statements`` is what the file says; ``narrow`` writes a name as banks do, None if none can. A
    file of the same bytes adds nothing.
    """
    check_text(name, field="name")
    check_text(imported_by, field="imported_by")
    at = check_instant(imported_at, field="imported_at")
    total = sum(len(each.lines) for each in statements)
    with database.transaction() as session:
        bank_files.lock_bank_lines(session, book_id=book_id)
        if bank_files.find_file(session, book_id=book_id, content=content) is not None:
            return Imported(
                is_new=False,
                line_count=total,
                known_count=total,
                matched_count=0,
                waiting_count=0,
                out_count=0,
            )
        file_id = bank_files.insert_file(
            session,
            book_id=book_id,
            name=name,
            content=content,
            imported_at=at,
            imported_by=imported_by,
        )
        counted = [
            _take(session, book_id, file_id, statement, narrow, imported_by, at)
            for statement in statements
        ]
    return Imported(
        is_new=True,
        line_count=total,
        **{
            field: sum(getattr(each, field) for each in counted)
            for field in ("known_count", "matched_count", "waiting_count", "out_count")
        },
    )


def _take(
    session: Transaction,
    book_id: int,
    file_id: int,
    statement: BankStatement,
    narrow: Callable[[str], str | None],
    by: str,
    at: datetime,
) -> Imported:
    """Write the new lines of a statement, and post what is certain."""
    statement_id = bank_files.insert_statement(
        session, book_id=book_id, file_id=file_id, statement=statement
    )
    lines = identified(statement)
    decisions = decide(
        lines,
        within=_surroundings(
            session, book_id, statement, [each.identity for each in lines], narrow, at
        ),
    )
    keys = bank_files.insert_lines(
        session,
        book_id=book_id,
        statement_id=statement_id,
        statement=statement,
        decisions=decisions,
    )
    matched = [
        (key, each.line.line, each.match.invoice)
        for key, each in zip(keys, decisions, strict=True)
        if each.match.invoice is not None
    ]
    for key, line, invoice in matched:
        recorded = receive_line(
            session,
            book_id=book_id,
            line_id=key,
            line=line,
            account=statement.account,
            currency=statement.currency,
            invoice_reference=invoice,
            recorded_by=by,
            recorded_at=at,
        )
        end_line(
            session,
            book_id=book_id,
            line_id=key,
            payment_id=recorded.payment_id,
            reason="exact",
            ended_by=by,
            ended_at=at,
        )
    went_out = sum(each.line.line.amount_minor < 0 for each in decisions)
    return Imported(
        is_new=True,
        line_count=len(lines),
        known_count=len(lines) - len(decisions),
        matched_count=len(matched),
        waiting_count=len(decisions) - len(matched) - went_out,
        out_count=went_out,
    )


def _surroundings(
    session: Transaction,
    book_id: int,
    statement: BankStatement,
    identities: Sequence[bytes],
    narrow: Callable[[str], str | None],
    at: datetime,
) -> Surroundings:
    """Read what the book knows that a statement's lines may be about."""
    currency, first = statement.currency, statement.first_day
    names, codes = payers.names_of_firms(session, book_id=book_id)
    named = {each for line in statement.lines for each in references_in(line)}
    return Surroundings(
        known=bank_files.known_identities(session, book_id=book_id, identities=identities),
        alike=bank_files.lines_alike(
            session,
            book_id=book_id,
            account=statement.account,
            days={line.booked_on for line in statement.lines},
        ),
        payers=payers_of(names, codes, narrow=narrow),
        invoices=payers.open_invoices(session, book_id=book_id, currency=currency),
        references=payers.known_references(session, book_id=book_id, references=named),
        fee_terms=payers.fee_terms_of_firms(session, book_id=book_id, currency=currency, on=first),
        unlinked=payers.unlinked_payments(
            session, book_id=book_id, currency=currency, since=first - DAYS_OFF
        ),
        narrow=narrow,
        today=tokyo_day(at),
    )
