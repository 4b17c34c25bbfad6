"""Relief by a tax treaty has its days, and may be filed after the payee entered the book."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    """A table and a function more; the version of the program before it looks at neither."""
    run_sql(op.get_bind(), "0052_treaty_reliefs.sql")
