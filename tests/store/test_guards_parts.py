"""A part is written in the transaction of its whole, and never after it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.store import (
    accrued,
    acknowledged,
    banked,
    event_parts,
    exported,
    noticed,
    offered,
    prepaid,
    received,
    recorded,
    reissued,
    reminded,
    revised,
    translated,
    wholes,
    withheld,
)
from tests.store.scene import (
    OCTOBER,
    Connection,
    Scene,
    add_batch,
    add_document,
    add_generations,
    add_grant,
    add_judgement,
    add_rate_line,
    add_terms,
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


CASES = [
    Case("waterfall_step", wholes.write_waterfall, wholes.write_waterfall_step),
    Case("waterfall_pass", wholes.write_waterfall_with_step, wholes.write_waterfall_pass),
    Case("waterfall_member", wholes.write_waterfall, wholes.write_waterfall_member),
    Case(
        "grant_subject",
        lambda c, s: add_grant(c, s.licensee, s.license, 1),
        wholes.write_covered_subject,
    ),
    Case(
        "rate_line",
        lambda c, s: add_terms(c, s.licensee, s.grant, version=2),
        lambda c, s, terms: add_rate_line(c, s.licensee, terms),
    ),
    Case("rate_tier", wholes.write_rate_line, wholes.write_rate_tier),
    Case(
        "judgement_line",
        lambda c, s: add_judgement(c, s.licensee, "new"),
        wholes.write_judgement_line,
    ),
    Case("batch_total", wholes.write_batch, wholes.write_batch_total),
    Case("batch_event_total", wholes.write_batch, event_parts.write_batch_event_total),
    Case("declared_total", wholes.write_declaration, wholes.write_declared_total),
    Case(
        "accepted_difference",
        wholes.write_declared_closing,
        wholes.write_accepted_difference,
    ),
    Case("royalty_line", wholes.write_closing, wholes.write_royalty_part),
    Case("invoice", wholes.write_document, wholes.write_invoice_of_document),
    Case("statement", wholes.write_document, wholes.write_statement),
    Case("settled_receipt", received.write_settlement_and_receipt, received.write_settled_receipt),
    Case("accrued_line", accrued.write_settlement, accrued.write_accrued_line),
    Case("receipt", received.write_payment_and_invoice, received.write_whole_receipt),
    Case("bank_statement", banked.write_file, banked.write_statement),
    Case("bank_line", banked.write_file_and_statement, banked.write_line),
    Case("holder_settlement", wholes.write_settlement, wholes.write_holder_settlement),
    Case("earning", wholes.write_settled_holder, wholes.write_earning),
    Case("payout", wholes.write_payout_run, wholes.write_payout),
    Case("offer_acceptance", prepaid.write_license, offered.write_acceptance),
    Case("recoup_group", prepaid.write_license, prepaid.write_group),
    Case("recoup_source", prepaid.write_license_with_group, prepaid.write_source),
    Case("minimum_guarantee", prepaid.write_license_with_group, prepaid.write_guarantee),
    Case("prepayment", prepaid.write_license_with_group, prepaid.write_advance),
    Case("recoup_amendment_source", prepaid.write_amended, prepaid.write_amended_source),
    Case("recoupment", prepaid.write_group_and_closing, prepaid.write_recoupment),
    Case("recouped_source", prepaid.write_recouped_group, prepaid.write_recouped_source),
    Case("royalty_set_off", prepaid.write_recouped_group, prepaid.write_set_off),
    Case("prepayment_use", prepaid.write_recouped_group, prepaid.write_use),
    Case("translation", translated.write_settled_holder_and_use, translated.write_translation),
    Case("settled_prepayment_use", prepaid.write_settlement_and_use, prepaid.write_settled_use),
    Case(
        "payee_advance_payment",
        withheld.write_advance_and_settlement,
        withheld.write_advance_payment,
    ),
    Case("suspense", wholes.write_settled_holder, withheld.write_suspense),
    Case("suspense_release", withheld.write_settled_suspense, withheld.write_suspense_release),
    Case("reserve", wholes.write_settled_holder, withheld.write_reserve),
    Case("settled_reserve_claim", withheld.write_settled_reserve, withheld.write_settled_claim),
    Case("reserve_use", withheld.write_settled_reserve, withheld.write_reserve_use),
    Case("fee_invoice", recorded.write_settled_and_document, recorded.write_fee_invoice),
    Case("payment_record", recorded.write_document, recorded.write_record),
    Case("payment_record_total", recorded.write_document, recorded.write_total),
    Case("payment_notice", noticed.write_paid_and_document, noticed.write_notice),
    Case("statement_revision", revised.write_two_documents, revised.write_revision),
    Case("invoice_reissue", reissued.write_invoice_and_document, reissued.write_reissue),
    Case(
        "payment_receipt",
        acknowledged.write_paid_and_document,
        acknowledged.write_payment_receipt,
    ),
    Case("credit_note", acknowledged.write_transfer_and_document, acknowledged.write_credit_note),
    Case("earning_correction", revised.write_settled_and_document, revised.write_correction),
    Case("journal_export_entry", exported.write_export_and_entry, exported.write_exported_entry),
    Case("reminder", reminded.write_invoice_and_letter, reminded.write_reminder),
    Case("payee_advance_use", withheld.write_paid_advance, withheld.write_advance_use),
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
    # Those of an invoice have to add up to it, and have tests of their own below.
    elsewhere = {"invoice_line", "invoice_prepayment"}
    elsewhere |= {"revenue_comparison", "receipt_part"}  # in files of their own
    assert {table for (table,) in found} == {case.part_table for case in CASES} | elsewhere


def test_an_advance_added_to_an_issued_invoice_is_refused(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        document = prepaid.write_invoice_beside_advance(writer, scene)
    with refused("late_part"):
        prepaid.write_billed_advance(writer, scene, document)


def test_a_line_added_to_an_issued_invoice_is_refused(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        document = wholes.write_closed_and_invoiced(writer, scene)
    with refused("late_part"):
        wholes.write_invoice_line(writer, scene, document)


@pytest.mark.parametrize(
    ("total", "line_amount", "line_tax"),
    [
        (13, 12, 0),  # The invoice asks for more than its line.
        (13, 13, 0),  # The line asks for more than its royalty line.
        (12, 12, 1),  # The invoice asks for less tax than its line.
    ],
)
def test_an_invoice_is_the_sum_of_its_lines_and_a_line_its_royalty(
    total: int, line_amount: int, line_tax: int, writer: Connection, scene: Scene
) -> None:
    with refused("invoice_differs_from_lines"):
        _issue(writer, scene, total, line_amount, line_tax)
    _issue(writer, scene, 12, 12, 0)


def _issue(
    connection: Connection, scene: Scene, total: int, line_amount: int, line_tax: int
) -> None:
    with connection.transaction():
        wholes.write_closing(connection, scene)
        wholes.write_royalty_line(connection, scene, 12)
        document = wholes.write_document(connection, scene)
        wholes.write_invoice_of_document(connection, scene, document, total)
        wholes.write_invoice_line(connection, scene, document, line_amount, tax_minor=line_tax)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (lambda _: {"accrual_month": date(2026, 10, 2)}, errors.CheckViolation),
        (lambda _: {"due_on": OCTOBER}, errors.CheckViolation),  # Before it is issued.
        (lambda _: {"total_minor": 1}, errors.CheckViolation),
        (lambda scene: {"licensee_id": scene.rival}, errors.ForeignKeyViolation),
    ],
    ids=["month", "due day", "total", "licensee"],
)
def test_an_invoice_that_cannot_be_is_refused(
    changes: Callable[[Scene], dict[str, Any]],
    error: type[psycopg.Error],
    writer: Connection,
    scene: Scene,
) -> None:
    def issue() -> None:
        with writer.transaction():
            document = wholes.write_document(writer, scene)
            wholes.write_invoice_of_document(writer, scene, document, **changes(scene))

    with pytest.raises(error):
        issue()


def test_a_licensee_is_invoiced_once_for_a_month(writer: Connection, scene: Scene) -> None:
    def issue(number: int) -> None:
        with writer.transaction():
            document = add_document(writer, scene.licensee, number)
            wholes.write_invoice_of_document(writer, scene, document)

    issue(1)
    with pytest.raises(errors.UniqueViolation):
        issue(2)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (lambda _: {"number": 0}, errors.CheckViolation),
        (lambda scene: {"licensee_id": scene.rival}, errors.ForeignKeyViolation),
    ],
    ids=["number", "licensee"],
)
def test_an_invoice_line_that_cannot_be_is_refused(
    changes: Callable[[Scene], dict[str, Any]],
    error: type[psycopg.Error],
    writer: Connection,
    scene: Scene,
) -> None:
    def issue() -> None:
        with writer.transaction():
            document = wholes.write_closed_and_invoiced(writer, scene)
            wholes.write_invoice_line(writer, scene, document, **changes(scene))

    with pytest.raises(error):
        issue()


def test_nobody_is_invoiced_for_what_another_owes(writer: Connection, scene: Scene) -> None:
    def issue() -> None:
        with writer.transaction():
            wholes.write_closing(writer, scene)
            wholes.write_royalty_line(writer, scene)  # The licensee's.
            document = add_document(writer, scene.rival, 1)
            its = {"licensee_id": scene.rival}
            wholes.write_invoice_of_document(writer, scene, document, 12, **its)
            wholes.write_invoice_line(writer, scene, document, **its)

    with pytest.raises(errors.ForeignKeyViolation):
        issue()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (lambda _: {"subject_id": 999}, "total_of_unknown"),
        (lambda scene: {"rate_line_id": 999, "terms_version_id": scene.terms}, "total_of_unknown"),
        # Of another version than the line's.
        (
            lambda scene: {"rate_line_id": scene.rate_line, "terms_version_id": 999},
            "total_of_unknown",
        ),
        (lambda scene: {"licensee_id": scene.rival}, "late_part"),  # Whose batch is not there.
        (lambda _: {"batch_number": 999}, "late_part"),
    ],
    ids=["subject", "line", "version", "licensee", "batch"],
)
def test_a_total_names_only_what_is_in_the_book(
    changes: Callable[[Scene], dict[str, Any]], code: str, writer: Connection, scene: Scene
) -> None:
    def report(**changes: Any) -> None:
        with writer.transaction():
            wholes.write_batch_total(writer, scene, wholes.write_batch(writer, scene), **changes)

    with refused(code):
        report(**changes(scene))
    known = {"rate_line_id": scene.rate_line, "terms_version_id": scene.terms}
    report(subject_id=scene.subject, **known)


def test_a_total_names_no_line_of_somebody_elses_terms(writer: Connection, scene: Scene) -> None:
    with refused("total_of_unknown"), writer.transaction():
        number = add_batch(writer, scene.rival)
        add_generations(writer, scene.rival, number, scene.rivals_judgement, {})
        its = {"licensee_id": scene.rival, "rate_line_id": scene.rate_line}
        wholes.write_batch_total(writer, scene, number, terms_version_id=scene.terms, **its)


def test_numbers_of_transactions_are_compared_also_when_they_have_wrapped_around(
    owner: Connection,
) -> None:
    # The lower half of a number that is far behind ours is not ours, whatever it looks like.
    found = owner.execute(
        "SELECT is_of_this_transaction(xid '2'), is_of_this_transaction(xid '700'),"
        "       is_of_this_transaction(pg_current_xact_id()::xid)"
    ).fetchone()
    assert found == (False, False, True)
