"""A party abroad has an account with a BIC, and a run that pays abroad keeps that file too."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """The version of the program before it goes on; it knows no account abroad, and makes none."""
    run_sql(op.get_bind(), "0049_accounts_abroad.sql")
