"""What is owed to AI firms again is transferred, and the transfer is a row."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0030_refund_transfers.sql")
