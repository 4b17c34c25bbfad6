"""Rights holders get invoices for the house's fee."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0048_fee_invoices.sql")
