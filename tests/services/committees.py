"""The committee of DOMAIN E3, written through the use cases, and deficits to begin with."""

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from ledger.core.party import NewEntrustment
from ledger.services.registering import NewStep
from ledger.store.database import Database
from tests import builders

FREE = NewEntrustment(admin_fee_bp=0, effective_from=builders.STARTS_ON)

ORIGINAL = NewStep(
    kind="royalty",
    category="original",
    payee="press",
    rate_bp=500,
    passes=(("author", 7_000),),  # The author's part of E4; the press keeps the rest.
)

STEPS = (
    NewStep(kind="fee", category="window_fee", payee="publisher", rate_bp=1_500),
    NewStep(kind="fee", category="manager_fee", payee="lead", rate_bp=500),
    ORIGINAL,
    NewStep(kind="royalty", category="screenplay", payee="writer", rate_bp=175),
    NewStep(kind="royalty", category="director", payee="director", rate_bp=100),
    NewStep(kind="royalty", category="music", payee="composer", amount_minor=88_000),
    NewStep(kind="expense", category="expense", payee="lead", amount_minor=120_000),
)

MEMBERS = (
    ("lead", 30),
    ("publisher", 25),
    ("broadcaster", 20),
    ("studio", 15),
    ("streamer", 10),
)

_OPENING = """
    WITH opening AS (
        INSERT INTO settlement (book_id, closing_month, settled_at, settled_by)
        VALUES (1, '2026-09-01', '2026-10-10T00:00:00Z', 'opening balances')
        RETURNING settlement_id
    )
    INSERT INTO holder_settlement
    SELECT settlement_id, party_id, NULL, 'JPY', 0, 0, 0, 0, 0, 0, :deficit, 0, 0, '[]'
    FROM opening, party WHERE kind = 'committee'
"""


def committee(database: Database, **changes: Any) -> str:
    """Write a committee that pays the house no fee, and its work "drama"."""
    asked: dict[str, Any] = {
        "party": replace(builders.new_committee().party, entrustment=FREE),
        "steps": STEPS,
        "members": MEMBERS,
        **changes,
    }
    reference = builders.committee(database, **asked)
    builders.work(database, "drama", owner=reference)
    return reference


def open_with_deficit(database: Database, deficit_minor: int) -> None:
    """Let the committee end September 2026 with a deficit."""
    with database.transaction() as session:
        session.execute(text(_OPENING), {"deficit": deficit_minor})
