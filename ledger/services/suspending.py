"""
Suspending: licenses of firms that do not pay, as their terms say, and lifting that when they do.

A run suspends from its own instant on and lifts from its own instant on; nothing is suspended
or lifted for the past. The firm and the holders whose works are named are told of both.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ledger.core.dunning import DunningTerms, TermsInForce
from ledger.core.fields import check_instant, check_text
from ledger.core.nonpayment import causes, license_restored, license_suspended, to_suspend
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.webhook import Event
from ledger.core.wind_down import over_at
from ledger.services import BOOK_ID
from ledger.store import dunning_terms, outbox, reminders, suspensions
from ledger.store.database import Database
from ledger.store.suspensions import Concerned, SuspensionInBook

#: Why a license is in force again when nobody gave another reason.
PAID = "paid"


class LicenseNotSuspended(Refusal):
    """No suspension of the license is in force."""

    code = "license_not_suspended"
    field = "license"


def suspend_unpaid(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    usual: DunningTerms,
    suspended_by: str,
    suspended_at: datetime,
) -> tuple[str, ...]:
    """
    Suspend the licenses whose terms say so by now, and return their references.

    ``usual`` is what holds where nothing was agreed. An invoice suspends a license once: whoever
    lifts it, with or without payment, it is not suspended for that invoice again.
    """
    check_text(suspended_by, field="suspended_by")
    at = check_instant(suspended_at, field="suspended_at")
    on = tokyo_day(at)
    with database.transaction() as session:
        reminders.lock_dunning(session)
        force = TermsInForce(dunning_terms.agreed_terms(session, book_id=book_id), usual=usual)
        found = causes(reminders.open_invoices(session, book_id=book_id), force, on=on)
        known = suspensions.list_suspensions(session, book_id=book_id, with_lifted=True)
        chosen = to_suspend(
            found,
            suspended={each.license_id for each in known if each.lifted_at is None},
            before={(each.license_id, each.document_id) for each in known},
            on=on,
        )
        if not chosen:
            return ()
        suspensions.insert_suspensions(
            session, causes=chosen.values(), suspended_at=at, suspended_by=suspended_by
        )
        told = suspensions.concerned(session, license_ids=chosen)
        events = [
            license_suspended(
                owner_id=owner,
                license=each.reference,
                licensee=each.licensee,
                invoice=chosen[each.license_id].invoice.reference
                if owner == each.licensee_id
                else None,
                suspended_at=at,
                earns_until=over_at(at, days=each.wind_down_days),
            )
            for each in told.values()
            for owner in (each.licensee_id, *each.holder_ids)
        ]
        outbox.enqueue(session, book_id=book_id, events=events, occurred_at=at)
    return tuple(each.reference for each in told.values())


def lift_paid(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    usual: DunningTerms,
    lifted_by: str,
    lifted_at: datetime,
) -> tuple[str, ...]:
    """Lift what no invoice gives cause for any more; return the references of the licenses."""
    check_text(lifted_by, field="lifted_by")
    at = check_instant(lifted_at, field="lifted_at")
    with database.transaction() as session:
        if not suspensions.list_suspensions(session, book_id=book_id):
            return ()
        reminders.lock_dunning(session)
        known = suspensions.list_suspensions(session, book_id=book_id)
        invoices = reminders.open_invoices(session, book_id=book_id)
        unpaid = {each.document_id for each in invoices}
        force = TermsInForce(dunning_terms.agreed_terms(session, book_id=book_id), usual=usual)
        bearing = {
            each.license_id
            for each in causes(invoices, force, on=tokyo_day(at))
            if each.invoice.held_because is None
        }
        over = [
            each
            for each in known
            if each.document_id not in unpaid and each.license_id not in bearing
        ]
        if not over:
            return ()
        suspensions.insert_liftings(
            session, suspensions=over, reason=PAID, lifted_at=at, lifted_by=lifted_by
        )
        told = suspensions.concerned(session, license_ids=[each.license_id for each in over])
        events = _restored(told.values(), at)
        outbox.enqueue(session, book_id=book_id, events=events, occurred_at=at)
    return tuple(each.reference for each in told.values())


def lift(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    license: str,
    reason: str,
    lifted_by: str,
    lifted_at: datetime,
) -> None:
    """
    Lift a suspension though the invoice is not paid.

    :raises LicenseNotSuspended: it is not suspended.
    """
    check_text(reason, field="reason")
    check_text(lifted_by, field="lifted_by")
    at = check_instant(lifted_at, field="lifted_at")
    with database.transaction() as session:
        reminders.lock_dunning(session)
        known = suspensions.list_suspensions(session, book_id=book_id)
        over = [each for each in known if each.license == license]
        if not over:
            raise LicenseNotSuspended(license=license)
        suspensions.insert_liftings(
            session, suspensions=over, reason=reason, lifted_at=at, lifted_by=lifted_by
        )
        told = suspensions.concerned(session, license_ids=[each.license_id for each in over])
        events = _restored(told.values(), at)
        outbox.enqueue(session, book_id=book_id, events=events, occurred_at=at)


def list_suspensions(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    owner_id: int | None = None,
    with_lifted: bool = False,
) -> Sequence[SuspensionInBook]:
    """
    Return suspended licenses in the order in which they were; those lifted since when asked.

    ``owner_id`` is the firm, or a holder whose works are named; None is the house.
    """
    with database.transaction() as session:
        return suspensions.list_suspensions(
            session, book_id=book_id, owner_id=owner_id, with_lifted=with_lifted
        )


def _restored(told: Iterable[Concerned], at: datetime) -> list[Event]:
    return [
        license_restored(
            owner_id=owner, license=each.reference, licensee=each.licensee, restored_at=at
        )
        for each in told
        for owner in (each.licensee_id, *each.holder_ids)
    ]
