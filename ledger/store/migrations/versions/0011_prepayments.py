"""Advances, minimum guarantees, and what closings set off against them."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0011"
down_revision = "0014"


def upgrade() -> None:
    """Adds tables, and columns with defaults: the version of the program before it goes on."""
    run_sql(op.get_bind(), "0011_prepayments.sql")
