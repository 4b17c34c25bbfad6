"""Payout runs are approved or cancelled, and what the bank says of each payment is a row."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """New tables. The version of the program before them can plan runs, and not release them."""
    run_sql(op.get_bind(), "0042_payout_steps.sql")
