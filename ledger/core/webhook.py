"""
Webhooks as values: what is told, how it is signed, when it is tried again, and by which secrets.

The wire format is Standard Webhooks 1.0: the body is signed with its id and the second at which
it is sent, so that nobody can alter it or send it again later. The schedule of retries is the
specification's own. Nothing here sends anything.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from ledger.core.invoice import Invoice
from ledger.core.period import Month
from ledger.core.statement import Statement

#: How long to wait before each attempt, the first included; after the last nobody tries again.
DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)

#: How long one attempt may take from looking up the name to the end of the answer.
TIMEOUT = timedelta(seconds=15)

#: For how long a claimed attempt is left to whoever claimed it; then it counts as lost.
LEASE = timedelta(minutes=2)

#: How much of an answer is kept.
ANSWER_BYTES_MAX = 1_024

#: The specification's bounds on the length of a secret.
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64

_GONE = 410


class EventType(StrEnum):
    """What an endpoint can be told."""

    STATEMENT_READY = "statement.ready"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    PAYOUT_SENT = "payout.sent"
    PAYOUT_RETURNED = "payout.returned"
    TERMS_CHANGED = "terms.changed"
    HOLD_OPENED = "hold.opened"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    LICENSE_SUSPENDED = "license.suspended"
    LICENSE_RESTORED = "license.restored"


class Outcome(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    GAVE_UP = "gave_up"
    GONE = "gone"


class Failure(StrEnum):
    """Why an attempt got no answer at all."""

    HOST_UNKNOWN = "host_unknown"
    ADDRESS_REFUSED = "address_refused"
    CONNECTION_FAILED = "connection_failed"
    TIMED_OUT = "timed_out"


class Secret(bytes):
    """Bytes that sign. They can be used, and not be printed by mistake."""

    def __repr__(self) -> str:
        """Hide them: a value that is logged, or told by an error, goes through here."""
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, kw_only=True)
class DatedSecret:
    """A secret, and until when the one before it signs beside it."""

    secret: Secret
    previous_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact that concerns a party. Amounts are whole minor units; days and months are text."""

    owner_id: int
    type: EventType
    data: Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of sending once; ``status`` is None when there was no answer."""

    started_at: datetime
    duration_ms: int
    status: int | None = None
    failure: Failure | None = None
    body: str = ""

    @property
    def ended_at(self) -> datetime:
        """When it was over."""
        return self.started_at + timedelta(milliseconds=self.duration_ms)


@dataclass(frozen=True, kw_only=True)
class Following:
    """What an attempt came to, and when the next one is due, if there is one."""

    outcome: Outcome
    next_due_at: datetime | None = None


def follow(*, number: int, answer: Answer) -> Following:
    """
    Decide what follows an attempt, whose number counts from 1.

    Any 2xx is success. 410 says that nobody is there any more. Everything else, redirects
    included, is tried again until the schedule has ended.
    """
    if answer.status is not None and 200 <= answer.status < 300:
        return Following(outcome=Outcome.DELIVERED)
    if answer.status == _GONE:
        return Following(outcome=Outcome.GONE)
    if number >= len(DELAYS):
        return Following(outcome=Outcome.GAVE_UP)
    return Following(outcome=Outcome.RETRYING, next_due_at=answer.ended_at + DELAYS[number])


def secrets_in_force(dated: Sequence[DatedSecret], *, at: datetime) -> tuple[Secret, ...]:
    """Return the secrets that sign at an instant, newest first, given newest first: one or two."""
    newest, *earlier = dated
    is_overlapping = newest.previous_until is not None and at < newest.previous_until
    return (newest.secret, *(each.secret for each in earlier[:1] if is_overlapping))


def secret_text(secret: Secret) -> str:
    """Return a secret as its receiver is shown it."""
    return f"whsec_{b64encode(secret).decode()}"


def payload(event: Event, *, occurred_at: datetime) -> str:
    """Return the body of a message: what is signed and sent, byte for byte, every time."""
    body = {"type": event.type, "timestamp": _written(occurred_at), "data": dict(event.data)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def headers(
    *, message_id: str, sent_at: datetime, payload: str, signed_by: Sequence[Secret]
) -> dict[str, str]:
    """Return the three headers of Standard Webhooks; each secret adds a signature."""
    seconds = int(sent_at.timestamp())
    signed = f"{message_id}.{seconds}.{payload}".encode()
    digests = [hmac.new(secret, signed, sha256).digest() for secret in signed_by]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{b64encode(digest).decode()}" for digest in digests),
    }


def invoice_issued(invoice: Invoice, *, licensee_id: int) -> Event:
    """Tell an AI firm that it is to pay."""
    return Event(
        owner_id=licensee_id,
        type=EventType.INVOICE_ISSUED,
        data={
            "invoice": invoice.number,
            "month": str(Month.of_day(invoice.period_end)),
            "issued_on": invoice.issued_on.isoformat(),
            "due_on": invoice.due_on.isoformat(),
            "currency": invoice.currency,
            "total_minor": invoice.total_minor,
        },
    )


def invoice_paid(
    *, licensee_id: int, invoice: str, received_on: date, currency: str, amount_minor: int
) -> Event:
    """Tell an AI firm that its payment arrived."""
    return Event(
        owner_id=licensee_id,
        type=EventType.INVOICE_PAID,
        data={
            "invoice": invoice,
            "received_on": received_on.isoformat(),
            "currency": currency,
            "amount_minor": amount_minor,
        },
    )


def statement_ready(statement: Statement, *, payee_id: int) -> Event:
    """Tell a payee what a month brought."""
    return Event(
        owner_id=payee_id,
        type=EventType.STATEMENT_READY,
        data={
            "statement": statement.number,
            "month": str(Month.of_day(statement.closing_month)),
            "issued_on": statement.issued_on.isoformat(),
            "currency": statement.currency,
            "payout_minor": statement.settlement.payout_minor,
        },
    )


def payout_sent(
    *, payee_id: int, run: str, paid_on: date, currency: str, amount_minor: int
) -> Event:
    """Tell a payee that the bank was told to pay."""
    return Event(
        owner_id=payee_id,
        type=EventType.PAYOUT_SENT,
        data={
            "payout_run": run,
            "pay_on": paid_on.isoformat(),
            "currency": currency,
            "amount_minor": amount_minor,
        },
    )


def payout_returned(
    *,
    payee_id: int,
    run: str,
    returned_on: date,
    currency: str,
    amount_minor: int,
    reason: str,
) -> Event:
    """Tell a payee that the bank gave its money back, and why."""
    return Event(
        owner_id=payee_id,
        type=EventType.PAYOUT_RETURNED,
        data={
            "payout_run": run,
            "returned_on": returned_on.isoformat(),
            "currency": currency,
            "amount_minor": amount_minor,
            "reason": reason,
        },
    )


def terms_changed(
    *, licensee_id: int, license: str, grant: int, version: int, effective_from: datetime
) -> Event:
    """Tell an AI firm that other terms take over."""
    return Event(
        owner_id=licensee_id,
        type=EventType.TERMS_CHANGED,
        data={
            "license": license,
            "grant": grant,
            "version": version,
            "effective_from": _written(effective_from),
        },
    )


def offer_changed(*, licensee_id: int, offer: str, version: int, effective_from: datetime) -> Event:
    """Tell an AI firm that an offer it accepted says something else, to whoever accepts it now."""
    return Event(
        owner_id=licensee_id,
        type=EventType.TERMS_CHANGED,
        data={"offer": offer, "version": version, "effective_from": _written(effective_from)},
    )


def consent_withdrawn(
    *,
    licensee_id: int,
    license: str,
    offer: str | None,
    consent: str | None,
    state: str,
    effective_at: datetime,
    earns_until: datetime,
    subject_count: int,
) -> Event:
    """
    Tell an AI firm that what one of its licenses names is suspended or withdrawn.

    A holder says so by an offer or by a decision, a performer by withdrawing a consent. Use earns
    on, and is permitted, until the license's wind-down or the performer's notice is over.
    """
    return Event(
        owner_id=licensee_id,
        type=EventType.CONSENT_WITHDRAWN,
        data={
            "license": license,
            **({} if offer is None else {"offer": offer}),
            **({} if consent is None else {"consent": consent}),
            "state": state,
            "effective_at": _written(effective_at),
            "earns_until": _written(earns_until),
            "subject_count": subject_count,
        },
    )


def hold_opened(
    *, owner_id: int, licensee: str, batch_number: int, use_count: int, reasons: Sequence[str]
) -> Event:
    """Tell an AI firm, or a holder whose subjects are concerned, that use waits for somebody."""
    return Event(
        owner_id=owner_id,
        type=EventType.HOLD_OPENED,
        data={
            "licensee": licensee,
            "batch": batch_number,
            "use_count": use_count,
            "reasons": [str(reason) for reason in reasons],
        },
    )


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
