"""AI firms read their own side under their own role."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    """Policies, views and an index; the version of the program before it asks for none of them."""
    run_sql(op.get_bind(), "0055_firms_read.sql")
