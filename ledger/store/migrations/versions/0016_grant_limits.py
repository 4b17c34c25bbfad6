"""A grant may have a quota, and a multiple by which use without consent is claimed."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Only adds columns; the version of the program before it writes and reads grants as ever."""
    run_sql(op.get_bind(), "0016_grant_limits.sql")
