"""A closing month is divided on a real database: DOMAIN E3, E4, E6 and E8, to the yen."""

from datetime import date

import pytest

from ledger.core.registration import RegistrationPeriod
from ledger.core.statement import Statement
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.services.committees import ORIGINAL, committee, open_with_deficit
from tests.services.money import (
    BANK_NAMES,
    DECEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    receive,
    receive_all,
    release,
    sell,
    settle,
    statements,
)

REGISTERED = (RegistrationPeriod(number="T1234567890128", valid_from=date(2023, 10, 1)),)


def earnings(statement: Statement) -> list[tuple[str, int, int]]:
    """Return what a payee earned: category, amount, tax."""
    return [
        (row.category, row.amount_minor, row.tax_minor)
        for section in statement.sections
        for row in section.earnings
    ]


def settle_for(database: Database, amount_minor: int) -> dict[str, Statement]:
    """Let the committee's work earn an amount in October, and settle it."""
    sell(database, amount_minor, work="drama")
    receive_all(database, bill(database))
    settle(database)
    return statements(database)


def test_e8_everything_is_paid_and_the_bank_keeps_the_fee(database: Database) -> None:
    house(database)
    sell(database, 2_864_159)
    (invoice,) = bill(database)
    receive(database, invoice)
    settled = settle(database)
    assert (settled.received_minor, settled.admin_fee_minor) == (3_150_574, 252_045)
    assert settled.payout_minor == 2_898_529
    assert settled.run_reference is not None
    release(database, settled.run_reference)
    assert balances(database) == {
        "bank": 252_045,
        "admin_fee": -229_132,
        "output_tax": -22_913,
    }


def test_e8_the_journal_of_a_settlement_is_the_one_of_the_domain(database: Database) -> None:
    house(database)
    sell(database, 2_864_159)
    receive_all(database, bill(database))
    settle(database)
    posted = rows(
        database,
        """
        SELECT d.code, c.code, p.amount_minor, e.posted_on, e.source
        FROM entry e JOIN posting p USING (entry_id)
        JOIN account d ON d.account_id = p.debit_account_id
        JOIN account c ON c.account_id = p.credit_account_id
        WHERE e.kind = 'settlement' ORDER BY p.number
        """,
    )
    told = (date(2026, 12, 10), "SET-2026-11")
    assert posted == [
        ("holders", "admin_fee", 229_132, *told),
        ("holders", "output_tax", 22_913, *told),
        ("holders", "payable", 2_612_114, *told),
        ("holders_tax", "payable", 286_415, *told),
    ]


@pytest.mark.parametrize(
    ("preset", "amounts"),
    [
        (
            "fees_first",
            {
                "publisher": 1_314_814 + 1_467_884,  # 2,782,698 in all.
                "lead": 372_530 + 120_000 + 1_761_461,
                "press": 106_172,
                "author": 247_732,
                "writer": 123_866,
                "director": 70_780,
                "composer": 88_000,
                "broadcaster": 1_174_308,
                "studio": 880_731,
                "streamer": 587_154,
            },
        ),
        (
            "royalties_first",
            {
                "publisher": 1_199_716 + 1_472_119,
                "lead": 339_919 + 120_000 + 1_766_543,
                "press": 438_271 - 306_789,
                "author": 306_789,
                "writer": 153_395,
                "director": 87_654,
                "composer": 88_000,
                "broadcaster": 1_177_695,
                "studio": 883_272,
                "streamer": 588_848,
            },
        ),
    ],
)
def test_e3_a_committee_divides_by_its_contract_less_the_deficit_it_brings(
    database: Database, preset: str, amounts: dict[str, int]
) -> None:
    house(database)
    committee(database, preset=preset)
    open_with_deficit(database, -450_000)
    stated = settle_for(database, 8_765_432)
    assert {payee: stated[payee].settlement.earned_minor for payee in amounts} == amounts
    assert sum(amounts.values()) == 8_765_432 - 450_000
    assert balances(database)["holders:kaze-committee"] == -450_000  # It stays with the committee.
    assert rows(
        database,
        "SELECT deficit_in_minor, deficit_out_minor, distributed_after_minor"
        " FROM holder_settlement WHERE receipts_minor > 0",
    ) == [(-450_000, 0, 5_871_538 if preset == "fees_first" else 5_888_477)]


def test_e3_what_suppliers_leave_of_the_tax_goes_to_the_members(database: Database) -> None:
    house(database)
    committee(database)
    stated = settle_for(database, 8_765_432)
    taxes = {payee: earnings(statement) for payee, statement in stated.items()}
    assert taxes["author"] == [("original", 247_732, 0)]  # Not registered.
    assert taxes["writer"] == [("screenplay", 123_866, 12_386)]
    paid = sum(tax for rows_ in taxes.values() for _, _, tax in rows_)
    assert paid == 876_543
    assert "holders_tax:kaze-committee" not in balances(database)


