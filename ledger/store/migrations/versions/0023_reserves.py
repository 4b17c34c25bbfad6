"""Settlements hold reserves back against refunds, and release them."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """New tables and columns with defaults, of which the program before knows nothing."""
    run_sql(op.get_bind(), "0023_reserves.sql")
