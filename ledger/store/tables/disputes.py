"""The table of what payees say to their statements."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, NewKey, String, references


class StatementAnswerRow(SQLModel, table=True):
    """One step of what is said to a line of a statement, by its payee or by the house."""

    __tablename__ = "statement_answer"
    __table_args__ = (
        UniqueConstraint("document_id", "line", "version"),
        references("document_id owner_id", "document"),
        Index("statement_answer_payee", "owner_id"),
    )

    statement_answer_id: NewKey = None
    document_id: BigInt
    owner_id: BigInt  # The payee
    line: String
    version: int
    state: String
    reason: String
    recorded_at: Instant
    recorded_by: String
