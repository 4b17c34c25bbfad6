"""
Every line a second time: from single events to what each closing charged for them.

No function of the product takes part, and nothing that was computed is read. Each closing prices
every month again from all events that it knows, one by one, and charges what differs from what
closings charged before it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_judging import Event, Judges, Part
from tests.scenarios.naive_pricing import PER, amounts, rounded, worth
from tests.scenarios.naive_terms import Card, Grant, Kind, Version, day_of, starts_at

_KEYS = """
    SELECT row_number() OVER (PARTITION BY r.closing_month ORDER BY r.royalty_line_id),
           r.closing_month, r.accrual_month, r.cause, v.license_grant_id, l.basis, l.modality,
           l.use_class, v.effective_from, r.subject_id
    FROM royalty_line r JOIN rate_line l USING (rate_line_id)
    JOIN terms_version v ON v.terms_version_id = r.terms_version_id
    ORDER BY r.royalty_line_id
"""


class Place(NamedTuple):
    """Where usage is charged: a line of a grant's card in a part of a month, and a subject."""

    grant: int
    kind: Kind
    since: datetime  # from when on in the month
    subject: int


class Key(NamedTuple):
    """A line that a closing writes."""

    closing: date
    month: date
    cause: str
    place: Place


@dataclass
class Line:
    """What one line comes to."""

    amount: int
    exact: Fraction
    count: int
    quantity: Fraction
    before: Fraction
    license: str = ""
    grant: int = 0  # its place in the license
    firm: str = ""


#: Tells what a closing charges beside units, of all lines so far.
TopUp = Callable[[date, Mapping[Key, Line]], dict[Key, Line]]


def keys_in_order(database: Database) -> dict[str, Key]:
    """Return the names that explanations have for lines, in the order in which they are listed."""
    found = {}
    for number, closing, month, cause, grant, *kind, begins, subject in rows(database, _KEYS):
        since = max(begins, starts_at(month))
        place = Place(grant, (kind[0], kind[1], kind[2]), since, subject)
        found[f"LINE-{closing:%Y-%m}-{number}"] = Key(closing, month, cause, place)
    return found


def charge(judges: Judges, closed: Sequence[date], top_up: TopUp) -> dict[Key, Line]:
    """Return what every closing charged, by what was known when it closed."""
    lines: dict[Key, Line] = {}
    for closing in closed:
        for month in (each for each in closed if each <= closing):
            lines |= _Closing(judges, closing, month).lines(lines)
        lines |= top_up(closing, lines)
    return lines


