"""What payees were paid in a year is recorded, with a total sheet."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """New tables, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0046_payment_records.sql")
