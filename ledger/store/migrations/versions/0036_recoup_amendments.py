"""A recoup group changes from a month on: its terms, and which grants are in it."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Two tables more, and columns that have a value where the program before writes none."""
    run_sql(op.get_bind(), "0036_recoup_amendments.sql")
