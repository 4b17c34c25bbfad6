"""Payees may be held back from payout runs, with a reason."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    """Two tables more; the version of the program before it does not look at them."""
    run_sql(op.get_bind(), "0064_payee_holds.sql")
