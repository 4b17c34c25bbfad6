"""What the house's bank exchanged is kept, each exchange once."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0066_bank_exchanges.sql")
