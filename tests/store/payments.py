"""Settlements, runs of payouts and bank accounts, in raw rows."""

from datetime import date

from tests.store.scene import NOVEMBER, NOW, OCTOBER, Connection, add


def add_settlement(connection: Connection, month: date = OCTOBER) -> int:
    """Insert a settlement without its parts."""
    times = {"settled_at": NOW, "settled_by": "me"}
    return int(add(connection, "settlement", book_id=1, closing_month=month, **times))


def add_payout_run(connection: Connection) -> int:
    """Insert a run of payouts of a new settlement, without the payouts."""
    settlement = add_settlement(connection)
    values: dict[str, object] = {
        "book_id": 1,
        "settlement_id": settlement,
        "reference": f"PAY-{settlement}",
        "pay_on": NOVEMBER,
        "planned_at": NOW,
        "planned_by": "me",
    }
    return int(add(connection, "payout_run", **values))


def add_bank_account(connection: Connection, owner: int) -> int:
    """Insert a party's bank account."""
    values: dict[str, object] = {
        "owner_id": owner,
        "bank_code": "0001",
        "branch_code": "001",
        "account_type": "ordinary",
        "number": "1234567",
        "holder_kana": "カブシキガイシャ",
        "effective_from": OCTOBER,
    }
    return int(add(connection, "bank_account", **values))


def add_payout(
    connection: Connection, run: int, payee: int, bank_account: int, **changes: object
) -> None:
    """Insert a payout of ¥100."""
    values: dict[str, object] = {
        "payout_run_id": run,
        "owner_id": payee,
        "supplies_minor": 100,
        "passthrough_minor": 0,
        "consumption_tax_minor": 0,
        "withholding_base_minor": 0,
        "withholding_minor": 0,
        "payout_minor": 100,
        "bank_account_id": bank_account,
    }
    add(connection, "payout", **values | changes)
