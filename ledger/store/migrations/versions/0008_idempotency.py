"""Requests that carry an Idempotency-Key, and the functions that move them."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Only adds a table, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0008_idempotency.sql")
