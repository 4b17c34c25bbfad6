"""
Every event a second time: what becomes of each of its subjects, and which terms price it.

Events are taken in the order in which they came, one by one, against what was agreed by then;
what the book says became of them is not read. Corrections change what stands of an event, from
the closing on that takes them in.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_terms import Card, Grant, License, day_of, read_licenses, starts_at

_UNITS = {
    "per_image": "image",
    "per_clip": "clip",
    "per_second": "second",
    "per_1k_chars": "character",
    "per_1k_tokens": "token",
    "per_grounding": "grounding",
    "per_turn": "turn",
    "per_citation": "citation",
}

_SAID = """
    SELECT g.batch_number, g.position, g.accrual_month, 0, b.recorded_at,
           coalesce(b.counted_month, g.accrual_month), p.reference, g.source, g.event_id,
           g.occurred_at, g.quantity, g.net_revenue, g.title IS NOT NULL, j.license_reference,
           j.use_class, j.modality, j.unit, j.territory, g.currency, g.licensee_id, g.judgement_id
    FROM generation g JOIN batch b USING (licensee_id, batch_number)
    JOIN judgement j USING (licensee_id, judgement_id) JOIN party p ON p.party_id = g.licensee_id
    UNION ALL
    SELECT c.batch_number, c.position, c.accrual_month, c.revision, b.recorded_at,
           coalesce(b.counted_month, c.accrual_month), p.reference, c.source, c.event_id,
           c.occurred_at, c.quantity, c.net_revenue, c.title IS NOT NULL, j.license_reference,
           j.use_class, j.modality, j.unit, j.territory, c.currency, c.licensee_id, c.judgement_id
    FROM correction c JOIN batch b USING (licensee_id, batch_number)
    LEFT JOIN judgement j USING (licensee_id, judgement_id)
    JOIN party p ON p.party_id = c.licensee_id
    ORDER BY 7, 1, 2
"""
_NAMED = """
    SELECT licensee_id, judgement_id, subject_reference, weight_bp, decision
    FROM judgement_line ORDER BY licensee_id, judgement_id, position
"""
_SUBJECTS = "SELECT reference, subject_id, kind = 'voice' FROM subject"
_STATES = """
    SELECT subject_id, effective_at, state, recorded_at FROM opt_in ORDER BY effective_at
"""
_CONSENTS = """
    SELECT c.subject_id, c.use_classes, c.given_on, c.notice_period_days, c.recorded_at,
           w.withdrawn_on, w.recorded_at
    FROM consent c LEFT JOIN consent_withdrawal w USING (consent_id)
