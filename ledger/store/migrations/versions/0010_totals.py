"""A batch's totals are checked once for all of them, and no longer row by row."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """The same is refused as before, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0010_totals.sql")
