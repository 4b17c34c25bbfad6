"""Payees accept or dispute the lines of their statements."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0029_disputes.sql")
