"""Licenses in dollars as tests bring them about: published rates, who goes by which, firms."""

from datetime import UTC, date, datetime
from typing import Any

from ledger.core.own_funds import MoveKind
from ledger.core.rate_table import read_rates
from ledger.services import BOOK_ID, exchanging, funding
from ledger.store import entries
from ledger.store.database import Database
from tests import builders

#: What one dollar was in yen. The 31st of October, a Saturday, has none; nor has 23 November.
RATES = {
    date(2026, 10, 30): "150.00",
    date(2026, 11, 5): "151.00",
    date(2026, 11, 20): "152.00",
    date(2026, 11, 27): "155.50",
    date(2026, 11, 30): "154.25",
    date(2026, 12, 10): "149.00",
}
BEFORE = datetime(2026, 10, 1, tzinfo=UTC)


def publish(database: Database, rates: dict[date, str] | None = None, source: str = "ttm") -> None:
    """Enter what a source published of the dollar."""
    lines = (f"{day},{rate}" for day, rate in (RATES if rates is None else rates).items())
    table = "\n".join(["date,USDJPY", *lines])
    exchanging.import_rates(database, rates=read_rates(table, source=source), recorded_at=BEFORE)


def agree(database: Database, **changes: Any) -> None:
    """Say that dollars are translated by the rates of ``ttm``, from October on."""
    asked: dict[str, Any] = {
        "currency": "USD",
        "source": "ttm",
        "effective_from": date(2026, 10, 1),
        "clause": "約款第12条",
        "agreed_by": "keiri",
        "agreed_at": BEFORE,
    }
    exchanging.agree_source(database, **(asked | changes))


def translated(database: Database) -> None:
    """Enter the rates, and that the house goes by them."""
    publish(database)
    agree(database)


def firm_abroad(database: Database, reference: str = "lumen") -> str:
    """Write an AI firm in the United States, which no tax of Japan is charged to."""
    return builders.licensee(
        database,
        reference,
        country="US",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
    )


def balances(database: Database, currency: str = "USD") -> dict[str, int]:
    """Return debits less credits of each account in a currency that is not at zero."""
    with database.transaction() as session:
        rows = entries.trial_balance(session, book_id=BOOK_ID)
    found = {
        f"{row.code}:{row.party}" if row.party else str(row.code): row.debit_minor
        - row.credit_minor
        for row in rows
        if row.asset.startswith(currency)
    }
    return {account: amount for account, amount in found.items() if amount}


def yen_at_hand(database: Database, amount_minor: int = 100_000) -> None:
    """Put yen of the house's own into its bank account."""
    funding.move_own_funds(
        database,
        kind=MoveKind.PUT,
        currency="JPY",
        amount_minor=amount_minor,
        moved_on=date(2026, 10, 1),
        bank_reference="own",
        reason="working capital",
        recorded_by="keiri",
        recorded_at=BEFORE,
    )
