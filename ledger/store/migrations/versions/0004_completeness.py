"""Declared months, what the book counts beside them, and differences that were accepted."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Only adds tables, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0004_completeness.sql")