@dataclass
class _Closing:
    """One month as one closing charges it."""

    judges: Judges
    closing: date
    month: date

    def lines(self, so_far: dict[Key, Line]) -> dict[Key, Line]:
        if self.closing == self.month:
            own = self._price(self.closing, self.closing)
            return {self._key("use", place): line for place, line in own.items()}
        last = self._month_before()
        now = self._price(self.closing, self.closing)
        is_rerated = self._is_rerated()
        late = self._price(self.closing, last) if is_rerated else now
        retro = self._price(last, self.closing) if is_rerated else {}
        found = {}
        before: dict[Place, list[Line]] = defaultdict(list)
        counted: dict[Place, list[Line]] = defaultdict(list)
        for key, line in so_far.items():
            if key.month == self.month and key.cause != "revenue_share":
                before[key.place].append(line)
                if key.cause in ("use", "late"):
                    counted[key.place].append(line)
        for place in dict.fromkeys([*now, *late, *retro, *before]):
            charged = sum(line.amount for line in before[place])
            count = sum(line.count for line in counted[place])
            quantity = sum((line.quantity for line in counted[place]), Fraction(0))
            first = _less(late.get(place), charged, count, quantity)
            if first.amount or first.count or first.quantity:
                found[self._key("late", place)] = first
            if is_rerated:
                second = _less(retro.get(place), charged, count, quantity)
                third = _less(now.get(place), charged, count, quantity)
                third.amount -= first.amount + second.amount
                third.exact -= first.exact + second.exact
                for cause, line in (("retro", second), ("late_retro", third)):
                    if line.amount:
                        found[self._key(cause, place)] = line
        for key, line in found.items():
            grant = self._grants()[key.place.grant]
            line.license, line.grant = grant.license.reference, grant.position
            line.firm = grant.license.firm
        return found

    def _key(self, cause: str, place: Place) -> Key:
        return Key(self.closing, self.month, cause, place)

    def _month_before(self) -> date:
        return (self.closing - timedelta(days=1)).replace(day=1)

    def _is_rerated(self) -> bool:
        return any(
            each.counted == self.closing and day_of(each.starts_at) <= self.month
            for grant in self._grants().values()
            for each in grant.versions
        )

    def _grants(self) -> dict[int, Grant]:
        return {
            grant.id: grant
            for license_ in self.judges.licenses.values()
            for grant in license_.grants
        }

    def _price(self, events_of: date, terms_of: date) -> dict[Place, Line]:
        """Price the month by the events that one closing knew, and the terms that one knew."""
        used: dict[tuple[int, Kind, int], list[tuple[Event, Part, Fraction | None]]]
        used = defaultdict(list)
        for event in self.judges.known_to(events_of):
            if event.month <= self.month:
                limited = amounts(event, terms_of)
                for part in event.parts:
                    if part.is_charged and part.grant and part.subject_id is not None:
                        kind = event.card(part, terms_of).kind
                        key = (part.grant.id, kind, part.subject_id)
                        used[key].append((event, part, limited.get(part.subject)))
        found: dict[Place, Line] = {}
        for (_, _, subject), uses in used.items():
            found |= self._counted(uses, subject, terms_of)
        self._add_overage(found, used, terms_of)
        for place, line in found.items():
            card, version = self._card(place, terms_of)
            _limit(line, card, version)
        found |= self._fixed(found, terms_of)
        for place, line in found.items():
            grant = self._grants()[place.grant]
            line.license, line.grant = grant.license.reference, grant.position
            line.firm = grant.license.firm
        return found

    def _counted(
        self, uses: list[tuple[Event, Part, Fraction | None]], subject: int, terms_of: date
    ) -> dict[Place, Line]:
        """Price events one by one, each by where its counter stands."""
        found: dict[Place, Line] = {}
        counters: dict[object, Fraction] = defaultdict(Fraction)
        for event, part, own_amount in uses:
            assert part.grant is not None
            card, day = event.card(part, terms_of), day_of(event.at)
            version = part.grant.version_at(event.at, terms_of)
            assert version is not None
            year = part.grant.license.contract_year(day)
            counter = {"period": event.month, "contract_year": year, "life": None}[card.scope]
            units = event.revenue if card.basis == "pct_revenue" else event.quantity
            units = units or Fraction(0)
            before = counters[counter]
            counters[counter] = before + units
            if event.month == self.month:
                since = max(version.starts_at, starts_at(self.month))
                place = Place(part.grant.id, card.kind, since, subject)
                line = found.setdefault(place, Line(0, Fraction(0), 0, Fraction(0), before))
                price = worth(card, before + units) - worth(card, before)
                line.exact += price if own_amount is None else own_amount
                line.quantity += units
                line.count += 1
        return found

    def _card(self, place: Place, terms_of: date) -> tuple[Card, Version]:
        version = self._grants()[place.grant].version_at(place.since, terms_of)
        assert version is not None
        return next(card for card in version.cards if card.kind == place.kind), version

    def _add_overage(self, found: dict[Place, Line], used: Any, terms_of: date) -> None:
        """Price what lies beyond a quota that sells it, divided by what each line used."""
        for grant in self._grants().values():
            if grant.on_exceed != "overage":
                continue
            assert grant.units is not None
            assert grant.overage_rate is not None
            before, own = Fraction(0), Fraction(0)
            for (grant_id, _, _), uses in used.items():
                for event, _, _ in uses if grant_id == grant.id else ():
                    if self._is_same_period(grant, event) and event.unit == grant.unit:
                        if event.month == self.month:
                            own += event.quantity or 0
                        else:
                            before += event.quantity or 0
            beyond = max(Fraction(0), before + own - max(grant.units, before))
            places = [place for place in found if place.grant == grant.id]
            places.sort(
                key=lambda place: (self._card(place, terms_of)[0].rate_line_id, place.subject)
            )
            places = [place for place in places if found[place].quantity > 0]
            if not beyond or not places:
                continue
            digits = 10 ** max(
                _decimals(each) for each in (beyond, *(found[place].quantity for place in places))
            )
            shares = naive.hand_out(
                int(beyond * digits), [found[place].quantity for place in places]
            )
            for place, share in zip(places, shares, strict=True):
                card, _ = self._card(place, terms_of)
                dearer = (grant.overage_rate - card.rate) / PER.get(card.basis, 1)
                found[place].exact += Fraction(share, digits) * dearer

    def _is_same_period(self, grant: Grant, event: Event) -> bool:
        if grant.period == "month":
            return event.month == self.month
        if grant.period == "contract_year":
            year = grant.license.contract_year
            return year(day_of(event.at)) == year(self.month)
        return True

    def _fixed(self, found: dict[Place, Line], terms_of: date) -> dict[Place, Line]:
        """Charge the fees of a month, whole, by the terms that it or the grant begins with."""
        fees: dict[Place, Line] = {}
        for grant in self._grants().values():
            version = grant.version_of(self.month, terms_of)
            for card in version.cards if version else ():
                if version is not None and card.basis == "fixed_month":
                    fee = rounded(card.rate, version.rounding)
                    parts = naive.hand_out(fee, [Fraction(1)] * len(grant.subjects))
                    since = max(version.starts_at, starts_at(self.month))
                    for subject, part in zip(grant.subjects, parts, strict=True):
                        place = Place(grant.id, card.kind, since, subject)
                        line = found.get(place, Line(0, Fraction(0), 0, Fraction(0), Fraction(0)))
                        if part or line.count:
                            fees[place] = Line(
                                part, Fraction(part), line.count, line.quantity, line.before
                            )
        return fees


def _limit(line: Line, card: Card, version: Version) -> None:
    """Lift a month to its minimum, or hold it under its cap, and round it once."""
    if line.quantity > 0 and 0 <= line.exact < card.minimum:
        line.exact = Fraction(card.minimum)
    elif card.cap is not None and line.exact > card.cap:
        line.exact = Fraction(card.cap)
    line.amount = rounded(line.exact, version.rounding)


def _less(line: Line | None, charged: int, count: int, quantity: Fraction) -> Line:
    """Take off what was charged, and counted, before."""
    line = line or Line(0, Fraction(0), 0, Fraction(0), Fraction(0))
    return Line(
        line.amount - charged,
        line.exact - charged,
        line.count - count,
        line.quantity - quantity,
        line.before,
    )


def _decimals(value: Fraction) -> int:
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    return digits
