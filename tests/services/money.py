"""
Money on its way in tests: sold for a fixed fee, invoiced, received, settled, released.

The usual calendar: used in October 2026, invoiced on 5 November, paid on 27 November, settled
with the closing month November, stated on 10 December, paid out on 25 December.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from ledger.core.journal import AccountCode
from ledger.core.payout_run import PayoutRun
from ledger.core.period import TOKYO, Month
from ledger.core.snapshot import from_json
from ledger.core.statement import Statement
from ledger.core.told_payment import Recorded
from ledger.services import BOOK_ID, billing, closing, collecting, paying, settling
from ledger.services.settling import Settled
from ledger.store import documents, entries
from ledger.store.database import Database
from tests import builders

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)

BANK_NAMES = {("0001", "001"): ("見本銀行", "Mihon Bank", "本店", "Head Office")}


def is_banking_day(day: date) -> bool:
    """Tell whether banks are open, in a country without holidays."""
    return day.weekday() < 5


def noon(day: date) -> datetime:
    """Return noon in Japan."""
    return datetime.combine(day, time(12), TOKYO).astimezone(UTC)


def house(database: Database) -> str:
    """Write the operator of the book."""
    return builders.party(database, "genbo", role="operator", entrustment=None)


def sell(
    database: Database,
    amount_minor: int,
    *,
    work: str = "kaze-no-machi",
    month: Month = OCTOBER,
    licensee: str = "studio-a",
    **terms: Any,
) -> str:
    """License a work for one month at a fixed fee; the licensee and the work are built too."""
    fee = builders.new_rate_line(basis="fixed_month", rate=Decimal(amount_minor))
    agreed = builders.new_terms(rate_lines=(fee,), effective_from=month.starts_at, **terms)
    return builders.license(
        database,
        f"LIC-{licensee}-{work}-{month}",
        licensee=licensee,
        starts_at=month.starts_at,
        ends_at=month.ends_at,
        grants=(builders.new_grant(subjects=(work,), terms=agreed),),
    )


def bill(database: Database, month: Month = OCTOBER) -> list[str]:
    """Close a month and issue its invoices on the 5th of the next; return their numbers."""
    issued_on = month.next().first_day.replace(day=5)
    closing.close_month(database, month=month, closed_by="keiri", closed_at=month.ends_at)
    return billing.issue_invoices(
        database,
        month=month,
        issued_on=issued_on,
        due_on=month.next().last_day,
        recorded_at=noon(issued_on),
        bank_names=BANK_NAMES,
    )


def total_of(database: Database, invoice: str) -> int:
    """Return what an invoice asks for; a yen when there is no such invoice."""
    asked = "SELECT total_minor FROM invoice JOIN document USING (document_id) WHERE reference = :r"
    with database.transaction() as session:
        total: int | None = session.execute(text(asked), {"r": invoice}).scalar_one_or_none()
    return total or 1


def receive(
    database: Database, invoice: str, *, on: date = date(2026, 11, 27), **changes: Any
) -> Recorded:
    """Record that an invoice was paid, in full unless something else is said."""
    asked: dict[str, Any] = {
        "invoice_reference": invoice,
        "amount_minor": total_of(database, invoice),
        "currency": "JPY",
        "received_on": on,
        "external_reference": f"bank line {on} for {invoice}",
        "recorded_by": "keiri",
        "recorded_at": noon(on),
    }
    return collecting.record_receipt(database, **(asked | changes))


def receive_all(database: Database, invoices: list[str], *, on: date = date(2026, 11, 27)) -> None:
    """Record that invoices were paid in full on one day."""
    for invoice in invoices:
        receive(database, invoice, on=on)


def settle(database: Database, month: Month = NOVEMBER, **changes: Any) -> Settled:
    """Settle a closing month on the 10th of the next, to be paid on the 25th or the day after."""
    following = month.next().first_day
    asked: dict[str, Any] = {
        "closing_month": month,
        "settled_by": "keiri",
        "settled_at": noon(following.replace(day=10)),
        "issued_on": following.replace(day=10),
        "pay_on": next(
            day
            for day in (following.replace(day=number) for number in range(25, 29))
            if is_banking_day(day)
        ),
        "bank_names": BANK_NAMES,
        "is_banking_day": is_banking_day,
    }
    return settling.settle_month(database, **(asked | changes))


def release(database: Database, run_reference: str, **changes: Any) -> PayoutRun:
    """Release a run on its day, by a second person."""
    pay_on = paying.order(database, run_reference=run_reference).pay_on
    asked: dict[str, Any] = {
        "run_reference": run_reference,
        "released_by": "bucho",
        "released_at": noon(pay_on),
        "posted_on": pay_on,
        "file_content": b"1210...",
    }
    return paying.release_payouts(database, **(asked | changes))


def statements(database: Database) -> dict[str, Statement]:
    """Return the newest frozen statement of every payee."""
    with database.transaction() as session:
        found = documents.list_documents(
            session, book_id=BOOK_ID, owner_id=None, kind="statement", limit=1000
        )
    return {each.owner_reference: from_json(Statement, each.snapshot) for each in found}


def balances(database: Database) -> dict[str, int]:
    """Return debits less credits of each account that is not at zero, as "code" or "code:party"."""
    with database.transaction() as session:
        rows = entries.trial_balance(session, book_id=BOOK_ID)
    found = {
        f"{AccountCode(row.code)}:{row.party}" if row.party else str(row.code): row.debit_minor
        - row.credit_minor
        for row in rows
    }
    return {account: amount for account, amount in found.items() if amount}
