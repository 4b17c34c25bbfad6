"""A run that pays at home and abroad: two files, each kept as it left."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from api.banking import bank_names, is_open_for_banking
from api.transfers import PayeeCannotBeWritten, pain_file, zengin_file
from invoices.iso20022 import NAMESPACE
from ledger.core.account_abroad import AccountTextNotLatin, IbanMalformed, TwoAccounts
from ledger.core.party import NewParty
from ledger.core.payout_refusal import PayoutsAlreadyReleased
from ledger.core.refusal import Refusal
from ledger.services import auditing, paying
from ledger.services.paying import PayoutFileEmpty
from ledger.store.database import Database
from tests import builders
from tests.core.test_account_abroad import account
from tests.rows import row_counts, rows
from tests.services.money import bill, house, noon, receive, release, sell, settle, statements

CLIENT_CODE = "1234567890"
IN = {"p": NAMESPACE}


def abroad(reference: str = "pemberton", **changes: Any) -> NewParty:
    """A house in London, paid by IBAN."""
    party = builders.new_company(
        reference,
        name_ja="ペンバートン",
        name_en="Pemberton Ltd.",
        country="GB",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
        address_en="1 Imaginary Lane, London",
        bank_account=None,
        account_abroad=account(),
        treaty_rate_bp=0,
        treaty_form_filed_on=date(2026, 4, 1),
    )
    return replace(party, **changes)


def planned(database: Database, *, at_home: bool = True) -> str:
    """Settle October's money of Hoshino in Japan, and of Pemberton abroad; return the run."""
    house(database)
    builders.parties(database, abroad())
    builders.work(database, "london-fog", owner="pemberton")
    sell(database, 50_000, work="london-fog")
    if at_home:
        sell(database, 100_000)
    for invoice in bill(database):
        receive(database, invoice)
    settled = settle(database, bank_names=bank_names(), is_banking_day=is_open_for_banking)
    assert settled.run_reference is not None
    return settled.run_reference


def test_a_run_is_split_by_rail_and_both_files_are_kept(database: Database) -> None:
    run = planned(database)
    order = paying.order(database, run_reference=run)
    assert [each.payee.reference for each in order.at_home] == ["hoshino"]
    assert [each.payee.reference for each in order.abroad] == ["pemberton"]
    made_at = noon(order.pay_on)
    home, foreign = zengin_file(order, client_code=CLIENT_CODE), pain_file(order, made_at=made_at)
    assert foreign == pain_file(order, made_at=made_at)
    found = etree.fromstring(foreign)
    # 50,000 less 8 % are 46,000, and the tax that came with it less that on the fee 4,600. Filed
    # in time, the treaty withholds nothing.
    amounts = [(each.text, each.get("Ccy")) for each in found.iterfind(".//p:InstdAmt", IN)]
    assert amounts == [(str(order.abroad[0].amount_minor), "JPY")]
    assert [each.text for each in found.iterfind(".//p:CdtrAcct//p:IBAN", IN)] == [
        "GB82WEST12345698765432"
    ]
    assert [each.text for each in found.iterfind(".//p:BICFI", IN)] == ["WESTGB2L"]
    before = row_counts(database)
    for missing in (None, b""):
        with pytest.raises(PayoutFileEmpty):
            release(database, run, file_content=home, abroad_content=missing)
    assert row_counts(database) == before
    release(database, run, file_content=home, abroad_content=foreign)
    kept = rows(database, "SELECT file_content, abroad_content FROM payout_release")
    assert kept == [(home, foreign)]
    assert paying.released_files(database, run_reference=run) == (home, foreign)
    with pytest.raises(PayoutsAlreadyReleased):
        release(database, run, file_content=home, abroad_content=foreign)
    assert not any(auditing.audit(database).values())


def test_a_run_that_pays_only_abroad_has_one_file(database: Database) -> None:
    run = planned(database, at_home=False)
    order = paying.order(database, run_reference=run)
    assert order.at_home == ()
    foreign = pain_file(order, made_at=noon(order.pay_on))
    with pytest.raises(PayoutFileEmpty):
        release(database, run, file_content=foreign, abroad_content=foreign)
    release(database, run, file_content=foreign)
    assert paying.released_files(database, run_reference=run) == (foreign,)


def test_the_statement_names_the_bank_abroad(database: Database) -> None:
    planned(database)
    pay_to = statements(database)["pemberton"].pay_to
    assert pay_to is not None
    assert (pay_to.bic, pay_to.account_type, pay_to.number, pay_to.bank_name_en) == (
        "WESTGB2L",
        "iban",
        "GB82WEST12345698765432",
        "Western Imaginary Bank plc",
    )
    assert statements(database)["hoshino"].pay_to is not None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"account_abroad": account(iban="GB82WEST12345698765431")}, IbanMalformed),
        ({"bank_account": builders.new_bank_account()}, TwoAccounts),
        ({"address_en": "ロンドン"}, AccountTextNotLatin),
    ],
)
def test_a_party_with_an_account_that_cannot_be_paid_to_is_not_entered(
    database: Database, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    before = row_counts(database)
    with pytest.raises(refusal):
        builders.parties(database, abroad(**changes))
    assert row_counts(database) == before


def test_a_payee_who_cannot_be_written_is_named_before_there_is_a_file(
    database: Database,
) -> None:
    run = planned(database)
    order = paying.order(database, run_reference=run)
    (payment,) = order.abroad
    unwritable = replace(payment, payee=replace(payment.payee, address_en="東京"))
    with pytest.raises(PayeeCannotBeWritten) as refused:
        pain_file(replace(order, payments=(unwritable,)), made_at=noon(order.pay_on))
    assert refused.value.values == {"payee": "pemberton"}
