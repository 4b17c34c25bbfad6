"""What is agreed about paying late, and the letters that remind of it, in the queue of letters."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    """Tables more; the version of the program before it sends the letters that it knows."""
    run_sql(op.get_bind(), "0057_dunning.sql")
