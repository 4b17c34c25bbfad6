"""Language, era years and authoritative text are settings of a party, frozen with documents."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """A new table; the version of the program before it writes documents as it did."""
    run_sql(op.get_bind(), "0043_wording.sql")
