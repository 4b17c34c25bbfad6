"""Payees are told of each payment by a notice, and confirm it."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """More kinds of documents, and new tables; the version before it writes none of them."""
    run_sql(op.get_bind(), "0038_payment_notices.sql")
