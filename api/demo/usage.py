"""
Invented usage: what AI firms generated, month by month, with everything a real log has.

Working days are busier than weekends, each month than the one before, and a few works are
named far more often than the rest. Some events cannot be accepted, and a few not even read:
which, and how often, stands in the seed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from api.demo.chance import Lots, zipf
from api.demo.scenario import Event, Report
from ledger.core.money import allocate
from ledger.core.period import TOKYO, Month

#: How busy the days of a week are, Monday first, and the hours of a day.
_WEEKDAYS = (100, 106, 108, 104, 97, 61, 55)
_HOURS = (8, 5, 3, 2, 2, 3, 6, 12, 24, 42, 50, 48, 38, 46, 52, 52, 50, 44, 36, 32, 34, 36, 28, 16)

_PER_MILLE = 1000


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One use an AI firm makes of a license; the subjects are listed by how often."""

    licensee: str
    license: str
    source: str
    model: str
    share: int  # of all events, against the shares of the other profiles
    use_class: str
    modality: str
    unit: str
    subjects: tuple[str, ...]
    territories: Mapping[str, int]
    quantity: tuple[int, int] = (1, 1)
    revenue: tuple[int, int] | None = None  # net yen for each event
    companions: int = 0  # in a thousand events, how many name a second subject


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong in so many of a thousand events, and what it puts there."""

    kind: str
    per_mille: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """How much is generated in each month, by whom, and what goes wrong."""

    events: Mapping[Month, int]
    profiles: tuple[Profile, ...]
    faults: tuple[Fault, ...]


def reports(plan: UsagePlan, month: Month) -> Iterator[Report]:
    """
    Give a month's reports in the order in which they are sent.

    What a firm sends again follows at the month's end, as a repeated upload does.
    """
    sent_again: list[Report] = []
    for number, instant in enumerate(_instants(plan.events[month], month)):
        name = f"{month}-{number:06d}"
        lots = Lots(name)
        profile = lots.one_of(plan.profiles, tuple(each.share for each in plan.profiles))
        fault = _fault(plan.faults, lots.below(_PER_MILLE))
        event = _event(profile, name, instant, lots)
        if fault is not None:
            again = _AGAIN.get(fault.kind)
            if again is None:
                event = _SPOILED[fault.kind](event, fault.fields)
            else:
                sent_again.append(Report(profile.licensee, again(event, fault.fields)))
        yield Report(profile.licensee, event)
    yield from sent_again


def _instants(count: int, month: Month) -> Iterator[datetime]:
    """Give so many instants in order, thick where people work."""
    first = month.first_day
    days = [first + timedelta(days=day) for day in range(month.last_day.day)]
    growth = [1000 + 4 * index for index in range(len(days))]
    weights = [_WEEKDAYS[day.weekday()] * more for day, more in zip(days, growth, strict=True)]
    for day, on_day in zip(days, allocate(count, weights), strict=True):
        midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
        lots = Lots(f"{day}")
        seconds = [lots.one_of(range(24), _HOURS) * 3600 + lots.below(3600) for _ in range(on_day)]
        for second in sorted(seconds):
            yield midnight + timedelta(seconds=second)


def _fault(faults: Sequence[Fault], drawn: int) -> Fault | None:
    for fault in faults:
        if drawn < fault.per_mille:
            return fault
        drawn -= fault.per_mille
    return None


def _event(profile: Profile, name: str, instant: datetime, lots: Lots) -> Event:
    territories = tuple(profile.territories)
    event: Event = {
        "source": profile.source,
        "id": f"{profile.source.partition('/')[0]}-{name}",
        "time": instant.isoformat(),
        "license": profile.license,
        "subjects": [{"id": subject} for subject in _subjects(profile, lots)],
        "use_class": profile.use_class,
        "modality": profile.modality,
        "quantity": str(_skewed(lots, *profile.quantity)),
        "unit": profile.unit,
        "territory": lots.one_of(territories, tuple(profile.territories.values())),
        "model": profile.model,
        "output_sha256": sha256(name.encode()).hexdigest(),
    }
    if profile.revenue is not None:
        event |= {"net_revenue": str(lots.between(*profile.revenue)), "currency": "JPY"}
    return event


def _subjects(profile: Profile, lots: Lots) -> list[str]:
    first = lots.one_of(profile.subjects, zipf(len(profile.subjects)))
    if lots.below(_PER_MILLE) >= profile.companions:
        return [first]
    others = [subject for subject in profile.subjects if subject != first]
    return [first, others[lots.below(len(others))]]


def _skewed(lots: Lots, least: int, most: int) -> int:
    """Return a quantity of which small ones are commoner: the smaller of two lots."""
    return min(lots.between(least, most), lots.between(least, most))


def _with(event: Event, fields: Mapping[str, Any]) -> Event:
    return {**event, **fields}


def _naming(event: Event, fields: Mapping[str, Any]) -> Event:
    """Name another subject, and whatever else is said of it."""
    others = {name: value for name, value in fields.items() if name != "subject"}
    return {**event, "subjects": [{"id": fields["subject"]}], **others}


def _unknown_quantity(event: Event, fields: Mapping[str, Any]) -> Event:
    """Leave out what the price is counted in: the quantity, or the revenue of a percentage."""
    unknown = {**event, "quantity": None}
    unknown.pop("net_revenue", None)
    unknown.pop("currency", None)
    return unknown


def _negative(event: Event, fields: Mapping[str, Any]) -> Event:
    return {**event, "quantity": f"-{event['quantity']}"}


def _binary_fraction(event: Event, fields: Mapping[str, Any]) -> Event:
    return {**event, "quantity": int(event["quantity"]) / 4}


def _without(event: Event, fields: Mapping[str, Any]) -> Event:
    return {name: value for name, value in event.items() if name != fields["field"]}


def _otherwise(event: Event, fields: Mapping[str, Any]) -> Event:
    return {**event, "quantity": str(int(event["quantity"]) + 1)}


Change = Callable[[Event, Mapping[str, Any]], Event]

#: What is reported instead.
_SPOILED: Mapping[str, Change] = {
    "other_subject": _naming,
    "other_fields": _with,
    "unknown_quantity": _unknown_quantity,
    "negative_quantity": _negative,
    "binary_fraction": _binary_fraction,
    "missing_field": _without,
}

#: What is reported once more, at the month's end.
_AGAIN: Mapping[str, Change] = {
    "sent_again": _with,
    "sent_otherwise": _otherwise,
}
