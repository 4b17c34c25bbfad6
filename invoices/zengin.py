"""
The Zengin transfer order (総合振込): frozen values in, the bank's file out, and back again.

A value that exists can be written: everything is checked against the record layouts when it
is built. Nothing here reads a clock or a calendar; the caller says which days banks work.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, StrEnum
from itertools import count

from invoices import banks
from invoices.kana import narrow, truncate
from invoices.zengin_findings import Finding, Severity, transfer_day, verify
from invoices.zengin_records import (
    DATA_WITH_CODES,
    DATA_WITH_EDI,
    ENCODING,
    END,
    HEADER,
    TRAILER,
    fill,
    split,
    take_apart,
)
from ledger.core.invoice import BankAccountCopy
from ledger.core.money import Money
from ledger.core.refusal import Refusal

#: Bytes a record has for the name of a payee; longer ones are cut, as banks do.
PAYEE_NAME_WIDTH = 30


class Framing(Enum):
    """What stands after each record and at the end of the file. Banks differ: ask yours."""

    PLAIN = (b"", b"")
    PLAIN_WITH_EOF = (b"", b"\x1a")
    CRLF = (b"\r\n", b"")
    CRLF_WITH_EOF = (b"\r\n", b"\x1a")


class AccountType(StrEnum):
    """預金種目: named as the book stores it, with the digit the file carries."""

    ORDINARY = "1"  # 普通
    CURRENT = "2"  # 当座
    SAVINGS = "4"  # 貯蓄
    OTHER = "9"  # その他


class NewCode(StrEnum):
    """新規コード: whether the bank has paid this payee for us before."""

    OTHER = "0"
    FIRST = "1"
    CHANGED = "2"


class AmountNotPositive(Refusal):
    """A transfer moves at least one yen."""

    code = "amount_not_positive"
    field = "amount"

    def __init__(self, *, amount_yen: int) -> None:
        super().__init__(amount_yen=amount_yen)
        self.amount_yen = amount_yen


class AmountNotInYen(Refusal):
    """A transfer inside Japan moves yen; other currencies leave by another way."""

    code = "amount_not_in_yen"
    field = "amount"

    def __init__(self, *, currency: str) -> None:
        super().__init__(currency=currency)
        self.currency = currency


class NoPayments(Refusal):
    """An order names nobody to pay, so there is no file to make."""

    code = "no_payments"
    field = "payments"


class NotABankingDay(Refusal):
    """Banks do not transfer on the day; ``next_banking_day`` is the first after it they do."""

    code = "not_a_banking_day"
    field = "transfer_on"

    def __init__(self, *, transfer_on: date, next_banking_day: date) -> None:
        super().__init__(pay_on=transfer_on, next_banking_day=next_banking_day)
        self.transfer_on = transfer_on
        self.next_banking_day = next_banking_day


class UnreadableFile(Refusal):
    """The bytes are no transfer file of this format; ``findings`` say where and why."""

    code = "unreadable_transfer_file"

    def __init__(self, *, findings: tuple[Finding, ...]) -> None:
        super().__init__(errors=len(findings), record=findings[0].record, first=findings[0].code)
        self.findings = findings


@dataclass(frozen=True, kw_only=True)
class ZenginAccount:
    """An account as a record names it: codes with their zeros, names in half-width kana."""

    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    account_type: AccountType
    account_number: str  # seven digits


@dataclass(frozen=True, kw_only=True)
class CustomerCodes:
    """顧客コード: two numbers of ours, up to ten digits, which the bank hands back."""

    first: int = 0
    second: int = 0


@dataclass(frozen=True, kw_only=True)
class EdiText:
    """EDI情報: up to 20 bytes that travel to the payee, in the place of the customer codes."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ZenginPayment:
    """One payment of an order. It cannot exist unless a record can carry it."""

    account: ZenginAccount
    payee_name_kana: str
    amount_yen: int
    reference: CustomerCodes | EdiText = CustomerCodes()
    new_code: NewCode = NewCode.OTHER

    def __post_init__(self) -> None:
        if self.amount_yen <= 0:
            raise AmountNotPositive(amount_yen=self.amount_yen)
        _data_record(self)


@dataclass(frozen=True, kw_only=True)
class ZenginOrder:
    """A transfer order: who pays, from which account, on which day, and to whom."""

    client_code: str  # 委託者コード, ten digits, given by the bank
    client_name_kana: str
    transfer_on: date
    source: ZenginAccount
    payments: tuple[ZenginPayment, ...]

    def __post_init__(self) -> None:
        if not self.payments:
            raise NoPayments
        _header_record(self)
        _trailer_record(self)

    @property
    def total_yen(self) -> int:
        """Sum of the amounts."""
        return sum(payment.amount_yen for payment in self.payments)


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """What a payout plan says of one payee: who, where to and how much."""

    payee_reference: str
    account: BankAccountCopy
    amount: Money
    reference: CustomerCodes | EdiText = CustomerCodes()
    new_code: NewCode = NewCode.OTHER


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """A payee left out of the order, and the refusal that says what to put right."""

    payee_reference: str
    refusal: Refusal


