"""The Zengin transfer file to the byte: written, read back, and refused before it is made."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import kana
from invoices.banks import UnknownBank, UnknownBranch
from invoices.kana import NameCannotBeWritten
from invoices.zengin import (
    AccountType,
    AmountNotInYen,
    AmountNotPositive,
    CustomerCodes,
    EdiText,
    Framing,
    Instruction,
    NewCode,
    NoPayments,
    NotABankingDay,
    ZenginAccount,
    ZenginOrder,
    ZenginPayment,
    freeze_account,
    freeze_payments,
    read,
    write,
)
from invoices.zengin_findings import Severity, verify
from invoices.zengin_records import NameDoesNotFit, NumberDoesNotFit
from ledger.core.invoice import BankAccountCopy
from ledger.core.money import Money
from tests.invoices.zengin_orders import a_payment, an_account, an_order, is_open, plain

# Written by hand from the bank's table of fields, a bar where one ends.
HEADER_BY_HAND = (
    "1|21|0|0000004711|ｶ)ｹﾞﾝﾎﾞ                                 |1130|0005|ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ  |001|"
    "ﾎﾝﾃﾝ           |2|7654321|                 "
)
PAYMENT_BY_HAND = (
    "2|0001|ﾐｽﾞﾎ           |004|ﾏﾙﾉｳﾁﾁﾕｳｵｳ     |0000|1|0012345|ｶ)ﾎｼｿﾞﾗ                       |"
    "0000250326|0|0000000000|0000000000|7| |       "
)
EDI_BY_HAND = (
    "2|0001|ﾐｽﾞﾎ           |004|ﾏﾙﾉｳﾁﾁﾕｳｵｳ     |0000|4|0000001|ﾔﾏﾀﾞ ﾊﾅｺ                      |"
    "9999999999|1|ST-2026/11 ｦ        |7|Y|       "
)
TRAILER_BY_HAND = f"8|000002|010000250325|{' ' * 101}"
END_BY_HAND = f"9|{' ' * 119}"


def an_account_copy(**changes: Any) -> BankAccountCopy:
    defaults = BankAccountCopy(
        bank_code="0001",
        bank_name_ja="みずほ",
        bank_name_en="Mizuho",
        branch_code="004",
        branch_name_ja="丸の内中央",
        branch_name_en="Marunouchi Chuo",
        account_type="ordinary",
        number="12345",
        holder_kana="株式会社ホシゾラ",
    )
    return replace(defaults, **changes)


def an_instruction(*, yen: int = 250_326, **changes: Any) -> Instruction:
    return Instruction(
        payee_reference="pty_hoshizora", account=an_account_copy(**changes), amount=Money(yen)
    )


def test_the_records_are_those_made_by_hand_to_the_byte() -> None:
    by_edi = a_payment(
        account=an_account(account_type=AccountType.SAVINGS, account_number="0000001"),
        payee_name_kana="ﾔﾏﾀﾞ ﾊﾅｺ",
        amount_yen=9_999_999_999,
        reference=EdiText(text="ST-2026/11 ｦ"),
        new_code=NewCode.FIRST,
    )
    by_hand = (HEADER_BY_HAND, PAYMENT_BY_HAND, EDI_BY_HAND, TRAILER_BY_HAND, END_BY_HAND)
    records = [record.replace("|", "") for record in by_hand]
    assert [len(record) for record in records] == [120] * 5
    assert plain(an_order(payments=(a_payment(), by_edi))) == "".join(records).encode("cp932")


@pytest.mark.parametrize(
    ("framing", "separator", "ending"),
    [
        (Framing.PLAIN, b"", b""),
        (Framing.PLAIN_WITH_EOF, b"", b"\x1a"),
        (Framing.CRLF, b"\r\n", b""),  # After the last record too.
        (Framing.CRLF_WITH_EOF, b"\r\n", b"\x1a"),
    ],
)
def test_the_framing_a_bank_asks_for_changes_no_record(
    framing: Framing, separator: bytes, ending: bytes
) -> None:
    content = write(an_order(), is_banking_day=is_open, framing=framing)
    records = [plain(an_order())[start : start + 120] for start in range(0, 480, 120)]
    assert content == b"".join(record + separator for record in records) + ending
    assert read(content, year=2026) == an_order()


@pytest.mark.parametrize(
    ("transfer_on", "next_banking_day"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),  # A holiday, 勤労感謝の日.
        (date(2026, 11, 21), date(2026, 11, 24)),  # A Saturday before it.
        (date(2026, 12, 31), date(2027, 1, 4)),  # Banks rest until 3 January.
    ],
)
def test_a_day_on_which_banks_rest_is_refused_with_the_next_one(
    transfer_on: date, next_banking_day: date
) -> None:
    with pytest.raises(NotABankingDay) as refusal:
        plain(an_order(transfer_on=transfer_on))
    assert refusal.value.transfer_on == transfer_on
    assert refusal.value.next_banking_day == next_banking_day


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_number": "12345678"}, "account_number"),  # Eight digits: a post bank number.
        ({"account_number": "12345"}, "account_number"),  # A frozen number has its zeros.
        ({"account_number": "12-4567"}, "account_number"),
        ({"account_number": "１２３４５６７"}, "account_number"),  # Two bytes each.
        ({"bank_code": "1"}, "bank_code"),
        ({"branch_code": "1234"}, "branch_code"),
    ],
)
def test_a_code_that_is_not_its_digits_is_refused(changes: dict[str, str], field: str) -> None:
    with pytest.raises(NumberDoesNotFit) as refusal:
        a_payment(account=an_account(**changes))
    assert refusal.value.field == field
    assert refusal.value.value == changes[field]


@pytest.mark.parametrize(
    ("amount_yen", "refusal"),
    [
        (0, AmountNotPositive),  # A payout below the threshold is no payment.
        (-1, AmountNotPositive),
        (1, None),
        (9_999_999_999, None),  # The most ten digits hold.
        (10_000_000_000, NumberDoesNotFit),
        (True, NumberDoesNotFit),  # Python's True is an int; no bank's is.
    ],
)
def test_an_amount_is_a_positive_number_of_ten_digits(
    amount_yen: int, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        assert a_payment(amount_yen=amount_yen).amount_yen == amount_yen
    else:
        with pytest.raises(refusal):
            a_payment(amount_yen=amount_yen)


def test_a_float_is_no_amount() -> None:
    with pytest.raises(NumberDoesNotFit):
        a_payment(amount_yen=100.0)


@pytest.mark.parametrize(
    ("payments", "is_refused"),
    [(100, False), (101, True)],  # 100 times 9,999,999,999 is the most that twelve digits hold.
)
def test_a_total_of_more_than_twelve_digits_is_refused(payments: int, is_refused: bool) -> None:
    large = (a_payment(amount_yen=9_999_999_999),) * payments
    if is_refused:
        with pytest.raises(NumberDoesNotFit) as refusal:
            an_order(payments=large)
        assert refusal.value.field == "total_yen"
    else:
        assert an_order(payments=large).total_yen == 999_999_999_900


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"client_code": "4711"}, NumberDoesNotFit),  # The bank gives it with its zeros.
        ({"client_name_kana": "ｱ" * 41}, NameDoesNotFit),
        ({"client_name_kana": "原簿"}, NameCannotBeWritten),
        ({"source": an_account(account_number="1")}, NumberDoesNotFit),
    ],
)
def test_an_order_whose_header_cannot_be_written_is_refused(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        an_order(**changes)


def test_an_order_without_payments_is_refused() -> None:
    with pytest.raises(NoPayments):
        an_order(payments=())


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("", NameDoesNotFit),
        ("ｱ" * 31, NameDoesNotFit),  # One more than the field: the caller cuts, not the record.
        ("ｱ ", NameDoesNotFit),  # It would come back without its space.
        ("山田", NameCannotBeWritten),
        ("ｷｬﾗ", NameCannotBeWritten),  # Small kana.
        ("ﾗｰ", NameCannotBeWritten),
        ("abc", NameCannotBeWritten),
    ],
)
def test_a_name_no_record_can_carry_is_refused(name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        a_payment(payee_name_kana=name)


@pytest.mark.parametrize("text", ["ｱ" * 21, "", "EDI,1"])
def test_an_edi_text_no_record_can_carry_is_refused(text: str) -> None:
    with pytest.raises((NameDoesNotFit, NameCannotBeWritten)):
        a_payment(reference=EdiText(text=text))


@pytest.mark.parametrize("code", [-1, 10_000_000_000])
def test_a_customer_code_of_more_than_ten_digits_is_refused(code: int) -> None:
    with pytest.raises(NumberDoesNotFit):
        a_payment(reference=CustomerCodes(second=code))


def test_an_instruction_becomes_a_payment_with_the_names_of_the_register() -> None:
    payments, exclusions = freeze_payments([an_instruction()])
    assert payments == (a_payment(),)
    assert exclusions == ()


def test_a_long_name_is_cut_to_the_record_between_whole_kana() -> None:
    long = an_instruction(holder_kana="ア" * 29 + "ガラス")
    (payment,), _ = freeze_payments([long])
    assert payment.payee_name_kana == "ｱ" * 29


@pytest.mark.parametrize(
    ("instruction", "refusal"),
    [
        (an_instruction(holder_kana="ホシゾラ・タロウ"), NameCannotBeWritten),
        (an_instruction(holder_kana="星空太郎"), NameCannotBeWritten),
        (an_instruction(holder_kana=" "), NameDoesNotFit),
        (an_instruction(bank_code="0000"), UnknownBank),
        (an_instruction(branch_code="999"), UnknownBranch),
        (an_instruction(number="12345678"), NumberDoesNotFit),
        (an_instruction(number=""), NumberDoesNotFit),  # Not filled up to an account 0000000.
        (an_instruction(yen=0), AmountNotPositive),
        (an_instruction(yen=10_000_000_000), NumberDoesNotFit),
        (replace(an_instruction(), amount=Money(100, "USD")), AmountNotInYen),
    ],
)
def test_a_payee_who_cannot_be_written_is_left_out_with_the_reason_and_the_rest_is_paid(
    instruction: Instruction, refusal: type[Exception]
) -> None:
    payments, exclusions = freeze_payments([an_instruction(), instruction, an_instruction()])
    assert payments == (a_payment(), a_payment())
    assert [exclusion.payee_reference for exclusion in exclusions] == ["pty_hoshizora"]
    assert isinstance(exclusions[0].refusal, refusal)


@pytest.mark.parametrize(
    ("stored", "digit"),
    [("ordinary", "1"), ("current", "2"), ("savings", "4"), ("other", "9")],
)
def test_the_type_of_an_account_becomes_its_digit(stored: str, digit: str) -> None:
    assert freeze_account(an_account_copy(account_type=stored)).account_type == digit


def texts(permitted: frozenset[str], width: int) -> st.SearchStrategy[str]:
    return (
        st.text(sorted(permitted), min_size=1, max_size=width)
        .map(lambda text: text.rstrip(" "))
        .filter(bool)
    )


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


ACCOUNTS = st.builds(
    ZenginAccount,
    bank_code=digits(4),
    bank_name_kana=texts(kana.BANK_NAME, 15),
    branch_code=digits(3),
    branch_name_kana=texts(kana.BANK_NAME, 15),
    account_type=st.sampled_from(AccountType),
    account_number=digits(7),
)
CODES = st.integers(min_value=0, max_value=9_999_999_999)
PAYMENTS = st.builds(
    ZenginPayment,
    account=ACCOUNTS,
    payee_name_kana=texts(kana.PARTY_NAME, 30),
    amount_yen=st.integers(min_value=1, max_value=9_999_999_999),
    reference=st.one_of(
        st.builds(CustomerCodes, first=CODES, second=CODES),
        st.builds(EdiText, text=texts(kana.EDI, 20)),
    ),
    new_code=st.sampled_from(NewCode),
)
ORDERS = st.builds(
    ZenginOrder,
    client_code=digits(10),
    client_name_kana=texts(kana.PARTY_NAME, 40),
    transfer_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)).filter(is_open),
    source=ACCOUNTS,
    payments=st.lists(PAYMENTS, min_size=1, max_size=5).map(tuple),
)


@given(order=ORDERS, framing=st.sampled_from(Framing))
def test_every_file_has_records_of_120_bytes_agrees_with_its_totals_and_reads_back(
    order: ZenginOrder, framing: Framing
) -> None:
    content = write(order, is_banking_day=is_open, framing=framing)
    separator, ending = framing.value
    width = 120 + len(separator)
    body = content.removesuffix(ending)
    assert len(body) == width * (len(order.payments) + 3)
    records = [body[start : start + width] for start in range(0, len(body), width)]
    assert all(record.endswith(separator) and b"\r" not in record[:120] for record in records)
    trailer = records[-2].decode("ascii")
    assert int(trailer[1:7]) == len(order.payments)
    assert int(trailer[7:19]) == sum(payment.amount_yen for payment in order.payments)
    findings = verify(content, year=2026, is_banking_day=is_open)
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []
    assert read(content, year=2026) == order
