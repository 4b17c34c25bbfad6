"""Lines under accrual terms: divided with their invoice, once, whatever the firm pays and when."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.agreement import NewGrant
from ledger.core.invoice_correction import LineTitle
from ledger.core.own_funds import OwnFundsTooSmall
from ledger.core.party import NewEntrustment
from ledger.core.recoup_agreement import NewAdvance, NewRecoupGroup
from ledger.services import auditing, billing, closing, reissuing
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.services.accruals import put, used
from tests.services.money import (
    BANK_NAMES,
    DECEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    noon,
    receive,
    release,
    sell,
    settle,
    statements,
    total_of,
)

NOVEMBER_10, NOVEMBER_20, DECEMBER_20 = date(2026, 11, 10), date(2026, 11, 20), date(2026, 12, 20)


def is_sound(database: Database) -> bool:
    """Tell whether every invariant holds."""
    return not any(auditing.audit(database).values())


def mixed(database: Database) -> str:
    """Sell one work on each basis to one firm: 60,000 by accrual and 40,000 by cash."""
    house(database)
    put(database, 100_000)
    sell(database, 60_000, work="drama", recognition="accrual")
    sell(database, 40_000, work="film")
    (invoice,) = bill(database)
    return invoice


def test_an_accrued_line_is_divided_whole_while_its_firm_has_paid_nothing(
    database: Database,
) -> None:
    house(database)
    put(database, 101_200)
    sell(database, 100_000, recognition="accrual")
    (invoice,) = bill(database)
    settled = settle(database, OCTOBER)
    assert (settled.received_minor, settled.admin_fee_minor) == (110_000, 8_800)
    assert used(statements(database)["hoshino"]) == [("accrued", 100_000)]
    assert settled.run_reference is not None
    release(database, settled.run_reference)
    assert balances(database) == {
        "receivable:studio-a": 110_000,
        "own_funds": -101_200,
        "admin_fee": -8_000,
        "output_tax": -800,
    }
    receive(database, invoice)
    again = settle(database)
    assert (again.receipt_count, again.received_minor, again.statements) == (1, 0, ())
    assert balances(database) == {
        "bank": 110_000,
        "own_funds": -101_200,
        "admin_fee": -8_000,
        "output_tax": -800,
    }
    assert is_sound(database)


@pytest.mark.parametrize(
    ("first", "of_cash_line"),
    [
        (33_000, 12_000),  # 40 % of 30,000 before tax.
        (1, 0),  # The yen goes to the line listed first.
        (109_999, 40_000),  # Only the last yen of the other line lacks.
    ],
)
def test_of_a_mixed_invoice_only_cash_lines_follow_what_is_paid(
    database: Database, first: int, of_cash_line: int
) -> None:
    invoice = mixed(database)
    settle(database, OCTOBER)
    assert used(statements(database)["hoshino"]) == [("accrued", 60_000)]
    receive(database, invoice, amount_minor=first, on=NOVEMBER_20, external_reference="part 1")
    settle(database)
    receive(
        database, invoice, amount_minor=110_000 - first, on=DECEMBER_20, external_reference="rest"
    )
    settle(database, DECEMBER)
    found = rows(database, "SELECT receipts_minor FROM holder_settlement ORDER BY settlement_id")
    later = [amount for (amount,) in found[1:]]
    assert found[0] == (60_000,)
    assert sum(later) == 40_000
    assert later[0] == of_cash_line or later == [40_000]
    assert "receivable:studio-a" not in balances(database)
    assert is_sound(database)


def test_too_much_and_a_bank_fee_change_nothing_of_what_is_accrued(database: Database) -> None:
    invoice = mixed(database)
    settle(database, OCTOBER)
    receive(database, invoice, amount_minor=120_000, on=NOVEMBER_20, overpaid=True)
    settle(database)
    assert used(statements(database)["hoshino"]) == [("invoice", 40_000)]
    assert balances(database)["credits:studio-a"] == -10_000
    assert is_sound(database)


def test_what_is_paid_before_the_settlement_is_divided_once(database: Database) -> None:
    house(database)
    sell(database, 60_000, work="drama", recognition="accrual")
    sell(database, 40_000, work="film")
    (invoice,) = bill(database)
    receive(database, invoice, on=NOVEMBER_20)
    settle(database)  # Of November: the month of use is closed, its invoice issued and paid.
    assert used(statements(database)["hoshino"]) == [("accrued", 60_000), ("invoice", 40_000)]
    assert is_sound(database)


def test_an_invoice_that_is_issued_after_the_statements_waits_for_the_next_ones(
    database: Database,
) -> None:
    house(database)
    put(database, 100_000)
    sell(database, 60_000, recognition="accrual")
    closing.close_month(database, month=OCTOBER, closed_by="keiri", closed_at=OCTOBER.ends_at)
    billing.issue_invoices(
        database,
        month=OCTOBER,
        issued_on=date(2026, 11, 11),
        due_on=date(2026, 11, 30),
        recorded_at=noon(date(2026, 11, 11)),
        bank_names=BANK_NAMES,
    )
    assert settle(database, OCTOBER).received_minor == 0  # Stated on the 10th.
    assert settle(database).received_minor == 66_000
    assert is_sound(database)


def test_what_is_held_for_others_does_not_pay_for_accrued_royalty(database: Database) -> None:
    house(database)
    sell(database, 1_000_000, licensee="studio-b")
    sell(database, 60_000, work="drama", recognition="accrual")
    _, of_b = sorted(bill(database))
    receive(database, of_b, on=date(2026, 12, 2))  # In the bank, and not to be settled yet.
    with pytest.raises(OwnFundsTooSmall) as refused:
        settle(database, OCTOBER)
    # The fee of 4,800 with its tax of 480 is the house's, so 60,720 of 66,000 lack.
    values = {name: str(value) for name, value in refused.value.values.items()}
    assert values == {
        "currency": "JPY",
        "advanced": "66000",
        "own": "5280",
        "lacking": "60720",
    }
    assert rows(database, "SELECT count(*) FROM settlement") == [(0,)]
    put(database, 60_719, reference="nearly")
    with pytest.raises(OwnFundsTooSmall):
        settle(database, OCTOBER)
    put(database, 1, reference="the last yen")
    assert settle(database, OCTOBER).payout_minor == 60_720
    assert is_sound(database)


def test_a_firm_that_has_paid_a_part_needs_so_much_less_of_the_house(database: Database) -> None:
    house(database)
    sell(database, 60_000, recognition="accrual")
    (invoice,) = bill(database)
    receive(database, invoice, amount_minor=60_720, on=NOVEMBER_10)
    assert settle(database, OCTOBER).payout_minor == 60_720
    assert is_sound(database)


def test_an_advance_that_is_not_paid_pays_accrued_lines_from_the_houses_money(
    database: Database,
) -> None:
    house(database)
    advance = NewAdvance(
        reference="signature", kind="guaranteed", amount_minor=50_000, due_on=date(2026, 10, 1)
    )
    group = NewRecoupGroup(
        reference="both", crossing="cross", grants=(0, 1), advances=(advance,), guarantees=()
    )
    builders.parties(database, builders.new_company("hoshino"), builders.new_company("minami"))
    builders.work(database, "drama", owner="hoshino")
    builders.work(database, "film", owner="minami")

    def fee(work: str, recognition: str) -> NewGrant:
        line = builders.new_rate_line(basis="fixed_month", rate=Decimal(20_000))
        terms = builders.new_terms(
            rate_lines=(line,), effective_from=OCTOBER.starts_at, recognition=recognition
        )
        return builders.new_grant(subjects=(work,), terms=terms)

    builders.license(
        database,
        starts_at=OCTOBER.starts_at,
        ends_at=OCTOBER.ends_at,
        grants=(fee("film", "cash"), fee("drama", "accrual")),
        recoup_groups=(group,),
    )
    (signature,) = billing.issue_advances(
        database,
        due_through=OCTOBER.last_day,
        issued_on=OCTOBER.last_day,
        due_on=date(2026, 11, 30),
        recorded_at=noon(OCTOBER.last_day),
        bank_names=BANK_NAMES,
    )
    sell(database, 1_000_000, work="opera", licensee="studio-b")
    (of_b,) = [each for each in bill(database) if total_of(database, each) == 1_100_000]
    receive(database, of_b, on=date(2026, 12, 2))
    with pytest.raises(OwnFundsTooSmall):
        settle(database, OCTOBER)
    put(database, 20_240)  # 22,000 less the fee of 1,600 with its tax of 160.
    settle(database, OCTOBER)
    assert used(statements(database)["hoshino"]) == [("recouped", 20_000)]
    assert "minami" not in statements(database)
    receive(database, signature, amount_minor=40_000, on=NOVEMBER_20)
    settle(database)  # The cash line stands first in the order, and is there now.
    assert used(statements(database)["minami"])[0] == ("recouped", 20_000)
    assert is_sound(database)


def test_what_waits_in_a_reserve_is_covered_and_released_like_any(database: Database) -> None:
    house(database)
    agreed = NewEntrustment(
        admin_fee_bp=800,
        effective_from=builders.STARTS_ON,
        reserve_bp=5_000,
        reserve_months=1,
    )
    builders.party(database, entrustment=agreed)
    sell(database, 60_000, recognition="accrual")
    (invoice,) = bill(database)
    put(database, 60_719)
    with pytest.raises(OwnFundsTooSmall):  # Half of it is not paid out yet, and is asked for.
        settle(database, OCTOBER)
    put(database, 1, reference="one more")
    assert settle(database, OCTOBER).payout_minor == 30_360
    settle(database)
    assert balances(database).get("reserves:hoshino", 0) == 0
    receive(database, invoice, on=DECEMBER_20)
    assert settle(database, DECEMBER).received_minor == 0
    assert is_sound(database)


def test_a_corrected_invoice_divides_nothing_again(database: Database) -> None:
    invoice = mixed(database)
    settle(database, OCTOBER)
    reissuing.reissue_invoice(
        database,
        invoice=invoice,
        reason="The title was wrong",
        corrected_by="keiri",
        corrected_at=noon(date(2026, 11, 12)),
        issued_on=date(2026, 11, 12),
        titles={1: LineTitle(title_ja="風の街", title_en="Windy Street")},
    )
    assert settle(database).received_minor == 0
    assert is_sound(database)
