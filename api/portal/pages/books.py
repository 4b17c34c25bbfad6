"""For the house's accountant: trial balance, withholding register and journals to take along."""

from collections.abc import Mapping
from datetime import date

from starlette.responses import Response

from api.banking import is_open_for_banking
from api.days import read_day
from api.journals import Order, export, media_type_of
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from api.words import detail_of
from invoices.journals import JournalFormat
from invoices.trial_sheet import trial_csv
from invoices.withholding_sheet import register_csv
from ledger.core.membership import Right
from ledger.core.period import Month, tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import balancing, journaling, remitting, witnessing
from ledger.store.withholdings import Asked

_PATH = "/documents/books"
_LOGGED_SHOWN = 10


def show_books(visit: Visit) -> Response:
    """Show what there is to take along, and what was taken last."""
    return _shown(visit)


def give_trial_balance(visit: Visit) -> Response:
    """Give the trial balance of some days as a table."""
    _check_house(visit)
    try:
        first, last = _days(visit.request.query_params)
        lines = balancing.trial_balance(
            visit.database,
            book_id=visit.given.book_id,
            first_day=first,
            last_day=last,
            is_by_party=True,
        )
    except Refusal as refusal:
        return _shown(visit, status=422, problem=detail_of(refusal, visit.language))
    return _table(b"".join(trial_csv(lines)), f"trial-balance-{last}.csv")


def give_withholding(visit: Visit) -> Response:
    """Give the withholding register of some days as a table."""
    _check_house(visit)
    try:
        first, last = _days(visit.request.query_params)
    except Refusal as refusal:
        return _shown(visit, status=422, problem=detail_of(refusal, visit.language))
    book_id = visit.given.book_id
    slips = remitting.read_slips(
        visit.database, book_id=book_id, is_banking_day=is_open_for_banking
    )
    rows = remitting.all_rows(
        visit.database, book_id=book_id, asked=Asked(first_day=first, last_day=last)
    )
    return _table(b"".join(register_csv(rows, slips=slips)), f"withholding-{last}.csv")


def give_journal(visit: Visit) -> Response:
    """Write entries for a program, log that they left, and give the file."""
    _check_house(visit)
    person = f"{visit.session.name} <{visit.session.email}>"
    try:
        first, last = _days(visit.form)
        made = export(
            visit.book,
            Order(
                format=visit.field("format"),
                first_day=first,
                last_day=last,
                is_new_only=visit.field("new") == "yes",
                mapping=visit.given.journal_mapping,
            ),
            book_id=visit.given.book_id,
            exported_by=person,
            exported_at=visit.now,
        )
    except Refusal as refusal:
        return _shown(visit, status=409, problem=detail_of(refusal, visit.language))
    witnessing.record(
        visit.book,
        current=visit.session,
        act="journal_exported",
        subject=made.name,
        recorded_at=visit.now,
    )
    return Response(
        made.file.content,
        media_type=media_type_of(made),
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )


def _shown(visit: Visit, *, status: int = 200, problem: str | None = None) -> Response:
    _check_house(visit)
    last_month = Month.of_day(tokyo_day(visit.now)).previous()
    return page(
        visit,
        "books.html",
        status=status,
        problem=problem,
        formats=tuple(JournalFormat),
        first=last_month.first_day,
        last=last_month.last_day,
        exports=journaling.list_exports(
            visit.database, book_id=visit.given.book_id, limit=_LOGGED_SHOWN
        ),
    )


def _check_house(visit: Visit) -> None:
    if visit.owner_id is not None:
        raise PageNotThere


def _days(asked: Mapping[str, str]) -> tuple[date | None, date]:
    """
    Read the first day, which may be left out, and the last.

    :raises NotADay: one is not of the calendar.
    """
    first, last = asked.get("from", ""), asked.get("to", "")
    return (read_day(first) if first else None, read_day(last))


def _table(content: bytes, name: str) -> Response:
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


PAGES = (
    Page(path=_PATH, handler=show_books, right=Right.SEE_DOCUMENTS),
    Page(path=f"{_PATH}/trial-balance.csv", handler=give_trial_balance, right=Right.SEE_DOCUMENTS),
    Page(path=f"{_PATH}/withholding.csv", handler=give_withholding, right=Right.SEE_DOCUMENTS),
    Page(path=f"{_PATH}/journal", handler=give_journal, method="POST", right=Right.SEE_DOCUMENTS),
)
