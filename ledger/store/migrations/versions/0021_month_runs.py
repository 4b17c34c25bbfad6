"""The closing of a month is asked for as a whole, and carried on where it stopped."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """New tables, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0021_month_runs.sql")
