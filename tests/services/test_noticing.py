"""Payees are told of what was paid, on a real database: the tax as it was paid, once, in order."""

from datetime import date
from typing import Any

from ledger.core.notice import NoticeForm, PaymentNotice, Supply
from ledger.core.party import NewEntrustment
from ledger.core.snapshot import from_json
from ledger.services import BOOK_ID, noticing
from ledger.store import documents
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts, rows
from tests.services import money
from tests.services.revised import correct, is_sound, pay_a_committee, revise

RUN = "PAY-2026-11"
PAID_ON = date(2026, 12, 25)


def issue(database: Database, **changes: Any) -> dict[str, PaymentNotice]:
    """Issue the notices of November's run on the day it was paid; return them by payee."""
    asked: dict[str, Any] = {
        "run_reference": RUN,
        "issued_by": "keiri",
        "issued_at": money.noon(PAID_ON),
        "issued_on": PAID_ON,
    }
    made = noticing.issue_notices(database, **(asked | changes))
    return {each.payee.reference: each for each in made}


def pay_a_holder(
    database: Database, *, fee: int = 100_000, has_house: bool = False, **holder: Any
) -> None:
    """Sell a holder's work to a firm, and pay the holder in December."""
    if not has_house:
        money.house(database)
    if holder:
        builders.party(database, "hoshino", **holder)
    money.sell(database, fee)
    money.receive_all(database, money.bill(database))
    money.settle(database)
    money.release(database, RUN)


def test_a_registered_holder_gets_a_purchase_statement_with_the_tax_it_was_paid(
    database: Database,
) -> None:
    pay_a_holder(database)
    (notice,) = issue(database).values()
    assert notice.form is NoticeForm.PURCHASE_STATEMENT
    assert notice.payee.registration_number is not None
    assert notice.payee.corporate_number is not None
    (row,) = notice.rows
    assert (row.gross_minor, row.fee_minor, row.amount_minor, row.tax_minor) == (
        *(100_000, 8_000, 92_000, 9_200),  # docs/money.md, a holder that is paid directly
    )
    (tax,) = notice.taxes
    assert (tax.supply, tax.rate_bp, tax.taxable_minor, tax.tax_minor) == (
        *(Supply.STANDARD, 1000, 92_000, 9_200),
    )
    assert (notice.period_start, notice.period_end) == (date(2026, 10, 1), date(2026, 10, 31))
    assert notice.payout_minor == 101_200
    assert notice.statement == money.statements(database)["hoshino"].number
    assert is_sound(database)


def test_what_is_paid_to_a_committee_is_told_by_what_each_supplied_and_shared(
    database: Database,
) -> None:
    statements = pay_a_committee(database)
    made = issue(database)
    assert set(made) == {name for name, each in statements.items() if each.settlement.payout_minor}
    publisher = made["publisher"]
    assert [(row.category, row.supply, row.amount_minor) for row in publisher.rows] == [
        ("window_fee", Supply.STANDARD, 1_314_814),  # DOMAIN E3, fees first
        ("distribution", Supply.SHARED, 1_580_384),  # 25 % of 6,321,538,
    ]
    # The unregistered suppliers left their tax to the members: it is more than a tenth.
    assert publisher.rows[1].tax_minor > 158_039
    for notice in made.values():
        assert sum(row.amount_minor for row in notice.rows) == notice.payable_minor
        assert sum(row.tax_minor for row in notice.rows) == notice.consumption_tax_minor
        assert sum(step.amount_minor for step in notice.withheld) == notice.withholding_minor
    assert is_sound(database)


def test_an_unregistered_payee_gets_a_notice_with_the_credit_of_the_day_of_completion(
    database: Database,
) -> None:
    pay_a_holder(database, registrations=(), corporate_number=builders.corporate_number("hoshino"))
    (notice,) = issue(database).values()
    assert notice.form is NoticeForm.PAYMENT_NOTICE
    assert [(each.percent, each.completed_on) for each in notice.credits] == [
        (70, date(2026, 10, 31))
    ]
    assert notice.credits[0].amount_minor == notice.payable_minor + notice.consumption_tax_minor


