"""What Stripe is asked, tells, and does to the balance it holds."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Tables more; the version of the program before it does not look at them."""
    run_sql(op.get_bind(), "0035_stripe.sql")
