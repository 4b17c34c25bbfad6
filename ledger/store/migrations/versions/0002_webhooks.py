"""The outbox, and the endpoints, deliveries and attempts of webhooks."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Only adds tables, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0002_webhooks.sql")
