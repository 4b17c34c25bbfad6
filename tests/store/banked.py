"""Files of banks, in raw rows: wholes and their parts."""

from hashlib import sha256

from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add


def write_file(connection: Connection, _scene: Scene) -> int:
    """Write a file without statements."""
    values: dict[str, object] = {
        "book_id": 1,
        "name": "november.txt",
        "content": b"103",
        "content_sha256": sha256(b"103").digest(),
        "imported_at": NOW,
        "imported_by": "me",
    }
    return int(add(connection, "bank_file", **values))


def write_statement(connection: Connection, _scene: Scene, file: int) -> int:
    """Write a statement without lines."""
    values: dict[str, object] = {
        "bank_file_id": file,
        "book_id": 1,
        "kind": "csv",
        "account": "a",
        "currency": "JPY",
        "first_day": NOVEMBER,
        "last_day": NOVEMBER,
    }
    return int(add(connection, "bank_statement", **values))


def write_file_and_statement(connection: Connection, scene: Scene) -> int:
    """Write a file with a statement, and return that."""
    return write_statement(connection, scene, write_file(connection, scene))


def write_line(connection: Connection, _scene: Scene, statement: int) -> None:
    """Write a line of a statement."""
    words = dict.fromkeys(
        ("number", "payer", "payer_code", "bank_name", "branch_name", "remark", "edi", "reason"), ""
    )
    values: dict[str, object] = {
        "bank_statement_id": statement,
        "book_id": 1,
        "place": 1,
        "account": "a",
        "currency": "JPY",
        "booked_on": NOVEMBER,
        "amount_minor": 1,
        "is_cancelled": False,
        "identity": sha256(b"line").digest(),
    }
    add(connection, "bank_line", **values, **words)
