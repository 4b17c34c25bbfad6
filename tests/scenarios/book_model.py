"""
A book as small as a dictionary: what a report must be answered, told without the product.

It knows the licenses of the histories in :mod:`tests.scenarios.test_histories` and nothing else.
Only hashes are computed as the product does, because a receipt is to be foretold to the byte.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.core.period import Month
from ledger.core.proof import EMPTY_HEAD, chain_head, merkle_root
from tests.api.reported import decoded

Event = dict[str, Any]
Receipt = dict[str, Any]

KAZE, HOSHI, YORU = "kaze-no-machi", "hoshi-no-uta", "yoru-no-umi"
#: What each license permits to whom; all are of images and video, from April 2026 on.
LICENSES = {"LIC-A": ("studio-a", {KAZE, HOSHI}), "LIC-B": ("studio-b", {KAZE})}
MODALITIES = {"image", "video"}
#: Never offered, by whomever it is licensed.
NOT_OFFERED = {YORU}
SUBJECTS = {KAZE, HOSHI, YORU}
APRIL = Month(2026, 4)

_FUTURE = timedelta(minutes=5)
_GRAVITY = ("accepted", "held", "refused")
#: The fields of a conflict in the order in which they are named.
_FIELDS = ("time", "license", "subjects", "modality", "unit", "territory", "quantity", "title")


class Identity(NamedTuple):
    """What makes an event this one."""

    firm: str
    month: Month
    source: str
    id: str


class Expected(NamedTuple):
    """What has to be answered about one event."""

    status: str
    receipt: Receipt | None = None
    fields: list[str] | None = None
    problem: str | None = None


@dataclass
class Kept:
    """An event in the book, and in which month it is counted when it came late."""

    event: Event
    status: str
    receipt: Receipt
    counted_in: Month | None


@dataclass
class BookModel:
    """Everything that is known of a book."""

    now: datetime
    kept: dict[Identity, Kept] = field(default_factory=dict)
    heads: dict[str, list[bytes]] = field(default_factory=dict)
    closed: Month | None = None
    closings: set[Month] = field(default_factory=set)
    #: Instants from which a subject is offered or suspended.
    decisions: dict[str, dict[datetime, str]] = field(default_factory=dict)

    def report(self, firm: str, events: Sequence[Event]) -> list[Expected]:
        """Take a report as the book must, and return what has to be answered."""
        answers: list[Expected] = []
        new: list[Kept] = []
        for event in events:
            known = self._sort(firm, event)
            if isinstance(known, Identity):
                is_late = self.closed is not None and known.month <= self.closed
                late = self.closed.next() if self.closed and is_late else None
                status = self._decision(firm, event)
                kept = Kept(event=event, status=status, receipt={}, counted_in=late)
                self.kept[known] = kept
                new.append(kept)
                known = Expected(status, kept.receipt)
            answers.append(known)
        in_time = [kept for kept in new if kept.counted_in is None]
        late_ones = [kept for kept in new if kept.counted_in is not None]
        for batch in (in_time, late_ones):
            if batch:
                self._seal(firm, batch)
        return answers

    def is_closed(self, month: Month) -> bool:
        """Tell whether a month is charged, and what is new in it counted later."""
        return self.closed is not None and month <= self.closed

    def close(self, month: Month) -> None:
        """Close a month, and with it all before it."""
        self.closed = month
        self.closings.add(month)

    def next_to_close(self) -> Month | None:
        """Return the month that may be closed next, if anything is known of it."""
        if self.closed is not None:
            return self.closed.next()
        return min((identity.month for identity in self.kept), default=None)

    def of_month(self, month: Month) -> list[Kept]:
        """Return everything that a month has when it closes; what comes later is charged later."""
        return [
            kept
            for identity, kept in self.kept.items()
            if identity.month == month and kept.counted_in is None
        ]

    def sums(self) -> Counter[tuple[str, Month, str]]:
        """Return how many events each firm has in each month, by what became of them."""
        return Counter(
            (identity.firm, identity.month, kept.status) for identity, kept in self.kept.items()
        )

    def used(self, month: Month) -> Mapping[tuple[str, str, str], tuple[int, Decimal]]:
        """Return what is to be charged: by firm, subject and modality, how often and how much."""
        found: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
        for identity, kept in self.kept.items():
            event = kept.event
            if identity.month != month or kept.counted_in or event["quantity"] is None:
                continue
            for subject in event["subjects"]:
                if self._part(identity.firm, event, subject["id"]) != "accepted":
                    continue
                key = (identity.firm, subject["id"], event["modality"])
                count, quantity = found.get(key, (0, Decimal(0)))
                found[key] = (count + 1, quantity + Decimal(event["quantity"]))
        return found

    def _sort(self, firm: str, event: Event) -> Expected | Identity:
        if "fault" in event:
            return Expected("invalid", problem=event["fault"])
        if instant(event) > self.now + _FUTURE:
            return Expected("invalid", problem="time_in_future")
        identity = Identity(firm, Month.of(instant(event)), event["source"], event["id"])
        known = self.kept.get(identity)
        if known is None:
            if self.is_closed(identity.month) and not self._has(identity.month):
                return Expected("invalid", problem="time_too_old")
            return identity
        differing = [name for name in _FIELDS if facts(known.event)[name] != facts(event)[name]]
        if differing:
            return Expected("conflict", known.receipt, differing, "identity_conflict")
        return Expected("duplicate", known.receipt)

    def _has(self, month: Month) -> bool:
        return month in self.closings or any(identity.month == month for identity in self.kept)

    def _decision(self, firm: str, event: Event) -> str:
        parts = [self._part(firm, event, subject["id"]) for subject in event["subjects"]]
        return max(parts, key=_GRAVITY.index)

    def _part(self, firm: str, event: Event, subject: str) -> str:
        """Return what becomes of one subject's part; everything unknown is at most held."""
        holder, licensed = LICENSES.get(event["license"], ("", set()))
        if holder != firm or instant(event) < APRIL.starts_at:
            return "refused"
        if subject not in SUBJECTS:
            return "held" if event.get("title") else "refused"
        if subject in NOT_OFFERED or self._is_suspended(subject, instant(event)):
            return "refused"
        if subject not in licensed or event["modality"] not in MODALITIES:
            return "refused"
        return "held" if event["quantity"] is None else "accepted"

    def _is_suspended(self, subject: str, at: datetime) -> bool:
        before = {since: state for since, state in self.decisions[subject].items() if since <= at}
        return not before or before[max(before)] == "suspended"

    def _seal(self, firm: str, new: Sequence[Kept]) -> None:
        heads = self.heads.setdefault(firm, [EMPTY_HEAD])
        leaves = [leaf(kept.event) for kept in new]
        root = merkle_root(leaves)
        number = len(heads)
        head = chain_head(previous=heads[-1], number=number, count=len(new), root=root)
        heads.append(head)
        for position, kept in enumerate(new):
            kept.receipt |= {
                "batch": number,
                "position": position,
                "leaf": leaves[position].hex(),
                "root": root.hex(),
                "head": head.hex(),
            }


def instant(event: Event) -> datetime:
    """Return when an event happened."""
    return datetime.fromisoformat(event["time"]).astimezone(UTC)


def facts(event: Event) -> dict[str, object]:
    """Return what an event says, however it is spelled."""
    quantity = event["quantity"]
    return {
        **{name: event.get(name) for name in _FIELDS},
        "time": instant(event),
        "quantity": None if quantity is None else Decimal(quantity) + 0,
        "subjects": [(subject["id"], subject.get("weight_bp")) for subject in event["subjects"]],
    }


def leaf(event: Event) -> bytes:
    """Return the hash under which an event is kept."""
    (reported,) = decoded([event])
    return reported.content_hash()  # type: ignore[union-attr]
