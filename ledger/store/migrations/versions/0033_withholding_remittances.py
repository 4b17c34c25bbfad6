"""What was withheld from payments is remitted, and the remittance is a row."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0033_withholding_remittances.sql")
