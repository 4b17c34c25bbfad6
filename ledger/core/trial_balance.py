"""
The trial balance: what each account had, what was debited and credited, and what it has.

Amounts are whole minor units of the account's currency. A balance is debits less credits, so that
the balances of a currency sum to zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.core.journal import AccountCode

_PLACE: Mapping[str, int] = {code: place for place, code in enumerate(AccountCode)}


@dataclass(frozen=True, kw_only=True)
class TrialLine:
    """One account in one currency over some days, with its party or for all of them."""

    code: AccountCode
    party: str | None = None  # the party's reference
    currency: str
    opening_minor: int = 0
    debit_minor: int = 0
    credit_minor: int = 0

    @property
    def closing_minor(self) -> int:
        """What it has at the end."""
        return self.opening_minor + self.debit_minor - self.credit_minor


def in_order(lines: Iterable[TrialLine]) -> tuple[TrialLine, ...]:
    """Return lines by currency, in the order of the chart, by party; those that say nothing not."""
    return tuple(
        sorted(
            (line for line in lines if line.opening_minor or line.debit_minor or line.credit_minor),
            key=lambda line: (line.currency, _PLACE[line.code], line.party or ""),
        )
    )


def by_account(lines: Iterable[TrialLine]) -> tuple[TrialLine, ...]:
    """Add up the parties of each account, in the order of :func:`in_order`."""
    groups: dict[tuple[AccountCode, str], list[TrialLine]] = {}
    for line in lines:
        groups.setdefault((line.code, line.currency), []).append(line)
    return in_order(
        TrialLine(
            code=code,
            currency=currency,
            opening_minor=sum(line.opening_minor for line in group),
            debit_minor=sum(line.debit_minor for line in group),
            credit_minor=sum(line.credit_minor for line in group),
        )
        for (code, currency), group in groups.items()
    )


@dataclass(frozen=True, kw_only=True)
class TrialTotal:
    """The sums of one currency; of a sound book debits are credits, and the balances are zero."""

    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int


def totals(lines: Iterable[TrialLine]) -> tuple[TrialTotal, ...]:
    """Return the sums of each currency, by its code."""
    groups: dict[str, list[TrialLine]] = {}
    for line in lines:
        groups.setdefault(line.currency, []).append(line)
    return tuple(
        TrialTotal(
            currency=currency,
            opening_minor=sum(line.opening_minor for line in groups[currency]),
            debit_minor=sum(line.debit_minor for line in groups[currency]),
            credit_minor=sum(line.credit_minor for line in groups[currency]),
            closing_minor=sum(line.closing_minor for line in groups[currency]),
        )
        for currency in sorted(groups)
    )
