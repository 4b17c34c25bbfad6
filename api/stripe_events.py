"""
The job that looks at what Stripe told: what each kind of event does to the book.

An event says that something happened; how the balance moved is asked of Stripe, and posted under
Stripe's ids for it. So events may come in any order, and any number of times. What does not fit
is kept with its reason, and nothing is moved.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.clock import Clock
from ledger.core.payment import Channel
from ledger.core.period import tokyo_day
from ledger.core.processor import REFERENCE, About, Processor, ProcessorAway, ProcessorRefused
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID, collecting, listening, processing, requesting, transferring
from ledger.services.processing import PaymentNotInBook
from ledger.store.database import Database, DatabaseBusy, DatabaseUnavailable
from ledger.store.stripe_events import StoredEvent

#: Who is named where an event wrote something.
BY = "stripe"

_log = logging.getLogger("genbo.stripe")


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What became of a look at an event."""

    outcome: str
    reason: str = ""


_DONE, _NOTHING = _Look(outcome="done"), _Look(outcome="nothing")


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Whoever looks at the events of a book."""

    database: Database
    processor: Processor
    clock: Clock
    book_id: int = BOOK_ID

    def carry_on(self) -> int:
        """Look at the events that are due; return how many there were."""
        count = 0
        while due := listening.due_events(self.database, book_id=self.book_id, at=self.clock()):
            for event in due:
                look = self._look(event)
                outcome = listening.record_look(
                    self.database,
                    event=event,
                    outcome=look.outcome,
                    reason=look.reason,
                    by=BY,
                    at=self.clock(),
                )
                level = logging.WARNING if outcome in ("waits", "kept") else logging.INFO
                _log.log(level, "%s %s: %s %s", event.type, event.reference, outcome, look.reason)
            count += len(due)
        return count

    def _look(self, event: StoredEvent) -> _Look:
        try:
            return self._deal_with(event)
        except (DatabaseUnavailable, DatabaseBusy):
            raise
        except (ProcessorAway, PaymentNotInBook) as reason:
            return _Look(outcome="waits", reason=str(reason))
        except (ProcessorRefused, Refusal) as reason:
            return _Look(outcome="kept", reason=str(reason))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _Look(outcome="kept", reason=f"unreadable: {type(error).__name__} {error}")
        except Exception as error:  # Ours to mend; the others go on, and this one waits.
            _log.exception("%s %s failed", event.type, event.reference)
            return _Look(outcome="waits", reason=f"failed: {type(error).__name__}")

    def _deal_with(self, event: StoredEvent) -> _Look:
        if event.is_live is not self.processor.is_live:
            return _Look(outcome="kept", reason="other_mode")
        subject: Mapping[str, Any] = json.loads(event.body)["data"]["object"]
        deal = _DEALINGS.get(event.type)
        return _NOTHING if deal is None else deal(self, event, subject)

    def _paid(self, event: StoredEvent, intent: Mapping[str, Any]) -> _Look:
        """Record what a firm paid, if it is just what it was asked for."""
        reference = (intent["metadata"] or {}).get(REFERENCE)
        asked = reference and requesting.find_request(
            self.database, book_id=self.book_id, reference=reference
        )
        if not asked:
            return _Look(outcome="kept", reason=f"intent_unknown: {intent['id']}")
        currency, amount_minor = str(intent["currency"]).upper(), intent["amount_received"]
        if currency != asked.currency:
            told = f"currency_differs: {currency}, asked for {asked.currency}"
            return _Look(outcome="kept", reason=told)
        if type(amount_minor) is not int or amount_minor != asked.amount_minor:
            told = f"amount_differs: {amount_minor}, asked for {asked.amount_minor}"
            return _Look(outcome="kept", reason=told)
        charge = str(intent["latest_charge"])
        now = self.clock()
        collecting.record_receipt(
            self.database,
            book_id=self.book_id,
            invoice_reference=asked.invoice,
            amount_minor=amount_minor,
            currency=currency,
            received_on=min(tokyo_day(event.created_at), tokyo_day(now)),
            channel=Channel.STRIPE,
            external_reference=charge,
            overpaid=True,
            recorded_by=BY,
            recorded_at=now,
        )
        return self._move(About.CHARGE, charge)

    def _charge(self, _: StoredEvent, charge: Mapping[str, Any]) -> _Look:
        return self._move(About.REFUNDS, str(charge["id"]))

    def _refund(self, _: StoredEvent, refund: Mapping[str, Any]) -> _Look:
        return self._move(About.REFUNDS, str(refund["charge"]))

    def _dispute(self, _: StoredEvent, dispute: Mapping[str, Any]) -> _Look:
        return self._move(About.DISPUTE, str(dispute["id"]))

    def _payout(self, _: StoredEvent, payout: Mapping[str, Any]) -> _Look:
        return self._move(About.PAYOUT, str(payout["id"]))

    def _transfer(self, _: StoredEvent, transfer: Mapping[str, Any]) -> _Look:
        """Post what went to a payee or came back; what all came back is owed again."""
        reference = (transfer["metadata"] or {}).get(REFERENCE)
        payout = reference and transferring.find_transfer(
            self.database, book_id=self.book_id, reference=reference
        )
        if not payout:
            return _Look(outcome="kept", reason=f"transfer_unknown: {transfer['id']}")
        self._move(About.TRANSFER, str(transfer["id"]))
        if transfer["reversed"] is True:
            transferring.record_reversal(
                self.database,
                book_id=self.book_id,
                transfer=payout,
                reason=f"reversed: {transfer['id']}",
                recorded_by=BY,
                recorded_at=self.clock(),
            )
        elif transfer["amount_reversed"]:
            told = f"partly_reversed: {transfer['id']}, {transfer['amount_reversed']}"
            return _Look(outcome="kept", reason=told)
        return _DONE

    def _partly(self, _: StoredEvent, intent: Mapping[str, Any]) -> _Look:
        """Show that too little was transferred: it waits at Stripe, and is not ours yet."""
        return _Look(outcome="kept", reason=f"partially_funded: {intent['id']}")

    def _move(self, about: About, identity: str) -> _Look:
        movements = list(self.processor.movements_about(about, identity))
        processing.record_movements(
            self.database, book_id=self.book_id, movements=movements, recorded_at=self.clock()
        )
        return _DONE


_DEALINGS: Mapping[str, Callable[[Inbox, StoredEvent, Mapping[str, Any]], _Look]] = {
    "payment_intent.succeeded": Inbox._paid,
    "payment_intent.partially_funded": Inbox._partly,
    "charge.refunded": Inbox._charge,
    "refund.created": Inbox._refund,
    "refund.updated": Inbox._refund,
    "refund.failed": Inbox._refund,
    "charge.dispute.created": Inbox._dispute,
    "charge.dispute.funds_withdrawn": Inbox._dispute,
    "charge.dispute.funds_reinstated": Inbox._dispute,
    "charge.dispute.closed": Inbox._dispute,
    "payout.paid": Inbox._payout,
    "payout.failed": Inbox._payout,
    "transfer.created": Inbox._transfer,
    "transfer.reversed": Inbox._transfer,
}

#: The events that Stripe is to tell of.
EVENTS = tuple(sorted(_DEALINGS))
