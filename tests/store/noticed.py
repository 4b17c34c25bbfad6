"""Notices of payments and their steps, in raw rows."""

from tests.store.payments import add_bank_account, add_payout, add_payout_run
from tests.store.scene import NOW, Connection, Scene, add, add_document

FILE = b"1210"


def write_paid_and_document(connection: Connection, scene: Scene, *, released: bool = True) -> int:
    """Write a payout of 100 to the holder and its release, and a document that may tell of it."""
    run = add_payout_run(connection)
    add_payout(connection, run, scene.holder, add_bank_account(connection, scene.holder))
    if released:
        values = {"approved_at": NOW, "approved_by": "other", "note": ""}
        add(connection, "payout_approval", payout_run_id=run, **values)
        connection.execute(
            "INSERT INTO payout_release VALUES (%s, %s, 'other', %s, sha256(%s))",
            (run, NOW, FILE, FILE),
        )
    return add_document(connection, scene.holder, 1, kind="notice")


def write_notice(connection: Connection, scene: Scene, document: int, **changes: object) -> None:
    """Write that a document tells of the one payout."""
    found = connection.execute("SELECT payout_run_id FROM payout_run").fetchone()
    assert found is not None
    values: dict[str, object] = {
        "payout_run_id": found[0],
        "owner_id": scene.holder,
        "revision": 1,
        "form": "purchase_statement",
        "currency": "JPY",
        "payable_minor": 100,
        "consumption_tax_minor": 0,
        "withholding_minor": 0,
        "payout_minor": 100,
    }
    add(connection, "payment_notice", document_id=document, **values | changes)


def write_step(connection: Connection, scene: Scene, document: int, **changes: object) -> None:
    """Write that a notice was sent, or another step."""
    values: dict[str, object] = {
        "owner_id": scene.holder,
        "version": 1,
        "state": "sent",
        "clause": "",
        "reason": "",
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    add(connection, "notice_step", document_id=document, **values | changes)
