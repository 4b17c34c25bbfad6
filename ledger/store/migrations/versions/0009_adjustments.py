"""Lines that adjust months closed before."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Allows more than before, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0009_adjustments.sql")
