"""Licenses may be in other currencies, and it is kept by whose rates these are translated."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    """A new table, and a guard on terms that the version of the program before it keeps."""
    run_sql(op.get_bind(), "0054_currencies.sql")
