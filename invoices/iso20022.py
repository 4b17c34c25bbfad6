"""
Transfers abroad as an ISO 20022 customer credit transfer (pain.001.001.09).

Frozen values in, the bank's file out. What the schema does not look at is looked at here:
the number of payments, their sum, the decimals of each currency, and the check digits of an
IBAN. A payee who can't be written is refused by name before there is a file.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from invoices.latin import latin
from invoices.zengin import NoPayments, NotABankingDay
from ledger.core.account_abroad import BicMalformed, CountryMalformed, check_number, is_bic
from ledger.core.money import Money, add_exactly
from ledger.core.refusal import Refusal

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

#: The clearing system of Japan in ISO's external code set, and the identifier of its banks.
_JAPAN = "JPZGN"

#: What a field has room for (pain.001.001.09: Max35Text, Max140Text, Max70Text).
_ID_MAX, _NAME_MAX, _ADDRESS_MAX, _ADDRESS_LINES_MAX = 35, 140, 70, 7

_ID = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]{1,35}", re.ASCII)
_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)

#: Who bears the banks' fees, in the words of the file: the payer, each its own, the payee.
_FEE_BEARERS = {"payer": "DEBT", "shared": "SHAR", "payee": "CRED"}


class TextTooLong(Refusal):
    """A text is longer than the file has room for; it is not cut, because a bank compares it."""

    code = "transfer_text_too_long"


class PaymentNotPositive(Refusal):
    """A transfer moves at least one minor unit."""

    code = "payment_not_positive"
    field = "amount"


class PaidTwice(Refusal):
    """Two payments of a file go by the same reference, so that the bank's answer names neither."""

    code = "payment_reference_twice"
    field = "end_to_end_id"


@dataclass(frozen=True, kw_only=True)
class AccountAbroad:
    """Where a payee abroad is paid: an IBAN, or a number as its own bank writes it."""

    iban: str | None
    number: str | None
    bic: str
    bank_name: str
    bank_country: str


@dataclass(frozen=True, kw_only=True)
class TransferAbroad:
    """One payment to one payee."""

    reference: str  # goes all the way and comes back in the bank's answer
    payee: str
    payee_country: str
    payee_address: tuple[str, ...]
    account: AccountAbroad
    amount: Money
    remittance: str  # what the payee reads


@dataclass(frozen=True, kw_only=True)
class PayerAccount:
    """The account that is debited, at a Japanese bank."""

    name: str
    bank_code: str  # four digits
    branch_code: str  # three digits
    account_number: str  # seven digits
    currency: str


@dataclass(frozen=True, kw_only=True)
class TransferOrder:
    """A file: payments out of one account on one day."""

    message_id: str
    created_at: datetime
    execute_on: date
    payer: PayerAccount
    fee_bearer: str  # "payer", "shared" or "payee"
    payments: tuple[TransferAbroad, ...]


