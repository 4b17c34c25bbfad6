"""What came in in other currencies is divided in yen, and the house's position in them is kept."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    """New tables; the version of the program before it lets such receipts wait."""
    run_sql(op.get_bind(), "0062_translations.sql")
