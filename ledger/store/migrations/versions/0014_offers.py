"""Holders offer terms, and AI firms accept them: offers, their versions, and acceptances."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Everything is new, so the version of the program before it goes on working."""
    run_sql(op.get_bind(), "0014_offers.sql")
