"""
The job that asks Stripe for what the book has queued, and tells the book what it answered.

Each call has the key that follows from its row. A try that may have been carried out longer ago
than Stripe remembers keys looks first whether what it would make is there.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from api.clock import Clock
from ledger.core.money import Money
from ledger.core.processor import (
    KEY_KEPT,
    AccountTakesNoTransfers,
    AskedPayment,
    Method,
    OpenedPayment,
    Processor,
    ProcessorAway,
    ProcessorRefused,
    TransferAbroad,
    idempotency_key,
)
from ledger.services import BOOK_ID, calling, requesting, transferring
from ledger.store.database import Database
from ledger.store.stripe_calls import Call

#: A try this old is not trusted to Stripe's memory.
_KEY_TRUSTED = KEY_KEPT - timedelta(hours=4)

#: Who is named where an answer of Stripe's wrote something.
BY = "stripe"

_log = logging.getLogger("genbo.stripe")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whoever speaks to Stripe for a book."""

    database: Database
    processor: Processor
    clock: Clock
    book_id: int = BOOK_ID

    def carry_on(self) -> int:
        """Make the calls that are due; return how many there were."""
        now = self.clock()
        requesting.withdraw_settled(self.database, book_id=self.book_id, at=now, by="stripe")
        count = 0
        while due := calling.take_due(
            self.database,
            book_id=self.book_id,
            is_live=self.processor.is_live,
            at=self.clock(),
        ):
            for call in due:
                self._make(call)
            count += len(due)
        transferring.record_answers(
            self.database, book_id=self.book_id, at=self.clock(), recorded_by=BY
        )
        return count

    def _make(self, call: Call) -> None:
        try:
            answer = self._ask(call)
        except ProcessorAway as away:
            next_at = calling.record_later(
                self.database, call=call, reason=away.reason, ended_at=self.clock()
            )
            _log.warning("%s %s waits until %s: %s", call.kind, call.subject, next_at, away.reason)
        except (ProcessorRefused, TransferAbroad, AccountTakesNoTransfers) as refused:
            calling.record_refused(
                self.database, call=call, reason=str(refused), ended_at=self.clock()
            )
            _log.error("%s %s is refused: %s", call.kind, call.subject, refused)
        else:
            calling.record_done(self.database, call=call, answer=answer, ended_at=self.clock())
            _log.info("%s %s is done", call.kind, call.subject)

    def _ask(self, call: Call) -> Mapping[str, Any]:
        key = idempotency_key(kind=call.kind, subject=call.subject, asked_at=call.queued_at)
        look_first = self.clock() - call.first_begun_at >= _KEY_TRUSTED
        given = call.arguments
        if call.kind == "withdraw":
            if call.opened is None:
                raise ProcessorAway("it is not made yet")
            if call.opened:
                self.processor.withdraw_payment(call.opened, key=key)
            return {}
        if call.kind == "refund":
            refund = self.processor.refund(
                reference=call.subject,
                payment=given["charge"],
                amount_minor=given["amount_minor"],
                key=key,
                look_first=look_first,
            )
            return {"refund": refund}
        if call.kind == "transfer":
            transfer = self.processor.transfer(
                reference=call.subject,
                amount=Money(given["amount_minor"], given["currency"]),
                destination=given["destination"],
                key=key,
                look_first=look_first,
            )
            return {"transfer": transfer}
        asked = AskedPayment(
            reference=call.subject,
            invoice=given["invoice"],
            method=Method(given["method"]),
            amount=Money(given["amount_minor"], given["currency"]),
        )
        customer = "" if asked.method is Method.CARD else self._customer(call)
        opened = self.processor.open_payment(
            asked, customer=customer, key=key, look_first=look_first
        )
        return _kept(opened)

    def _customer(self, call: Call) -> str:
        """Return the firm's customer, which is made when it first pays by one."""
        if call.customer is not None:
            return call.customer
        key = idempotency_key(
            kind="customer", subject=call.payer.reference, asked_at=call.payer_since
        )
        made = self.processor.new_customer(call.payer, key=key)
        return calling.record_customer(
            self.database,
            licensee_id=call.licensee_id,
            is_live=call.is_live,
            stripe_id=made,
            recorded_at=self.clock(),
        )


def _kept(opened: OpenedPayment) -> dict[str, Any]:
    """Return an answer as the book keeps it."""
    expires_at: datetime | None = opened.expires_at
    return {
        "processor_id": opened.processor_id,
        "url": opened.url,
        "virtual_account": opened.virtual_account and asdict(opened.virtual_account),
        "expires_at": expires_at and expires_at.isoformat(),
    }
