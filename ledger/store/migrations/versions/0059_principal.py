"""The house may sell for itself what it buys of a rights holder."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    """Columns with defaults; the version of the program before it sells nothing for itself."""
    run_sql(op.get_bind(), "0059_principal.sql")
