"""A batch that waited for its place in line is judged by the terms that came in before it."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """A function more; the version of the program before it never calls it."""
    run_sql(op.get_bind(), "0032_after_the_wait.sql")
