"""Terms that are agreed for months already closed, and the lines that they make."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """New columns have a default or may be empty, so the version before it goes on working."""
    run_sql(op.get_bind(), "0013_retroactive_terms.sql")
