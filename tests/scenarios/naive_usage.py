"""
Every line a second time: from single generations to what each closing charged for them.

No function of the product takes part, and nothing that was computed is read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows

#: What a unit of a basis is, of what is reported.
PER = {"per_1k_chars": 1000, "per_1k_tokens": 1000}

_EVENTS = """
    SELECT l.rate_line_id, l.subject_id, g.accrual_month,
           (g.occurred_at AT TIME ZONE 'Asia/Tokyo')::date, g.quantity, g.net_revenue,
           coalesce(b.counted_month, g.accrual_month)
    FROM generation g
    JOIN batch b USING (licensee_id, batch_number)
    JOIN judgement_line l USING (licensee_id, judgement_id)
    WHERE l.decision IN ('accepted', 'wind_down')
    ORDER BY g.occurred_at, g.batch_number, g.position
"""

_CARD = """
    SELECT r.rate_line_id, r.basis, r.rate, r.tier_mode, r.counter_scope, r.minimum_minor,
           ARRAY(SELECT t.up_to FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position),
           ARRAY(SELECT t.rate FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position),
           (l.starts_at AT TIME ZONE 'Asia/Tokyo')::date,
           ((l.ends_at - interval '1 second') AT TIME ZONE 'Asia/Tokyo')::date,
           p.reference, p.country = 'JP' OR p.has_jp_establishment,
           ARRAY(SELECT s.subject_id FROM grant_subject s
                 WHERE s.license_grant_id = v.license_grant_id ORDER BY s.position),
           v.license_grant_id, r.position,
           (v.effective_from AT TIME ZONE 'Asia/Tokyo')::date,
           (SELECT min(n.effective_from AT TIME ZONE 'Asia/Tokyo')::date FROM terms_version n
            WHERE n.license_grant_id = v.license_grant_id AND n.version > v.version)
    FROM rate_line r
    JOIN terms_version v USING (terms_version_id)
    JOIN license_grant g USING (license_grant_id)
    JOIN license l USING (license_id)
    JOIN party p ON p.party_id = l.licensee_id
"""

_CLOSED = "SELECT month FROM month_closing ORDER BY month"

Place = tuple[int, int, int]  # grant, place on its rate card, subject
Key = tuple[date, date, int, int]  # closing, month of use, rate line, subject


@dataclass
class Line:
    """What one line comes to."""

    amount: int
    exact: Fraction
    count: int
    quantity: Fraction
    before: Fraction


def rate_card(database: Database) -> dict[int, Any]:
    """Return every rate line with the license it is of."""
    return {row[0]: row for row in rows(database, _CARD)}


def charge(database: Database) -> dict[Key, Line]:
    """Return what every closing charged, by what was known when it closed."""
    lines: dict[Key, Line] = {}
    card = rate_card(database)
    used: dict[Place, list[Any]] = defaultdict(list)
    for event in rows(database, _EVENTS):
        grant, place = card[event[0]][13:15]
        used[grant, place, event[1]].append(event)
    closed = [month for (month,) in rows(database, _CLOSED)]
    for closing in closed:
        for month in (each for each in closed if each <= closing):
            for key, line in _month(card, used, month, closing):
                before = [old for old in lines if old[1:] == (month, *key)]
                if before:
                    line = _less(line, [lines[old] for old in before])
                if line.amount or line.count or line.quantity or not before:
                    lines[closing, month, *key] = line
    return lines


def _less(line: Line, before: Sequence[Line]) -> Line:
    charged = sum(each.amount for each in before)
    return Line(
        line.amount - charged,
        line.exact - charged,
        line.count - sum(each.count for each in before),
        line.quantity - sum(each.quantity for each in before),
        line.before,
    )


def _month(
    card: Mapping[int, Any], used: Mapping[Place, list[Any]], month: date, closing: date
) -> Iterator[tuple[tuple[int, int], Line]]:
    """Yield what every line of a month comes to by what was known when another closed."""
    for (_, _, subject), events in used.items():
        known = [event for event in events if event[6] <= closing]
        for rate_line_id in {event[0] for event in known if event[2] == month}:
            if card[rate_line_id][1] != "fixed_month":
                yield (rate_line_id, subject), _line(card, rate_line_id, known, month)
    for rate_line_id, row in card.items():
        subjects, grant, place, begins_on, replaced_on = row[12:17]
        is_in_force = max(row[8], begins_on) <= month and (row[9] is None or row[9] >= month)
        if row[1] == "fixed_month" and is_in_force and (not replaced_on or replaced_on > month):
            parts = naive.hand_out(int(row[2]), [Fraction(1)] * len(subjects))
            for subject, part in zip(subjects, parts, strict=True):
                counted = [
                    event
                    for event in used.get((grant, place, subject), ())
                    if event[6] <= closing and event[2] == month
                ]
                quantity = sum((Fraction(event[4] or 0) for event in counted), Fraction(0))
                if part:
                    line = Line(part, Fraction(part), len(counted), quantity, Fraction(0))
                    yield (rate_line_id, subject), line


def _line(card: Mapping[int, Any], rate_line_id: int, events: Sequence[Any], month: date) -> Line:
    """Price the events of a month one by one, each by where its counter stands."""
    counters: dict[object, Fraction] = defaultdict(Fraction)
    exact = quantity = Fraction(0)
    first_counter: Fraction | None = None
    count = 0
    for event in events:
        row, day = card[event[0]], event[3]
        birthday = row[8].replace(year=day.year)
        year = day.year if birthday <= day else day.year - 1
        counter = {"period": event[2], "contract_year": year, "life": None}[row[4]]
        units = Fraction(event[5] if row[1] == "pct_revenue" else event[4])
        before = counters[counter]
        counters[counter] = before + units
        if event[2] == month and event[0] == rate_line_id:
            first_counter = before if first_counter is None else first_counter
            exact += _worth(row, before + units) - _worth(row, before)
            quantity += units
            count += 1
    minimum = card[rate_line_id][5]
    if quantity and minimum > max(exact, 0):
        exact = Fraction(minimum)
    return Line(int(exact), exact, count, quantity, first_counter or Fraction(0))


def _worth(row: Any, units: Fraction) -> Fraction:
    """Price units from the first on."""
    basis, rate, mode, tiers = row[1], row[2], row[3], list(zip(row[6], row[7], strict=True))
    per = Fraction(1, 100) if basis == "pct_revenue" else Fraction(1, PER.get(basis, 1))
    if mode == "none":
        return units * Fraction(rate) * per
    reached = next((price for bound, price in tiers if bound is None or units <= bound), None)
    assert reached is not None
    if mode == "whole_volume":
        return units * Fraction(reached) * per
    if mode == "package":
        return Fraction(reached) if units else Fraction(0)
    total = lower = Fraction(0)
    for bound, price in tiers:
        upper = units if bound is None else min(units, Fraction(bound))
        total += max(Fraction(0), upper - lower) * Fraction(price) * per
        lower = max(lower, upper)
    return total


def after(month: date) -> date:
    """Return the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