def test_a_payee_abroad_bears_the_flat_rate_or_that_of_the_treaty(database: Database) -> None:
    pay_a_holder(
        database,
        country="GB",
        registrations=(),
        corporate_number=None,
        treaty_rate_bp=0,
        treaty_form_filed_on=date(2026, 12, 1),
    )
    (notice,) = issue(database).values()
    assert notice.form is NoticeForm.ABROAD
    assert {tax.supply for tax in notice.taxes} == {Supply.OUTSIDE_SCOPE}
    assert [(step.code, step.rate_bp, step.amount_minor) for step in notice.withheld] == [
        ("withholding_treaty", 0, 0)
    ]
    assert notice.treaty_form_filed_on == date(2026, 12, 1)


def test_royalty_of_firms_abroad_is_told_as_exempt(database: Database) -> None:
    money.house(database)
    builders.licensee(database, "abroad", country="US", has_jp_establishment=False,
                      registrations=(), corporate_number=None)  # fmt: skip
    money.sell(database, 100_000)
    money.sell(database, 50_000, licensee="abroad")
    money.receive_all(database, money.bill(database))
    money.settle(database)
    money.release(database, RUN)
    (notice,) = issue(database).values()
    assert [(tax.supply, tax.taxable_minor, tax.tax_minor) for tax in notice.taxes] == [
        (Supply.STANDARD, 88_000, 8_800),  # 100,000 less the fee on both, which is taxed
        (Supply.EXPORT_EXEMPT, 50_000, 0),
    ]


def test_a_second_call_issues_nothing_and_burns_no_number(database: Database) -> None:
    pay_a_holder(database)
    issue(database)
    before = row_counts(database)
    assert issue(database) == {}
    assert row_counts(database) == before


def test_a_notice_keeps_the_agreed_days_and_is_sent_when_it_is_issued(database: Database) -> None:
    agreed = NewEntrustment(
        admin_fee_bp=800, effective_from=builders.STARTS_ON, confirm_within_days=14
    )
    pay_a_holder(database, entrustment=agreed)
    (notice,) = issue(database).values()
    assert notice.confirm_within_days == 14
    sent = rows(database, "SELECT state, mode, recorded_by FROM notice_step")
    assert sent == [("sent", None, "keiri")]


def test_what_was_not_paid_is_not_told_of(database: Database) -> None:
    money.house(database)
    money.sell(database, 10_000)
    money.receive_all(database, money.bill(database))
    money.settle(database)
    before = row_counts(database)
    with refusal("payouts_not_released", "run_reference"):
        issue(database)
    with refusal("payout_run_unknown", "run_reference"):
        issue(database, run_reference="PAY-2026-09")
    money.release(database, RUN)
    with refusal("notice_too_early", "issued_on"):
        issue(database, issued_on=date(2026, 12, 24))
    assert row_counts(database).get("payment_notice") == before.get("payment_notice")


def test_a_corrected_notice_takes_the_place_of_the_one_before_and_both_are_kept(
    database: Database,
) -> None:
    pay_a_holder(database)
    (before,) = issue(database).values()
    with refusal("notice_agrees", "notice"):
        amend(database, before.number)
    correct(database, "hoshino", name_ja="星野プロダクション株式会社")
    revise(database, before.statement, issued_on=date(2026, 12, 28))
    after = amend(database, before.number)
    assert after.number == "NTC-2026-000002"
    assert (after.revision, after.payee.name_ja) == (2, "星野プロダクション株式会社")
    assert after.replaces is not None
    assert after.replaces.number == before.number
    assert after.payout_minor == before.payout_minor
    with database.transaction() as session:
        kept = documents.find_document(
            session, book_id=BOOK_ID, reference=before.number, owner_id=None
        )
    assert kept is not None
    assert from_json(PaymentNotice, kept.snapshot) == before
    states = rows(database, "SELECT state, reason FROM notice_step ORDER BY notice_step_id")
    assert states == [
        ("sent", ""),
        ("sent", ""),
        ("corrected", "NTC-2026-000002: The name was another"),
    ]
    with refusal("notice_unknown", "notice"):
        amend(database, "NTC-2026-000009")
    assert is_sound(database)


def amend(database: Database, number: str, **changes: Any) -> PaymentNotice:
    """Correct a notice three days after it was issued."""
    on = date(2026, 12, 28)
    asked: dict[str, Any] = {
        "notice": number,
        "reason": "The name was another",
        "corrected_by": "keiri",
        "corrected_at": money.noon(on),
        "issued_on": on,
    }
    return noticing.correct_notice(database, **(asked | changes))
