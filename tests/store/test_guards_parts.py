"""A part is written in the transaction of its whole, and never after it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.store.scene import (
    NOVEMBER,
    NOW,
    OCTOBER,
    ROOT,
    Connection,
    Scene,
    add,
    add_bank_account,
    add_batch,
    add_document,
    add_generations,
    add_grant,
    add_judgement,
    add_payout,
    add_payout_run,
    add_rate_line,
    add_settlement,
    add_terms,
    close_month,
    refused,
)

Whole = Callable[[Connection, Scene], int]
Part = Callable[[Connection, Scene, int], object]


@dataclass(frozen=True)
class Case:
    """How to write a whole, and how to write a part of it."""

    part_table: str
    whole: Whole
    part: Part


def _waterfall(connection: Connection, scene: Scene) -> int:
    values = {"version": 1, "effective_from": OCTOBER, "preset": "fees_first"}
    return int(add(connection, "waterfall_version", owner_id=scene.holder, **values))


def _step(connection: Connection, scene: Scene, version: int) -> None:
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


def _waterfall_with_step(connection: Connection, scene: Scene) -> int:
    version = _waterfall(connection, scene)
    _step(connection, scene, version)
    return version


def _pass(connection: Connection, scene: Scene, version: int) -> None:
    parties = {"owner_id": scene.holder, "payee_id": scene.holder}
    values = {"step_position": 0, "position": 0, "rate_bp": 100}
    add(connection, "waterfall_pass", waterfall_version_id=version, **parties, **values)


def _member(connection: Connection, scene: Scene, version: int) -> None:
    values = {"position": 0, "owner_id": scene.holder, "member_id": scene.holder, "share": 1}
    add(connection, "waterfall_member", waterfall_version_id=version, **values)


def _covered(connection: Connection, scene: Scene, grant: int) -> None:
    values = {"subject_id": scene.subject, "licensee_id": scene.licensee, "position": 0}
    add(connection, "grant_subject", license_grant_id=grant, **values)


def _rate_line(connection: Connection, scene: Scene) -> int:
    terms = add_terms(connection, scene.licensee, scene.grant, version=2)
    return add_rate_line(connection, scene.licensee, terms)


def _tier(connection: Connection, scene: Scene, line: int) -> None:
    values = {"position": 0, "licensee_id": scene.licensee, "rate": 10}
    add(connection, "rate_tier", rate_line_id=line, **values)


def _judgement_line(connection: Connection, scene: Scene, judgement: int) -> None:
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


def _batch(connection: Connection, scene: Scene) -> int:
    number = add_batch(connection, scene.licensee)
    add_generations(connection, scene.licensee, number, scene.judgement, {})
    return number


def _total(connection: Connection, scene: Scene, number: int) -> None:
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
    add(connection, "batch_total", licensee_id=scene.licensee, batch_number=number, **values)


def _closing(connection: Connection, _scene: Scene) -> int:
    close_month(connection, OCTOBER)
    return 0


def _royalty_line(connection: Connection, scene: Scene, amount: int = 12) -> int:
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
    return int(add(connection, "royalty_line", **values))


def _royalty_part(connection: Connection, scene: Scene, _closing: int) -> None:
    _royalty_line(connection, scene)


def _document(connection: Connection, scene: Scene) -> int:
    return add_document(connection, scene.licensee, 1)


def _invoice_of(connection: Connection, scene: Scene, document: int, total: int = 0) -> None:
    values: dict[str, object] = {
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
    add(connection, "invoice", document_id=document, **values)


def _invoice(connection: Connection, scene: Scene) -> int:
    document = _document(connection, scene)
    _invoice_of(connection, scene, document)
    return document


def _invoice_line(connection: Connection, scene: Scene, document: int, amount: int = 12) -> None:
    found = connection.execute("SELECT royalty_line_id FROM royalty_line").fetchone()
    assert found is not None
    values = {"number": 1, "licensee_id": scene.licensee, "royalty_line_id": found[0]}
    amounts = {"amount_minor": amount, "tax_minor": 0}
    add(connection, "invoice_line", document_id=document, **values, **amounts)


def _closed_and_invoiced(connection: Connection, scene: Scene) -> int:
    _closing(connection, scene)
    _royalty_line(connection, scene)
    return _invoice(connection, scene)


def _statement(connection: Connection, scene: Scene, document: int) -> None:
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


def _settlement(connection: Connection, _scene: Scene) -> int:
    return add_settlement(connection)


def _settlement_and_receipt(connection: Connection, scene: Scene) -> int:
    values: dict[str, object] = {
        "received_on": NOVEMBER,
        "currency": "JPY",
        "amount_minor": 1,
        "bank_reference": "x",
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    document = _invoice(connection, scene)
    add(connection, "receipt", document_id=document, licensee_id=scene.licensee, **values)
    return add_settlement(connection)


def _settled(connection: Connection, scene: Scene, settlement: int) -> None:
    keys = {"receipt_id": 1, "settlement_id": settlement, "licensee_id": scene.licensee}
    add(connection, "settled_receipt", **keys)


def _holder(connection: Connection, scene: Scene, settlement: int) -> None:
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


def _settled_holder(connection: Connection, scene: Scene) -> int:
    settlement = add_settlement(connection)
    _holder(connection, scene, settlement)
    return settlement


def _earning(connection: Connection, scene: Scene, settlement: int) -> None:
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


def _run(connection: Connection, scene: Scene) -> int:
    add_bank_account(connection, scene.holder)
    return add_payout_run(connection)


def _payout(connection: Connection, scene: Scene, run: int) -> None:
    add_payout(connection, run, scene.holder, 1)


CASES = [
    Case("waterfall_step", _waterfall, _step),
    Case("waterfall_pass", _waterfall_with_step, _pass),
    Case("waterfall_member", _waterfall, _member),
    Case("grant_subject", lambda c, s: add_grant(c, s.licensee, s.license, 1), _covered),
    Case(
        "rate_line",
        lambda c, s: add_terms(c, s.licensee, s.grant, version=2),
        lambda c, s, terms: add_rate_line(c, s.licensee, terms),
    ),
    Case("rate_tier", _rate_line, _tier),
    Case("judgement_line", lambda c, s: add_judgement(c, s.licensee, "new"), _judgement_line),
    Case("batch_total", _batch, _total),
    Case("royalty_line", _closing, _royalty_part),
    Case("invoice", _document, _invoice_of),
    Case("statement", _document, _statement),
    Case("settled_receipt", _settlement_and_receipt, _settled),
    Case("holder_settlement", _settlement, _holder),
    Case("earning", _settled_holder, _earning),
    Case("payout", _run, _payout),
]

EVERY_PART = pytest.mark.parametrize("case", CASES, ids=lambda case: case.part_table)


@EVERY_PART
def test_a_part_that_comes_after_its_whole_is_refused(
    case: Case, writer: Connection, scene: Scene
) -> None:
    with writer.transaction():
        whole = case.whole(writer, scene)
    with refused("late_part"):
        case.part(writer, scene, whole)


@EVERY_PART
def test_a_part_is_taken_with_its_whole_also_out_of_a_savepoint(
    case: Case, writer: Connection, scene: Scene
) -> None:
    with writer.transaction():
        with writer.transaction():
            whole = case.whole(writer, scene)
        with writer.transaction():
            case.part(writer, scene, whole)


def test_every_part_has_a_case(owner: Connection) -> None:
    found = owner.execute(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'with_its_whole'"
    )
    # The lines of an invoice need a closed month, and have tests of their own below.
    assert {table for (table,) in found} == {case.part_table for case in CASES} | {"invoice_line"}


def test_a_line_added_to_an_issued_invoice_is_refused(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        document = _closed_and_invoiced(writer, scene)
    with refused("late_part"):
        _invoice_line(writer, scene, document)


@pytest.mark.parametrize(
    ("total", "line_amount", "royalty"),
    [
        (13, 12, 12),  # The invoice asks for more than its lines.
        (0, None, 12),  # It asks for nothing, and has no line: that is sound, see below.
        (13, 13, 12),  # A line asks for more than its royalty line.
    ],
)
def test_an_invoice_is_the_sum_of_its_lines_and_a_line_its_royalty(
    total: int, line_amount: int | None, royalty: int, writer: Connection, scene: Scene
) -> None:
    def issue() -> None:
        with writer.transaction():
            _closing(writer, scene)
            _royalty_line(writer, scene, royalty)
            document = _document(writer, scene)
            _invoice_of(writer, scene, document, total)
            if line_amount is not None:
                _invoice_line(writer, scene, document, line_amount)

    if line_amount is None:
        issue()
    else:
        with refused("invoice_differs_from_lines"):
            issue()


def test_an_invoice_that_adds_up_is_issued(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        _closing(writer, scene)
        _royalty_line(writer, scene)
        document = _document(writer, scene)
        _invoice_of(writer, scene, document, 12)
        _invoice_line(writer, scene, document)


def test_the_rule_holds_when_transaction_numbers_have_wrapped_around(owner: Connection) -> None:
    # The lower half of a number that is far behind ours is not ours, whatever it looks like.
    found = owner.execute(
        "SELECT is_of_this_transaction(xid '2'), is_of_this_transaction(xid '700'),"
        "       is_of_this_transaction(pg_current_xact_id()::xid)"
    ).fetchone()
    assert found == (False, False, True)
    assert ROOT
