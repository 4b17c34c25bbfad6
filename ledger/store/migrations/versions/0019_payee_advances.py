"""Payees get advances, which later settlements set off."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """New tables and columns with defaults, of which the program before knows nothing."""
    run_sql(op.get_bind(), "0019_payee_advances.sql")
