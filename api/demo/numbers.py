"""
Numbers nobody has: corporate numbers, registration numbers and bank accounts for a demo.

Every check digit is right, so that the numbers pass wherever real ones do. The digits that say
what kind of company it is are 99, which no company in Japan has; account numbers begin with 99
at a branch that exists, and the holder's name says that it is a demo's.
"""

from datetime import date

from ledger.core.account_at_home import NewBankAccount
from ledger.core.registration import RegistrationPeriod, check_digit

#: Branches that exist, so that a bank file finds their names: bank and branch code.
BRANCHES = (
    ("0001", "001"), ("0005", "001"), ("0009", "001"), ("0010", "015"),
    ("0033", "001"), ("0038", "100"), ("0149", "111"), ("0190", "010"),
)  # fmt: skip

#: Registry office 0100, kind of company 99, then the company.
_BASE = "010099{:06d}"
_SINCE = date(2024, 4, 1)


def corporate_number(serial: int) -> str:
    """
    Return an invented corporate number with the right check digit.

    >>> corporate_number(1)
    '7010099000001'
    """
    base = _BASE.format(serial)
    return f"{check_digit(base)}{base}"


def registration(serial: int) -> RegistrationPeriod:
    """Return the registration under :func:`corporate_number`, valid since April 2024."""
    return RegistrationPeriod(number=f"T{corporate_number(serial)}", valid_from=_SINCE)


def bank_account(serial: int, *, holder_kana: str) -> NewBankAccount:
    """Return an invented ordinary account at one of :data:`BRANCHES`."""
    bank_code, branch_code = BRANCHES[serial % len(BRANCHES)]
    return NewBankAccount(
        bank_code=bank_code,
        branch_code=branch_code,
        account_type="ordinary",
        number=f"99{serial % 100_000:05d}",
        holder_kana=holder_kana,
        effective_from=_SINCE,
    )
