"""Licenses that are suspended because an invoice is not paid, and when that is over."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    """Two tables more; nothing is suspended until somebody's terms say so."""
    run_sql(op.get_bind(), "0060_suspensions.sql")
