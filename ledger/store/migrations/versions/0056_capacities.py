"""The house bills as an intermediary, an agent or a principal, as an entrustment says."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    """Columns with defaults, and a wider key; the version before it writes what they default to."""
    run_sql(op.get_bind(), "0056_capacities.sql")
