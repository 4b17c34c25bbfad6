"""Asking before generating: may this be made, under which license, and for how much."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import Struct

from api.client.calls import Call, reader
from api.client.generation import Quantity, check_exact
from api.client.patience import Patience

ClearanceStatus = Literal["cleared", "held", "refused"]

#: A prompt is waiting for the answer: three quick tries, then the program decides.
CLEARANCE_PATIENCE = Patience(
    tries=3, base_seconds=0.05, wait_seconds_max=0.5, retry_after_seconds_max=1
)
_TIMEOUT_SECONDS = 5


class ClearanceRate(Struct, frozen=True, kw_only=True):
    """The line of the rate card that prices the use; ``rate`` is exact, as text."""

    basis: str
    rate: str
    currency: str
    tiered: bool


class ClearanceQuota(Struct, frozen=True, kw_only=True):
    """What is left of the grant's quota; without a ``unit`` each subject counts one."""

    remaining: Decimal
    unit: str | None
    period: str
    on_exceed: str


class ClearedSubject(Struct, frozen=True, kw_only=True):
    """What is answered about one subject; reasons are those that a report would be told."""

    id: str
    status: ClearanceStatus
    reasons: tuple[str, ...]
    license: str | None
    terms_version: int | None
    clause: str | None
    rate: ClearanceRate | None
    price_minor: Decimal | None
    credit_line: str | None
    ai_label: str | None = None
    prohibited_content: tuple[str, ...] = ()
    quota: ClearanceQuota | None = None
    opt_in: str


class Clearance(Struct, frozen=True, kw_only=True):
    """An answer for each subject, in order; ``status`` is the gravest of them."""

    status: ClearanceStatus
    subjects: tuple[ClearedSubject, ...]
    clearance: str | None
    expires_at: datetime | None

    @property
    def is_cleared(self) -> bool:
        """Whether everything asked for is permitted."""
        return self.status == "cleared"


_read = reader(Clearance)


def clearance_call(
    *,
    subjects: Sequence[str],
    use_class: str,
    modality: str,
    unit: str,
    territory: str,
    quantity: Quantity,
    occurred_at: datetime | None,
    license: str | None,
    language: str | None,
) -> Call[Clearance]:
    """
    Return the request for a clearance; a subject is named by its id.

    :raises GenerationInvalid: the quantity is a float.
    """
    check_exact(quantity, field="quantity")
    members: dict[str, Any] = {
        "subjects": list(subjects),
        "use_class": use_class,
        "modality": modality,
        "unit": unit,
        "territory": territory,
        "quantity": quantity,
        "occurred_at": occurred_at,
        "license": license,
        "language": language,
    }
    given = {name: value for name, value in members.items() if value is not None}
    return Call(
        method="POST",
        path="/v1/clearances",
        read=_read,
        content=msgspec.json.encode(given),
        headers={"Content-Type": "application/json"},
        patience=CLEARANCE_PATIENCE,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
