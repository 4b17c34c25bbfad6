"""Advances, minimum guarantees, and what closings set off against them."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds tables, and columns with defaults: the version of the program before it goes on."""
    run_sql(op.get_bind(), "0012_prepayments.sql")
