"""Use may wind down after an end: a fourth decision, and the days it is agreed for."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Only widens what columns take, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0011_wind_down.sql")
