"""Each invariant holds of a sound book, and is the one that fails when its fact is broken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.core.facts import Facts
from ledger.core.file_facts import KeptFileFact
from ledger.core.invariants import INVARIANTS, check, page
from ledger.core.money import Rounding
from ledger.core.receipt_facts import PaidLineFact
from ledger.core.recoupment import RecoupState
from ledger.core.revenue_terms import RevenueBase
from ledger.core.revision_facts import MovedFact, RevisionFact
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.top_up import Comparison, GrantMonth
from ledger.core.usage_facts import Counts, EventsFact, Tally, TotalsFact
from tests.core.facts import INVOICE, SETTLED, SOUND, STATEMENT
from tests.core.told import NOTICE, document
from tests.invoices.record_samples import record_total

PAGE = Path(__file__).resolve().parents[2] / "docs" / "invariants.md"


def the(kind: str, index: int = 0, **changes: Any) -> Facts:
    """Return the sound facts with one of them changed."""
    facts = list(getattr(SOUND, kind))
    facts[index] = replace(facts[index], **changes)
    changed: dict[str, Any] = {kind: tuple(facts)}
    return replace(SOUND, **changed)


def frozen(index: int, value: object) -> Facts:
    """Return the sound facts with another text in a document, and its hash."""
    text = to_json(value)
    return the("documents", index, snapshot=text, snapshot_sha256=sha256_of(text))


def with_total(withheld_minor: int) -> Facts:
    """Return the sound facts with a total sheet of 2026 beside them."""
    figures: dict[str, Any] = {
        "amount_minor": 0,
        "consumption_tax_minor": 0,
        "withheld_minor": withheld_minor,
    }
    (first, *_) = record_total().totals
    sheet = replace(record_total(), totals=(replace(first, **figures),), **figures)
    told = document("payment_record_total", sheet.number, sheet, (0, 0, withheld_minor))
    return replace(SOUND, documents=(*SOUND.documents, told))


def with_purchase(**changes: Any) -> Facts:
    """Return the sound book with its holder's royalty sold by the house for itself."""
    bought: dict[str, Any] = {
        "sold_minor": 12_000,
        "invoiced_sold_minor": 12_000,
        "fee_bp": 800,
        "margin_minor": 960,
        "purchase_tax_minor": 1_104,
        "bought_from": "registered",
        "settled_on": date(2026, 12, 10),
        "tax_minor": 0,
        "invoiced_tax_minor": 0,
        "fee_tax_minor": 0,
        **changes,
    }
    return the("holders", **bought)


def with_invoice_line(**changes: Any) -> Facts:
    (line,) = SOUND.invoices[0].lines
    return the("invoices", lines=(replace(line, **changes),))


def with_payout(**changes: Any) -> Facts:
    planned = SOUND.statements[0].planned
    assert planned is not None
    return the("statements", planned=replace(planned, **changes))


def with_royalty_line(**changes: Any) -> Facts:
    (line,) = SOUND.closed_months[0].lines
    return the("closed_months", lines=(replace(line, **changes),))


def with_charge(**changes: Any) -> Facts:
    (line,) = SOUND.closed_months[0].lines
    return with_royalty_line(charge=replace(line.charge, **changes))


def with_recouped_month(**changes: Any) -> Facts:
    (month,) = SOUND.recoup_groups[0].months
    return the("recoup_groups", months=(replace(month, **changes),))


def with_source(**changes: Any) -> Facts:
    (source,) = SOUND.recoup_groups[0].months[0].sources
    return with_recouped_month(sources=(replace(source, **changes),))


def with_advance(**changes: Any) -> Facts:
    (advance,) = SOUND.recoup_groups[0].prepayments
    return the("recoup_groups", prepayments=(replace(advance, **changes),))


OTHER = b"x" * 32
LATER = datetime(2026, 11, 2, 0, 0, 1, tzinfo=UTC)
#: Of a month whose terms have no share of revenue.
COMPARED = Comparison(
    closing_month=date(2026, 10, 1),
    of=GrantMonth(1, date(2026, 10, 1)),
    licensee_id=1,
    terms_version_id=1,
    percent=Decimal(18),
    base=RevenueBase.NET_REVENUE,
    currency="JPY",
    rounding=Rounding.TRUNCATE,
    per_unit_minor=0,
    revenue_currency="JPY",
    fx_source=None,
    fx_rule=None,
)
DIFFERING_TOTAL = TotalsFact(
    licensee="studio-a",
    day=date(2026, 10, 1),
    decision="held",
    reason="subject_unmatched",
    subject=None,
    rate_line_id=None,
    territory="JP",
    kept=Tally(generation_count=1, quantity=Decimal(1), net_revenue=Decimal(0)),
    recounted=Tally(generation_count=1, quantity=Decimal(2), net_revenue=Decimal(0)),
)

