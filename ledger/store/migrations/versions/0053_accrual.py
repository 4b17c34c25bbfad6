"""Lines know by what they are divided, and settlements which they divided by their invoice."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    """A table and a column more; the program before it divides every line on receipt."""
    run_sql(op.get_bind(), "0053_accrual.sql")
