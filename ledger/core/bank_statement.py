"""
What a bank says happened on an account: lines of a statement, and which of them are the same one.

A line is the same as one in another file when all that the bank says of it is the same. Lines of
one day and one amount in two files look alike: they are the same when the balances after them are,
two when those differ, and where a file tells no balance a person has to say.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One movement on an account; above zero what came in, below zero what went out."""

    place: int  # of its record in the file, from 1
    booked_on: date
    amount_minor: int
    number: str = ""  # the bank's own, where it has one
    balance_minor: int | None = None  # after it, where the file says
    payer: str = ""  # as the bank writes it
    payer_code: str = ""
    bank_name: str = ""
    branch_name: str = ""
    remark: str = ""
    edi: str = ""
    is_cancelled: bool = False  # taken back by the bank, with the line it takes back


@dataclass(frozen=True, kw_only=True)
class BankStatement:
    """The lines of one account in one file, and the days it covers."""

    kind: str  # "zengin_statement", "zengin_notice" or "csv"
    account: str  # bank-branch-type-number as the file has them; what it is called otherwise
    currency: str
    first_day: date
    last_day: date
    opening_minor: int | None
    closing_minor: int | None
    lines: tuple[StatementLine, ...]


class Sameness(StrEnum):
    """Whether a line is one that came in another file."""

    SAME = "same"
    ANOTHER = "another"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, kw_only=True)
class IdentifiedLine:
    """A line with its identity; of two lines of a file that say the same, the second is another."""

    line: StatementLine
    identity: bytes


def identified(statement: BankStatement) -> list[IdentifiedLine]:
    """Return the lines of a statement, each with what it is known again by."""
    seen: Counter[str] = Counter()
    found = []
    for line in statement.lines:
        told = "\x1f".join(
            map(
                str,
                (
                    *(statement.account, statement.currency, line.booked_on.isoformat()),
                    *(line.amount_minor, line.payer, line.payer_code, line.remark, line.edi),
                    *(line.is_cancelled, line.number, line.balance_minor),
                ),
            )
        )
        seen[told] += 1
        identity = sha256(f"{told}\x1f{seen[told]}".encode()).digest()
        found.append(IdentifiedLine(line=line, identity=identity))
    return found


def sameness(balance_minor: int | None, other_minor: int | None) -> Sameness:
    """Compare lines of one day and amount in two files by the balances after them."""
    if balance_minor is None or other_minor is None:
        return Sameness.UNCERTAIN
    return Sameness.SAME if balance_minor == other_minor else Sameness.ANOTHER
