"""
Revising: an issued statement gets a revision in its place, which says what differs and why.

Nothing that was issued is edited, and what was paid stays paid. What a revision moves from one
payee to another is posted at once, and taken in by the next settlement. Whoever else is
concerned gets a revision in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.earning import EarningKind
from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.party import Role
from ledger.core.refusal import Refusal
from ledger.core.statement import CorrectedRow, Statement
from ledger.core.statement_revision import (
    Earned,
    NothingToRevise,
    check_move,
    choose_earning,
    revise,
)
from ledger.core.unsettled import DecidingDays, PartyInForce
from ledger.core.webhook import statement_ready
from ledger.services import BOOK_ID
from ledger.store import entries, months, outbox, payees, revisions, settlements
from ledger.store.database import Database, Transaction
from ledger.store.parties import require_parties
from ledger.store.revisions import NewCorrection, NewRevision, StatementListed, StatementToRevise

#: Most statements of one list.
LIMIT_MAX = 1_000


class StatementUnknown(Refusal):
    """No statement has the number."""

    code = "statement_unknown"
    field = "statement"


class StatementReplaced(Refusal):
    """A revision has taken the statement's place; that is the one to revise. Carries which."""

    code = "statement_replaced"
    field = "statement"


class RevisedTooEarly(Refusal):
    """The revision is dated before the statement, or in a closed month."""

    code = "revised_too_early"
    field = "issued_on"


class MovesToSelf(Refusal):
    """Money would be moved to the payee who has it, or to a party that is never paid."""

    code = "moves_to_nobody"
    field = "to"


class CommitteeInDeficit(Refusal):
    """The committee cannot pay yet what would be moved; it has to be level first."""

    code = "committee_in_deficit"
    field = "category"


@dataclass(frozen=True, kw_only=True)
class Move:
    """What of a payee's earning is another's, and which earning when there are several."""

    to: str
    amount_minor: int
    tax_minor: int = 0
    category: str | None = None
    source: str | None = None  # the rights holder that it was earned from


