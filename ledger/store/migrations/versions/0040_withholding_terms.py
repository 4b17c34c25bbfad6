"""Of what income tax is withheld from a person is a term of the payee, from a day on."""

from alembic import op

from ledger.store.migrations import run_sql

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """A table more; a payee without rows of it is taxed as before."""
    run_sql(op.get_bind(), "0040_withholding_terms.sql")
