"""Where a party is paid changes from a day on, and what no bank has is refused."""

from datetime import date
from typing import Any

import pytest

from ledger.core.account_at_home import NewBankAccount
from ledger.core.connected_account import NewConnectedAccount
from ledger.services import redirecting
from ledger.services.redirecting import NewAccount
from ledger.store.database import Database
from tests import builders
from tests.core.test_account_abroad import account as abroad
from tests.refusals import refusal
from tests.rows import row_counts, rows
from tests.services.money import noon

DAY = date(2026, 12, 1)


def at_home(**changes: Any) -> NewBankAccount:
    values: dict[str, Any] = {
        "bank_code": "0001",
        "branch_code": "002",
        "account_type": "ordinary",
        "number": "7654321",
        "holder_kana": "ﾎｼﾉ",
        "effective_from": DAY,
    }
    return NewBankAccount(**values | changes)


def at_stripe(**changes: Any) -> NewConnectedAccount:
    values: dict[str, Any] = {
        "account": "acct_1Hoshino",
        "holder_name": "ホシノ",
        "effective_from": DAY,
    }
    return NewConnectedAccount(**values | changes)


def change(database: Database, account: NewAccount, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "party": "hoshino",
        "account": account,
        "reason": "letter of 30 November",
        "recorded_by": "keiri",
        "recorded_at": noon(DAY),
    }
    redirecting.change_account(database, **asked | changes)


@pytest.mark.parametrize(
    ("account", "written"),
    [
        (at_home(), ("0001", "ordinary", "7654321", None)),
        (at_stripe(), ("", "stripe", "acct_1Hoshino", None)),
        (abroad(effective_from=DAY), ("", "iban", "GB82WEST12345698765432", "WESTGB2L")),
    ],
)
def test_an_account_is_written_with_who_and_why(
    database: Database, account: NewAccount, written: tuple[Any, ...]
) -> None:
    builders.party(database, "hoshino")
    change(database, account)
    newest = """
        SELECT bank_code, account_type, number, bic, recorded_by, reason FROM bank_account
        ORDER BY bank_account_id DESC LIMIT 1
    """
    assert rows(database, newest) == [(*written, "keiri", "letter of 30 November")]


@pytest.mark.parametrize(
    ("account", "changes", "code", "field"),
    [
        (at_home(bank_code="1"), {}, "bank_digits_malformed", "bank_code"),
        (at_home(holder_kana=" "), {}, "text_missing", "holder_kana"),
        (at_stripe(account="1Hoshino"), {}, "connected_account_malformed", "stripe"),
        (at_stripe(), {"party": "pemberton"}, "transfer_abroad", "destination"),
        (abroad(iban="GB00WEST12345698765432"), {}, "iban_malformed", "iban"),
        (at_home(effective_from=builders.STARTS_ON), {}, "account_taken", "effective_from"),
        (at_home(), {"party": "nobody"}, "party_unknown", "party"),
        (at_home(), {"reason": ""}, "text_missing", "reason"),
    ],
)
def test_what_cannot_be_is_refused(
    database: Database,
    account: NewAccount,
    changes: dict[str, Any],
    code: str,
    field: str,
) -> None:
    builders.party(database, "hoshino")
    builders.parties(
        database,
        builders.new_company(
            "pemberton", country="GB", corporate_number=None, registrations=(), bank_account=None
        ),
    )
    before = row_counts(database)
    with refusal(code, field):
        change(database, account, **changes)
    assert row_counts(database) == before
