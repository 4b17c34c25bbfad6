"""Corrections of recorded generations, their drafts, and batches for closed months."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """New columns have a default, so the version of the program before it goes on reporting."""
    run_sql(op.get_bind(), "0005_corrections.sql")
