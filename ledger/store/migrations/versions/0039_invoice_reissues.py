"""Invoices are issued again where they name somebody or something wrongly."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0039_invoice_reissues.sql")
