"""One builder for each value of the transfer file, and the calendar these tests need."""

from dataclasses import replace
from datetime import date
from typing import Any

from invoices.zengin import (
    AccountType,
    Framing,
    ZenginAccount,
    ZenginOrder,
    ZenginPayment,
    write,
)
from ledger.core.period import is_banking_day

HOLIDAYS_2026 = frozenset({date(2026, 11, 3), date(2026, 11, 23)})


def is_open(day: date) -> bool:
    """Tell whether banks work, by the calendar these tests need."""
    return is_banking_day(day, HOLIDAYS_2026)


def an_account(**changes: Any) -> ZenginAccount:
    defaults = ZenginAccount(
        bank_code="0001",
        bank_name_kana="ﾐｽﾞﾎ",
        branch_code="004",
        branch_name_kana="ﾏﾙﾉｳﾁﾁﾕｳｵｳ",
        account_type=AccountType.ORDINARY,
        account_number="0012345",
    )
    return replace(defaults, **changes)


def a_payment(**changes: Any) -> ZenginPayment:
    defaults = ZenginPayment(account=an_account(), payee_name_kana="ｶ)ﾎｼｿﾞﾗ", amount_yen=250326)
    return replace(defaults, **changes)


def an_order(**changes: Any) -> ZenginOrder:
    defaults = ZenginOrder(
        client_code="0000004711",
        client_name_kana="ｶ)ｹﾞﾝﾎﾞ",
        transfer_on=date(2026, 11, 30),
        source=an_account(
            bank_code="0005",
            bank_name_kana="ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ",
            branch_code="001",
            branch_name_kana="ﾎﾝﾃﾝ",
            account_type=AccountType.CURRENT,
            account_number="7654321",
        ),
        payments=(a_payment(),),
    )
    return replace(defaults, **changes)


def plain(order: ZenginOrder) -> bytes:
    return write(order, is_banking_day=is_open, framing=Framing.PLAIN)
