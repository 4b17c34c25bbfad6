"""Where a party is paid, in the digits its bank gave or at Stripe, and how documents print it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledger.core.connected_account import STRIPE_TYPE
from ledger.core.invoice import BankAccountCopy, PartyCopy

#: Names of bank and branch in Japanese and English, by the codes of both.
BankNames = Mapping[tuple[str, str], tuple[str, str, str, str]]

#: Tells whether a file of a bank can carry a payee's name and account.
CanBeWritten = Callable[[PartyCopy, BankAccountCopy], bool]


@dataclass(frozen=True, kw_only=True)
class AccountInForce:
    """Where a party is paid on a day, in the digits its bank gave."""

    id: int
    bank_code: str
    branch_code: str
    account_type: str
    number: str
    holder_kana: str  # in Latin letters abroad, as it is known at Stripe
    bic: str | None = None  # of a bank abroad, which has no Japanese codes
    bank_name: str | None = None
    bank_country: str | None = None

    @property
    def is_at_stripe(self) -> bool:
        """Whether the party is paid by transfers of Stripe, and not by a bank."""
        return self.account_type == STRIPE_TYPE


def copy_of_account(account: AccountInForce, names: BankNames) -> BankAccountCopy | None:
    """Return an account as documents print it; None when its bank closed or never was."""
    if account.bic is not None:
        return _copy_elsewhere(account, account.bank_name or "")
    if account.account_type == STRIPE_TYPE:
        return _copy_elsewhere(account, "Stripe")
    try:
        bank_ja, bank_en, branch_ja, branch_en = names[account.bank_code, account.branch_code]
    except LookupError:
        return None
    return BankAccountCopy(
        bank_code=account.bank_code,
        bank_name_ja=bank_ja,
        bank_name_en=bank_en,
        branch_code=account.branch_code,
        branch_name_ja=branch_ja,
        branch_name_en=branch_en,
        account_type=account.account_type,
        number=account.number,
        holder_kana=account.holder_kana,
    )


def _copy_elsewhere(account: AccountInForce, bank_name: str) -> BankAccountCopy:
    """Copy an account that has no Japanese codes: of a bank abroad, or at Stripe."""
    return BankAccountCopy(
        bank_code="",
        bank_name_ja=bank_name,
        bank_name_en=bank_name,
        branch_code="",
        branch_name_ja="",
        branch_name_en="",
        account_type=account.account_type,
        number=account.number,
        holder_kana=account.holder_kana,
        bic=account.bic,
        bank_country=account.bank_country,
    )
