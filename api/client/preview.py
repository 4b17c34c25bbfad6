"""What a report would be told and would cost; nothing is recorded."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from api.client.answers import Outcome
from api.client.batches import body_of
from api.client.calls import Call, reader
from api.client.clearance import ClearanceRate
from api.client.generation import Event, encode_event


class PreviewedSubject(Struct, frozen=True, kw_only=True):
    """What would become of one subject's part in a generation, and its exact price."""

    id: str
    status: str
    reasons: tuple[str, ...]
    license: str
    terms_version: int | None
    clause: str | None
    rate: ClearanceRate | None
    counter_before: Decimal | None
    price_minor: Decimal | None


class PreviewedResult(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """
    What would become of one event; there is no receipt for what is not recorded.

    ``counted_in`` is the month whose invoice takes it in, when its own is closed.
    """

    warnings: tuple[str, ...] = ()
    counted_in: str | None = None
    subjects: tuple[PreviewedSubject, ...] = ()


class PreviewedLine(Struct, frozen=True, kw_only=True):
    """By how much one line of a month would grow; ``amount_minor`` is rounded once."""

    month: str
    license: str
    subject: str
    terms_version: int
    clause: str
    rate: ClearanceRate
    generation_count: int
    quantity: Decimal
    exact_minor: Decimal
    amount_minor: int


class PreviewedTotal(Struct, frozen=True, kw_only=True):
    """What the lines of one currency come to, without tax."""

    currency: str
    exact_minor: Decimal
    amount_minor: int


class PreviewedShare(Struct, frozen=True, kw_only=True):
    """What of it a rights holder and the house would get, without tax."""

    holder: str
    currency: str
    amount_minor: int
    admin_fee_bp: int
    admin_fee_minor: int
    holder_minor: int


class PreviewedQuota(Struct, frozen=True, kw_only=True):
    """One period of a grant's quota: what is used of it now, and what would be left of it."""

    license: str
    grant: int
    since: date | None
    until: date | None
    units: Decimal
    unit: str | None
    on_exceed: str
    used_before: Decimal
    used_after: Decimal
    remaining: Decimal
    beyond_count: int
    overage: Decimal


class Preview(Struct, frozen=True, kw_only=True):
    """What a report would be told, and by how much its months would grow."""

    results: tuple[PreviewedResult, ...]
    counts: Mapping[str, int]
    lines: tuple[PreviewedLine, ...]
    totals: tuple[PreviewedTotal, ...]
    shares: tuple[PreviewedShare, ...]
    quotas: tuple[PreviewedQuota, ...] = ()
    previewed_at: datetime


_read = reader(Preview)


def preview_call(events: Iterable[Event]) -> Call[Preview]:
    """Return the request that previews a report, in one piece because tiers move on within it."""
    content, headers = body_of([encode_event(event) for event in events])
    return Call(
        method="POST", path="/v1/generations/preview", read=_read, content=content, headers=headers
    )
