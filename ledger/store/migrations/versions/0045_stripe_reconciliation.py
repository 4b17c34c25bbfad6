"""The book is held against Stripe, and what differs is written down."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """A table more; the version of the program before it does not look at it."""
    run_sql(op.get_bind(), "0045_stripe_reconciliation.sql")
