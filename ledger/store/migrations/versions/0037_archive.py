"""Papers sent and received are found by day, amount and counterparty, and kept for years."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.core.catalogue import name_key
from ledger.store.migrations import run_sql

revision = "0037"
down_revision = "0036"

_PAGE = 500

_DOCUMENTS = sa.text("""
    SELECT d.document_id, d.owner_id, d.snapshot,
           coalesce(i.total_minor, s.payout_minor) AS amount_minor
    FROM document d
    LEFT JOIN invoice i ON i.document_id = d.document_id
    LEFT JOIN statement s ON s.document_id = d.document_id
    WHERE d.document_id > :after ORDER BY d.document_id LIMIT :page
""")

_FACTS = sa.text("""
    INSERT INTO document_facts (document_id, owner_id, counterparty_ja, counterparty_en,
                                counterparty_key, currency, amount_minor)
    VALUES (:document_id, :owner_id, :ja, :en, :key, :currency, :amount_minor)
""")


def upgrade() -> None:
    """
    New tables, and what the documents of before are found by, as it was printed on them.

    The version of the program before it issues documents without these facts, which then are
    found by their number and day.
    """
    connection = op.get_bind()
    run_sql(connection, "0037_archive.sql")
    after = 0
    while page := connection.execute(_DOCUMENTS, {"after": after, "page": _PAGE}).all():
        connection.execute(_FACTS, [_facts(row) for row in page])
        after = page[-1].document_id


def _facts(row: Any) -> dict[str, Any]:
    frozen = json.loads(row.snapshot)
    party = frozen.get("recipient") or frozen.get("payee")
    return {
        "document_id": row.document_id,
        "owner_id": row.owner_id,
        "ja": party["name_ja"],
        "en": party["name_en"],
        "key": name_key(party["name_ja"], party["name_en"]),
        "currency": frozen["currency"],
        "amount_minor": row.amount_minor,
    }
