"""
Shares of revenue a second time: what a month's units lack to them, subject by subject.

Every closing compares every month that is closed by then, from what was stated and from the
rates that were published, and charges what differs from what was charged for it before.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_pricing import rounded
from tests.scenarios.naive_terms import Grant, License, Share, Version, after, starts_at
from tests.scenarios.naive_usage import Key, Line, Place

_STATED = """
    SELECT license_grant_id, month, counted_month, amount, currency FROM revenue_report
    ORDER BY version
"""
_RATES = "SELECT source, on_day, currency, into_currency, rate, recorded_at FROM fx_rate"
_CLOSED_AT = "SELECT month, closed_at FROM month_closing"
#: A rate that is older says nothing of a day.
_DAYS = timedelta(days=31)


@dataclass(frozen=True)
class Compared:
    """How a grant's month came out: its units, its share, the difference; and the rate."""

    units: int
    share: Fraction
    top_up: int
    rate: Fraction


@dataclass
class Shares:
    """Compares what units come to with shares of revenue, closing after closing."""

    database: Database
    licenses: Mapping[str, License]
    compared: dict[Key, Compared] = field(default_factory=dict)
    rates_of: dict[tuple[object, ...], Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stated = rows(self.database, _STATED)
        self.published = rows(self.database, _RATES)
        self.closed_at = dict(rows(self.database, _CLOSED_AT))

    def close(self, closing: date, lines: Mapping[Key, Line]) -> dict[Key, Line]:
        """Return the top-ups that one closing charges or gives back, beside other lines."""
        found: dict[Key, Line] = {}
        for month in sorted(each for each in self.closed_at if each <= closing):
            for license_ in self.licenses.values():
                for grant in license_.grants:
                    of = {
                        key: line
                        for key, line in lines.items()
                        if key.place.grant == grant.id and key.month == month
                    }
                    version = grant.version_of(month, closing)
                    if version is None and of:  # It winds down.
                        version = grant.version_at(starts_at(month), closing)
                    if version is not None and version.share is not None:
                        found |= self._compare(closing, month, grant, version, of)
        return found

    def _compare(
        self,
        closing: date,
        month: date,
        grant: Grant,
        version: Version,
        lines: Mapping[Key, Line],
    ) -> dict[Key, Line]:
        assert version.share is not None
        units: dict[int, int] = dict.fromkeys(grant.subjects, 0)
        charged, counts = dict(units), dict(units)
        for key, line in lines.items():
            if key.cause == "revenue_share":
                charged[key.place.subject] += line.amount
            else:
                units[key.place.subject] += line.amount
                if key.cause in ("use", "late"):
                    counts[key.place.subject] += line.count
        revenue = self._revenue(grant, month, closing, version.share)
        rate = None if revenue is None else self._rate(grant, month, closing, version.share)
        if revenue is None or rate is None:  # Held: nothing is charged, nothing given back.
            return {}
        share = revenue * rate * version.share.percent / 100
        total = sum(units.values())
        top_up = max(0, rounded(share, version.rounding) - total)
        earned = [max(0, each) for each in units.values()]
        used = [max(0, each) for each in counts.values()]
        weights = next((each for each in (earned, used) if any(each)), [1 for _ in units])
        parts = naive.hand_out(top_up, [Fraction(each) for each in weights])
        found = {}
        for subject, part in zip(grant.subjects, parts, strict=True):
            if part != charged[subject]:
                since = max(version.starts_at, starts_at(month))
                place = Place(grant.id, version.cards[0].kind, since, subject)
                key = Key(closing, month, "revenue_share", place)
                amount = part - charged[subject]
                line = Line(amount, Fraction(amount), 0, Fraction(0), Fraction(0))
                line.license, line.grant = grant.license.reference, grant.position
                line.firm = grant.license.firm
                found[key] = line
                self.compared[key] = Compared(total, share, top_up, rate)
        return found

    def _revenue(self, grant: Grant, month: date, closing: date, share: Share) -> Fraction | None:
        """Return what the firm says last, as far as the closing knows it."""
        said = [
            (amount, currency)
            for grant_id, of, counted, amount, currency in self.stated
            if grant_id == grant.id and of == month and counted <= closing
        ]
        if not said or said[-1][1] != share.currency:
            return None
        return Fraction(said[-1][0])

    def _rate(self, grant: Grant, month: date, closing: date, share: Share) -> Fraction | None:
        """Return the rate that is meant; one that a month once went by stays its rate."""
        if share.source is None:
            return Fraction(1)
        meant = (grant.id, month, share.source, share.rule, share.currency, share.into)
        if meant not in self.rates_of:
            rate = self._published(month, share, self.closed_at[closing])
            if rate is None:
                return None
            self.rates_of[meant] = rate
        return self.rates_of[meant]

    def _published(self, month: date, share: Share, known_at: datetime) -> Fraction | None:
        last = month if share.rule == "first_day" else after(month) - timedelta(days=1)
        oldest = (month if share.rule == "average" else last) - _DAYS
        by_day: dict[date, dict[tuple[str, str], Fraction]] = defaultdict(dict)
        for source, day, one, other, rate, recorded_at in self.published:
            if source == share.source and oldest <= day <= last and recorded_at <= known_at:
                by_day[day][one, other] = Fraction(rate)
        quotes = []
        for day in sorted(by_day):
            rate = _quoted(by_day[day], share.currency, share.into)
            if rate is not None:
                quotes.append((day, rate))
        if not quotes:
            return None
        own = [rate for day, rate in quotes if day >= month]
        if share.rule == "average" and own:
            return sum(own, Fraction(0)) / len(own)
        return quotes[-1][1]


def _quoted(of_day: Mapping[tuple[str, str], Fraction], one: str, into: str) -> Fraction | None:
    """Return a rate of one day: published, turned round, or crossed by a third currency."""
    if (one, into) in of_day:
        return of_day[one, into]
    if (into, one) in of_day:
        return 1 / of_day[into, one]
    for third in sorted({base for base, _ in of_day}):
        if (third, one) in of_day and (third, into) in of_day:
            return of_day[third, into] / of_day[third, one]
    return None
