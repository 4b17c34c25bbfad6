"""
Refunding: what an AI firm is owed again goes back to it, and is owed no more.

The rest of a repayable advance, when its license is over, and what a claim against a reserve came
to are held for the firm until the house has transferred them. A transfer is a row with who and
when, and an entry; it is never more than what is owed.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.payment import Channel
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import entries, months, refunds
from ledger.store.database import Database
from ledger.store.parties import lock_names, require_licensee
from ledger.store.refunds import Owed, Transfer


class RefundExceedsOwed(Refusal):
    """More is to be transferred than the firm is owed. Carries what that is."""

    code = "refund_exceeds_owed"
    field = "amount_minor"


class RefundRecordedAlready(Refusal):
    """A transfer to the firm was written down under this reference of the bank."""

    code = "refund_recorded_already"
    field = "bank_reference"


class RefundNotTakenBack(Refusal):
    """The firm did not take so much back through Stripe. Carries what it did."""

    code = "refund_not_taken_back"
    field = "amount_minor"


class RefundInFuture(Refusal):
    """The transfer is said to have been made on a day that has not come yet."""

    code = "refund_in_future"
    field = "transferred_on"


@dataclass(frozen=True, kw_only=True)
class Refunds:
    """What firms are owed again, and the newest transfers."""

    owed: tuple[Owed, ...]
    transfers: tuple[Transfer, ...]


def record_refund(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee: str,
    amount_minor: int,
    currency: str,
    transferred_on: date,
    bank_reference: str,
    channel: Channel = Channel.BANK,
    recorded_by: str,
    recorded_at: datetime,
) -> int:
    """
    Record that money was transferred back to a firm; return what it is owed after it.

    What went back through Stripe is posted already, by what Stripe told: here it is set against
    what the firm is owed, under Stripe's id for it.

    It is posted on its own day, or on the first day the book is open after it.

    :raises PartyUnknown, NotALicensee: the firm is not in the book, or no AI firm.
    :raises RefundExceedsOwed: it is owed less than the amount.
    :raises RefundNotTakenBack: it is told to have gone through Stripe, and less did.
    :raises RefundRecordedAlready: the same reference of the bank was recorded before.
    :raises RefundInFuture: the day lies after ``recorded_at``.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    check_whole(amount_minor, field="amount_minor", least=1)
    check_text(bank_reference, field="bank_reference")
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    if transferred_on > tokyo_day(at):
        raise RefundInFuture(transferred_on=transferred_on, today=tokyo_day(at))
    transfer = Transfer(
        licensee=licensee,
        currency=currency,
        amount_minor=amount_minor,
        transferred_on=transferred_on,
        bank_reference=bank_reference,
        recorded_at=at,
        recorded_by=recorded_by,
        channel=channel,
    )
    with database.transaction() as session:
        lock_names(session)
        licensee_id = require_licensee(session, book_id=book_id, reference=licensee)
        if refunds.has_transfer(session, licensee_id=licensee_id, bank_reference=bank_reference):
            raise RefundRecordedAlready(licensee=licensee, value=bank_reference)
        left = _owed(refunds.owed(session, book_id=book_id), licensee, currency) - amount_minor
        if left < 0:
            raise RefundExceedsOwed(
                licensee=licensee, currency=currency, value=amount_minor, owed=left + amount_minor
            )
        if channel is Channel.STRIPE:
            taken = refunds.taken_back(
                session, book_id=book_id, licensee_id=licensee_id, currency=currency
            )
            if taken < amount_minor:
                raise RefundNotTakenBack(
                    licensee=licensee, currency=currency, value=amount_minor, taken=taken
                )
        refunds.insert_transfer(
            session, book_id=book_id, licensee_id=licensee_id, transfer=transfer
        )
        last_closed = months.read_months(session, book_id=book_id).last_closed
        posted_on = first_open_day(transferred_on, last_closed=last_closed)
        entry = _entry(transfer, licensee_id, posted_on)
        entries.write_entry(session, book_id=book_id, entry=entry, recorded_at=at)
    return left


def list_refunds(database: Database, *, book_id: int = BOOK_ID, limit: int = 100) -> Refunds:
    """Return what every firm is owed again, and the newest transfers first."""
    with database.transaction() as session:
        return Refunds(
            owed=refunds.owed(session, book_id=book_id),
            transfers=refunds.list_transfers(session, book_id=book_id, limit=limit),
        )


def _owed(owed: tuple[Owed, ...], licensee: str, currency: str) -> int:
    return sum(
        each.amount_minor for each in owed if (each.licensee, each.currency) == (licensee, currency)
    )


def _entry(transfer: Transfer, licensee_id: int, posted_on: date) -> JournalEntry:
    return JournalEntry(
        kind="refund",
        posted_on=posted_on,
        currency=transfer.currency,
        source=f"REFUND-{transfer.licensee}-{transfer.bank_reference}",
        postings=move(
            Account(AccountCode.REFUNDS, licensee_id),
            Account(AccountCode.TAKEN_BACK, licensee_id)
            if transfer.channel == Channel.STRIPE
            else Account(AccountCode.BANK),
            transfer.amount_minor,
        ),
    )
