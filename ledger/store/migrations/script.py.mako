"""${message}."""

from alembic import op

from ledger.store.migrations import run_sql

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Works with the program's version before it and after it."""
    run_sql(op.get_bind(), "${up_revision}_tables.sql")
