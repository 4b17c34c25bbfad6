"""
The letter about unpaid invoices as frozen values: of which, what is open, and how it is paid.

It says what was open when it was written. Everything else that the firm still owes stands in it
as well, so that nobody has to add it up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.dunning import Due, OpenInvoice, Tone
from ledger.core.invoice import BankAccountCopy, PartyCopy


@dataclass(frozen=True, kw_only=True)
class OnlineWay:
    """Where an invoice can be paid without the bank: a page, an account of the firm's own."""

    url: str | None
    account: Mapping[str, str] | None  # as the processor names its parts


@dataclass(frozen=True, kw_only=True)
class LetterLine:
    """One open invoice in a letter."""

    reference: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    received_minor: int
    open_minor: int
    is_asked: bool  # False: listed, and not what the letter is about
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class OwnAccount:
    """The account to which only this firm transfers."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_type: str
    number: str
    holder: str


@dataclass(frozen=True, kw_only=True)
class DunningLetter:
    """A letter to a firm."""

    tone: Tone
    written_on: date
    issuer: PartyCopy
    recipient: PartyCopy
    lines: tuple[LetterLine, ...]  # what is asked for first, then all that is open beside it
    pay_to: BankAccountCopy
    own_account: OwnAccount | None
    suspended_on: date | None  # of a warning
    licenses: tuple[str, ...]  # that would be suspended

    @property
    def asked(self) -> tuple[LetterLine, ...]:
        """What the letter is about."""
        return tuple(line for line in self.lines if line.is_asked)


def open_totals(lines: Iterable[LetterLine]) -> dict[str, int]:
    """Return what is open in each currency."""
    totals: dict[str, int] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, 0) + line.open_minor
    return totals


def write_letter(
    due: Sequence[Due],
    *,
    beside: Iterable[OpenInvoice],
    ways: Mapping[int, OnlineWay],
    issuer: PartyCopy,
    recipient: PartyCopy,
    pay_to: BankAccountCopy,
    licenses: Sequence[str],
    on: date,
) -> DunningLetter:
    """
    Return one letter about what is due of one firm in one tone; ``beside`` is all it has open.

    ``ways`` are by invoice (``document_id``).
    """
    asked = {each.invoice.document_id for each in due}
    ordered = sorted((each.invoice for each in due), key=_by_due_day)
    ordered += sorted((each for each in beside if each.document_id not in asked), key=_by_due_day)
    own = next((each.account for each in ways.values() if each.account is not None), None)
    days = [each.suspended_on for each in due if each.suspended_on is not None]
    return DunningLetter(
        tone=due[0].tone,
        written_on=on,
        issuer=issuer,
        recipient=recipient,
        lines=tuple(
            LetterLine(
                reference=each.reference,
                issued_on=each.issued_on,
                due_on=each.due_on,
                currency=each.currency,
                total_minor=each.total_minor,
                received_minor=each.received_minor,
                open_minor=each.open_minor,
                is_asked=each.document_id in asked,
                url=ways[each.document_id].url if each.document_id in ways else None,
            )
            for each in ordered
        ),
        pay_to=pay_to,
        own_account=None if own is None else OwnAccount(**own),
        suspended_on=min(days, default=None),
        licenses=tuple(licenses),
    )


def _by_due_day(invoice: OpenInvoice) -> tuple[date, str]:
    return invoice.due_on, invoice.reference
