"""
Remitting: the withholding register, the payment slips it comes to, and what was sent on.

What is withheld from a payment is the tax office's from that day; the house holds it until the
tenth of the next month. A remittance is a row with who and when, and an entry, and the same money
goes once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.period import Month, first_open_day, tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import AnnualTotal, Remitted, Slip, Withheld, annual_totals, slips
from ledger.services import BOOK_ID
from ledger.store import entries, months, settlements, withholdings
from ledger.store.database import Database
from ledger.store.withholdings import Asked

#: Most rows of one page.
LIMIT_MAX = 1_000


class NothingToRemit(Refusal):
    """Nothing was withheld in the month on that slip."""

    code = "nothing_to_remit"
    field = "month"


class RemittedAlready(Refusal):
    """All that was withheld in the month was remitted. Carries when, and by whose word."""

    code = "remitted_already"
    field = "month"


class RemittanceDiffers(Refusal):
    """The amount is not what is open. Carries what that is."""

    code = "remittance_differs"
    field = "amount"


class RemittanceScopeNeeded(Refusal):
    """Residents and payees abroad are both open for the month, and have slips of their own."""

    code = "remittance_scope_needed"
    field = "scope"


class RemittedTooEarly(Refusal):
    """The month of payments is not over on the day, so that more may be withheld in it."""

    code = "remitted_too_early"
    field = "remitted_on"


class RemittanceInFuture(Refusal):
    """The remittance is said to have been made on a day that has not come yet."""

    code = "remittance_in_future"
    field = "remitted_on"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows of the register, and where to go on; None when there are no more."""

    rows: tuple[Withheld, ...]
    next_after: int | None


def read_register(
    database: Database, *, book_id: int = BOOK_ID, asked: Asked, limit: int = 100
) -> Page:
    """
    Return a page of the register, in the order in which payments were announced.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = withholdings.read_register(session, book_id=book_id, asked=asked, limit=limit + 1)
    page = found[:limit]
    return Page(rows=page, next_after=page[-1].id if len(found) > limit else None)


def all_rows(database: Database, *, book_id: int = BOOK_ID, asked: Asked) -> Iterator[Withheld]:
    """Yield every row that is asked for, a page at a time."""
    after: int | None = asked.after
    while after is not None:
        page = read_register(
            database, book_id=book_id, asked=replace(asked, after=after), limit=LIMIT_MAX
        )
        yield from page.rows
        after = page.next_after


def read_slips(
    database: Database, *, book_id: int = BOOK_ID, is_banking_day: Callable[[date], bool]
) -> tuple[Slip, ...]:
    """Return the payment slip of each month and scope, in order, with what was remitted of it."""
    with database.transaction() as session:
        totals = withholdings.read_slips(session, book_id=book_id)
        remitted = withholdings.read_remitted(session, book_id=book_id)
    return slips(totals, remitted=remitted, is_banking_day=is_banking_day)


def year_totals(
    database: Database, *, book_id: int = BOOK_ID, year: int
) -> tuple[AnnualTotal, ...]:
    """
    Return what each payee was paid in a calendar year and what was withheld, by reference.

    :raises NumberOutOfRange: there is no such year.
    """
    check_whole(year, field="year", least=1952, most=9998)
    asked = Asked(first_day=date(year, 1, 1), last_day=date(year, 12, 31))
    return annual_totals(all_rows(database, book_id=book_id, asked=asked))


def remit(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    month: Month,
    scope: WithholdingScope | None = None,
    amount_minor: int,
    remitted_on: date,
    reference: str = "",
    recorded_by: str,
    recorded_at: datetime,
    is_banking_day: Callable[[date], bool],
) -> Slip:
    """
    Record that what was withheld in a month was remitted, and return its slip, with nothing open.

    ``scope`` may be left out when one slip is open. The amount is said again so that a wrong
    month is noticed. It is posted on its own day, or on the first open day after it.

    :raises RemittedTooEarly: the month is not over on the day.
    :raises RemittanceInFuture: the day lies after ``recorded_at``.
    :raises NothingToRemit: nothing was withheld.
    :raises RemittedAlready: all of it was remitted before, perhaps just now by somebody else.
    :raises RemittanceScopeNeeded: two slips are open, and none is named.
    :raises RemittanceDiffers: the amount is not what is open.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    check_whole(amount_minor, field="amount", least=1)
    check_text(reference, field="reference", may_be_empty=True)
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    _check_day(month, remitted_on, today=tokyo_day(at))
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        totals = withholdings.read_slips(session, book_id=book_id)
        before = withholdings.read_remitted(session, book_id=book_id)
        slip = _open_slip(
            slips(totals, remitted=before, is_banking_day=is_banking_day), month, scope
        )
        if amount_minor != slip.open_minor:
            raise RemittanceDiffers(month=month, value=amount_minor, open=slip.open_minor)
        done = Remitted(
            month=month,
            scope=slip.total.scope,
            currency=slip.total.currency,
            amount_minor=amount_minor,
            remitted_on=remitted_on,
            reference=reference,
            recorded_by=recorded_by,
        )
        withholdings.insert_remittance(
            session,
            book_id=book_id,
            remitted=done,
            before_minor=slip.remitted_minor,
            recorded_at=at,
        )
        last_closed = months.read_months(session, book_id=book_id).last_closed
        posted_on = first_open_day(remitted_on, last_closed=last_closed)
        entries.write_entry(session, book_id=book_id, entry=_entry(done, posted_on), recorded_at=at)
    return replace(slip, remitted=(*slip.remitted, done))


def _check_day(month: Month, remitted_on: date, *, today: date) -> None:
    if remitted_on <= month.last_day:
        raise RemittedTooEarly(month=month, remitted_on=remitted_on, last_day=month.last_day)
    if remitted_on > today:
        raise RemittanceInFuture(remitted_on=remitted_on, today=today)


def _open_slip(found: tuple[Slip, ...], month: Month, scope: WithholdingScope | None) -> Slip:
    """Return the one slip of a month that is meant and open."""
    meant = [
        slip
        for slip in found
        if slip.total.month == month
        and slip.total.withheld_minor
        and scope in (None, slip.total.scope)
    ]
    if not meant:
        raise NothingToRemit(month=month)
    still_open = [slip for slip in meant if slip.open_minor]
    if not still_open:
        remitted = [each for slip in meant for each in slip.remitted]
        if not remitted:  # All of it is set off.
            raise NothingToRemit(month=month)
        last = remitted[-1]
        raise RemittedAlready(
            month=month, remitted_on=last.remitted_on, recorded_by=last.recorded_by
        )
    if len(still_open) > 1:
        raise RemittanceScopeNeeded(month=month)
    return still_open[0]


def _entry(done: Remitted, posted_on: date) -> JournalEntry:
    return JournalEntry(
        kind="remittance",
        posted_on=posted_on,
        currency=done.currency,
        source=f"WHT-{done.month}-{done.scope}",
        postings=move(
            Account(AccountCode.WITHHOLDING), Account(AccountCode.BANK), done.amount_minor
        ),
    )
