"""Floors and caps of single events are agreed, and a batch counts what they are worked out from."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """No terms have any of it yet, and the version of the program before it writes none."""
    run_sql(op.get_bind(), "0017_event_terms.sql")
