"""Offers may have quotas, advances and guarantees."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """New columns with defaults, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0024_offered_advances.sql")
