"""Statements are revised, with what differs, and parties are printed as they were corrected."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """New tables, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0027_revisions.sql")
