"""
Who may do what in the book of the histories, and at which price: what becomes of an event.

It is told without the product, from the few licenses that :mod:`tests.scenarios.histories` writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from ledger.core.period import Month

Event = dict[str, Any]

KAZE, HOSHI, YORU = "kaze-no-machi", "hoshi-no-uta", "yoru-no-umi"
#: What each license permits to whom; all are of images and video, from April 2026 on.
LICENSES = {"LIC-A": ("studio-a", {KAZE, HOSHI}), "LIC-B": ("studio-b", {KAZE})}
#: Yen for one image and for one second, until terms change.
FIRST_RATES = {"image": Decimal(12), "video": Decimal("0.7")}
#: Never offered, by whomever it is licensed.
NOT_OFFERED = {YORU}
SUBJECTS = {KAZE, HOSHI, YORU}
APRIL = Month(2026, 4)

_GRAVITY = ("accepted", "held", "refused")
_HOLDING = {"subject_unmatched", "quantity_unknown"}
#: Reasons in the order in which they are told.
_REASONS = (
    "license_unknown",
    "subject_unknown",
    "subject_not_offered",
    "subject_suspended",
    "subject_not_licensed",
    "modality_not_granted",
    "subject_unmatched",
    "quantity_unknown",
)


class Rate(NamedTuple):
    """What one modality costs under one version of a license's terms."""

    license: str
    version: int
    modality: str
    yen: Decimal

    def price(self, quantity: Decimal) -> Decimal:
        """Return the exact price."""
        return self.yen * quantity

    def charge(self, quantity: Decimal) -> int:
        """Return the price in whole yen: truncated, once."""
        return int(self.price(quantity).to_integral_value(ROUND_FLOOR))


class Part(NamedTuple):
    """What becomes of one subject's part in an event."""

    subject: str
    decision: str
    reasons: tuple[str, ...]
    rate: Rate | None

    @property
    def known(self) -> str | None:
        """The subject, if the book has it."""
        return self.subject if self.subject in SUBJECTS else None


class State(NamedTuple):
    """What counts of an event, as it was decided when it was told."""

    event: Event
    parts: tuple[Part, ...]

    @property
    def decision(self) -> str:
        """The gravest of its parts'."""
        return max((part.decision for part in self.parts), key=_GRAVITY.index)

    @property
    def reasons(self) -> list[str]:
        """Those of its parts, in order and without repetition."""
        return _in_order({reason for part in self.parts for reason in part.reasons})

    @property
    def quantity(self) -> Decimal:
        """What it adds; an unknown quantity adds nothing."""
        return Decimal(self.event["quantity"] or 0) + 0


@dataclass
class BookTerms:
    """What is offered and licensed, and since when."""

    #: Instants from which a subject is offered or suspended.
    decisions: Mapping[str, dict[datetime, str]]
    #: For each license the versions of its terms, the first one first.
    rates: Mapping[str, list[tuple[datetime, Mapping[str, Decimal]]]]

    def judge(self, firm: str, event: Event) -> State:
        """Decide about an event of a firm, by what is in force at its own time."""
        parts = (self._judge_part(firm, event, subject["id"]) for subject in event["subjects"])
        return State(event, tuple(parts))

    def _judge_part(self, firm: str, event: Event, subject: str) -> Part:
        holder, licensed = LICENSES.get(event["license"], ("", set()))
        reasons = set() if holder == firm else {"license_unknown"}
        reasons |= self._objections(subject, event)
        rate = None
        if not reasons and subject not in licensed:
            reasons.add("subject_not_licensed")
        elif not reasons and event["modality"] not in FIRST_RATES:
            reasons.add("modality_not_granted")
        elif not reasons:
            rate = self._rate(event)
            reasons |= {"quantity_unknown"} if event["quantity"] is None else set()
        decision = "held" if reasons <= _HOLDING else "refused"
        return Part(subject, decision if reasons else "accepted", tuple(_in_order(reasons)), rate)

    def _objections(self, subject: str, event: Event) -> set[str]:
        if subject not in SUBJECTS:
            return {"subject_unmatched" if event.get("title") else "subject_unknown"}
        if subject in NOT_OFFERED:
            return {"subject_not_offered"}
        at = instant(event)
        before = {since: state for since, state in self.decisions[subject].items() if since <= at}
        return {"subject_suspended"} if before[max(before)] == "suspended" else set()

    def _rate(self, event: Event) -> Rate:
        versions = self.rates[event["license"]]
        number = max(
            index for index, (since, _) in enumerate(versions, start=1) if since <= instant(event)
        )
        yen = versions[number - 1][1][event["modality"]]
        return Rate(event["license"], number, event["modality"], yen)


def instant(event: Event) -> datetime:
    """Return when an event happened."""
    return datetime.fromisoformat(event["time"]).astimezone(UTC)


def month_of(event: Event) -> Month:
    """Return the month that an event happened in, in Japan."""
    return Month.of(instant(event))


def plain(number: Decimal) -> str:
    """Write a decimal as answers do: without an exponent, and without zeros at its end."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _in_order(reasons: set[str]) -> list[str]:
    return sorted(reasons, key=_REASONS.index)
