"""Parties claim shares of what subjects earn, and what is disputed waits."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """New tables and a column with a default, of which the program before knows nothing."""
    run_sql(op.get_bind(), "0026_claims.sql")