def freeze_payments(
    instructions: Iterable[Instruction],
) -> tuple[tuple[ZenginPayment, ...], tuple[Exclusion, ...]]:
    """
    Return the payments that can be written, in the order given, and the payees that cannot.

    Names are narrowed and cut to the record, account numbers filled to seven digits, and the
    names of banks and branches taken from the register.
    """
    payments: list[ZenginPayment] = []
    exclusions: list[Exclusion] = []
    for instruction in instructions:
        try:
            payments.append(_freeze_payment(instruction))
        except Refusal as refusal:
            exclusions.append(
                Exclusion(payee_reference=instruction.payee_reference, refusal=refusal)
            )
    return tuple(payments), tuple(exclusions)


def freeze_account(account: BankAccountCopy) -> ZenginAccount:
    """
    Return an account as a record names it.

    :raises UnknownBank: the register has no such bank.
    :raises UnknownBranch: the bank has no such branch.
    """
    branch = banks.branch(bank_code=account.bank_code, branch_code=account.branch_code)
    return ZenginAccount(
        bank_code=branch.bank_code,
        bank_name_kana=banks.bank(branch.bank_code).kana,
        branch_code=branch.code,
        branch_name_kana=branch.kana,
        account_type=AccountType[account.account_type.upper()],
        # An empty number stays empty and is refused; filled up it would be somebody's account.
        account_number=account.number and account.number.zfill(7),
    )


def write(
    order: ZenginOrder,
    *,
    is_banking_day: Callable[[date], bool],
    framing: Framing = Framing.CRLF,
) -> bytes:
    """
    Return the file of an order; the same order gives the same bytes.

    :raises NotABankingDay: the order's day is not one.
    """
    if not is_banking_day(order.transfer_on):
        later = (order.transfer_on + timedelta(days=days) for days in count(1))
        raise NotABankingDay(
            transfer_on=order.transfer_on,
            next_banking_day=next(day for day in later if is_banking_day(day)),
        )
    separator, ending = framing.value
    records = (
        _header_record(order),
        *map(_data_record, order.payments),
        _trailer_record(order),
        fill(END, {}),
    )
    return b"".join(record.encode(ENCODING) + separator for record in records) + ending


def read(content: bytes, *, year: int) -> ZenginOrder:
    """
    Return the order a file holds. The file says month and day; ``year`` is the caller's.

    :raises UnreadableFile: the file has an error other than its day being no banking day.
    """
    findings = verify(content, year=year, is_banking_day=lambda day: True)
    errors = tuple(finding for finding in findings if finding.severity is Severity.ERROR)
    if errors:
        raise UnreadableFile(findings=errors)
    header, *payments, _trailer, _end = map(take_apart, split(content))
    transfer_on = transfer_day(header["transfer_on"], year=year)
    assert transfer_on is not None  # or verify had found it
    return ZenginOrder(
        client_code=header["client_code"],
        client_name_kana=header["client_name_kana"],
        transfer_on=transfer_on,
        source=_read_account(header),
        payments=tuple(map(_read_payment, payments)),
    )


def _freeze_payment(instruction: Instruction) -> ZenginPayment:
    if instruction.amount.currency != "JPY":
        raise AmountNotInYen(currency=instruction.amount.currency)
    return ZenginPayment(
        account=freeze_account(instruction.account),
        payee_name_kana=truncate(narrow(instruction.account.holder_kana), width=PAYEE_NAME_WIDTH),
        amount_yen=instruction.amount.minor,
        reference=instruction.reference,
        new_code=instruction.new_code,
    )


def _header_record(order: ZenginOrder) -> str:
    values = vars(order.source) | vars(order)
    return fill(HEADER, values | {"transfer_on": f"{order.transfer_on:%m%d}"})


def _data_record(payment: ZenginPayment) -> str:
    values = vars(payment.account) | vars(payment)
    match payment.reference:
        case CustomerCodes(first=first, second=second):
            return fill(
                DATA_WITH_CODES, values | {"customer_code_1": first, "customer_code_2": second}
            )
        case EdiText(text=text):
            return fill(DATA_WITH_EDI, values | {"edi_text": text})


def _trailer_record(order: ZenginOrder) -> str:
    return fill(TRAILER, {"payment_count": len(order.payments), "total_yen": order.total_yen})


def _read_account(record: dict[str, str]) -> ZenginAccount:
    return ZenginAccount(
        bank_code=record["bank_code"],
        bank_name_kana=record["bank_name_kana"],
        branch_code=record["branch_code"],
        branch_name_kana=record["branch_name_kana"],
        account_type=AccountType(record["account_type"]),
        account_number=record["account_number"],
    )


def _read_payment(record: dict[str, str]) -> ZenginPayment:
    reference: CustomerCodes | EdiText
    if "edi_text" in record:
        reference = EdiText(text=record["edi_text"])
    else:
        reference = CustomerCodes(
            first=int(record["customer_code_1"]), second=int(record["customer_code_2"])
        )
    return ZenginPayment(
        account=_read_account(record),
        payee_name_kana=record["payee_name_kana"],
        amount_yen=int(record["amount_yen"]),
        reference=reference,
        new_code=NewCode(record["new_code"]),
    )
