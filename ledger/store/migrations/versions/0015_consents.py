"""Performers consent to the use of their voices, and withdraw."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Only adds tables; the version of the program before it does not ask for consents."""
    run_sql(op.get_bind(), "0015_consents.sql")
