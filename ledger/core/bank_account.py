"""Where a party is paid, in the digits its bank gave, and how documents print it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.core.invoice import BankAccountCopy

#: Names of bank and branch in Japanese and English, by the codes of both.
BankNames = Mapping[tuple[str, str], tuple[str, str, str, str]]


@dataclass(frozen=True, kw_only=True)
class AccountInForce:
    """Where a party is paid on a day, in the digits its bank gave."""

    id: int
    bank_code: str
    branch_code: str
    account_type: str
    number: str
    holder_kana: str


def copy_of_account(account: AccountInForce, names: BankNames) -> BankAccountCopy | None:
    """Return an account as documents print it; None when its bank closed or never was."""
    try:
        bank_ja, bank_en, branch_ja, branch_en = names[account.bank_code, account.branch_code]
    except LookupError:
        return None
    digits = {name: value for name, value in vars(account).items() if name != "id"}
    return BankAccountCopy(
        bank_name_ja=bank_ja,
        bank_name_en=bank_en,
        branch_name_ja=branch_ja,
        branch_name_en=branch_en,
        **digits,
    )
