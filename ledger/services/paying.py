"""
Paying: a planned run is turned into an order to the bank, and released by a second person.

What is paid was decided when the month was settled. Releasing keeps the very file that went to
the bank, and takes the money out of the book on the day on which the bank pays it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.payout_entry import released_entry
from ledger.core.payout_refusal import PayeeHeldBack, TransfersNotPossible
from ledger.core.payout_run import (
    PayoutRun,
    check_release,
)
from ledger.core.payout_transfer import transfer_asked, transfer_list, transfer_reference
from ledger.core.period import TOKYO
from ledger.core.refusal import Refusal
from ledger.core.unsettled import DecidingDays, PartyInForce
from ledger.core.webhook import Event, payout_sent
from ledger.services import BOOK_ID
from ledger.store import (
    entries,
    outbox,
    payee_holds,
    payees,
    payout_steps,
    payouts,
    settlements,
    stripe_calls,
)
from ledger.store.database import Database
from ledger.store.payouts import FrozenPayout

#: Most rows of one page.
LIMIT_MAX = 1_000


class PaidBeforeItsDay(Refusal):
    """The bank is said to have paid before the day the run was ordered for."""

    code = "paid_before_its_day"
    field = "posted_on"


class PayoutFileEmpty(Refusal):
    """A release came without the file that goes to the bank."""

    code = "payout_file_empty"
    field = "file_content"


@dataclass(frozen=True, kw_only=True)
class OrderedPayment:
    """One payment of an order, with payee and account as the payee's statement shows them."""

    payee: PartyCopy
    account: BankAccountCopy
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class PayoutOrder:
    """What the bank is to be told: whom to pay, on which day, and how much, in yen."""

    reference: str
    pay_on: date
    payer: PartyInForce  # the house, with the account the bank is to debit
    payments: tuple[OrderedPayment, ...]

    @property
    def at_home(self) -> tuple[OrderedPayment, ...]:
        """The payments to banks in Japan."""
        return tuple(
            each
            for each in self.payments
            if each.account.bic is None and not each.account.is_at_stripe
        )

    @property
    def abroad(self) -> tuple[OrderedPayment, ...]:
        """The payments to banks abroad."""
        return tuple(each for each in self.payments if each.account.bic is not None)

    @property
    def through_stripe(self) -> tuple[OrderedPayment, ...]:
        """The payments that Stripe transfers."""
        return tuple(each for each in self.payments if each.account.is_at_stripe)

    @property
    def total_minor(self) -> int:
        """The sum of the payments."""
        return sum(payment.amount_minor for payment in self.payments)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some runs, and where to go on; None when there are no more."""

    runs: tuple[PayoutRun, ...]
    next_after: int | None


def order(database: Database, *, book_id: int = BOOK_ID, run_reference: str) -> PayoutOrder:
    """
    Return the frozen values of a run's bank file; the same run always gives the same.

    :raises PayoutRunUnknown: there is no such run.
    """
    with database.transaction() as session:
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        frozen = payouts.find_payouts(session, run_id=run.id)
        days = DecidingDays(settled_on=run.pay_on, fee_on=run.pay_on, paid_on=run.pay_on)
        house = payees.find_in_force(session, book_id=book_id, references=(), days=days)
    return PayoutOrder(
        reference=run.reference,
        pay_on=run.pay_on,
        payer=next(iter(house.values())),
        payments=tuple(
            OrderedPayment(
                payee=payout.payee, account=payout.account, amount_minor=payout.payout_minor
            )
            for payout in frozen
        ),
    )


def release_payouts(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    run_reference: str,
    released_by: str,
    released_at: datetime,
    posted_on: date,
    file_content: bytes | None,
    abroad_content: bytes | None = None,
    stripe_is_live: bool | None = None,
) -> PayoutRun:
    """
    Release a run: keep the file that goes to the bank, and post the payouts and withholding.

    A run that pays at home and abroad has two files; ``abroad_content`` is the second. One that
    Stripe alone pays has none, and its list of transfers is kept in the place of it.

    What Stripe pays is put into its queue in the same transaction, to be transferred from the
    beginning of the run's day, each payment under a key of its own; ``stripe_is_live`` says of
    which mode the house's key is, None for no key.

    A run that nobody approved yet is approved by whoever releases it, who did not plan it.

    :raises PayoutRunUnknown: there is no such run.
    :raises PayoutsAlreadyReleased: it was released before, perhaps just now by somebody else.
    :raises PayoutRunCancelled: it was cancelled.
    :raises PayoutRunOverItsDay: it should have been paid before.
    :raises SamePersonCannotRelease: it was planned by the same person, and nobody approved it.
    :raises PaidBeforeItsDay: ``posted_on`` lies before the day of the run.
    :raises PayoutFileEmpty: there is no file.
    :raises InsufficientCash: the bank account holds less than the run pays from it.
    :raises InsufficientStripeBalance: Stripe holds less than it is to transfer.
    :raises PayeeHeldBack: it pays somebody who was held back after it was planned.
    :raises TransfersNotPossible: Stripe is to pay somebody, and there is no key.
    """
    check_text(released_by, field="released_by")
    check_instant(released_at, field="released_at")
    if b"" in (file_content, abroad_content):
        raise PayoutFileEmpty(reference=run_reference)
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        check_release(run, released_by=released_by, released_at=released_at)
        if posted_on < run.pay_on:
            raise PaidBeforeItsDay(reference=run.reference, posted_on=posted_on, pay_on=run.pay_on)
        paid = payouts.find_payouts(session, run_id=run.id)
        transfers = [each for each in paid if each.is_at_stripe]
        _check_files(run, paid, file_content, abroad_content)
        if (held := payee_holds.held_in_run(session, run_id=run.id)) is not None:
            raise PayeeHeldBack(reference=run.reference, payee=held)
        cash = payouts.find_cash(session, book_id=book_id, currency=run.currency)
        moved_minor = sum(each.payout_minor for each in transfers)
        payouts.require_cash(
            run.payout_minor - moved_minor,
            available_minor=cash.bank_minor,
            foreign_minor=cash.foreign_minor,
        )
        if transfers:
            payouts.require_stripe_balance(moved_minor, available_minor=cash.stripe_minor)
            if stripe_is_live is None:
                raise TransfersNotPossible(reference=run.reference)
        if run.approved_at is None:
            payout_steps.insert_approval(
                session,
                run_id=run.id,
                approved_at=released_at,
                approved_by=released_by,
                note="",
            )
        payouts.insert_release(
            session,
            run_id=run.id,
            released_at=released_at,
            released_by=released_by,
            content=transfer_list(run, transfers) if file_content is None else file_content,
            abroad_content=abroad_content,
        )
        entries.write_entry(
            session,
            book_id=book_id,
            entry=released_entry(run, paid, posted_on=posted_on),
            recorded_at=released_at,
        )
        for payout in transfers:
            stripe_calls.queue_call(
                session,
                book_id=book_id,
                licensee_id=payout.payee_id,
                kind="transfer",
                subject=transfer_reference(run.reference, payout.payee.reference),
                arguments=transfer_asked(run, payout),
                is_live=stripe_is_live is True,
                queued_at=max(released_at, datetime.combine(run.pay_on, time(), TOKYO)),
                queued_by=released_by,
            )
        outbox.enqueue(session, book_id=book_id, events=_events(run, paid), occurred_at=released_at)
        return payouts.require_run(session, book_id=book_id, reference=run_reference)


def released_files(
    database: Database, *, book_id: int = BOOK_ID, run_reference: str
) -> tuple[bytes, ...]:
    """
    Return the files that went to the bank: one, or two when the run pays at home and abroad.

    :raises PayoutRunUnknown: there is no such run, or it was not released.
    """
    with database.transaction() as session:
        contents = payouts.find_files(session, book_id=book_id, reference=run_reference)
    if not contents:
        raise payouts.PayoutRunUnknown(reference=run_reference)
    return contents


def list_runs(
    database: Database, *, book_id: int = BOOK_ID, after: int = 0, limit: int = 100
) -> Page:
    """
    Return a page of payout runs in the order in which they were planned, for the house.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = payouts.list_runs(session, book_id=book_id, after=after, limit=limit + 1)
    page = tuple(found[:limit])
    return Page(runs=page, next_after=page[-1].id if len(found) > limit else None)


def _events(run: PayoutRun, paid: list[FrozenPayout]) -> list[Event]:
    return [
        payout_sent(
            payee_id=payout.payee_id,
            run=run.reference,
            paid_on=run.pay_on,
            currency=run.currency,
            amount_minor=payout.payout_minor,
        )
        for payout in paid
    ]


def _check_files(
    run: PayoutRun,
    paid: list[FrozenPayout],
    file_content: bytes | None,
    abroad_content: bytes | None,
) -> None:
    """Make sure that there is a file for each way in which banks pay, and none for another."""
    ways = {each.account.bic is None for each in paid if not each.is_at_stripe}
    if (file_content is not None, abroad_content is not None) != (len(ways) > 0, len(ways) > 1):
        raise PayoutFileEmpty(reference=run.reference)
