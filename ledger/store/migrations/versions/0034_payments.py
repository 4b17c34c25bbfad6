"""Money comes in as payments; receipts are what of them pays an invoice, in parts of its lines."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """
    Write every receipt's payment and parts, and let an invoice have several.

    The version of the program before it goes on reading; only recording a receipt takes this one.
    """
    run_sql(op.get_bind(), "0034_payments.sql")
