"""A line of a statement may be a payout that came back."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    """Columns more, empty for every line so far; the version before it writes none of them."""
    run_sql(op.get_bind(), "0065_returned_lines.sql")