def revise_statement(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    statement: str,
    reason: str,
    revised_by: str,
    revised_at: datetime,
    issued_on: date,
    moving: Move | None = None,
) -> tuple[Statement, ...]:
    """
    Issue a revision of a statement, and of that of whoever money is moved to; return them.

    Parties are printed as the book has them now, as of the days of the statement. Figures of
    the settlement stay: the next one takes in what is moved.

    :raises StatementUnknown: there is no such statement.
    :raises StatementReplaced: it was revised; its revision is the one to revise.
    :raises NothingToRevise: nothing would differ.
    :raises RevisedTooEarly: it would be issued before the statement, or in a closed month.
    :raises PartyUnknown, MovesToSelf: nobody can be given what is moved.
    :raises NothingEarned, EarningUnclear, MovesTooMuch: what is moved was not earned.
    :raises CommitteeInDeficit: what is moved cannot be paid yet.
    """
    reason = check_text(reason, field="reason")
    check_text(revised_by, field="revised_by")
    at = check_instant(revised_at, field="revised_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        found = _to_revise(session, book_id, statement)
        _check_day(session, book_id, found.statement, issued_on)
        desk = _Desk(session, book_id, reason, revised_by, issued_on)
        if moving is None:
            made: Sequence[NewRevision] = [desk.draft(found, ())]
            moved: Sequence[NewCorrection] = ()
        else:
            made, moved = desk.move(found, moving)
        revisions.insert_revisions(
            session, book_id=book_id, revisions=made, corrections=moved, revised_at=at
        )
        entries.write_entries(
            session, book_id=book_id, entries=desk.journal(found, moved), recorded_at=at
        )
        told = [statement_ready(each.after, payee_id=each.before.payee_id) for each in made]
        outbox.enqueue(session, book_id=book_id, events=told, occurred_at=at)
    return tuple(each.after for each in made)


def list_statements(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee: str | None = None,
    month: date | None = None,
    limit: int = 100,
) -> tuple[StatementListed, ...]:
    """
    Return statements with their history: the latest month first, and of each the newest first.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = revisions.list_statements(
            session, book_id=book_id, payee=payee, month=month, limit=limit
        )
    return tuple(found)


@dataclass(frozen=True)
class _Desk:
    """Where the revisions of one call are drawn up."""

    session: Transaction
    book_id: int
    reason: str
    revised_by: str
    issued_on: date

    def draft(self, found: StatementToRevise, moved: Sequence[CorrectedRow]) -> NewRevision:
        """Draw up the revision of one statement."""
        before = found.statement
        parties = self._parties(before, found.payee)
        after = revise(
            before,
            number=self.number(found),
            issued_on=self.issued_on,
            reason=self.reason,
            revised_by=self.revised_by,
            payee=parties[found.payee].copy,
            issuer=next(each.copy for each in parties.values() if each.role == Role.OPERATOR),
            moved=moved,
        )
        return NewRevision(before=found, after=after, series=f"{found.first_number}-r")

    def move(
        self, found: StatementToRevise, moving: Move
    ) -> tuple[list[NewRevision], list[NewCorrection]]:
        """Draw up the revisions of both payees, and what is moved between them."""
        session, settlement_id = self.session, found.settlement_id
        for name, least in (("amount_minor", 0), ("tax_minor", 0)):
            check_whole(getattr(moving, name), field=name.removesuffix("_minor"), least=least)
        if not moving.amount_minor and not moving.tax_minor:
            raise NothingToRevise(statement=found.number)
        to = require_parties(session, book_id=self.book_id, fields={moving.to: "to"})[moving.to]
        if to.id == found.payee_id or to.role != Role.RIGHTS_HOLDER or to.kind == "committee":
            raise MovesToSelf(to=moving.to)
        earned = choose_earning(
            revisions.find_earned(session, settlement_id=settlement_id, payee_id=found.payee_id),
            statement=found.number,
            category=moving.category,
            holder=moving.source,
        )
        check_move(earned, amount_minor=moving.amount_minor, tax_minor=moving.tax_minor)
        is_paid = earned.kind != EarningKind.SUPPLY or revisions.was_level(
            session, book_id=self.book_id, settlement_id=settlement_id, holder=earned.holder
        )
        if not is_paid:
            raise CommitteeInDeficit(committee=earned.holder)
        theirs = revisions.find_newest(
            session, book_id=self.book_id, settlement_id=settlement_id, payee_id=to.id
        )
        source = self._parties(found.statement, earned.holder)[earned.holder]
        made, moved = [], []
        for side, payee_id, sign in ((found, found.payee_id, -1), (theirs, to.id, 1)):
            # Who got no statement then has nothing to revise: the next one says it.
            number = self.number(side or found)
            amount_minor, tax_minor = sign * moving.amount_minor, sign * moving.tax_minor
            moved.append(
                NewCorrection(
                    number=number,
                    payee_id=payee_id,
                    holder=earned.holder,
                    kind=earned.kind,
                    category=earned.category,
                    amount_minor=amount_minor,
                    tax_minor=tax_minor,
                )
            )
            if side is not None:
                row = _row(number, earned, source, amount_minor, tax_minor)
                made.append(self.draft(side, [row]))
        return made, moved

    def journal(
        self, found: StatementToRevise, moved: Sequence[NewCorrection]
    ) -> list[JournalEntry]:
        """Return the entry that moves what is owed from one payee to the other."""
        if not moved:
            return []
        giving, taking = moved
        return [
            JournalEntry(
                kind="correction",
                posted_on=self.issued_on,
                currency=found.statement.currency,
                source=giving.number,
                postings=move(
                    Account(AccountCode.PAYABLE, giving.payee_id),
                    Account(AccountCode.PAYABLE, taking.payee_id),
                    taking.amount_minor + taking.tax_minor,
                ),
            )
        ]

    def number(self, found: StatementToRevise) -> str:
        """Return the number of a statement's next revision: that of the first, and r2, r3…"""
        return f"{found.first_number}-r{found.statement.revision + 1}"

    def _parties(self, before: Statement, *references: str) -> Mapping[str, PartyInForce]:
        """Return parties and the operator as they are known now, on the days of a statement."""
        first = before if before.revises is None else self._first(before)
        days = DecidingDays(
            fee_on=before.closing_month,
            settled_on=first.issued_on,
            paid_on=before.pay_on,
        )
        return payees.find_in_force(
            self.session, book_id=self.book_id, references=references, days=days
        )

    def _first(self, before: Statement) -> Statement:
        number, _, _ = before.number.rpartition("-r")
        found = revisions.find_statement(self.session, book_id=self.book_id, number=number)
        assert found is not None, "a revision is numbered after the first statement"
        return found.statement


def _to_revise(session: Transaction, book_id: int, number: str) -> StatementToRevise:
    found = revisions.find_statement(session, book_id=book_id, number=number)
    if found is None:
        raise StatementUnknown(value=number)
    if found.newest_number != found.number:
        raise StatementReplaced(value=number, newest=found.newest_number)
    return found


def _check_day(session: Transaction, book_id: int, before: Statement, issued_on: date) -> None:
    last_closed = months.read_months(session, book_id=book_id).last_closed
    in_closed = last_closed is not None and issued_on.replace(day=1) <= last_closed
    if issued_on < before.issued_on or in_closed:
        raise RevisedTooEarly(issued_on=issued_on, statement=before.number)


def _row(
    number: str, earned: Earned, source: PartyInForce, amount_minor: int, tax_minor: int
) -> CorrectedRow:
    return CorrectedRow(
        number=number,
        category=earned.category,
        source_ja=source.copy.name_ja,
        source_en=source.copy.name_en,
        amount_minor=amount_minor,
        tax_minor=tax_minor,
    )