DIFFERING_EVENTS = EventsFact(
    licensee="studio-a",
    month=date(2026, 10, 1),
    judgement_id=1,
    quantity=Decimal(8),
    net_revenue=Decimal(0),
    kept=2,
    recounted=1,
)

REVISION = RevisionFact(
    reference="STM-2026-000001-r2", revision=2, revises="STM-2026-000001", revision_before=1
)

BROKEN: list[tuple[str, Callable[[], Facts]]] = [
    ("records_say_what_was_withheld", lambda: with_total(withheld_minor=1)),
    ("notices_add_up", lambda: frozen(2, replace(NOTICE, rows=NOTICE.rows[1:]))),
    ("notices_add_up", lambda: frozen(2, replace(NOTICE, taxes=()))),
    ("notices_add_up", lambda: frozen(2, replace(NOTICE, withheld=NOTICE.withheld * 2))),
    ("entries_balance", lambda: the("entries", debit_minor=13_201)),
    ("entries_balance", lambda: the("entries", found_postings=1)),
    ("balances_are_postings", lambda: the("accounts", kept_debit_minor=13_201)),
    ("balances_are_postings", lambda: the("accounts", posted_credit_minor=1)),
    ("journal_says_what_documents_say", lambda: the("controls", posted_minor=0)),
    ("totals_agree", lambda: replace(SOUND, totals_that_differ=(DIFFERING_TOTAL,))),
    ("events_agree", lambda: replace(SOUND, events_that_differ=(DIFFERING_EVENTS,))),
    ("chains_are_unbroken", lambda: the("batches", number=2)),
    ("chains_are_unbroken", lambda: the("batches", 1, previous_head=OTHER)),
    ("chains_are_unbroken", lambda: the("batches", 1, head=OTHER)),
    ("chains_are_unbroken", lambda: the("batches", found_root=OTHER)),
    ("chains_are_unbroken", lambda: replace(SOUND, batches=SOUND.batches[1:])),  # One is gone.
    ("batch_counts_agree", lambda: the("batches", counts=Counts(accepted=0, held=1, refused=0))),
    (
        "batch_counts_agree",
        lambda: the(
            "batches",
            counts=Counts(accepted=2, held=0, refused=0),
            found_counts=Counts(accepted=2, held=0, refused=0),
        ),
    ),
    ("royalty_is_recomputed", lambda: with_charge(amount_minor=11_999)),
    ("royalty_is_recomputed", lambda: with_charge(steps=())),
    ("royalty_is_recomputed", lambda: with_royalty_line(quantity=Decimal(999))),
    ("royalty_is_recomputed", lambda: the("closed_months", input_hash=OTHER)),
    ("revenue_shares_are_recomputed", lambda: the("closed_months", comparisons=(COMPARED,))),
    ("usage_is_in_lines", lambda: with_royalty_line(generation_count=1)),
    ("closed_months_stay", lambda: the("closed_months", found_generation_count=3)),
    ("closed_months_stay", lambda: the("closed_months", last_recorded_at=LATER)),
    ("invoices_add_up", lambda: with_invoice_line(royalty_minor=11_999)),
    ("invoices_add_up", lambda: the("invoices", subtotal_minor=11_999, total_minor=13_199,
                                    received_minor=0)),
    ("invoices_add_up", lambda: the("invoices", total_minor=13_201)),
    ("tax_is_recomputed", lambda: frozen(0, replace(
        INVOICE, taxes=(replace(INVOICE.taxes[0], rate_bp=1_001),)))),
    ("numbers_are_gapless", lambda: the("series", last_number=2)),
    ("numbers_are_gapless", lambda: the("series", document_count=2)),
    ("numbers_are_gapless", lambda: the("series", lowest=0)),
    ("snapshots_are_unchanged", lambda: the("documents", snapshot_sha256=OTHER)),
    ("documents_say_what_rows_say", lambda: the("documents", figures=(12_000, 1_200, 13_201))),
    ("documents_say_what_rows_say", lambda: frozen(1, replace(
        STATEMENT, settlement=replace(SETTLED, payout_minor=1)))),
    ("documents_say_what_rows_say", lambda: frozen(1, ("not", "a", "statement"))),
    ("receipts_are_within_invoices", lambda: the("invoices", received_minor=13_201)),
    ("receipts_pay_lines", lambda: the("paid_invoices", received_minor=13_199)),
    ("receipts_pay_lines", lambda: the("paid_invoices", lines=(
        PaidLineFact(asked_minor=13_199, paid_minor=13_200),))),
    ("receipts_pay_lines", lambda: the("paid_invoices", received_minor=13_201, lines=(
        PaidLineFact(asked_minor=13_200, paid_minor=13_201),))),
    ("receipts_pay_lines", lambda: the("paid_invoices", received_minor=-1, lines=(
        PaidLineFact(asked_minor=13_200, paid_minor=-1),))),
    ("lines_are_divided_once", lambda: the("paid_invoices", lines=(
        PaidLineFact(asked_minor=13_200, paid_minor=13_200, divided_minor=13_201),))),
    ("reminders_come_in_their_time", lambda: the("reminders", late_days=0)),
    ("reminders_come_in_their_time", lambda: the("reminders", tone="before")),
    ("reminders_come_in_their_time", lambda: the("reminders", open_minor=13_201)),
    ("suspensions_have_their_cause", lambda: the("suspensions", late_days=29)),
    ("suspensions_have_their_cause", lambda: the("suspensions", warned_days=6)),
    ("suspensions_have_their_cause", lambda: the("suspensions", warned_days=None)),
    ("suspensions_have_their_cause", lambda: the("suspensions", received_minor=13_199)),
    ("lines_are_divided_once", lambda: the("paid_invoices", lines=(
        PaidLineFact(asked_minor=13_200, paid_minor=13_200, accrued_minor=13_200),))),
    ("lines_are_divided_once", lambda: the("paid_invoices", lines=(PaidLineFact(
        asked_minor=13_200, paid_minor=13_200, is_accrual=True, accrued_minor=13_199),))),
    ("lines_are_divided_once", lambda: the("paid_invoices", lines=(PaidLineFact(
        asked_minor=13_200, paid_minor=13_200, is_accrual=True, accrued_minor=13_200,
        divided_minor=1),))),
    ("translations_follow_their_rates", lambda: the("translations", amounts_yen=(15_208, 1_520))),
    ("translations_follow_their_rates", lambda: the("translations", amounts_yen=(15_201, 1_526))),
    ("positions_follow_their_moves", lambda: the("positions", gain_yen=1)),
    ("positions_follow_their_moves", lambda: the("positions", translated=(11_005, 16_726))),
    ("invoices_add_up", lambda: with_invoice_line(recouped_minor=1)),
    ("invoices_add_up", lambda: with_invoice_line(set_off_minor=1)),
    ("advances_are_not_overdrawn", lambda: with_advance(used_minor=801)),
    ("advances_are_not_overdrawn", lambda: with_advance(used_minor=-1)),
    ("set_aside_adds_up", lambda: the("holders", found_set_aside_minor=1)),
    ("set_aside_adds_up", lambda: the("holders", found_set_aside_tax_minor=1)),
    (
        "cash_is_divided",
        lambda: the("holders", set_aside_minor=1, found_set_aside_minor=1),
    ),
    ("suspense_is_accounted_for", lambda: the("suspense", parts_minor=79)),
    ("suspense_is_accounted_for", lambda: the("suspense", released_parts_minor=19)),
    ("suspense_is_accounted_for", lambda: the("suspense", released_tax_minor=1)),
    (
        "suspense_is_accounted_for",
        lambda: the("suspense", released_minor=21, released_parts_minor=21, left_bp=1),
    ),
    ("reserves_are_released_once", lambda: the("reserves", release_count=2)),
    ("reserves_are_released_once", lambda: the("reserves", used_minor=301)),
    ("reserves_are_released_once", lambda: the("reserves", used_tax_minor=29)),
    ("reserves_are_released_once", lambda: the("reserves", released_in=date(2026, 12, 1))),
    ("payee_advances_are_not_overdrawn", lambda: the("payee_advances", recouped_minor=301)),
    ("payee_advances_are_not_overdrawn", lambda: the("payee_advances", paid_minor=299)),
    ("payee_advances_are_not_overdrawn", lambda: the("payee_advances", recouped_minor=-1)),
    ("balances_are_carried", lambda: the("statements", found_advance_paid_minor=1)),
    ("balances_are_carried", lambda: the("statements", found_advance_recouped_minor=1)),
    ("recoupment_adds_up", lambda: with_source(carried_in_minor=-1)),
    ("recoupment_adds_up", lambda: with_source(royalty_minor=1_099, adjustment_minor=-99)),
    ("recoupment_is_recomputed", lambda: with_source(recouped_minor=799, payable_minor=201)),
    ("recoupment_is_recomputed", lambda: with_recouped_month(state=RecoupState())),
    ("recoupment_is_recomputed", lambda: with_recouped_month(used_minor=799)),
    ("recoupment_is_recomputed", lambda: with_recouped_month(set_off_minor=799)),
    ("recoupment_is_recomputed", lambda: with_recouped_month(shortfall_minor=1)),
    # 12,000 were sold at a margin of 8 %: 11,040 were bought, with 1,104 of tax.
    ("purchases_are_recomputed", lambda: with_purchase(margin_minor=961)),
    ("purchases_are_recomputed", lambda: with_purchase(
        purchase_tax_minor=1_107, earned_tax_minor=1_107)),
    ("purchases_are_recomputed", lambda: with_purchase(bought_from="unregistered")),
    ("cash_is_what_was_received", lambda: with_purchase(invoiced_sold_minor=0)),
    ("cash_is_divided", lambda: the("holders", fee_minor=959)),
    ("cash_is_divided", lambda: the("holders", earned_tax_minor=1_105)),
    ("cash_is_divided", lambda: the("holders", deficit_out_minor=-1)),
    ("cash_is_what_was_received", lambda: the("holders", invoiced_tax_minor=1_199)),
    ("cash_is_what_was_received", lambda: the("settlements", received_minor=13_201)),
    ("balances_are_carried", lambda: the("statements", previous_carried_out_minor=1)),
    ("balances_are_carried", lambda: the("statements", found_earned_minor=11_041)),
    ("balances_are_carried", lambda: the("statements", carried_out_minor=1)),
    ("revisions_follow", lambda: replace(SOUND, revisions=(replace(REVISION, revision=3),))),
    ("revisions_follow", lambda: replace(SOUND, revisions=(replace(REVISION, revises="STM-9"),))),
    ("revisions_move_money", lambda: replace(SOUND, moved=(MovedFact(
        place="hoshino in 2026-11", amount_minor=1, tax_minor=0),))),
    ("payouts_are_as_stated", lambda: the("statements", payout_minor=11_018)),
    ("payouts_are_as_stated", lambda: the("statements", planned=None)),
    ("payouts_are_as_stated", lambda: with_payout(payout_minor=11_018)),
    ("withholding_is_recomputed", lambda: with_payout(withholding_base_minor=11_039)),
    ("withholding_register_is_the_journal", lambda: the("withheld", posted_minor=1_126)),
    ("withholding_is_remitted_once", lambda: the("remitted", remitted_minor=1_128)),
    ("kept_files_are_whole", lambda: replace(SOUND, files_that_differ=(KeptFileFact(
        place="INV-2026-000001 as pdf", kept_sha256=b"a" * 32, found_sha256=b"b" * 32),))),
]  # fmt: skip


