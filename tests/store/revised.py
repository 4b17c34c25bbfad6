"""Revised statements and what they move, in raw rows: wholes and their parts."""

from tests.store.scene import NOW, Connection, Scene, add, add_document
from tests.store.wholes import write_settled_holder


def write_two_documents(connection: Connection, scene: Scene) -> int:
    """Write a document and another that may take its place; return that."""
    add_document(connection, scene.licensee, 1)
    return add_document(connection, scene.licensee, 2)


def write_revision(
    connection: Connection, scene: Scene, document: int, revises: int | None = None
) -> None:
    """Write that a document takes the place of the one before it, or of another."""
    add(
        connection,
        "statement_revision",
        document_id=document,
        owner_id=scene.licensee,
        revises=document - 1 if revises is None else revises,
        reason="x",
        revised_by="me",
        revised_at=NOW,
    )


def write_settled_and_document(connection: Connection, scene: Scene) -> int:
    """Write a settlement with a holder, and a document that may correct it."""
    write_settled_holder(connection, scene)
    return add_document(connection, scene.licensee, 1)


def write_correction(connection: Connection, scene: Scene, document: int, tax: int = -1) -> None:
    """Write that a yen is moved from the holder to itself, which balances."""
    found = connection.execute("SELECT settlement_id, owner_id FROM holder_settlement").fetchone()
    assert found is not None
    for position, tax_minor in enumerate((1, tax)):
        add(
            connection,
            "earning_correction",
            document_id=document,
            position=position,
            owner_id=scene.holder,
            settlement_id=found[0],
            holder_id=found[1],
            kind="supply",
            category="music",
            amount_minor=0,
            tax_minor=tax_minor,
            after_settlement_id=found[0],
        )
