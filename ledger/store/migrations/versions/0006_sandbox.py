"""What makes a database the sandbox of one firm: its beginning, and the moves of its clock."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Only adds tables, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0006_sandbox.sql")
