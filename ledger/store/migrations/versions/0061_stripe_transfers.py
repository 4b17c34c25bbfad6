"""Payees may be paid by transfers of Stripe, and get another account with a reason."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    """Columns more and rules that allow more; the version before it writes what it wrote."""
    run_sql(op.get_bind(), "0061_stripe_transfers.sql")
