"""Wholes without their parts, and parts without their wholes, in raw rows."""

from datetime import date
from typing import Any

from tests.store.payments import add_bank_account, add_payout, add_payout_run, add_settlement
from tests.store.scene import (
    NOVEMBER,
    NOW,
    OCTOBER,
    Connection,
    Scene,
    add,
    add_batch,
    add_document,
    add_generations,
    add_rate_line,
    add_terms,
    close_month,
)


def write_waterfall(connection: Connection, scene: Scene) -> int:
    """Write a waterfall version without its parts."""
    values = {"version": 1, "effective_from": OCTOBER, "preset": "fees_first"}
    return int(add(connection, "waterfall_version", owner_id=scene.holder, **values))


def write_waterfall_step(connection: Connection, scene: Scene, version: int) -> None:
    """Write its one step."""
    values: dict[str, object] = {"kind": "royalty", "category": "original", "rate_bp": 100}
    add(
        connection,
        "waterfall_step",
        waterfall_version_id=version,
        position=0,
        owner_id=scene.holder,
        payee_id=scene.holder,
        **values,
    )


def write_waterfall_with_step(connection: Connection, scene: Scene) -> int:
    """Write a waterfall version with one step."""
    version = write_waterfall(connection, scene)
    write_waterfall_step(connection, scene, version)
    return version


def write_waterfall_pass(connection: Connection, scene: Scene, version: int) -> None:
    """Write what the step's payee passes on."""
    parties = {"owner_id": scene.holder, "payee_id": scene.holder}
    values = {"step_position": 0, "position": 0, "rate_bp": 100}
    add(connection, "waterfall_pass", waterfall_version_id=version, **parties, **values)


def write_waterfall_member(connection: Connection, scene: Scene, version: int) -> None:
    """Write its one member."""
    values = {"position": 0, "owner_id": scene.holder, "member_id": scene.holder, "share": 1}
    add(connection, "waterfall_member", waterfall_version_id=version, **values)


def write_covered_subject(connection: Connection, scene: Scene, grant: int) -> None:
    """Write the subject a grant covers."""
    values = {"subject_id": scene.subject, "licensee_id": scene.licensee, "position": 0}
    add(connection, "grant_subject", license_grant_id=grant, **values)


def write_rate_line(connection: Connection, scene: Scene) -> int:
    """Write a new terms version with one rate line; return the line."""
    terms = add_terms(connection, scene.licensee, scene.grant, version=2)
    return add_rate_line(connection, scene.licensee, terms)


def write_rate_tier(connection: Connection, scene: Scene, line: int) -> None:
    """Write the one tier of a rate line."""
    values = {"position": 0, "licensee_id": scene.licensee, "rate": 10}
    add(connection, "rate_tier", rate_line_id=line, **values)


def write_judgement_line(connection: Connection, scene: Scene, judgement: int) -> None:
    """Write the one line of a judgement."""
    add(
        connection,
        "judgement_line",
        licensee_id=scene.licensee,
        judgement_id=judgement,
        position=0,
        subject_reference="x",
        decision="refused",
        reasons=["subject_unknown"],
    )


def write_batch(connection: Connection, scene: Scene) -> int:
    """Write a batch with one generation and without totals."""
    number = add_batch(connection, scene.licensee)
    add_generations(connection, scene.licensee, number, scene.judgement, {})
    return number


def write_batch_total(connection: Connection, scene: Scene, number: int, **changes: Any) -> None:
    """Write the one total of a batch."""
    values: dict[str, object] = {
        "position": 0,
        "accrual_month": OCTOBER,
        "day": OCTOBER,
        "decision": "refused",
        "reason": "license_unknown",
        "territory": "JP",
        "generation_count": 1,
        "quantity": 1,
        "net_revenue": 0,
    }
    key = {"licensee_id": scene.licensee, "batch_number": number}
    add(connection, "batch_total", **key | values | changes)


def write_declaration(connection: Connection, scene: Scene, month: date = OCTOBER) -> int:
    """Declare a month without its totals."""
    values: dict[str, object] = {"is_nil": False, "generation_count": 1, "declared_at": NOW}
    key = {"licensee_id": scene.licensee, "month": month, "version": 1, "book_id": 1}
    add(connection, "month_declaration", **key, **values)
    return 1


def write_declared_total(connection: Connection, scene: Scene, version: int) -> None:
    """Write the one total of a declaration."""
    key = {"licensee_id": scene.licensee, "month": OCTOBER, "version": version}
    values: dict[str, object] = {"modality": "image", "unit": "image", "quantity": 1}
    add(connection, "declared_total", **key, **values)


def write_declared_closing(connection: Connection, scene: Scene) -> int:
    """Close October, for which there is a declaration."""
    version = write_declaration(connection, scene)
    close_month(connection, OCTOBER)
    return version


def write_accepted_difference(connection: Connection, scene: Scene, version: int) -> None:
    """Write that October was closed over the declaration."""
    key = {"licensee_id": scene.licensee, "month": OCTOBER, "version": version, "book_id": 1}
    values: dict[str, object] = {"accepted_at": NOW, "accepted_by": "me", "reason": "small"}
    add(connection, "accepted_difference", **key, **values)


