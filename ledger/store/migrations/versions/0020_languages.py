"""A generation may name its language, for consents that name some."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """A new column without a value: the version of the program before it never asks for it."""
    run_sql(op.get_bind(), "0020_languages.sql")
