"""Where a party in Japan is paid: an account in the digits that its bank gave."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.fields import FieldRefusal, check_text, check_word

#: How many digits a bank gives, at least and at most.
_BANK_DIGITS = {"bank_code": (4, 4), "branch_code": (3, 3), "number": (1, 7)}


class AccountType(StrEnum):
    """The kinds of account Japanese banks pay to."""

    ORDINARY = "ordinary"
    CURRENT = "current"
    SAVINGS = "savings"


class BankDigitsMalformed(FieldRefusal):
    """A bank code, branch code or account number is not so many half-width digits."""

    code = "bank_digits_malformed"


@dataclass(frozen=True, kw_only=True)
class NewBankAccount:
    """Where a party is paid from a day on, in the digits the bank gave."""

    bank_code: str
    branch_code: str
    account_type: str  # "ordinary", "current" or "savings"
    number: str
    holder_kana: str
    effective_from: date


def check_bank_account(account: NewBankAccount, *, field: str = "bank_account.") -> None:
    """
    Make sure that an account is written as banks in Japan write it; ``field`` is the path to it.

    :raises BankDigitsMalformed: a bank cannot have given those digits.
    :raises FieldRefusal: its type is none, or its holder has no name.
    """
    check_word(account.account_type, of=AccountType, field=f"{field}account_type")
    check_text(account.holder_kana, field=f"{field}holder_kana")
    for name, (least, most) in _BANK_DIGITS.items():
        value = getattr(account, name)
        if not (value.isascii() and value.isdecimal() and least <= len(value) <= most):
            digits = str(least) if least == most else f"{least}–{most}"
            raise BankDigitsMalformed(field=f"{field}{name}", value=value, digits=digits)
