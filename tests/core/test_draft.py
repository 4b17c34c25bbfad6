"""A payee's statement set out from a settlement: every figure where the payee looks for it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.draft import PayeeAccount, SettledMonth, StepLine, draft, step_lines
from ledger.core.earning import Balance
from ledger.core.invoice import PartyCopy
from ledger.core.payout import NotPaid, PayoutLine
from ledger.core.settlement import Committee, Division, Supplier, divide
from ledger.core.snapshot import from_json, to_json
from ledger.core.statement import RefusalRow, Settlement, Statement, UsageRow
from ledger.core.terms import Basis
from ledger.core.usage import Modality
from ledger.core.waterfall import Preset, StepKind, Waterfall
from tests.core.dividing import UNREGISTERED, divide_one, received, step, waterfall

SUPPLIERS = dict.fromkeys(
    ("publisher", "lead", "press", "author", "writer", "director", "composer"), UNREGISTERED
)
NAMES = {
    name: (f"{name} ja", f"{name} en")
    for name in (*SUPPLIERS, "broadcaster", "studio", "streamer", "holder", "committee")
}


def e3() -> Division:
    return divide_one(
        received(
            holder="committee",
            royalty_minor=8_765_432,
            tax_minor=876_543,
            admin_fee_bp=0,
            committee=Committee(waterfall=waterfall(), deficit_in_minor=-450_000),
        ),
        SUPPLIERS,
    )


def usage(accrual_month: date) -> UsageRow:
    return UsageRow(
        title_ja="風の町",
        title_en="A Town of Wind",
        subject_reference="kaze-no-machi",
        licensee_ja="絵札機械",
        licensee_en="Efuda Machines",
        accrual_month=accrual_month,
        basis=Basis.PER_IMAGE,
        modality=Modality.IMAGE,
        use_class=None,
        generation_count=10,
        quantity=Decimal(10),
        rate=Decimal(12),
        is_tiered=False,
        royalty_minor=120,
    )


def refusal(reason: str) -> RefusalRow:
    return RefusalRow(
        title_ja="風の町",
        title_en="A Town of Wind",
        licensee_ja="絵札機械",
        licensee_en="Efuda Machines",
        decision="refused",
        reason=reason,
        generation_count=3,
    )


def party(reference: str) -> PartyCopy:
    name_ja, name_en = NAMES[reference]
    return PartyCopy(
        reference=reference,
        kind="company",
        name_ja=name_ja,
        name_en=name_en,
        postal_code="",
        address_ja="",
        address_en="",
        country="JP",
        registration_number=None,
        language="ja",
    )


def settled_month(*divisions: Division, suppliers: dict[str, Supplier] = SUPPLIERS) -> SettledMonth:
    return SettledMonth(
        issuer=party("lead"),
        closing_month=date(2026, 11, 1),
        issued_on=date(2026, 12, 10),
        pay_on=date(2026, 12, 25),
        currency="JPY",
        divisions=divisions,
        suppliers=suppliers,
        usage={"committee": (usage(date(2026, 10, 1)), usage(date(2026, 9, 1)))},
        refusals={"committee": (refusal("territory_not_granted"),), "author": (refusal("late"),)},
        names=NAMES,
    )


def account(payee: str, line: PayoutLine, carried: Balance | None = None) -> PayeeAccount:
    return PayeeAccount(
        payee=party(payee),
        carried=carried or Balance(),
        minimum_payment_minor=5_000,
        line=line,
        pay_to=None,
    )


AUTHOR_IS_PAID = PayoutLine(
    payee="author",
    payable_minor=250_852,
    consumption_tax_minor=25_085,
    withholding_base_minor=250_852,
    withholding_minor=25_611,
    payout_minor=250_326,
)


CARRIED = Balance(supplies_minor=3_120, tax_minor=312)


def drafted(
    *,
    month: SettledMonth | None = None,
    line: PayoutLine = AUTHOR_IS_PAID,
    carried: Balance = CARRIED,
) -> Statement:
    """The author's statement of DOMAIN E4."""
    month = month or settled_month(e3())
    return draft(
        month,
        account("author", line, carried),
        divisions=month.divisions,
        number="STM-2026-000001",
    )


def test_a_committees_lines_stand_in_the_order_of_its_contract() -> None:
    lines = [(line.kind, line.category, line.amount_minor, line.payee) for line in step_lines(e3())]
    assert lines == [
        ("fee", "window_fee", 1_314_814, "publisher"),
        ("fee", "manager_fee", 372_530, "lead"),
        ("royalty", "original", 353_904, None),  # Parts of it are passed on, so it is nobody's.
        ("split", "original", 106_172, "press"),
        ("split", "original", 247_732, "author"),
        ("royalty", "screenplay", 123_866, "writer"),
        ("royalty", "director", 70_780, "director"),
        ("royalty", "music", 88_000, "composer"),
        ("expense", "expense", 120_000, "lead"),
        ("pool", "pool", 6_321_538, None),
        ("deficit", "deficit", -450_000, None),
        ("pool", "distributable", 5_871_538, None),
        ("split", "distribution", 1_761_461, "lead"),
        ("split", "distribution", 1_467_884, "publisher"),
        ("split", "distribution", 1_174_308, "broadcaster"),
        ("split", "distribution", 880_731, "studio"),
        ("split", "distribution", 587_154, "streamer"),
    ]


