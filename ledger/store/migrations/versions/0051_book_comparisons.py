"""The whole book is compared once a day, and what differed is kept."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """A table more; the version of the program before it does not look at it."""
    run_sql(op.get_bind(), "0051_book_comparisons.sql")
