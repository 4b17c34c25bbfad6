"""Rights holders read their earnings by firm, territory and day, and the lines behind them."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    """Views alone; the version of the program before it goes on as it did."""
    run_sql(op.get_bind(), "0058_own_earnings.sql")
