"""
A firm that pays as it can: a part, the rest and too much, from what is over, short by a fee.

Studio A has two works for October, 60,000 and 40,000, and one for November, 10,000; tax is 10 %.
Every figure is written out beside its reason.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.period import TOKYO
from ledger.core.recoup_agreement import NewAdvance, NewRecoupGroup, NewShare
from ledger.services import auditing, billing, crediting, refunding
from ledger.services.crediting import CreditBeyondInvoice, CreditTooSmall
from ledger.store.database import Database
from tests import builders
from tests.rows import row_counts, rows
from tests.scenarios.test_advances_ended import APRIL, JUNE, run, sign
from tests.services.firms import firm
from tests.services.money import (
    BANK_NAMES,
    DECEMBER,
    NOVEMBER,
    balances,
    bill,
    house,
    noon,
    receive,
    release,
    sell,
    settle,
    statements,
)
from tests.services.test_correcting import correct, instead
from tests.services.usage import generation

#: After April was closed and settled.
MAY = datetime(2026, 5, 20, tzinfo=TOKYO)

pytestmark = pytest.mark.usefixtures("worked_out_again")

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


def bear_fees(database: Database, *, bearer: str, up_to_minor: int) -> None:
    """Agree from the beginning who bears what banks keep."""
    crediting.agree_fees(
        database,
        licensee="studio-a",
        currency="JPY",
        effective_from=date(2026, 10, 1),
        bearer=bearer,
        up_to_minor=up_to_minor,
        agreed_by="keiri",
        agreed_at=noon(date(2026, 10, 1)),
    )


@pytest.mark.parametrize("works", [("comic", "novel"), ("novel", "comic")])
def test_what_a_month_takes_back_of_an_advance_is_there_for_what_it_pays(
    database: Database, works: tuple[str, str]
) -> None:
    """One work takes back 40 in the month in which the others use up the advance."""
    house(database)
    for work in works:
        builders.work(database, work, owner=f"owner-of-{work}")
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(rate=1),))
    group = NewRecoupGroup(
        reference="one",
        crossing="single",
        grants=(0,),
        advances=(
            NewAdvance(
                reference="advance",
                kind="guaranteed",
                amount_minor=1_000,
                due_on=APRIL.first_day,
                recouped_from=(NewShare(grant=0),),
            ),
        ),
    )
    grant = builders.new_grant(subjects=works, terms=terms)
    builders.license(database, grants=(grant,), recoup_groups=(group,))
    advances = billing.issue_advances(
        database,
        due_through=APRIL.last_day,
        issued_on=APRIL.first_day,
        due_on=APRIL.last_day,
        recorded_at=noon(APRIL.first_day),
        bank_names=BANK_NAMES,
    )
    receive(database, advances[0], on=APRIL.last_day)
    studio = firm(database, "studio-a")
    first, second = (
        generation(count, on=APRIL.last_day, subjects=(work,), event_id=work)
        for work, count in zip(works, (900, 60), strict=True)
    )
    studio.report(first, second, at=APRIL.ends_at)
    bill(database, APRIL)
    settle(database, APRIL)
    for event, count in ((first, 940), (second, 20)):
        correct(studio, instead(event._replace(quantity=Decimal(count))), recorded_at=MAY)
    late = generation(40, on=APRIL.last_day, subjects=(works[0],), event_id="late")
    studio.report(late, at=MAY)
    bill(database, APRIL.next())
    settle(database, APRIL.next())
    assert "advances:studio-a" not in balances(database)
    assert auditing.audit(database) == SOUND


@pytest.fixture
def invoices(database: Database) -> tuple[str, str]:
    """October's invoice over 110,000, and November's over 11,000."""
    house(database)
    builders.work(database, "other", owner="minami")
    sell(database, 60_000)
    sell(database, 40_000, work="other")
    sell(database, 10_000, month=NOVEMBER)
    (october,) = bill(database)
    (november,) = bill(database, NOVEMBER)
    return october, november


def test_a_part_the_rest_and_what_is_over(database: Database, invoices: tuple[str, str]) -> None:
    october, november = invoices
    # 33,333 of 110,000: 18,181.6 and 1,818.2 of the first work, 12,121.1 and 1,212.1 of the other;
    # the yen that is left goes to the largest remainder, the first.
    part = receive(database, october, amount_minor=33_333)
    assert (part.applied_minor, part.credit_minor) == (33_333, 0)
    parts = rows(database, "SELECT amount_minor, tax_minor FROM receipt_part ORDER BY number")
    assert parts == [(18_182, 1_818), (12_121, 1_212)]
    assert balances(database)["receivable:studio-a"] == 110_000 - 33_333 + 11_000
    assert rows(database, "SELECT event FROM outbox WHERE event = 'invoice.paid'") == []

    first = settle(database)
    assert first.received_minor == 33_333
    told = statements(database)
    # The house's 8 %: 1,454 of 18,182 and 969 of 12,121, each truncated; their tax 145 and 96.
    assert told["hoshino"].settlement.payable_minor == 18_182 - 1_454
    assert told["hoshino"].settlement.consumption_tax_minor == 1_818 - 145
    assert told["minami"].settlement.payable_minor == 12_121 - 969
    assert told["minami"].settlement.consumption_tax_minor == 1_212 - 96
    (row,) = told["hoshino"].sections[0].usage
    assert (row.royalty_minor, row.part_of_minor) == (18_182, 60_000)
    assert first.run_reference is not None
    release(database, first.run_reference)

    # The rest is 76,667, and 500 more came.
    rest = receive(database, october, on=date(2026, 12, 25), amount_minor=77_167, overpaid=True)
    assert (rest.applied_minor, rest.credit_minor) == (76_667, 500)
    assert balances(database)["credits:studio-a"] == -500
    paid = rows(
        database,
        "SELECT sum(amount_minor), sum(tax_minor) FROM receipt_part GROUP BY number"
        " ORDER BY number",
    )
    assert paid == [(60_000, 6_000), (40_000, 4_000)]
    assert len(rows(database, "SELECT event FROM outbox WHERE event = 'invoice.paid'")) == 1

    # November's 11,000: 500 from what is over, and a transfer of which a bank kept 660.
    bear_fees(database, bearer="house", up_to_minor=880)
    used: dict[str, Any] = {
        "invoice_reference": november,
        "used_by": "keiri",
        "used_at": noon(date(2026, 12, 28)),
    }
    assert crediting.use_credit(database, amount_minor=500, **used) == 0
    short = receive(database, november, on=date(2026, 12, 30), amount_minor=9_840)
    assert (short.applied_minor, short.bank_fee_minor, short.credit_minor) == (10_500, 660, 0)

    second = settle(database, DECEMBER)
    assert (second.receipt_count, second.received_minor) == (3, 76_667 + 11_000)
    told = statements(database)
    # 41,818 and 10,000 of the first work, 3,345 and 800 of it the house's; what a bank kept is not
    # the rights holder's affair.
    (section,) = told["hoshino"].sections
    assert [(row.royalty_minor, row.part_of_minor) for row in section.usage] == [
        (41_818, 60_000),
        (10_000, None),
    ]
    assert section.admin_fee_minor == 4_145  # 8 % of 51,818, once.
    assert auditing.audit(database) == SOUND
    assert second.run_reference is not None
    release(database, second.run_reference)

    fees = 1_454 + 969 + 4_145 + 2_230  # 8 % of 27,879 is 2,230.
    fee_taxes = 145 + 96 + 414 + 223
    assert balances(database) == {
        "bank": fees + fee_taxes - 660,
        "bank_fees": 660,
        "admin_fee": -fees,
        "output_tax": -fee_taxes,
    }
    assert auditing.audit(database) == SOUND


@pytest.mark.parametrize(
    ("bearer", "up_to_minor", "paid_minor", "fee_minor"),
    [
        (None, 0, 109_340, 0),  # Nothing is agreed: 660 stay owed.
        ("firm", 880, 109_340, 0),  # The firm bears it: 660 stay owed.
        ("house", 660, 109_340, 660),  # Just as much as the house bears.
        ("house", 659, 109_340, 0),  # A yen more than it does.
        ("house", 880, 110_000, 0),  # Nothing lacks.
    ],
)
def test_what_a_bank_keeps_is_borne_as_agreed_and_never_guessed(
    database: Database,
    invoices: tuple[str, str],
    bearer: str | None,
    up_to_minor: int,
    paid_minor: int,
    fee_minor: int,
) -> None:
    october, _ = invoices
    if bearer is not None:
        bear_fees(database, bearer=bearer, up_to_minor=up_to_minor)
    recorded = receive(database, october, amount_minor=paid_minor)
    assert recorded.bank_fee_minor == fee_minor
    assert balances(database)["receivable:studio-a"] == 121_000 - paid_minor - fee_minor
    assert auditing.audit(database) == SOUND


def test_what_is_over_goes_back_to_the_firm(database: Database, invoices: tuple[str, str]) -> None:
    october, november = invoices
    receive(database, october, amount_minor=115_000, overpaid=True)
    receive(
        database, october, on=date(2026, 11, 28), amount_minor=7_000, overpaid=True
    )  # Paid twice: all of it is over.
    credits = crediting.list_credits(database)
    assert [(each.licensee, each.amount_minor) for each in credits] == [("studio-a", 12_000)]
    before = row_counts(database)
    asked: dict[str, Any] = {"returned_by": "keiri", "returned_at": noon(date(2026, 12, 28))}
    whose: dict[str, Any] = {"licensee": "studio-a", "currency": "JPY"}
    with pytest.raises(CreditTooSmall) as refused:
        crediting.return_credit(database, amount_minor=12_001, **whose, **asked)
    assert refused.value.values["credit"] == "12000"
    used: dict[str, Any] = {
        "invoice_reference": november,
        "used_by": "keiri",
        "used_at": noon(date(2026, 12, 28)),
    }
    with pytest.raises(CreditBeyondInvoice):
        crediting.use_credit(database, amount_minor=11_001, **used)
    assert row_counts(database) == before
    assert crediting.use_credit(database, amount_minor=11_000, **used) == 1_000
    assert crediting.return_credit(database, amount_minor=1_000, **whose, **asked) == 0
    assert balances(database)["refunds:studio-a"] == -1_000
    refunding.record_refund(
        database,
        licensee="studio-a",
        amount_minor=1_000,
        currency="JPY",
        transferred_on=date(2026, 12, 29),
        bank_reference="B-1",
        recorded_by="keiri",
        recorded_at=noon(date(2026, 12, 29)),
    )
    assert "refunds:studio-a" not in balances(database)
    assert auditing.audit(database) == SOUND


def test_an_advance_that_is_paid_in_part_is_passed_on_as_far_as_it_came(
    database: Database,
) -> None:
    # Half of 1,100,000 came: 500,000 and their tax. Of June's royalty the novel's 400,000 are
    # covered; the comic's 200,000 after them wait, and so does what the license's end leaves.
    agreed = NewAdvance(
        reference="loan", kind="guaranteed", amount_minor=1_000_000, due_on=APRIL.first_day
    )
    group = NewRecoupGroup(reference="both", crossing="cross", grants=(0, 1), advances=(agreed,))
    sign(database, group)
    (invoice,) = issue_advances(database)
    receive(database, invoice, on=APRIL.last_day, amount_minor=550_000)
    run(database, {JUNE: {"novel": 400_000, "comic": 200_000}})
    assert sum_received(database) == {"hoshino": 400_000}
    # What stays on the account of advances is all that was not passed on, with its tax.
    assert balances(database)["advances:studio-a"] == -(1_100_000 - 440_000)
    assert auditing.audit(database) == SOUND

    receive(database, invoice, on=date(2026, 11, 27), amount_minor=550_000)
    settle(database, NOVEMBER)
    # The rest of 400,000 is shared as the two earned: two to one.
    assert sum_received(database) == {
        "hoshino": 400_000 + 266_667,
        "minami": 200_000 + 133_333,
    }
    assert "advances:studio-a" not in balances(database)
    assert auditing.audit(database) == SOUND


def issue_advances(database: Database) -> list[str]:
    return billing.issue_advances(
        database,
        due_through=APRIL.first_day,
        issued_on=APRIL.first_day,
        due_on=APRIL.last_day,
        recorded_at=noon(APRIL.first_day),
        bank_names=BANK_NAMES,
    )


def sum_received(database: Database) -> dict[str, int]:
    """Return what every rights holder's settlements took in, tax-exclusive."""
    found = rows(
        database,
        "SELECT p.reference, sum(h.receipts_minor) FROM holder_settlement h"
        " JOIN party p ON p.party_id = h.owner_id GROUP BY 1 HAVING sum(h.receipts_minor) <> 0",
    )
    return {holder: int(amount) for holder, amount in found}
