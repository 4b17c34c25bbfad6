"""What banks say is kept as it came, line by line, with what became of each line."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """New tables, of which the version of the program before them knows nothing."""
    run_sql(op.get_bind(), "0044_bank_files.sql")
