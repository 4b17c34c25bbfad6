"""
What was agreed, read row by row as it was entered: licenses, rate cards, quotas, offers, consents.

Nothing that was computed is read, and no function of the product takes part.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.rows import rows

_TOKYO = timezone(timedelta(hours=9))

_LICENSES = """
    SELECT l.license_id, l.reference, p.reference, p.country = 'JP' OR p.has_jp_establishment,
           l.starts_at, l.ends_at, l.wind_down_days
    FROM license l JOIN party p ON p.party_id = l.licensee_id
"""
_GRANTS = """
    SELECT g.license_grant_id, g.license_id, g.position, g.modalities, g.use_classes,
           g.territories, g.starts_at, g.ends_at, g.wind_down_days, g.quota_units,
           g.quota_period, g.quota_on_exceed, g.quota_unit, g.quota_overage_rate,
           ARRAY(SELECT s.subject_id FROM grant_subject s
                 WHERE s.license_grant_id = g.license_grant_id ORDER BY s.position)
    FROM license_grant g ORDER BY g.license_id, g.position
"""
_VERSIONS = """
    SELECT v.terms_version_id, v.license_grant_id, v.effective_from, v.counted_month, v.rounding,
           v.recognition, v.currency, v.revenue_percent, v.revenue_currency, v.fx_source, v.fx_rule
    FROM terms_version v ORDER BY v.license_grant_id, v.version
"""
_CARDS = """
    SELECT r.terms_version_id, r.rate_line_id, r.basis, r.rate, r.modality, r.use_class,
           r.tier_mode, r.counter_scope, r.minimum_minor, r.cap_minor, r.event_floor_minor,
           r.stacking_group, r.stacking_cap_minor, r.stacking_allocation,
           ARRAY(SELECT t.up_to FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position),
           ARRAY(SELECT t.rate FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position)
    FROM rate_line r ORDER BY r.terms_version_id, r.position
"""

Kind = tuple[str, str | None, str | None]  # basis, modality, use class


@dataclass
class Card:
    """One line of a rate card."""

    rate_line_id: int
    basis: str
    rate: Fraction
    modality: str | None
    use_class: str | None
    tier_mode: str
    scope: str
    minimum: int
    cap: int | None
    floor: Fraction
    group: str | None
    group_cap: Fraction | None
    allocation: str | None
    tiers: list[tuple[Fraction | None, Fraction]]

    @property
    def kind(self) -> Kind:
        return (self.basis, self.modality, self.use_class)


@dataclass
class Share:
    """What part of a month's revenue the units must at least come to, and whose rates count."""

    percent: Fraction
    currency: str
    into: str
    source: str | None
    rule: str | None


@dataclass
class Version:
    """One version of the terms; counted in a later month when its own was closed."""

    id: int
    starts_at: datetime
    counted: date | None
    rounding: str
    recognition: str  # by what its lines are divided
    cards: list[Card] = field(default_factory=list)
    share: Share | None = None


@dataclass
class Grant:
    """A permission with its quota and all its versions, in order."""

    id: int
    license: "License"
    position: int
    modalities: set[str]
    use_classes: set[str]
    territories: set[str]
    starts_at: datetime
    ends_at: datetime | None
    days: int
    units: Fraction | None
    period: str | None
    on_exceed: str | None
    unit: str | None
    overage_rate: Fraction | None
    subjects: list[int]
    versions: list[Version] = field(default_factory=list)

    def version_at(self, at: datetime, closing: date) -> Version | None:
        """Return the terms in force at an instant, as the closing of a month knows them."""
        known = [
            each
            for each in self.versions
            if each.starts_at <= at and (each.counted is None or each.counted <= closing)
        ]
        return max(known, key=lambda each: each.starts_at, default=None)

    def version_of(self, month: date, closing: date) -> Version | None:
        """Return the terms of a whole month: of its begin, or of that of the grant in it."""
        license_ = self.license
        begins = max(license_.starts_at, self.starts_at, starts_at(month))
        ends = min(
            [starts_at(after(month))]
            + [each for each in (license_.ends_at, self.ends_at) if each is not None]
        )
        if begins >= ends:
            return None
        follow = [
            each
            for each in self.versions
            if begins < each.starts_at < ends and (each.counted is None or each.counted <= closing)
        ]
        return self.version_at(begins, closing) or min(
            follow, key=lambda each: each.starts_at, default=None
        )


@dataclass
class License:
    """An agreement with a firm."""

    id: int
    reference: str
    firm: str
    is_taxed: bool
    starts_at: datetime
    ends_at: datetime | None
    days: int
    grants: list[Grant] = field(default_factory=list)

    def contract_year(self, day: date) -> date:
        """Return the day on which the contract year of a day began."""
        begins = self.starts_at.astimezone(_TOKYO).date()
        birthday = begins.replace(year=day.year)
        return birthday if birthday <= day else begins.replace(year=day.year - 1)


def read_licenses(database: Database) -> dict[str, License]:
    """Return every license by its reference, with its grants, terms and rate cards."""
    licenses = {
        row[0]: License(
            row[0], row[1], row[2], row[3], _utc(row[4]), row[5] and _utc(row[5]), row[6]
        )
        for row in rows(database, _LICENSES)
    }
    cards: dict[int, list[Card]] = defaultdict(list)
    for version_id, *row in rows(database, _CARDS):
        cards[version_id].append(_card(row))
    versions: dict[int, list[Version]] = defaultdict(list)
    for key, grant_id, starts_at, counted, rounding, basis, into, percent, *rest in rows(
        database, _VERSIONS
    ):
        share = None if percent is None else Share(Fraction(percent), rest[0], into, *rest[1:])
        found = Version(key, _utc(starts_at), counted, rounding, basis, cards[key], share)
        versions[grant_id].append(found)
    for row in rows(database, _GRANTS):
        license_ = licenses[row[1]]
        grant = _grant(row, license_)
        grant.versions = versions[grant.id]
        license_.grants.append(grant)
    return {each.reference: each for each in licenses.values()}


def day_of(at: datetime) -> date:
    """Return the day in Japan."""
    return at.astimezone(_TOKYO).date()


def starts_at(day: date) -> datetime:
    """Return the first instant of a day in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=_TOKYO).astimezone(UTC)


def after(month: date) -> date:
    """Return the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _utc(at: Any) -> datetime:
    assert isinstance(at, datetime)
    return at.astimezone(UTC)


def _number(value: Any) -> Fraction | None:
    return None if value is None else Fraction(value)


def _card(row: Any) -> Card:
    (*plain, floor, group, group_cap, allocation, bounds, prices) = row
    key, basis, rate, modality, use_class, mode, scope, minimum, cap = plain
    tiers = [(_number(bound), Fraction(price)) for bound, price in zip(bounds, prices, strict=True)]
    return Card(
        *(key, basis, Fraction(rate), modality, use_class, mode, scope, minimum, cap),
        *(Fraction(floor), group, _number(group_cap), allocation, tiers),
    )


def _grant(row: Any, license_: License) -> Grant:
    key, _, position, modalities, use_classes, territories, begins, ends, days, *quota = row
    units, period, on_exceed, unit, overage_rate, subjects = quota
    return Grant(
        id=key,
        license=license_,
        position=position,
        modalities=set(modalities),
        use_classes=set(use_classes),
        territories=set(territories),
        starts_at=_utc(begins),
        ends_at=ends and _utc(ends),
        days=license_.days if days is None else days,
        units=_number(units),
        period=period,
        on_exceed=on_exceed,
        unit=unit,
        overage_rate=_number(overage_rate),
        subjects=list(subjects),
    )
