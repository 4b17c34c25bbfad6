"""Terms may name a share of a month's revenue; firms report it, and closings compare."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """New columns that may be empty, and new tables, which the program before does not ask for."""
    run_sql(op.get_bind(), "0025_revenue_share.sql")
