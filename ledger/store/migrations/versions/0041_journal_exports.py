"""Files of the journal for other programs are logged, with the entries that they have."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """New tables, of which the version of the program before them knows nothing."""
    run_sql(op.get_bind(), "0041_journal_exports.sql")
