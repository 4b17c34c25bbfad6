"""Transfers abroad: the file against the published schema, and what the schema lets through."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sepaxml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from invoices import iso20022
from invoices.iso20022 import AccountAbroad, PayerAccount, TransferAbroad, TransferOrder
from invoices.latin import NameNotLatin, latin
from invoices.zengin import NoPayments, NotABankingDay
from ledger.core.money import Money
from ledger.core.refusal import Refusal

IN = {"p": iso20022.NAMESPACE}
ACCOUNT = AccountAbroad(
    iban="GB82WEST12345698765432",
    number=None,
    bic="WESTGB2L",
    bank_name="Western Imaginary Bank plc",
    bank_country="GB",
)
PAYMENT = TransferAbroad(
    reference="PAY-2026-11-0001",
    payee="Éditions de la Lune & Fils",
    payee_country="GB",
    payee_address=("12 Nowhere Street", "London ZZ1 1ZZ"),
    account=ACCOUNT,
    amount=Money(1_000_000),
    remittance="Royalty 2026-11 STM-2026-11-0001",
)
ORDER = TransferOrder(
    message_id="RUN-2026-11-0001",
    created_at=datetime(2026, 12, 1, 0, 30, tzinfo=UTC),
    execute_on=date(2026, 12, 28),
    payer=PayerAccount(
        name="Generative Use Rights Office (GURO)",
        bank_code="9998",
        branch_code="101",
        account_number="1234567",
        currency="JPY",
    ),
    fee_bearer="payer",
    payments=(PAYMENT,),
)


def is_open(day: date) -> bool:
    return day.weekday() < 5


def written(order: TransferOrder) -> bytes:
    return iso20022.write(order, is_banking_day=is_open)


def read(order: TransferOrder) -> etree._Element:
    return etree.fromstring(written(order))


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    folder = Path(sepaxml.__file__).parent / "schemas"
    return etree.XMLSchema(etree.parse(folder / "pain.001.001.09.xsd"))


def test_the_file_is_valid_by_the_published_schema(schema: etree.XMLSchema) -> None:
    by_number = replace(ACCOUNT, iban=None, number="000123456789", bic="EXMPUS33XXX")
    dollars = replace(PAYMENT, reference="PAY-2", account=by_number, amount=Money(123_456, "USD"))
    schema.assertValid(read(replace(ORDER, payments=(PAYMENT, dollars))))


@given(
    payee=st.text("abcXYZéüñø '(),.-+", min_size=1, max_size=60).filter(str.strip),
    minor=st.integers(1, 10**12),
    currency=st.sampled_from(["JPY", "USD", "KWD"]),
)
def test_whatever_is_written_is_valid(
    schema: etree.XMLSchema, payee: str, minor: int, currency: str
) -> None:
    payment = replace(PAYMENT, payee=payee, amount=Money(minor, currency))
    root = read(replace(ORDER, payments=(payment,)))
    schema.assertValid(root)
    amount = root.findtext(".//p:InstdAmt", namespaces=IN)
    assert Decimal(amount or "") == Money(minor, currency).to_decimal()


def test_the_payer_goes_by_the_codes_of_a_japanese_bank() -> None:
    agent = read(ORDER).find(".//p:DbtrAgt", IN)
    assert agent is not None
    assert agent.findtext(".//p:ClrSysId/p:Cd", namespaces=IN) == "JPZGN"
    assert agent.findtext(".//p:MmbId", namespaces=IN) == "9998"
    assert agent.findtext("p:BrnchId/p:Id", namespaces=IN) == "101"


def test_yen_have_no_decimals_and_every_sum_is_stated() -> None:
    others = [
        replace(PAYMENT, reference=f"PAY-{number}", amount=Money(number)) for number in range(1, 4)
    ]
    dollars = replace(PAYMENT, reference="PAY-USD", amount=Money(250, "USD"))
    root = read(replace(ORDER, payments=(*others, dollars)))
    assert [e.text for e in root.iterfind(".//p:InstdAmt", IN)] == ["1", "2", "3", "2.50"]
    assert [e.text for e in root.iterfind(".//p:NbOfTxs", IN)] == ["4", "3", "1"]
    assert [e.text for e in root.iterfind(".//p:CtrlSum", IN)] == ["8.50", "6", "2.50"]


def test_the_same_order_gives_the_same_bytes() -> None:
    assert written(ORDER) == written(ORDER)


def test_accents_fall_off_and_nothing_else_changes() -> None:
    assert read(ORDER).findtext(".//p:Cdtr/p:Nm", namespaces=IN) == "Editions de la Lune + Fils"


def test_nobody_to_pay_makes_no_file() -> None:
    with pytest.raises(NoPayments):
        written(replace(ORDER, payments=()))


def test_a_day_on_which_banks_are_closed_names_the_next() -> None:
    with pytest.raises(NotABankingDay) as caught:
        written(replace(ORDER, execute_on=date(2026, 12, 26)))
    assert caught.value.next_banking_day == date(2026, 12, 28)


def account(**changes: Any) -> Callable[[], TransferAbroad]:
    return lambda: replace(PAYMENT, account=replace(ACCOUNT, **changes))


@pytest.mark.parametrize(
    ("payment", "code", "field"),
    [
        (lambda: replace(PAYMENT, payee="月の出版"), "name_not_latin", "name_en"),
        (lambda: replace(PAYMENT, payee="A" * 141), "transfer_text_too_long", "name_en"),
        (lambda: replace(PAYMENT, payee=" "), "transfer_text_too_long", "name_en"),
        (lambda: replace(PAYMENT, amount=Money(0)), "payment_not_positive", "amount"),
        (lambda: replace(PAYMENT, amount=Money(-1)), "payment_not_positive", "amount"),
        (lambda: replace(PAYMENT, reference="P" * 36), "transfer_text_too_long", "end_to_end_id"),
        (lambda: replace(PAYMENT, payee_country="gb"), "bank_country_malformed", "country"),
        (lambda: replace(PAYMENT, payee_address=("x" * 71,)), "transfer_text_too_long",
         "address_en"),
        (lambda: replace(PAYMENT, payee_address=("x",) * 8), "transfer_text_too_long",
         "address_en"),
        (lambda: replace(PAYMENT, remittance="使用料"), "name_not_latin", "remittance"),
        # One digit changed, and two digits exchanged.
        (account(iban="GB82WEST12345698765433"), "iban_malformed", "iban"),
        (account(iban="GB82WEST12345698765423"), "iban_malformed", "iban"),
        (account(iban="GB82 WEST 1234 5698 7654 32"), "iban_malformed", "iban"),
        (account(iban="ＧＢ82WEST12345698765432"), "iban_malformed", "iban"),
        (account(iban=None, number=None), "account_number_malformed", "account_number"),
        (account(iban=None, number="1" * 35), "account_number_malformed", "account_number"),
        (account(bic="WESTGB2"), "bic_malformed", "bic"),
        (account(bic="WESTGB2L12"), "bic_malformed", "bic"),
        (account(bank_country="England"), "bank_country_malformed", "country"),
        (account(bank_name="西方銀行"), "name_not_latin", "bank_name"),
    ],
)  # fmt: skip
def test_a_payment_that_cannot_be_written_is_named(
    payment: Callable[[], TransferAbroad], code: str, field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        written(replace(ORDER, payments=(payment(),)))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_two_payments_of_one_reference_are_refused() -> None:
    with pytest.raises(iso20022.PaidTwice):
        written(replace(ORDER, payments=(PAYMENT, PAYMENT)))


@given(st.text(max_size=40))
def test_a_name_is_carried_or_refused(text: str) -> None:
    try:
        carried = latin(text, field="name_en")
    except NameNotLatin as refusal:
        assert refusal.values["character"]
        return
    assert carried.isascii()
    assert latin(carried, field="name_en") == carried
