"""
The matching of a whole statement: what each of its lines pays, one after the other.

A line that pays an invoice leaves none of it to the lines after it. Where somebody recorded money
by hand that a line may be, nothing is posted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledger.core.bank_statement import IdentifiedLine, Sameness, StatementLine, sameness
from ledger.core.match import Match, OpenInvoice, Payers, Reason, match_line
from ledger.core.payment import TransferFeeTerms

#: What a person recorded may be dated some days off the bank's day.
DAYS_OFF = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A line in the book of the same account, day and amount."""

    id: int
    balance_minor: int | None


@dataclass(frozen=True, kw_only=True)
class UnlinkedPayment:
    """Money on the bank's channel that no line of a statement stands behind yet."""

    id: int
    licensee: str
    received_on: date
    amount_minor: int
    external_reference: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What becomes of a line that is new: the invoice it pays, or why a person has to look."""

    line: IdentifiedLine
    match: Match
    resembles: int | None = None


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the book knows when a statement is read."""

    known: frozenset[bytes]  # identities
    alike: Mapping[tuple[date, int], Sequence[Alike]]
    payers: Payers
    invoices: Sequence[OpenInvoice]
    references: frozenset[str]  # of invoices that lines name
    fee_terms: Mapping[str, TransferFeeTerms]
    unlinked: Sequence[UnlinkedPayment]
    narrow: Callable[[str], str | None]
    today: date


def decide(lines: Iterable[IdentifiedLine], *, within: Surroundings) -> list[Decision]:
    """Return what becomes of the lines that are not in the book yet, in their order."""
    invoices = list(within.invoices)
    decisions = []
    for each in lines:
        alike = within.alike.get((each.line.booked_on, each.line.amount_minor), ())
        found = {
            other.id: sameness(each.line.balance_minor, other.balance_minor) for other in alike
        }
        if each.identity in within.known or Sameness.SAME in found.values():
            continue
        twin = next((key for key, is_it in found.items() if is_it is Sameness.UNCERTAIN), None)
        match = _match(each.line, invoices, within) if twin is None else _UNCERTAIN
        if match.invoice is not None:
            invoices = [invoice for invoice in invoices if invoice.reference != match.invoice]
        decisions.append(Decision(line=each, match=match, resembles=twin))
    return decisions


_UNCERTAIN = Match(reason=Reason.PERHAPS_KNOWN)


def _match(line: StatementLine, invoices: Sequence[OpenInvoice], within: Surroundings) -> Match:
    if line.is_cancelled:
        return Match(reason=Reason.CANCELLED)
    match = match_line(
        line,
        payers=within.payers,
        invoices=invoices,
        known_references=within.references.__contains__,
        fee_terms=within.fee_terms,
        narrow=within.narrow,
    )
    if match.invoice is None:
        return match
    if line.booked_on > within.today:
        return replace(match, invoice=None, reason=Reason.IN_FUTURE)
    licensee = next(each.licensee for each in invoices if each.reference == match.invoice)
    if any(_may_be(line, each, licensee) for each in within.unlinked):
        return replace(match, invoice=None, reason=Reason.PERHAPS_RECORDED)
    return match


def _may_be(line: StatementLine, payment: UnlinkedPayment, licensee: str) -> bool:
    """Tell whether a line may be what a person recorded of the same firm."""
    is_near = abs(payment.received_on - line.booked_on) <= DAYS_OFF
    return is_near and (payment.licensee, payment.amount_minor) == (licensee, line.amount_minor)
