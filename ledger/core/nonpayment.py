"""
Which licenses are suspended for invoices that are not paid, which are again open, who is told.

A license is suspended where its terms say after how many days overdue, the firm was warned a week
before at least, and nothing holds the invoice. It is lifted when no invoice gives cause any more.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ledger.core.dunning import WARNED_BEFORE_DAYS, DunningTerms, OpenInvoice, TermsInForce
from ledger.core.webhook import Event, EventType


@dataclass(frozen=True, kw_only=True)
class Cause:
    """An invoice for which a license is suspended, and after how many days overdue."""

    license_id: int
    invoice: OpenInvoice
    after_days: int


def causes(invoices: Iterable[OpenInvoice], force: TermsInForce, *, on: date) -> Iterator[Cause]:
    """Yield every invoice that is overdue for as long as a license's terms bear, held or not."""
    for invoice in invoices:
        for license_id, terms in force.suspensions(invoice).items():
            after = _agreed(terms)
            if invoice.open_minor and invoice.days_overdue(on) >= after:
                yield Cause(license_id=license_id, invoice=invoice, after_days=after)


def to_suspend(
    found: Iterable[Cause],
    *,
    suspended: Collection[int],
    before: Collection[tuple[int, int]],
    on: date,
) -> dict[int, Cause]:
    """
    Return the licenses to suspend on a day, each with its cause: the invoice that is due longest.

    ``suspended`` are those that are. ``before`` are pairs of license and invoice for which one
    was suspended and lifted; by whomever it was lifted, that invoice does not suspend it again.
    """
    chosen: dict[int, Cause] = {}
    for cause in sorted(found, key=lambda each: (each.invoice.due_on, each.invoice.document_id)):
        invoice = cause.invoice
        was_warned = invoice.warned_on is not None and on >= invoice.warned_on + timedelta(
            days=WARNED_BEFORE_DAYS
        )
        is_new = (cause.license_id, invoice.document_id) not in before
        is_in_force = cause.license_id not in suspended
        if was_warned and is_new and is_in_force and invoice.held_because is None:
            chosen.setdefault(cause.license_id, cause)
    return chosen


def license_suspended(
    *,
    owner_id: int,
    license: str,
    licensee: str,
    invoice: str | None,
    suspended_at: datetime,
    earns_until: datetime,
) -> Event:
    """Tell an AI firm, or a holder whose works it names, that a license is suspended."""
    return Event(
        owner_id=owner_id,
        type=EventType.LICENSE_SUSPENDED,
        data={
            "license": license,
            "licensee": licensee,
            **({} if invoice is None else {"invoice": invoice}),
            "reason": "non_payment",
            "suspended_at": _written(suspended_at),
            "earns_until": _written(earns_until),
        },
    )


def license_restored(*, owner_id: int, license: str, licensee: str, restored_at: datetime) -> Event:
    """Tell an AI firm, or a holder whose works it names, that a license is in force again."""
    return Event(
        owner_id=owner_id,
        type=EventType.LICENSE_RESTORED,
        data={"license": license, "licensee": licensee, "restored_at": _written(restored_at)},
    )


def _agreed(terms: DunningTerms) -> int:
    assert terms.suspend_after_days is not None, "only such terms are asked for"
    return terms.suspend_after_days


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
