"""A fee that went back has a return invoice."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    """A wider check; the version of the program before it invoices fees above zero alone."""
    run_sql(op.get_bind(), "0063_fees_returned.sql")