def write_closing(connection: Connection, _scene: Scene) -> int:
    """Close October."""
    close_month(connection, OCTOBER)
    return 0


def write_royalty_line(
    connection: Connection, scene: Scene, amount: int = 12, **changes: object
) -> int:
    """Write the one royalty line of October."""
    values: dict[str, object] = {
        "book_id": 1,
        "closing_month": OCTOBER,
        "accrual_month": OCTOBER,
        "licensee_id": scene.licensee,
        "owner_id": scene.holder,
        "license_id": scene.license,
        "subject_id": scene.subject,
        "terms_version_id": scene.terms,
        "rate_line_id": scene.rate_line,
        "currency": "JPY",
        "generation_count": 1,
        "quantity": 1,
        "counter_before": 0,
        "exact": str(amount),
        "rounding": "truncate",
        "amount_minor": amount,
        "steps": "[]",
    }
    return int(add(connection, "royalty_line", **values | changes))


def write_royalty_part(connection: Connection, scene: Scene, _number: int) -> None:
    """Write the one royalty line of October, as a part of its closing."""
    write_royalty_line(connection, scene)


def write_document(connection: Connection, scene: Scene) -> int:
    """Write a document that is no invoice and no statement yet."""
    return add_document(connection, scene.licensee, 1)


def write_invoice_of_document(
    connection: Connection, scene: Scene, document: int, total: int = 0, **changes: object
) -> None:
    """Write the invoice that a document is."""
    values: dict[str, object] = {
        "document_id": document,
        "book_id": 1,
        "licensee_id": scene.licensee,
        "accrual_month": OCTOBER,
        "issued_on": NOVEMBER,
        "due_on": NOVEMBER,
        "currency": "JPY",
        "subtotal_minor": total,
        "tax_minor": 0,
        "total_minor": total,
    }
    add(connection, "invoice", **values | changes)


def write_invoice(connection: Connection, scene: Scene) -> int:
    """Write an invoice of nothing."""
    document = write_document(connection, scene)
    write_invoice_of_document(connection, scene, document)
    return document


def write_invoice_line(
    connection: Connection, scene: Scene, document: int, amount: int = 12, **changes: object
) -> None:
    """Write the one line of an invoice."""
    found = connection.execute("SELECT royalty_line_id FROM royalty_line").fetchone()
    assert found is not None
    values: dict[str, object] = {
        "document_id": document,
        "number": 1,
        "licensee_id": scene.licensee,
        "royalty_line_id": found[0],
        "amount_minor": amount,
        "tax_minor": 0,
    }
    add(connection, "invoice_line", **values | changes)


def write_closed_and_invoiced(connection: Connection, scene: Scene) -> int:
    """Close October and write an invoice of nothing."""
    write_closing(connection, scene)
    write_royalty_line(connection, scene)
    return write_invoice(connection, scene)


def write_statement(connection: Connection, scene: Scene, document: int) -> None:
    """Write the statement that a document is."""
    figures = dict.fromkeys(
        (
            "carried_in_minor",
            "earned_minor",
            "payable_minor",
            "carried_out_minor",
            "consumption_tax_minor",
            "withholding_minor",
            "payout_minor",
        ),
        0,
    )
    add(
        connection,
        "statement",
        document_id=document,
        settlement_id=add_settlement(connection),
        owner_id=scene.licensee,
        closing_month=OCTOBER,
        revision=1,
        currency="JPY",
        **figures,
    )


def write_settlement(connection: Connection, _scene: Scene) -> int:
    """Write a settlement without its parts."""
    return add_settlement(connection)


def write_holder_settlement(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write the holder's part of a settlement."""
    figures = dict.fromkeys(
        (
            "receipts_minor",
            "receipts_tax_minor",
            "admin_fee_bp",
            "admin_fee_minor",
            "admin_fee_tax_minor",
            "deficit_in_minor",
            "deficit_out_minor",
            "distributed_before_minor",
            "distributed_after_minor",
        ),
        0,
    )
    add(
        connection,
        "holder_settlement",
        settlement_id=settlement,
        owner_id=scene.holder,
        currency="JPY",
        steps="[]",
        **figures,
    )


def write_settled_holder(connection: Connection, scene: Scene) -> int:
    """Write a settlement with the holder's part."""
    settlement = add_settlement(connection)
    write_holder_settlement(connection, scene, settlement)
    return settlement


def write_earning(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write what the holder earned."""
    values: dict[str, object] = {"kind": "supply", "category": "royalty", "base_minor": 0}
    add(
        connection,
        "earning",
        settlement_id=settlement,
        holder_id=scene.holder,
        position=0,
        owner_id=scene.holder,
        amount_minor=0,
        tax_minor=0,
        **values,
    )


def write_payout_run(connection: Connection, scene: Scene) -> int:
    """Write a run of payouts without them."""
    add_bank_account(connection, scene.holder)
    return add_payout_run(connection)


def write_payout(connection: Connection, scene: Scene, run: int) -> None:
    """Write the one payout of a run."""
    add_payout(connection, run, scene.holder, 1)
