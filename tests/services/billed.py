"""The end of a month, as tests bring it about: a house, a license, a closing, its invoices."""

from datetime import date, timedelta
from typing import Any

from ledger.core.agreement import NewRateLine
from ledger.core.invoice import Invoice
from ledger.core.journal import AccountCode
from ledger.core.period import Month
from ledger.core.snapshot import from_json
from ledger.services import BOOK_ID, billing, closing
from ledger.store import documents, entries
from ledger.store.database import Database
from ledger.store.documents import Document
from tests import builders

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
LATE = date(2026, 11, 2)
BANK_NAMES = {("0001", "001"): ("架空銀行", "Kaku Bank", "本店", "Head Office")}


def operator(database: Database, **changes: Any) -> None:
    """Write the house itself."""
    builders.party(
        database,
        "genbo",
        **{"role": "operator", "entrustment": None, "name_en": "Genbo", **changes},
    )


def license_of(database: Database, *lines: NewRateLine, **changes: Any) -> None:
    """Write a license of every modality on one work."""
    grant = builders.new_grant(
        subjects=changes.pop("subjects", ("kaze-no-machi",)),
        modalities=("image", "video", "audio"),
        terms=builders.new_terms(rate_lines=lines or (builders.new_rate_line(),)),
    )
    builders.license(database, grants=(grant,), **changes)


def close(database: Database, *up_to: Month) -> None:
    for month in up_to:
        closing.close_month(
            database, month=month, closed_by="keiri", closed_at=month.ends_at + timedelta(hours=1)
        )


def bill(database: Database, month: Month = OCTOBER, **changes: Any) -> list[str]:
    """Invoice a month on the fifth of the next one, due at that one's end."""
    following = month.next()
    asked: dict[str, Any] = {
        "issued_on": following.first_day.replace(day=5),
        "due_on": following.last_day,
        "recorded_at": following.starts_at + timedelta(days=4),
        "bank_names": BANK_NAMES,
    }
    return billing.issue_invoices(database, month=month, **(asked | changes))


def issued(database: Database, reference: str) -> Document:
    with database.transaction() as session:
        found = documents.find_document(
            session, book_id=BOOK_ID, reference=reference, owner_id=None
        )
    assert found is not None
    return found


def invoice(database: Database, reference: str) -> Invoice:
    return from_json(Invoice, issued(database, reference).snapshot)


def balances(database: Database) -> dict[tuple[AccountCode, str | None], int]:
    with database.transaction() as session:
        found = entries.trial_balance(session, book_id=BOOK_ID)
    return {(each.code, each.party): each.debit_minor - each.credit_minor for each in found}
