"""
Recording: what payees were paid in a year is told to them and to the tax office.

Records follow from the withholding register once the year is over: one for each payee above what
need not be reported, and a total sheet of everybody. A record is issued once for a payee and year.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ledger.core.fields import check_whole
from ledger.core.invoicing import operator_of
from ledger.core.payment_record import (
    PaymentRecord,
    PaymentRecordTotal,
    record,
    record_total,
    recorded,
    records_due_on,
)
from ledger.core.refusal import Refusal
from ledger.core.unsettled import DecidingDays
from ledger.core.withholding import Withheld
from ledger.services import BOOK_ID
from ledger.store import documents, payees, records, settlements, withholdings
from ledger.store.database import Database, Transaction
from ledger.store.documents import printed_number
from ledger.store.records import NewRecord
from ledger.store.withholdings import Asked

#: Rows of the register that are read at once.
_PAGE = 1_000


class YearNotOver(Refusal):
    """Payments may still be made in the year, so that its records would be of a part of it."""

    code = "year_not_over"
    field = "issued_on"


class NothingToRecord(Refusal):
    """Nobody from whom income tax could be withheld was paid in the year."""

    code = "nothing_to_record"
    field = "year"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was issued for a year; ``total`` is None where it was there before."""

    records: tuple[PaymentRecord, ...]
    total: PaymentRecordTotal | None


def issue_records(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    year: int,
    issued_on: date,
    is_banking_day: Callable[[date], bool],
) -> Recorded:
    """
    Issue the records of a year for everybody who has none, and its total sheet if there is none.

    Payees are printed as the book has them on the day of issue. A second call issues nothing.

    :raises NumberOutOfRange: there is no such year.
    :raises YearNotOver: the year is not over on the day of issue.
    :raises NothingToRecord: nothing was paid in it that a record is of.
    """
    check_whole(year, field="year", least=1952, most=9998)
    if issued_on <= date(year, 12, 31):
        raise YearNotOver(year=year, issued_on=issued_on)
    due_on = records_due_on(year, is_banking_day=is_banking_day)
    with database.transaction() as session:
        records.lock_records(session, book_id=book_id)
        settlements.lock_settlements(session, book_id=book_id)  # Nobody is paid meanwhile.
        rows = _register(session, book_id, year)
        if not rows:
            raise NothingToRecord(year=year)
        there = records.recorded_payees(session, book_id=book_id, year=year)
        wanted = {key: of for key, of in recorded(rows).items() if key not in there}
        days = DecidingDays(fee_on=issued_on, settled_on=issued_on, paid_on=issued_on)
        parties = payees.find_in_force(
            session, book_id=book_id, references={payee for payee, _ in wanted}, days=days
        )
        house = operator_of(parties)
        copies = {reference: party.copy for reference, party in parties.items()}
        made = []
        series = f"PRC-{year}"
        first = documents.next_number(session, book_id=book_id, series=series) if wanted else 0
        for number, ((payee, _), of_payee) in enumerate(wanted.items(), start=first):
            one = record(
                of_payee,
                number=printed_number(series, number),
                parties=copies,
                issuer=house.copy,
                year=year,
                issued_on=issued_on,
                due_on=due_on,
            )
            made.append(
                NewRecord(owner_id=parties[payee].id, series=series, number=number, record=one)
            )
        total = None
        if records.find_total(session, book_id=book_id, year=year) is None:
            series = f"PRT-{year}"
            number = documents.next_number(session, book_id=book_id, series=series)
            total = record_total(
                rows,
                number=printed_number(series, number),
                issuer=house.copy,
                year=year,
                issued_on=issued_on,
                due_on=due_on,
                currency=rows[0].currency,
            )
            made.append(NewRecord(owner_id=house.id, series=series, number=number, record=total))
        records.insert_records(session, book_id=book_id, records=made)
    told = tuple(each.record for each in made if isinstance(each.record, PaymentRecord))
    return Recorded(records=told, total=total)


def _register(session: Transaction, book_id: int, year: int) -> tuple[Withheld, ...]:
    """Return the whole register of a year, read a page at a time."""
    found: list[Withheld] = []
    after = 0
    while True:
        asked = Asked(first_day=date(year, 1, 1), last_day=date(year, 12, 31), after=after)
        page = withholdings.read_register(session, book_id=book_id, asked=asked, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return tuple(found)
        after = page[-1].id