"""

Identity = tuple[str, date, str, str]  # firm, month, source, id


@dataclass
class Part:
    """One subject of an event: how it was decided, and by which grant it is priced."""

    subject: str
    subject_id: int | None
    weight: int | None
    decision: str
    grant: Grant | None
    told: str  # what the book says became of it
    is_beyond: bool = False  # the quota of its grant

    @property
    def is_charged(self) -> bool:
        return self.decision in ("accepted", "wind_down")


@dataclass
class Event:
    """One state of an event; of a void nothing is left."""

    identity: Identity
    month: date
    counted: date  # the closing that takes it in
    at: datetime
    quantity: Fraction | None
    revenue: Fraction | None
    recorded_at: datetime
    use_class: str = ""
    modality: str = ""
    unit: str = ""
    territory: str = ""
    is_void: bool = False
    parts: list[Part] = field(default_factory=list)
    receipt: tuple[str, int, int] = ("", 0, 0)

    def card(self, part: Part, closing: date) -> Card:
        """Return the line of the rate card that prices a part, as a closing knows the terms."""
        assert part.grant is not None
        version = part.grant.version_at(self.at, closing)
        assert version is not None
        return _card_of(version.cards, self.modality, self.use_class, self.unit) or version.cards[0]


class Judges:
    """Goes through all that was said, in order, and decides about it."""

    def __init__(self, database: Database) -> None:
        self.licenses = read_licenses(database)
        self._subjects = {name: row for name, *row in rows(database, _SUBJECTS)}
        self._states: dict[int, list[Any]] = defaultdict(list)
        for subject_id, *state in rows(database, _STATES):
            self._states[subject_id].append(state)
        self._consents: dict[int, list[Any]] = defaultdict(list)
        for subject_id, *consent in rows(database, _CONSENTS):
            self._consents[subject_id].append(consent)
        self._named: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for firm, judgement, *named in rows(database, _NAMED):
            self._named[firm, judgement].append(named)
        self._stands: dict[Identity, Event] = {}
        self.histories: dict[Identity, list[Event]] = defaultdict(list)
        for row in rows(database, _SAID):
            event = self._decide(row)
            self._stands[event.identity] = event
            self.histories[event.identity].append(event)

    def known_to(self, closing: date) -> Iterator[Event]:
        """Yield what stands of every event when a month closes, in the order it happened."""
        standing = []
        for history in self.histories.values():
            known = [each for each in history if each.counted <= closing]
            if known and not known[-1].is_void:
                standing.append(known[-1])
        yield from sorted(standing, key=lambda event: event.at)

    def known_at(self, instant: datetime) -> Iterator[Event]:
        """Yield what stands of every event at an instant."""
        for history in self.histories.values():
            known = [each for each in history if each.recorded_at <= instant]
            if known and not known[-1].is_void:
                yield known[-1]

    def _decide(self, row: Any) -> Event:
        batch, position, month, _, recorded_at, counted, firm, source, event_id, *said = row
        at, quantity, revenue, has_title, license_name, use_class, modality, unit, *rest = said
        territory, currency, firm_id, judgement = rest
        identity = (firm, month, source, event_id)
        event = Event(
            identity,
            month,
            counted,
            at,
            None if quantity is None else Fraction(quantity),
            None if revenue is None else Fraction(revenue),
            recorded_at,
            receipt=(firm, batch, position),
        )
        if license_name is None:
            event.is_void = True
            return event
        event.use_class, event.modality, event.unit = use_class, modality, unit
        event.territory = territory
        license_ = self.licenses.get(license_name)
        if license_ is not None and license_.firm != firm:
            license_ = None
        before = self._stands.pop(identity, None)
        for name, weight, told in self._named[firm_id, judgement]:
            subject_id, is_voice = self._subjects.get(name, (None, False))
            part = Part(name, subject_id, weight, "refused", None, told)
            event.parts.append(part)
            if subject_id is None:
                part.decision = "held" if has_title and license_ is not None else "refused"
                if license_ is not None and part.decision == "held":
                    part.decision = _gravest(self._of_license(license_, at), "held")
                continue
            if license_ is None:
                continue
            found = [
                self._of_license(license_, at),
                self._of_subject(subject_id, license_, at, recorded_at),
            ]
            if is_voice and "refused" not in found:
                found.append(self._of_consent(subject_id, use_class, at, recorded_at))
            if "refused" not in found:
                grant, decision = _of_grants(license_, subject_id, event, territory)
                found.append(decision)
                part.grant = grant
                if grant is not None and decision != "refused":
                    found.append(
                        _of_price(
                            grant, event, part, currency, len(self._named[firm_id, judgement])
                        )
                    )
            part.decision = _gravest(*found)
            if part.is_charged and part.grant is not None:
                part.decision = self._of_quota(part, part.grant, event, before)
        return event

    def _of_license(self, license_: License, at: datetime) -> str:
        if at < license_.starts_at:
            return "refused"
        return _phase(at, license_.ends_at, license_.days)

    def _of_subject(
        self, subject_id: int, license_: License, at: datetime, recorded_at: datetime
    ) -> str:
        state, ended = "not_offered", None
        for effective_at, new, known_at in self._states[subject_id]:
            if effective_at <= at and known_at <= recorded_at:
                if state == "offered" and new != "offered":
                    ended = effective_at
                state = new
        if state == "offered":
            return "accepted"
        return "refused" if ended is None else _phase(at, ended, license_.days)

    def _of_consent(
        self, subject_id: int, use_class: str, at: datetime, recorded_at: datetime
    ) -> str:
        found = ["refused"]
        for use_classes, given_on, days, known_at, withdrawn_on, told_at in self._consents[
            subject_id
        ]:
            if use_class in use_classes and at >= starts_at(given_on) and known_at <= recorded_at:
                is_told = withdrawn_on is not None and told_at <= recorded_at
                found.append(_phase(at, starts_at(withdrawn_on) if is_told else None, days))
        return min(found, key=_GRAVITY.index)

    def _of_quota(self, part: Part, grant: Grant, event: Event, before: Event | None) -> str:
        if grant.on_exceed not in ("hold", "reject"):
            return part.decision
        beyond = "held" if grant.on_exceed == "hold" else "refused"
        counts = _counts(grant, event)
        period = _period(grant, day_of(event.at))
        if before is not None:  # A correction keeps what the quota said of the event before,
            was = next((each for each in before.parts if each.subject_id == part.subject_id), None)
            if was is not None and was.is_beyond:
                part.is_beyond = True
                return beyond
            is_under = was is not None and was.is_charged and was.grant is grant
            is_same = is_under and _period(grant, day_of(before.at)) == period
            if is_same and counts <= _counts(grant, before):  # and is asked for what it adds.
                return part.decision
        used = sum(
            (
                _counts(grant, each)
                for each in (*self._stands.values(), event)
                if not each.is_void and _period(grant, day_of(each.at)) == period
                for other in each.parts
                if other.grant is grant and other.is_charged and other is not part
            ),
            Fraction(0),
        )
        assert grant.units is not None
        part.is_beyond = bool(counts) and used + counts > grant.units
        return beyond if part.is_beyond else part.decision


_GRAVITY = ["accepted", "wind_down", "held", "refused"]


def _gravest(*decisions: str) -> str:
    return max(decisions, key=_GRAVITY.index)


def _phase(at: datetime, ends_at: datetime | None, days: int) -> str:
    if ends_at is None or at < ends_at:
        return "accepted"
    return "wind_down" if at < ends_at + timedelta(days=days) else "refused"


def _of_grants(
    license_: License, subject_id: int, event: Event, territory: str
) -> tuple[Grant | None, str]:
    """Return the first grant that permits an event, if any, and with which decision."""
    found: list[tuple[Grant, str]] = []
    for grant in license_.grants:
        if (
            subject_id in grant.subjects
            and event.use_class in grant.use_classes
            and event.modality in grant.modalities
            and (territory in grant.territories or "WORLD" in grant.territories)
            and event.at >= grant.starts_at
            and any(each.starts_at <= event.at for each in grant.versions)
        ):
            found.append((grant, _phase(event.at, grant.ends_at, grant.days)))
    found = [(grant, decision) for grant, decision in found if decision != "refused"]
    return min(found, key=lambda each: _GRAVITY.index(each[1]), default=(None, "refused"))


def _of_price(grant: Grant, event: Event, part: Part, currency: str | None, subjects: int) -> str:
    """Hold what has no price: no line of the card, or not told what the line is of."""
    version = grant.version_at(event.at, event.counted)
    assert version is not None
    card = _card_of(version.cards, event.modality, event.use_class, event.unit)
    if card is None:
        fixed = all(each.basis == "fixed_month" for each in version.cards)
        return "held" if not fixed or event.quantity is None else "accepted"
    if card.basis == "pct_revenue":
        if event.revenue is None or currency not in (None, "JPY"):
            return "held"
    elif event.quantity is None:
        return "held"
    needs_weight = card.allocation == "declared" and subjects > 1
    return "held" if needs_weight and not part.weight else "accepted"


def _card_of(cards: list[Card], modality: str, use_class: str, unit: str) -> Card | None:
    """Return the line that selects most of what fits; of two alike the earlier."""
    fitting = [
        card
        for card in cards
        if card.modality in (None, modality)
        and card.use_class in (None, use_class)
        and (card.basis == "pct_revenue" or _UNITS.get(card.basis) == unit)
    ]
    return max(fitting, key=lambda card: bool(card.modality) + bool(card.use_class), default=None)


def _counts(grant: Grant, event: Event) -> Fraction:
    if grant.unit is None:
        return Fraction(1)
    return (event.quantity or Fraction(0)) if event.unit == grant.unit else Fraction(0)


def _period(grant: Grant, day: date) -> date | None:
    """Return with what day the period of a quota began."""
    if grant.period == "day":
        return day
    if grant.period == "month":
        return day.replace(day=1)
    return grant.license.contract_year(day) if grant.period == "contract_year" else None