@pytest.mark.parametrize(
    ("registrations", "tax", "payout"),
    [
        (REGISTERED, 25_085, 250_326),
        ((), 0, 225_241),  # Not registered: no tax is paid, and the base is the same.
    ],
)
def test_e4_an_author_below_the_minimum_waits_and_is_paid_with_the_next_month(
    database: Database, registrations: tuple[RegistrationPeriod, ...], tax: int, payout: int
) -> None:
    house(database)
    author = builders.new_person("author", registrations=registrations, minimum_payment_minor=5_000)
    builders.parties(database, author)
    committee(database, steps=(ORIGINAL,), members=(("lead", 1),))
    sell(database, 89_160, work="drama")  # 5 % are 4,458, of which the author has 70 %.
    sell(database, 7_078_080, work="drama", month=OCTOBER.next())  # 5 % are 353,904.

    receive_all(database, bill(database))
    settle(database)
    waiting = statements(database)["author"]
    assert waiting.settlement.carried_out_minor == 3_120
    assert waiting.settlement.payable_minor == waiting.settlement.withholding_minor == 0
    assert waiting.settlement.payout_minor == 0

    receive_all(database, bill(database, OCTOBER.next()), on=date(2026, 12, 25))
    settle(database, DECEMBER)
    paid = statements(database)["author"].settlement
    assert (paid.carried_in_minor, paid.earned_minor) == (3_120, 247_732)
    assert (paid.payable_minor, paid.carried_out_minor) == (250_852, 0)
    assert paid.consumption_tax_minor == tax
    assert (paid.withholding_base_minor, paid.withholding_minor) == (250_852, 25_611)
    assert paid.payout_minor == payout


def test_e4_a_company_receives_its_tax_and_nothing_is_withheld(database: Database) -> None:
    house(database)
    committee(database, steps=(ORIGINAL,), members=(("lead", 1),))
    press = settle_for(database, 7_078_080)["press"].settlement
    assert (press.payable_minor, press.consumption_tax_minor) == (106_172, 10_617)
    assert (press.withholding_minor, press.payout_minor) == (0, 116_789)


def test_e6_a_licensee_abroad_pays_no_tax_and_the_fee_bears_it(database: Database) -> None:
    house(database)
    builders.licensee(
        database,
        "studio-abroad",
        country="US",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
    )
    sell(database, 3_197_709, licensee="studio-abroad")
    receive_all(database, bill(database))
    settled = settle(database)
    assert settled.received_minor == 3_197_709
    assert settled.payout_minor == 2_916_312
    statement = statements(database)["hoshino"]
    assert earnings(statement) == [("royalty", 2_941_893, -25_581)]


def test_a_payee_abroad_is_taxed_at_the_rate_of_its_treaty(database: Database) -> None:
    house(database)
    builders.party(
        database,
        "hoshino",
        country="US",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
        treaty_rate_bp=1_000,
        treaty_form_filed_on=date(2026, 11, 1),
        entrustment=builders.new_company().entrustment,
    )
    sell(database, 1_000_000)
    receive_all(database, bill(database))
    settle(database)
    paid = statements(database)["hoshino"].settlement
    # The fee is an export: 8 % and no tax. Nor was any charged for a work from abroad.
    assert (paid.payable_minor, paid.consumption_tax_minor) == (920_000, 0)
    assert paid.withholding_base_minor == 920_000
    assert (paid.withholding_minor, paid.payout_minor) == (92_000, 828_000)


def test_a_deficit_is_worked_off_before_members_receive_anything(database: Database) -> None:
    house(database)
    committee(database, members=(("lead", 1),))
    for month, amount in ((OCTOBER, 100_000), (OCTOBER.next(), 1_000_000)):
        sell(database, amount, work="drama", month=month)
        receive_all(database, bill(database, month), on=month.next().last_day)
        # Nobody's bank is known in the first month, so that what is short is not paid out.
        settle(database, month.next(), bank_names=BANK_NAMES if month > OCTOBER else {})
    assert rows(
        database,
        "SELECT deficit_in_minor, deficit_out_minor, distributed_after_minor"
        " FROM holder_settlement ORDER BY settlement_id",
    ) == [
        (0, -133_507, 0),  # 80,750 of income less 6,257 of royalties and 208,000.
        (-133_507, 0, 536_919 - 133_507),
    ]