def test_a_line_names_its_base_and_rate() -> None:
    by_payee = {line.payee: line for line in step_lines(e3())}
    assert by_payee["author"] == StepLine(
        kind="split",
        category="original",
        base_minor=353_904,
        rate_bp=7000,
        amount_minor=247_732,
        payee="author",
    )
    assert (by_payee["press"].rate_bp, by_payee["composer"].rate_bp) == (3000, None)
    assert (by_payee["writer"].base_minor, by_payee["writer"].rate_bp) == (7_078_088, 175)
    assert (by_payee["studio"].base_minor, by_payee["studio"].rate_bp) == (5_871_538, 1500)


def test_a_deficit_that_is_left_is_said() -> None:
    committee = Committee(
        waterfall=Waterfall(
            preset=Preset.FEES_FIRST,
            steps=(step("expense", "studio", kind=StepKind.EXPENSE, amount_minor=100),),
            members=(("lead", 1),),
        )
    )
    division = divide_one(
        received(royalty_minor=40, tax_minor=0, admin_fee_bp=0, committee=committee),
        {"studio": UNREGISTERED},
    )
    assert [(line.category, line.amount_minor) for line in step_lines(division)] == [
        ("expense", 100),
        ("pool", -60),
        ("distribution", 0),
        ("deficit_carried", -60),
    ]


def test_a_direct_holder_has_no_steps() -> None:
    assert step_lines(divide_one(received())) == ()


def test_a_statement_shows_what_was_earned_from_whom() -> None:
    (section,) = drafted().sections
    assert (section.source_ja, section.is_committee, section.preset) == (
        "committee ja",
        True,
        "fees_first",
    )
    assert (section.receipts_minor, section.receipts_tax_minor) == (8_765_432, 876_543)
    (earning,) = section.earnings
    assert (earning.category, earning.base_minor, earning.rate_bp, earning.amount_minor) == (
        "original",
        353_904,
        7000,
        247_732,
    )


def test_a_payees_own_lines_are_marked_and_no_others() -> None:
    (section,) = drafted().sections
    marked = [(row.payee_en, row.amount_minor) for row in section.steps if row.is_this_payee]
    assert marked == [("author en", 247_732)]
    assert {row.payee_en for row in section.steps} == {"author en", ""}
    assert [row.category for row in section.steps if not row.is_this_payee] == [
        "window_fee",  # What the committee's income, the author's base, is left by.
        "manager_fee",
        "original",
    ]


def test_a_statement_leads_from_the_balance_brought_in_to_the_payout() -> None:
    assert drafted().settlement == Settlement(
        carried_in_minor=3_120,
        earned_minor=247_732,
        minimum_payment_minor=5_000,
        payable_minor=250_852,
        carried_out_minor=0,
        consumption_tax_minor=25_085,
        withholding_base_minor=250_852,
        withholding_minor=25_611,
        payout_minor=250_326,
        hold_reason=None,
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (NotPaid.BANK_ACCOUNT_MISSING, "bank_account_missing"),  # The payee can mend it.
        (NotPaid.HOLD, "hold"),
        (NotPaid.ACCOUNT_NOT_WRITABLE, "account_not_writable"),
        (NotPaid.COMMITTEE_DEFICIT, "committee_deficit"),
        (NotPaid.BELOW_MINIMUM, None),  # The figures say it.
        (NotPaid.NEGATIVE_BALANCE, None),
    ],
)
def test_a_hold_is_told(reason: NotPaid, told: str | None) -> None:
    line = PayoutLine(payee="author", carried_out_minor=250_852, reason=reason)
    assert drafted(line=line).settlement.hold_reason == told


def test_a_payment_beside_which_something_is_carried_says_why() -> None:
    line = PayoutLine(payee="author", carried_out_minor=7_000, arrears_minor=7_000)
    assert drafted(line=line).settlement.hold_reason == "committee_deficit"


def test_months_and_refusals_are_those_of_the_holders_and_the_payees_own() -> None:
    statement = drafted()
    assert statement.usage_months == (date(2026, 9, 1), date(2026, 10, 1))
    assert [row.reason for row in statement.refusals] == ["territory_not_granted", "late"]


def test_a_balance_alone_gives_a_statement_without_sections() -> None:
    line = PayoutLine(payee="writer", carried_out_minor=40, reason=NotPaid.BELOW_MINIMUM)
    statement = draft(
        settled_month(e3()),
        account("writer", line, Balance(supplies_minor=40)),
        divisions=(),
        number="STM-2026-000002",
    )
    assert (statement.sections, statement.usage_months, statement.refusals) == ((), (), ())
    assert statement.settlement.carried_in_minor == statement.settlement.carried_out_minor == 40


def test_a_statement_is_read_back_as_it_was_frozen() -> None:
    statement = drafted()
    assert from_json(Statement, to_json(statement)) == statement


def test_the_input_hash_moves_with_every_input() -> None:
    month = settled_month(e3())
    other_terms = divide([replace(e3().received, royalty_minor=8_765_433)], suppliers=SUPPLIERS)
    variants = [
        drafted(),
        drafted(carried=Balance(supplies_minor=3_121, tax_minor=312)),
        drafted(line=replace(AUTHOR_IS_PAID, withholding_minor=0, payout_minor=275_937)),
        drafted(month=settled_month(*other_terms)),
        drafted(month=replace(month, refusals={})),
        drafted(month=replace(month, usage={})),
        drafted(month=replace(month, suppliers=SUPPLIERS | {"writer": Supplier(carried_minor=1)})),
    ]
    assert len({statement.input_hash for statement in variants}) == len(variants)
    assert drafted().input_hash == drafted().input_hash
