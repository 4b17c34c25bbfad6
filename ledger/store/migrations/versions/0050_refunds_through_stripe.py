"""What firms are owed again may have gone back to them through Stripe."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """A column more; the version of the program before it writes transfers of the bank only."""
    run_sql(op.get_bind(), "0050_refunds_through_stripe.sql")
