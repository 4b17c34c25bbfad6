"""
What stands in the way of closing a month, or ought to be known first.

A finding that stops a step of the closing is a blocker; any other is a warning. Whatever is
unknown is held and charged when it is known, so it stops nothing. Unpaid invoices stop nothing
either: what is paid later is settled later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from ledger.core.completeness import MonthReport, State
from ledger.core.period import Month
from ledger.core.revenue_share import TopUpHold

#: A sentence names so many and no more; how many there are is said beside it.
_NAMED_MAX = 10


class Stops(StrEnum):
    """The step of a closing that a finding stops."""

    CLOSE = "close"
    BILL = "bill"


class Finding(NamedTuple):
    """Something to be known before a month is closed, with what its words need."""

    code: str
    stops: Stops | None
    values: tuple[tuple[str, str], ...] = ()

    @property
    def is_blocker(self) -> bool:
        """Tell whether it stops a step."""
        return self.stops is not None


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """What a book lacks to invoice a month's royalty, and to divide it once it is paid."""

    operator: bool = False
    account_of: str = ""  # the operator, when it has no account to be paid to
    fees: tuple[str, ...] = ()  # holders whose fee is not agreed
    waterfalls: tuple[str, ...] = ()  # committees without a contract in force
    overdue_count: int = 0  # invoices that nobody paid in time
    disputed: tuple[str, ...] = ()  # claims that somebody disputes, whose money waits
    suspended: tuple[str, ...] = ()  # licenses whose firms do not pay


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the book stands when a month is to be closed."""

    month: Month
    is_over: bool
    is_closed: bool
    is_previous_closed: bool  # or what it is compared with may still move
    earlier_open: Month | None
    requires_declarations: bool = False
    disagreement: tuple[tuple[str, str], ...] | None = None  # what a recount found, if anything


@dataclass(frozen=True, kw_only=True)
class ShareStanding:
    """A grant's month whose share of revenue is held, or goes by the rate of an earlier day."""

    license: str
    month: Month
    hold: TopUpHold | None
    source: str = ""
    rate_of: date | None = None  # the day of the rate, where it is not the one that is agreed

    def __str__(self) -> str:
        return f"{self.license} ({self.month})"


def find_all(
    standing: Standing,
    lacking: Lacking,
    *,
    unsettled: Sequence[MonthReport],
    unknown_count: int,
    carried: Sequence[str],
    shares: Sequence[ShareStanding] = (),
) -> tuple[Finding, ...]:
    """
    Return everything to be known, what stops the closing first.

    ``unknown_count`` is how much use is held of which nobody knows whose it is; ``carried`` names
    firms whose lines come to nothing or less, so that they get no invoice.
    """
    found = [*_of_book(lacking), *_of_shares(shares)]
    if not standing.is_closed:
        found = [*_of_month(standing), *_of_declarations(standing, unsettled), *found]
        found += _of_usage(unknown_count, carried)
    return tuple(sorted(found, key=lambda each: (not each.is_blocker, each.stops != Stops.CLOSE)))


def _of_month(standing: Standing) -> Iterator[Finding]:
    if not standing.is_over:
        ends_on = standing.month.last_day.isoformat()
        yield Finding("month_not_over", Stops.CLOSE, (("ends_on", ends_on),))
    if standing.earlier_open is not None:
        yield Finding("earlier_month_open", Stops.CLOSE, (("earlier", str(standing.earlier_open)),))
    if standing.disagreement is not None:
        yield Finding("audit_disagrees", Stops.CLOSE, standing.disagreement)


def _of_declarations(standing: Standing, unsettled: Sequence[MonthReport]) -> Iterator[Finding]:
    for state, code, stops in (
        (State.DIFFERS, "declarations_differ", Stops.CLOSE),
        (State.UNDECLARED, "undeclared", Stops.CLOSE if standing.requires_declarations else None),
    ):
        firms = [report.licensee for report in unsettled if report.state is state]
        if firms:
            yield _naming(code, stops, "licensees", firms)


def _of_book(lacking: Lacking) -> Iterator[Finding]:
    if lacking.operator:
        yield Finding("operator_missing", Stops.BILL)
    elif lacking.account_of:
        yield Finding("account_missing", Stops.BILL, (("operator", lacking.account_of),))
    if lacking.fees:
        yield _naming("fee_missing", None, "holders", lacking.fees)
    if lacking.waterfalls:
        yield _naming("waterfall_missing", None, "committees", lacking.waterfalls)
    if lacking.disputed:
        yield _naming("claims_disputed", None, "claims", lacking.disputed)
    if lacking.overdue_count:
        yield Finding("invoices_overdue", None, (("count", str(lacking.overdue_count)),))
    if lacking.suspended:
        yield _naming("licenses_suspended", None, "licenses", lacking.suspended)


def _of_shares(shares: Sequence[ShareStanding]) -> Iterator[Finding]:
    """Name the shares of revenue that wait, and those whose rate is of another day."""
    for hold in TopUpHold:
        waiting = [each for each in shares if each.hold is hold]
        if waiting:
            yield _naming(hold, None, "licenses", [str(each) for each in waiting])
    for each in shares:
        if each.rate_of is not None:
            told = (("license", str(each)), ("source", each.source), ("day", str(each.rate_of)))
            yield Finding("rate_carried", None, told)


def _of_usage(unknown_count: int, carried: Sequence[str]) -> Iterator[Finding]:
    if unknown_count:
        yield Finding("owner_unknown", None, (("count", str(unknown_count)),))
    if carried:
        yield _naming("carried", None, "licensees", carried)


def _naming(code: str, stops: Stops | None, name: str, whom: Sequence[str]) -> Finding:
    named = ", ".join(whom[:_NAMED_MAX]) + (", …" if len(whom) > _NAMED_MAX else "")
    return Finding(code, stops, (("count", str(len(whom))), (name, named)))
