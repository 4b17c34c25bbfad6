"""Rights holders read single generations of what is theirs."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    """A view alone; the version of the program before it goes on as it did."""
    run_sql(op.get_bind(), "0067_own_generations.sql")
