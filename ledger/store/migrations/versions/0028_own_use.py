"""Rights holders read of the use of their works what is theirs."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Views, an index and a policy; the version of the program before it goes on as it did."""
    run_sql(op.get_bind(), "0028_own_use.sql")
