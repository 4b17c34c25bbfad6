"""Receipts on paper, and return invoices for what went back to AI firms."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    """New tables and kinds, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0047_acknowledgements.sql")
