"""Advances, guarantees and what became of them, in raw rows: wholes and their parts."""

from datetime import date
from typing import Any

from tests.store.payments import add_settlement
from tests.store.scene import NOW, OCTOBER, Connection, Scene, add, add_license
from tests.store.wholes import write_closing, write_invoice, write_royalty_line


def write_license(connection: Connection, scene: Scene) -> int:
    """Write a license without groups."""
    return add_license(connection, scene.licensee, "lic-with-advance")


def write_group(connection: Connection, scene: Scene, license_: int) -> int:
    """Write a group of a license, without its parts."""
    values = {"position": 0, "reference": "group", "crossing": "single"}
    keys = {"license_id": license_, "licensee_id": scene.licensee}
    return int(add(connection, "recoup_group", **keys, **values))


def write_license_with_group(connection: Connection, scene: Scene) -> int:
    """Write a license with one group; return the group."""
    return write_group(connection, scene, write_license(connection, scene))


def write_source(connection: Connection, scene: Scene, group: int) -> None:
    """Write the one source of a group."""
    keys = {"recoup_group_id": group, "licensee_id": scene.licensee}
    add(connection, "recoup_source", license_grant_id=scene.grant, position=0, **keys)


def write_guarantee(connection: Connection, scene: Scene, group: int, **changes: Any) -> None:
    """Write a guarantee of 100 by the end of October."""
    values: dict[str, object] = {
        "reference": "mg",
        "position": 0,
        "sources": ["0"],
        "starts_on": OCTOBER,
        "due_on": [OCTOBER],
        "targets_minor": [100],
    }
    keys: dict[str, object] = {"recoup_group_id": group, "licensee_id": scene.licensee}
    add(connection, "minimum_guarantee", **keys | values | changes)


def write_advance(connection: Connection, scene: Scene, group: int, **changes: Any) -> int:
    """Write an advance of 100."""
    values: dict[str, object] = {
        "reference": "advance",
        "kind": "guaranteed",
        "currency": "JPY",
        "amount_minor": 100,
        "due_on": OCTOBER,
        "sources": ["0"],
        "shares_bp": [10_000],
    }
    keys: dict[str, object] = {"recoup_group_id": group, "licensee_id": scene.licensee}
    return int(add(connection, "prepayment", **keys | values | changes))


def write_amendment(connection: Connection, scene: Scene, group: int, **changes: Any) -> int:
    """Write what a group is from November on, without its grants; return the group."""
    values: dict[str, object] = {
        "version": 2,
        "effective_from": date(2026, 11, 1),
        "crossing": "cross",
        "clause_reference": "amended",
        "terms": "{}",
        "recorded_by": "desk",
        "recorded_at": NOW,
    }
    keys: dict[str, object] = {"recoup_group_id": group, "licensee_id": scene.licensee}
    add(connection, "recoup_amendment", **keys | values | changes)
    return group


def write_amended(connection: Connection, scene: Scene) -> int:
    """Write a group and its second version, without the grants of that."""
    return write_amendment(connection, scene, write_license_with_group(connection, scene))


def write_amended_source(connection: Connection, scene: Scene, group: int) -> None:
    """Write the one grant of a group's second version."""
    keys = {"recoup_group_id": group, "version": 2, "licensee_id": scene.licensee}
    grant = {"license_grant_id": scene.grant, "position": 0}
    add(connection, "recoup_amendment_source", **keys, **grant)


def write_group_and_closing(connection: Connection, scene: Scene) -> int:
    """Write a group with an advance, a royalty line, and the closing of October."""
    group = write_license_with_group(connection, scene)
    write_advance(connection, scene, group)
    write_closing(connection, scene)
    write_royalty_line(connection, scene)
    return group


def write_recoupment(connection: Connection, scene: Scene, group: int) -> None:
    """Write what October did to a group, without its parts."""
    keys = {"recoup_group_id": group, "closing_month": OCTOBER, "licensee_id": scene.licensee}
    add(connection, "recoupment", **keys, book_id=1, state="{}", steps="[]")


def write_recouped_group(connection: Connection, scene: Scene) -> int:
    """Write a group and what October did to it, without its parts."""
    group = write_group_and_closing(connection, scene)
    write_recoupment(connection, scene, group)
    return group


def write_recouped_source(connection: Connection, scene: Scene, group: int, **changes: int) -> None:
    """Write that a source earned and recouped 12."""
    figures = {
        "carried_in_minor": 0,
        "royalty_minor": 12,
        "adjustment_minor": 0,
        "recouped_minor": 12,
        "payable_minor": 0,
        "carried_out_minor": 0,
    }
    keys = {"recoup_group_id": group, "closing_month": OCTOBER, "licensee_id": scene.licensee}
    add(connection, "recouped_source", source="0", **keys, **figures | changes)


def write_set_off(connection: Connection, scene: Scene, group: int) -> None:
    """Write that the one royalty line is recouped."""
    keys = {"recoup_group_id": group, "closing_month": OCTOBER, "licensee_id": scene.licensee}
    add(connection, "royalty_set_off", royalty_line_id=1, recouped_minor=12, **keys)


def write_use(connection: Connection, scene: Scene, group: int, amount: int = 12) -> None:
    """Write that the one advance pays for the one royalty line."""
    keys = {"recoup_group_id": group, "closing_month": OCTOBER, "licensee_id": scene.licensee}
    add(
        connection,
        "prepayment_use",
        prepayment_id=1,
        kind="recouped",
        subject_id=scene.subject,
        owner_id=scene.holder,
        royalty_line_id=1,
        amount_minor=amount,
        **keys,
    )


def write_invoice_beside_advance(connection: Connection, scene: Scene) -> int:
    """Write an advance, and an invoice of nothing."""
    write_advance(connection, scene, write_license_with_group(connection, scene))
    return write_invoice(connection, scene)


def write_billed_advance(connection: Connection, scene: Scene, document: int) -> None:
    """Write the one advance on an invoice."""
    keys = {"document_id": document, "licensee_id": scene.licensee, "prepayment_id": 1}
    add(connection, "invoice_prepayment", number=1, amount_minor=100, tax_minor=0, **keys)


def write_settlement_and_use(connection: Connection, scene: Scene) -> int:
    """Write a use of an advance, and a settlement that may pass it on."""
    write_use(connection, scene, write_recouped_group(connection, scene))
    return add_settlement(connection)


def write_settled_use(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write that a settlement passed the one use on."""
    keys = {"prepayment_use_id": 1, "settlement_id": settlement, "licensee_id": scene.licensee}
    add(connection, "settled_prepayment_use", tax_minor=0, **keys)
