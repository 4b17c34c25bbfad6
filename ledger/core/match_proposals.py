"""Which invoices a line of a bank might pay, the likeliest first; a person says which it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger.core.bank_statement import StatementLine
from ledger.core.match import OpenInvoice, Payers, firms_of, references_in


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """An open invoice, and what speaks for it."""

    invoice: OpenInvoice
    is_named: bool  # The payer wrote its number.
    is_of_payer: bool  # The payer's name or code is its firm's.
    is_exact: bool  # The amount is what is left to pay.

    @property
    def is_likely(self) -> bool:
        """Whether anything speaks for it."""
        return self.is_named or self.is_of_payer or self.is_exact


def propose(
    line: StatementLine,
    *,
    payers: Payers,
    invoices: Iterable[OpenInvoice],
    narrow: Callable[[str], str | None],
) -> tuple[Proposed, ...]:
    """
    Return open invoices in the order in which a person would look at them.

    A number that the payer wrote says most, then the payer, then the amount; those for which
    nothing speaks come last, the oldest first.
    """
    named, firms = set(references_in(line)), firms_of(line, payers=payers, narrow=narrow)
    found = [
        Proposed(
            invoice=each,
            is_named=each.reference in named,
            is_of_payer=each.licensee in firms,
            is_exact=each.left_minor == line.amount_minor,
        )
        for each in invoices
    ]
    return tuple(sorted(found, key=_place))


def _place(proposed: Proposed) -> tuple[bool, bool, bool, str]:
    return (
        not proposed.is_named,
        not proposed.is_of_payer,
        not proposed.is_exact,
        proposed.invoice.reference,
    )
