"""Published exchange rates are kept, for terms that name them."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """A new table, of which the version of the program before it knows nothing."""
    run_sql(op.get_bind(), "0018_exchange_rates.sql")
