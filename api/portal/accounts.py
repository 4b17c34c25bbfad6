"""Bank accounts as somebody types them in: held to what banks there are before they are kept."""

from api.bank_statements import narrow_or_none
from api.banking import bank_names
from ledger.core.account_at_home import NewBankAccount
from ledger.core.refusal import Refusal


class AccountInThePast(Refusal):
    """An account would hold from a day that is over. Carries that day and today."""

    code = "account_in_the_past"
    field = "effective_from"


class BankNotOpen(Refusal):
    """No bank that is open has the codes."""

    code = "bank_not_open"
    field = "bank_code"


class HolderNotWritten(Refusal):
    """The account's holder cannot be written in a bank file."""

    code = "holder_not_written"
    field = "holder_kana"


def check_payable(account: NewBankAccount) -> NewBankAccount:
    """
    Return an account that a bank file can name.

    :raises BankNotOpen: no bank that is open has its codes.
    :raises HolderNotWritten: its holder has letters that no bank file takes.
    """
    if (account.bank_code, account.branch_code) not in bank_names():
        raise BankNotOpen(bank=account.bank_code[:20], branch=account.branch_code[:20])
    if narrow_or_none(account.holder_kana) is None:
        raise HolderNotWritten(value=account.holder_kana[:60])
    return account
