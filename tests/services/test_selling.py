"""The house as principal: it sells in its own name, and buys from the holder what it sells."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.core.capacity import Capacity
from ledger.core.earning import EarningKind
from ledger.core.explanation_tree import Step, Value
from ledger.core.fee_invoice import FeeInvoice
from ledger.core.journal import AccountCode
from ledger.core.notice import NoticeForm, PaymentNotice
from ledger.core.party import NewParty, ReserveWithPrincipal
from ledger.services import auditing, charging, entrusting, noticing
from ledger.services.entrusting import LaterEntrustment
from ledger.store.database import Database
from tests import builders
from tests.services import money
from tests.services.billed import balances, invoice
from tests.services.explained import explained
from tests.services.test_capacities import entrusted

SELLS = entrusted("principal")
ABROAD = {
    "country": "FR",
    "has_jp_establishment": False,
    "corporate_number": None,
    "registrations": (),
}


def sold(database: Database, holder: NewParty, amount_minor: int = 100_000) -> list[str]:
    """Sell a work of a holder for a month as principal, and settle it; return the invoices."""
    money.house(database)
    builders.parties(database, replace(holder, minimum_payment_minor=0, entrustment=SELLS))
    builders.work(database, "kaze-no-machi", owner=holder.reference)
    money.sell(database, amount_minor)
    references = money.bill(database)
    money.receive_all(database, references)
    money.settle(database)
    return references


def own(database: Database) -> dict[str, int]:
    """Return the balances of what the house has for itself."""
    return {str(code): minor for (code, party), minor in balances(database).items() if not party}


@pytest.mark.parametrize(
    ("holder", "cost", "tax", "form"),
    [
        # A registered payee gets tax on what it is paid, and the house deducts all of it.
        (builders.new_company("hoshino"), "royalty_cost", 9_200, NoticeForm.PURCHASE_STATEMENT),
        # What of an unregistered payee's amount is deducted is the house's affair alone.
        (builders.new_company("hoshino", registrations=()), "royalty_cost_unregistered", 0,
         NoticeForm.PAYMENT_NOTICE),
        (builders.new_person("minami"), "royalty_cost_unregistered", 0, NoticeForm.PAYMENT_NOTICE),
        # A license from abroad is outside the scope, although the house licenses it on in Japan.
        (builders.new_company("harbor", **ABROAD), "royalty_cost_abroad", 0, NoticeForm.ABROAD),
    ],
)  # fmt: skip
def test_a_sale_and_its_purchase_are_the_houses_own(
    database: Database, holder: NewParty, cost: str, tax: int, form: NoticeForm
) -> None:
    (reference,) = sold(database, holder)
    frozen = invoice(database, reference)
    assert frozen.capacity is Capacity.PRINCIPAL
    assert not frozen.on_behalf
    # The house's own supply: taxed in Japan and qualified, whoever the holder is.
    assert [(t.treatment, t.is_qualified, t.tax_minor) for t in frozen.taxes] == [
        ("standard", True, 10_000)
    ]
    found = own(database)
    assert found["sales"] == -100_000
    assert found["output_tax"] == -10_000
    assert found[cost] == 92_000
    assert found.get("input_tax", 0) == tax
    held = {code for code, _ in balances(database)}
    assert not held & {AccountCode.HOLDERS, AccountCode.HOLDERS_TAX, AccountCode.ADMIN_FEE}
    stated = money.statements(database)[holder.reference]
    (section,) = stated.sections
    assert (section.sold_minor, section.margin_minor) == (100_000, 8_000)
    assert (section.receipts_tax_minor, section.purchase_tax_minor) == (0, tax)
    assert stated.settlement.consumption_tax_minor == tax
    assert not any(auditing.audit(database).values())
    if form is not NoticeForm.ABROAD:
        notice = noticed(database)
        assert notice.form is form
        assert (notice.rows[0].gross_minor, notice.rows[0].fee_minor) == (None, None)
    assert charged(database) == []  # Its margin is no fee.


def noticed(database: Database) -> PaymentNotice:
    money.release(database, "PAY-2026-11")
    paid_on = date(2026, 12, 25)
    (notice,) = noticing.issue_notices(
        database,
        run_reference="PAY-2026-11",
        issued_by="keiri",
        issued_on=paid_on,
        issued_at=money.noon(paid_on),
    )
    return notice


def charged(database: Database) -> list[FeeInvoice]:
    return list(
        charging.issue_fee_invoices(
            database, closing_month=money.NOVEMBER, issued_on=date(2026, 12, 25)
        )
    )


def test_small_months_of_a_registered_payee_are_taxed_once_on_what_is_paid(
    database: Database,
) -> None:
    money.house(database)
    company = builders.new_company("hoshino", minimum_payment_minor=50, entrustment=SELLS)
    builders.parties(database, company)
    builders.work(database, "kaze-no-machi", owner="hoshino")
    money.sell(database, 49)  # Less the margin of 3: 46, whose tax is 4.
    first = money.bill(database)
    money.sell(database, 49, month=money.NOVEMBER)
    money.receive_all(database, first)
    money.settle(database)
    second = money.bill(database, money.NOVEMBER)
    money.receive_all(database, second, on=date(2026, 12, 20))
    money.settle(database, money.DECEMBER)
    stated = money.statements(database)["hoshino"]
    assert stated.settlement.payable_minor == 92
    assert stated.settlement.consumption_tax_minor == 9  # Twice 4 would lose a yen.
    assert stated.sections[0].earnings[0].tax_minor == 5
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("is_registered", "tax"),
    [
        (True, 9_200),
        (False, 0),  # One member without a registration makes the committee one without.
    ],
)
def test_a_committee_divides_what_the_house_pays_for_it(
    database: Database, is_registered: bool, tax: int
) -> None:
    money.house(database)
    lead = builders.new_company("lead", minimum_payment_minor=0)
    builders.parties(database, lead if is_registered else replace(lead, registrations=()))
    party = replace(builders.new_committee().party, entrustment=SELLS)
    builders.committee(database, party=party)
    builders.work(database, "kaze-no-machi", owner="kaze-committee")
    money.sell(database, 100_000)
    money.receive_all(database, money.bill(database))
    money.settle(database)
    found = own(database)
    cost = "royalty_cost" if is_registered else "royalty_cost_unregistered"
    assert (found[cost], found.get("input_tax", 0)) == (92_000, tax)
    stated = money.statements(database)
    paid = [each for of in stated.values() for section in of.sections for each in section.earnings]
    assert sum(each.amount_minor for each in paid) == 92_000
    assert sum(each.tax_minor for each in paid) == tax
    assert not any(auditing.audit(database).values())


def test_what_was_billed_before_a_change_is_settled_as_it_was_billed(database: Database) -> None:
    money.house(database)
    builders.parties(database, builders.new_company("hoshino", minimum_payment_minor=0))
    builders.work(database, "kaze-no-machi", owner="hoshino")
    money.sell(database, 100_000)
    money.sell(database, 50_000, month=money.NOVEMBER)
    october = money.bill(database)
    terms = entrusted("principal", effective_from=date(2026, 11, 1))
    entrusting.change_entrustments(
        database, changes=[LaterEntrustment(party="hoshino", terms=terms)]
    )
    november = money.bill(database, money.NOVEMBER)
    paid_on = date(2026, 12, 10)
    money.receive_all(database, [*october, *november], on=paid_on)
    money.settle(database, money.DECEMBER)
    found = own(database)
    assert (found["admin_fee"], found["sales"], found["royalty_cost"]) == (-8_000, -50_000, 46_000)
    # 10,000 less the fee's 800 of what was collected; 4,600 on what was bought.
    stated = money.statements(database)["hoshino"]
    assert stated.settlement.consumption_tax_minor == 9_200 + 4_600
    (section,) = stated.sections
    assert (section.sold_minor, section.margin_minor) == (50_000, 4_000)
    assert not any(auditing.audit(database).values())


def test_a_principal_holds_nothing_in_reserve(database: Database) -> None:
    builders.parties(database, builders.new_company("hoshino"))
    terms = replace(SELLS, effective_from=date(2026, 11, 1), reserve_bp=1_000, reserve_months=2)
    with pytest.raises(ReserveWithPrincipal) as refused:
        entrusting.change_entrustments(
            database, changes=[LaterEntrustment(party="hoshino", terms=terms)]
        )
    assert refused.value.field == "terms.reserve_bp"


def test_an_explanation_tells_sale_margin_and_purchase(database: Database) -> None:
    (reference,) = sold(database, builders.new_company("hoshino"))
    step = explained(database, reference)
    said = {(each.code, each.text) for each in values(step)}
    assert ("capacity", "principal") in said


def values(step: Step) -> list[Value]:
    return [*step.values, *(value for each in step.steps for value in values(each))]


def test_what_is_bought_of_a_direct_holder_is_a_supply(database: Database) -> None:
    sold(database, builders.new_company("hoshino"))
    with database.transaction() as session:
        kinds = session.connection().exec_driver_sql("SELECT DISTINCT kind FROM earning").all()
    assert [kind for (kind,) in kinds] == [EarningKind.SUPPLY]
