"""Keys are named, replaced with an overlap, and show when they were last used."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds columns with defaults and tables, so the version before it goes on working."""
    run_sql(op.get_bind(), "0003_keys.sql")
