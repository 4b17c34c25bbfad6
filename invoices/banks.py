"""
Names of Japanese banks and branches by their code, from the register in ``zengin-code``.

The package reads 1,146 files when it is imported (0.2 s), so it is imported at the first
question and not before.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from invoices.kana import BANK_NAME, narrow
from ledger.core.refusal import Refusal

#: An unknown code is answered with so many others, which differ in no more digits than this.
_NEAREST_MAX = 3
_DIFFERING_DIGITS_MAX = 2


@dataclass(frozen=True, kw_only=True)
class Bank:
    """A bank as the register names it."""

    code: str  # four digits
    name: str  # kanji
    kana: str  # half-width, as a bank file carries it
    roma: str  # lower case


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch as the register names it."""

    bank_code: str
    code: str  # three digits
    name: str
    kana: str
    roma: str


class UnknownBank(Refusal):
    """No bank has the code; ``nearest`` are those whose codes look most like it."""

    code = "unknown_bank"
    field = "bank_code"

    def __init__(self, *, bank_code: str, nearest: tuple[Bank, ...]) -> None:
        super().__init__(bank_code=bank_code, nearest=_listed(nearest))
        self.bank_code = bank_code
        self.nearest = nearest


class UnknownBranch(Refusal):
    """The bank has no branch of the code; ``nearest`` are those whose codes look most like it."""

    code = "unknown_branch"
    field = "branch_code"

    def __init__(self, *, bank: Bank, branch_code: str, nearest: tuple[Branch, ...]) -> None:
        super().__init__(
            bank=f"{bank.code} {bank.name}", branch_code=branch_code, nearest=_listed(nearest)
        )
        self.bank = bank
        self.branch_code = branch_code
        self.nearest = nearest


def bank(code: str) -> Bank:
    """
    Return the bank of a four-digit code.

    :raises UnknownBank: the register has none.
    """
    banks = _register()
    if code not in banks:
        nearest = tuple(_bank(banks[near]) for near in _nearest(code, among=banks, digits=4))
        raise UnknownBank(bank_code=code, nearest=nearest)
    return _bank(banks[code])


def branch(*, bank_code: str, branch_code: str) -> Branch:
    """
    Return the branch of a three-digit code at a bank.

    :raises UnknownBank: the register has no such bank.
    :raises UnknownBranch: the bank has no such branch.
    """
    owner = bank(bank_code)
    branches = _register()[bank_code].branches
    if branch_code not in branches:
        nearest = _nearest(branch_code, among=branches, digits=3)
        raise UnknownBranch(
            bank=owner,
            branch_code=branch_code,
            nearest=tuple(_branch(bank_code, branches[near]) for near in nearest),
        )
    return _branch(bank_code, branches[branch_code])


def names_by_codes() -> dict[tuple[str, str], tuple[str, str, str, str]]:
    """Return every branch by its bank's and its own code: both names, Japanese and Roman."""
    return {
        (bank_code, branch_code): (row.name, row.roma.title(), at.name, at.roma.title())
        for bank_code, row in _register().items()
        for branch_code, at in row.branches.items()
    }


@cache
def _register() -> dict[str, Any]:
    from zengin_code import Bank as RegisteredBank

    return dict(RegisteredBank.all)


def _bank(row: Any) -> Bank:
    return Bank(code=row.code, name=row.name, kana=_file_kana(row.kana), roma=row.roma)


def _branch(bank_code: str, row: Any) -> Branch:
    return Branch(
        bank_code=bank_code,
        code=row.code,
        name=row.name,
        kana=_file_kana(row.kana),
        roma=row.roma,
    )


def _file_kana(kana: str) -> str:
    # The register joins the words of 13 foreign banks by a full stop, which bank files do not
    # take in this field; others it parts by a space. The code, not the name, decides the bank.
    return narrow(kana.replace("\N{FULLWIDTH FULL STOP}", " "), permitted=BANK_NAME)


def _nearest(code: str, *, among: Iterable[str], digits: int) -> list[str]:
    # Spreadsheets drop leading zeros and forms take full-width digits: compare the code mended.
    mended = unicodedata.normalize("NFKC", code).strip().zfill(digits)
    if len(mended) != digits:
        return []

    def differing(near: str) -> int:
        return sum(ours != theirs for ours, theirs in zip(mended, near, strict=True))

    close = [near for near in among if differing(near) <= _DIFFERING_DIGITS_MAX]
    return sorted(close, key=lambda near: (differing(near), near))[:_NEAREST_MAX]


def _listed(rows: Iterable[Bank | Branch]) -> str:
    return ", ".join(f"{row.code} {row.name}" for row in rows)
