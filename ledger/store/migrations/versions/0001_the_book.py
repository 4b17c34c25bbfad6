"""The book: its tables, and the rules that the database keeps by itself."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing is there before it, and nothing is taken away by going back."""
    run_sql(op.get_bind(), "0001_tables.sql")
    run_sql(op.get_bind(), "0001_guards.sql")