def write(order: TransferOrder, *, is_banking_day: Callable[[date], bool]) -> bytes:
    """
    Return the file, in UTF-8; the same order gives the same bytes.

    :raises NoPayments: there is nobody to pay.
    :raises NotABankingDay: Japanese banks are closed on the day.
    :raises Refusal: a payment that can't be written, by the field at fault: see the module.
    """
    if not order.payments:
        raise NoPayments
    _check_day(order.execute_on, is_banking_day)
    _check_references(order.payments)
    root = Element("Document", {"xmlns": NAMESPACE})
    initiation = SubElement(root, "CstmrCdtTrfInitn")
    header = SubElement(initiation, "GrpHdr")
    _text(header, "MsgId", _identifier(order.message_id, field="message_id"))
    _text(header, "CreDtTm", order.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sums(header, order.payments)
    _text(SubElement(header, "InitgPty"), "Nm", _name(order.payer.name, field="payer"))
    # One block for each currency, so that its sum is an amount of money.
    currencies = dict.fromkeys(payment.amount.currency for payment in order.payments)
    for number, currency in enumerate(currencies, start=1):
        payments = [each for each in order.payments if each.amount.currency == currency]
        _block(initiation, order, number, payments)
    indent(root)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def check_account(account: AccountAbroad) -> None:
    """
    Look at an account abroad when it is entered, long before somebody is paid.

    :raises BicMalformed: the bank's identifier is no BIC.
    :raises IbanMalformed: the IBAN is none, or its check digits are wrong.
    :raises AccountNumberMalformed: there is no IBAN, and no number that a file can carry.
    :raises CountryMalformed: the bank's country is no code.
    :raises NameNotLatin: the bank's name has characters that no file can carry.
    """
    if not is_bic(account.bic):
        raise BicMalformed(bic=account.bic)
    if not _COUNTRY.fullmatch(account.bank_country):
        raise CountryMalformed(country=account.bank_country)
    _name(account.bank_name, field="bank_name")
    check_number(account.iban, account.number)


def _block(
    initiation: Element, order: TransferOrder, number: int, payments: Sequence[TransferAbroad]
) -> None:
    block = SubElement(initiation, "PmtInf")
    _text(block, "PmtInfId", _identifier(f"{order.message_id}-{number}", field="message_id"))
    _text(block, "PmtMtd", "TRF")
    _sums(block, payments)
    _text(SubElement(block, "ReqdExctnDt"), "Dt", order.execute_on.isoformat())
    payer = order.payer
    _text(SubElement(block, "Dbtr"), "Nm", _name(payer.name, field="payer"))
    account = SubElement(block, "DbtrAcct")
    other = SubElement(SubElement(account, "Id"), "Othr")
    _text(other, "Id", payer.account_number)
    _text(account, "Ccy", payer.currency)
    agent = SubElement(block, "DbtrAgt")
    member = SubElement(SubElement(agent, "FinInstnId"), "ClrSysMmbId")
    _text(SubElement(member, "ClrSysId"), "Cd", _JAPAN)
    _text(member, "MmbId", payer.bank_code)
    _text(SubElement(agent, "BrnchId"), "Id", payer.branch_code)
    _text(block, "ChrgBr", _FEE_BEARERS[order.fee_bearer])
    for payment in payments:
        _transfer(block, payment)


def check_transfer(payment: TransferAbroad) -> None:
    """
    Look at one payment as the file would have it, without a file.

    :raises Refusal: it cannot be written, by the field at fault.
    """
    _transfer(Element("PmtInf"), payment)


def _transfer(block: Element, payment: TransferAbroad) -> None:
    if payment.amount.minor <= 0:
        raise PaymentNotPositive(payee=payment.payee, amount=payment.amount.minor)
    check_account(payment.account)
    if not _COUNTRY.fullmatch(payment.payee_country):
        raise CountryMalformed(country=payment.payee_country)
    transfer = SubElement(block, "CdtTrfTxInf")
    identity = SubElement(transfer, "PmtId")
    _text(identity, "EndToEndId", _identifier(payment.reference, field="end_to_end_id"))
    amount = SubElement(transfer, "Amt")
    SubElement(amount, "InstdAmt", {"Ccy": payment.amount.currency}).text = str(
        payment.amount.to_decimal()
    )
    institution = SubElement(SubElement(transfer, "CdtrAgt"), "FinInstnId")
    _text(institution, "BICFI", payment.account.bic)
    _text(institution, "Nm", _name(payment.account.bank_name, field="bank_name"))
    _text(SubElement(institution, "PstlAdr"), "Ctry", payment.account.bank_country)
    creditor = SubElement(transfer, "Cdtr")
    _text(creditor, "Nm", _name(payment.payee, field="name_en"))
    address = SubElement(creditor, "PstlAdr")
    _text(address, "Ctry", payment.payee_country)
    for line in _address(payment.payee_address):
        _text(address, "AdrLine", line)
    identifier = SubElement(SubElement(transfer, "CdtrAcct"), "Id")
    if payment.account.iban is not None:
        _text(identifier, "IBAN", payment.account.iban)
    else:
        _text(SubElement(identifier, "Othr"), "Id", payment.account.number or "")
    remittance = _within(latin(payment.remittance, field="remittance"), _NAME_MAX, "remittance")
    _text(SubElement(transfer, "RmtInf"), "Ustrd", remittance)


def _address(lines: tuple[str, ...]) -> Iterable[str]:
    if len(lines) > _ADDRESS_LINES_MAX:
        raise TextTooLong(field="address_en", text=", ".join(lines), longest=_ADDRESS_LINES_MAX)
    return [_within(latin(line, field="address_en"), _ADDRESS_MAX, "address_en") for line in lines]


def _sums(parent: Element, payments: Sequence[TransferAbroad]) -> None:
    """State how many payments follow and their sum: ISO's hash total, whatever the currency."""
    _text(parent, "NbOfTxs", str(len(payments)))
    total: Decimal = add_exactly(payment.amount.to_decimal() for payment in payments)
    _text(parent, "CtrlSum", format(total, "f"))


def _check_day(day: date, is_banking_day: Callable[[date], bool]) -> None:
    if not is_banking_day(day):
        following = day
        while not is_banking_day(following):
            following = date.fromordinal(following.toordinal() + 1)
        raise NotABankingDay(transfer_on=day, next_banking_day=following)


def _check_references(payments: Iterable[TransferAbroad]) -> None:
    known: set[str] = set()
    for payment in payments:
        if payment.reference in known:
            raise PaidTwice(reference=payment.reference)
        known.add(payment.reference)


def _identifier(text: str, *, field: str) -> str:
    if not _ID.fullmatch(text):
        raise TextTooLong(field=field, text=text, longest=_ID_MAX)
    return text


def _name(text: str, *, field: str) -> str:
    return _within(latin(text, field=field), _NAME_MAX, field)


def _within(text: str, longest: int, field: str) -> str:
    if not 1 <= len(text) <= longest:
        raise TextTooLong(field=field, text=text, longest=longest)
    return text


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
