"""People come in by a page: members, passwords, sessions, and what a party may read."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """New tables, and policies that let the version of the program before it go on as it did."""
    run_sql(op.get_bind(), "0022_members.sql")
