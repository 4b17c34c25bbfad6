"""
What revisions did to a statement, explained: what one is issued in place of, what it moved.

Everything is as the statement has it. What a revision moves is no part of what was settled; the
next statement brings it forward, and names the revision.
"""

from collections.abc import Iterator

from ledger.core.explanation_facts import Record
from ledger.core.explanation_tree import Kind, Step, step


def revision_steps(statement: Record) -> Iterator[Step]:
    """Yield what a statement brings forward from revisions, and what it is a revision of."""
    for row in statement.get("corrected") or ():
        yield _moved("brought_forward", row)
    revised: Record | None = statement.get("revises")
    if revised is not None:
        yield step(
            "in_place_of",
            ("reason", Kind.TEXT, revised["reason"]),
            ("recorded_by", Kind.TEXT, revised["revised_by"]),
            ("moved", Kind.AMOUNT, revised["moved_now_minor"]),
            ("moved_tax", Kind.AMOUNT, revised["moved_now_tax_minor"]),
            reference=str(revised["number"]),
            steps=(_moved("moved_earning", row) for row in revised["moved"]),
        )


def _moved(code: str, row: Record) -> Step:
    return step(
        code,
        ("category", Kind.WORD, row["category"]),
        ("source_ja", Kind.TEXT, row["source_ja"]),
        ("source_en", Kind.TEXT, row["source_en"]),
        ("amount", Kind.AMOUNT, row["amount_minor"]),
        ("tax", Kind.AMOUNT, row["tax_minor"]),
        reference=str(row["number"]),
    )