def test_a_sound_book_violates_nothing() -> None:
    assert check(SOUND) == {invariant.name: [] for invariant in INVARIANTS}


@pytest.mark.parametrize(("name", "break_it"), BROKEN, ids=[name for name, _ in BROKEN])
def test_what_is_broken_is_found_by_its_own_invariant_alone(
    name: str, break_it: Callable[[], Facts]
) -> None:
    found = check(break_it())
    assert {each for each, violations in found.items() if violations} == {name}
    for violation in found[name]:
        assert violation.expected != violation.found
        assert violation.place


def test_every_invariant_is_broken_by_some_case() -> None:
    assert {name for name, _ in BROKEN} == {invariant.name for invariant in INVARIANTS}


def test_a_closed_month_that_lacks_a_line_is_found_twice_over() -> None:
    found = check(the("closed_months", lines=()))
    broken = {name for name, violations in found.items() if violations}
    assert broken == {"royalty_is_recomputed", "usage_is_in_lines"}


def test_a_payout_that_cannot_be_taxed_is_found() -> None:
    found = check(with_payout(passthrough_minor=-1))
    assert found["withholding_is_recomputed"]


def test_an_invoice_over_nothing_is_found() -> None:
    line = replace(INVOICE.lines[0], amount_minor=0)
    assert check(frozen(0, replace(INVOICE, lines=(line,))))["tax_is_recomputed"]


def test_the_page_of_the_documentation_is_current() -> None:
    command = "from ledger.core.invariants import page; print(page(), end='')"
    cure = f'Write it again: python -c "{command}" > docs/invariants.md'
    assert PAGE.read_text(encoding="utf-8") == page(), cure
