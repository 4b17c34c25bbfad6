"""
A book as small as a dictionary: what a report must be answered, told without the product.

Only hashes are computed as the product does, because a receipt is to be foretold to the byte.
What corrections, declarations and closings do to it stands in modules of their own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.core.period import Month
from ledger.core.proof import EMPTY_HEAD, chain_head, merkle_root
from tests.api.reported import decoded
from tests.scenarios.book_terms import BookTerms, Event, Rate, State, instant, month_of

Receipt = dict[str, Any]
Body = dict[str, Any]

_FUTURE = timedelta(minutes=5)
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
    reasons: list[str] | None = None
    counted_in: str | None = None


class Revision(NamedTuple):
    """One state of an event: as it was reported, or as a correction left it."""

    state: State | None  # None when void
    receipt: Receipt
    counted_in: Month | None  # when it came after the month was closed
    correction: Body | None = None


class Place(NamedTuple):
    """Where a use is counted."""

    firm: str
    month: Month
    counted_in: Month | None
    decision: str
    reason: str | None
    subject: str | None
    rate: Rate | None


class Sum(NamedTuple):
    """How often, and how much."""

    number: int
    quantity: Decimal

    def plus(self, other: "Sum", sign: int = 1) -> "Sum":
        """Return both together."""
        return Sum(self.number + sign * other.number, self.quantity + sign * other.quantity)


NOTHING = Sum(0, Decimal(0))


@dataclass
class Kept:
    """An event in the book, with all that was said of it."""

    event: Event
    revisions: list[Revision]

    def changes(self) -> Iterator[tuple[State | None, Revision]]:
        """Give each revision, with what stood before it."""
        before: State | None = None
        for revision in self.revisions:
            yield before, revision
            before = revision.state


@dataclass
class BookModel:
    """Everything that is known of a book."""

    now: datetime
    terms: BookTerms
    kept: dict[Identity, Kept] = field(default_factory=dict)
    heads: dict[str, list[bytes]] = field(default_factory=dict)
    closed: Month | None = None
    closings: set[Month] = field(default_factory=set)

    def report(self, firm: str, events: Sequence[Event]) -> list[Expected]:
        """Take a report as the book must, and return what has to be answered."""
        answers: list[Expected] = []
        new: list[Kept] = []
        for event in events:
            known = self._sort(firm, event)
            if isinstance(known, Identity):
                state = self.terms.judge(firm, event)
                revision = Revision(state, {}, self.counted_in(known.month))
                kept = self.kept[known] = Kept(event, [revision])
                new.append(kept)
                known = _answer(state.decision, kept)
            answers.append(known)
        self.seal(firm, [(leaf(kept.event), kept.revisions[0]) for kept in new])
        return answers

    def is_closed(self, month: Month) -> bool:
        """Tell whether a month is charged, and what is new in it counted later."""
        return self.closed is not None and month <= self.closed

    def counted_in(self, month: Month) -> Month | None:
        """Return where something new of a month is counted, when it is closed."""
        return self.closed.next() if self.closed and month <= self.closed else None

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
        """Return what was reported in time for a month."""
        return [
            kept
            for identity, kept in self.kept.items()
            if identity.month == month and kept.revisions[0].counted_in is None
        ]

    def sums(self) -> Counter[tuple[str, Month, str]]:
        """Return how many reports each firm has in each month, by what became of them."""
        return Counter(
            (identity.firm, identity.month, state.decision)
            for identity, kept in self.kept.items()
            if (state := kept.revisions[0].state)
        )

    def totals(self) -> Mapping[Place, Sum]:
        """Return what is counted where, without what comes to nothing."""
        found: dict[Place, Sum] = {}
        for identity, kept in self.kept.items():
            for before, revision in kept.changes():
                where = (identity.firm, identity.month, revision.counted_in)
                for place, added in difference(where, [before], [revision.state]).items():
                    found[place] = found.get(place, NOTHING).plus(added)
        return {place: total for place, total in found.items() if any(total)}

    def seal(self, firm: str, new: Iterable[tuple[bytes, Revision]]) -> None:
        """Give receipts to what came together: first what is in time, then what is late."""
        groups: dict[bool, list[tuple[bytes, Revision]]] = {False: [], True: []}
        for each in new:
            groups[each[1].counted_in is not None].append(each)
        for batch in filter(None, groups.values()):
            self._seal(firm, batch)

    def _sort(self, firm: str, event: Event) -> Expected | Identity:
        if "fault" in event:
            return Expected("invalid", problem=event["fault"])
        if instant(event) > self.now + _FUTURE:
            return Expected("invalid", problem="time_in_future")
        identity = Identity(firm, month_of(event), event["source"], event["id"])
        known = self.kept.get(identity)
        if known is None:
            if self.is_closed(identity.month) and not self._has(identity.month):
                return Expected("invalid", problem="time_too_old")
            return identity
        differing = differing_fields(known.event, event)
        if differing:
            receipt = known.revisions[0].receipt
            return Expected("conflict", receipt, differing, "identity_conflict")
        return _answer("duplicate", known)

    def _has(self, month: Month) -> bool:
        return month in self.closings or any(identity.month == month for identity in self.kept)

    def _seal(self, firm: str, new: Sequence[tuple[bytes, Revision]]) -> None:
        heads = self.heads.setdefault(firm, [EMPTY_HEAD])
        root = merkle_root([hashed for hashed, _ in new])
        number = len(heads)
        head = chain_head(previous=heads[-1], number=number, count=len(new), root=root)
        heads.append(head)
        for position, (hashed, revision) in enumerate(new):
            revision.receipt.update(
                batch=number,
                position=position,
                leaf=hashed.hex(),
                root=root.hex(),
                head=head.hex(),
            )


def difference(
    where: tuple[str, Month, Month | None],
    before: Iterable[State | None],
    after: Iterable[State | None],
) -> dict[Place, Sum]:
    """Return what is counted after less what was counted before, of a firm and month."""
    found: dict[Place, Sum] = {}
    for sign, states in ((-1, before), (1, after)):
        for state in filter(None, states):
            for part in state.parts:
                reason = part.reasons[0] if part.reasons else None
                place = Place(*where, part.decision, reason, part.known, part.rate)
                one = Sum(1, state.quantity)
                found[place] = found.get(place, NOTHING).plus(one, sign)
    return found


def differing_fields(one: Event, other: Event) -> list[str]:
    """Name what two events say differently, in the order in which it is named."""
    return [name for name in _FIELDS if facts(one)[name] != facts(other)[name]]


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


def month_or_none(month: Month | None) -> str | None:
    """Write a month as answers do."""
    return None if month is None else str(month)


def _answer(status: str, kept: Kept) -> Expected:
    reported = kept.revisions[0]
    assert reported.state is not None, "what was reported is something"
    counted_in = month_or_none(reported.counted_in)
    reasons = reported.state.reasons
    return Expected(status, reported.receipt, reasons=reasons, counted_in=counted_in)
