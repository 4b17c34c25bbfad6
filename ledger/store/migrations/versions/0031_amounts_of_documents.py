"""Parties find their documents by what these come to."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Policies alone; the version of the program before it reads and writes as it did."""
    run_sql(op.get_bind(), "0031_amounts_of_documents.sql")
