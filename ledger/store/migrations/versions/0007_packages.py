"""A rate card may sell packages."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Only widens what a column takes, so the version of the program before it goes on."""
    run_sql(op.get_bind(), "0007_packages.sql")
