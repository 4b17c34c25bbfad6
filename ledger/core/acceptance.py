"""
Why one generation is accepted, held or refused: an ordered table of reasons.

A judgement depends on the event's time only through the instants at which the license or a
subject's opt-in changes. So it is returned with the interval in which it stays the same, and
the reporting path judges each kind of event once, not once per event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from ledger.core.consent import Consent, ConsentStanding, standing
from ledger.core.reason import (
    EARNING_REASONS,
    HOLDING_REASONS,
    Decision,
    Reason,
    decision_for,
    gravest,
    has_price,
    in_order,
    may_have_price,
)
from ledger.core.suspension import reasons_of
from ledger.core.terms import Allocation, Basis, Grant, License, RateLine, TermsVersion
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass
from ledger.core.wind_down import Phase, over_at, phase

#: The words of a judgement are in :mod:`ledger.core.reason`, and are used from here.
__all__ = [
    "BEGINNING_OF_TIME",
    "END_OF_TIME",
    "HOLDING_REASONS",
    "Decision",
    "Judgement",
    "Kind",
    "OptInState",
    "Reason",
    "Subject",
    "UsageLine",
    "in_order",
    "judge",
    "with_reasons",
]

#: Bounds of an interval that has no end on one side.
BEGINNING_OF_TIME = datetime(1952, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9998, 12, 31, tzinfo=UTC)


class OptInState(StrEnum):
    """Whether a holder has agreed to anything. Nothing is offered by default."""

    NOT_OFFERED = "not_offered"
    OFFERED = "offered"
    SUSPENDED = "suspended"


_REASON_OF_CONSENT = {
    ConsentStanding.GIVEN: None,
    ConsentStanding.IN_NOTICE: Reason.CONSENT_IN_NOTICE,
    ConsentStanding.LANGUAGE_UNKNOWN: Reason.LANGUAGE_UNKNOWN,
    ConsentStanding.WITHDRAWN: Reason.CONSENT_WITHDRAWN,
    ConsentStanding.OTHER_LANGUAGE: Reason.LANGUAGE_NOT_CONSENTED,
    ConsentStanding.MISSING: Reason.CONSENT_MISSING,
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A work, character or voice as the reporting path needs it."""

    id: int
    reference: str
    #: Dated states, ordered; before the first one the subject is not offered.
    opt_in: tuple[tuple[datetime, OptInState], ...]
    #: A voice needs the consent of who has it; another subject does not ask for any.
    needs_consent: bool = False
    consents: tuple[Consent, ...] = ()

    def state_at(self, instant: datetime) -> OptInState:
        """Return the opt-in state in force at an instant."""
        state = OptInState.NOT_OFFERED
        for effective_at, later in self.opt_in:
            if effective_at > instant:
                break
            state = later
        return state

    def offered_until(self, instant: datetime) -> datetime | None:
        """Return when the last offer before an instant ended; None while it stands, or without."""
        ended_at = None
        was = OptInState.NOT_OFFERED
        for effective_at, state in self.opt_in:
            if effective_at > instant:
                break
            if was is OptInState.OFFERED and state is not OptInState.OFFERED:
                ended_at = effective_at
            was = state
        return None if was is OptInState.OFFERED else ended_at


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One subject's part in a generation: what it is charged under, or why it is not."""

    subject_id: int | None
    weight_bp: int | None
    decision: Decision
    reasons: tuple[Reason, ...]
    terms_version_id: int | None = None
    rate_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of one kind of generation, and between which instants that holds."""

    decision: Decision
    reasons: tuple[Reason, ...]
    lines: tuple[UsageLine, ...]
    valid_from: datetime
    valid_until: datetime

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the judgement may be used for an event at this instant."""
        return self.valid_from <= instant < self.valid_until


class Kind(NamedTuple):
    """Everything about a generation that its judgement may depend on, except the time."""

    license_reference: str
    subjects: tuple[SubjectUse, ...]
    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: str
    has_title: bool
    has_quantity: bool
    has_revenue: bool
    currency: str | None = None  # of the revenue; when none is named, that of the terms
    language: str | None = None  # of what was spoken or written, where it is reported


def judge(
    *,
    kind: Kind,
    occurred_at: datetime,
    license_: License | None,
    subjects: Mapping[str, Subject],
) -> Judgement:
    """
    Decide about one kind of generation at an instant.

    Each named subject is judged by itself: one that is not licensed is refused while the
    licensed ones beside it still earn. The generation's own decision is the gravest of its
    lines', and its reasons are theirs in order of precedence without repetition.
    """
    lines = tuple(
        _judge_subject(kind, use, occurred_at, license_, subjects.get(use.reference))
        for use in kind.subjects
    )
    valid_from, valid_until = _interval(
        occurred_at, license_, [subjects.get(use.reference) for use in kind.subjects]
    )
    return Judgement(
        decision=gravest(line.decision for line in lines),
        reasons=in_order(reason for line in lines for reason in line.reasons),
        lines=lines,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def with_reasons(judgement: Judgement, reasons: Mapping[int, Reason]) -> Judgement:
    """
    Return a judgement with one more reason on some of its lines, named by their places.

    So what only the book can tell (a quota that is used up) is said like everything else. A line
    that is refused by it loses its price.
    """
    lines = tuple(
        _with_reason(line, reasons[place]) if place in reasons else line
        for place, line in enumerate(judgement.lines)
    )
    return replace(
        judgement,
        decision=gravest(line.decision for line in lines),
        reasons=in_order(reason for line in lines for reason in line.reasons),
        lines=lines,
    )


def _with_reason(line: UsageLine, reason: Reason) -> UsageLine:
    reasons = in_order([*line.reasons, reason])
    decision = decision_for(reasons)
    is_refused = decision is Decision.REFUSED
    return replace(
        line,
        decision=decision,
        reasons=reasons,
        terms_version_id=None if is_refused else line.terms_version_id,
        rate_line_id=None if is_refused else line.rate_line_id,
    )


def _judge_subject(
    kind: Kind,
    use: SubjectUse,
    occurred_at: datetime,
    license_: License | None,
    subject: Subject | None,
) -> UsageLine:
    reasons = [*_license_reasons(license_, occurred_at)]
    reasons += _subject_reasons(subject, license_, kind, occurred_at)
    version: TermsVersion | None = None
    rate_line: RateLine | None = None
    if license_ is not None and subject is not None and may_have_price(reasons):
        grant, grant_reasons = _best_grant(license_, subject.id, kind, occurred_at)
        reasons += grant_reasons
        if grant is not None and EARNING_REASONS.issuperset(grant_reasons):
            version = grant.version_at(occurred_at)
            assert version is not None, "a grant without terms in force has a reason"
            rate_line, price_reasons = _price(kind, use, version)
            reasons += price_reasons
    ordered = in_order(reasons)
    priced = rate_line is not None and has_price(ordered)
    return UsageLine(
        subject_id=subject.id if subject else None,
        weight_bp=use.weight_bp,
        decision=decision_for(ordered),
        reasons=ordered,
        terms_version_id=version.id if version and priced else None,
        rate_line_id=rate_line.id if rate_line and priced else None,
    )


def _license_reasons(license_: License | None, at: datetime) -> list[Reason]:
    if license_ is None:
        return [Reason.LICENSE_UNKNOWN]
    if at < license_.starts_at:
        return [Reason.LICENSE_NOT_STARTED]
    suspended = reasons_of(license_.suspensions, at, days=license_.wind_down_days)
    match phase(at, ends_at=license_.ends_at, days=license_.wind_down_days):
        case Phase.RUNNING:
            return suspended
        case Phase.WINDING_DOWN:
            return [Reason.LICENSE_WINDING_DOWN, *suspended]
        case Phase.OVER:
            return [Reason.LICENSE_ENDED]


def _subject_reasons(
    subject: Subject | None, license_: License | None, kind: Kind, at: datetime
) -> list[Reason]:
    if subject is None:
        return [Reason.SUBJECT_UNMATCHED if kind.has_title else Reason.SUBJECT_UNKNOWN]
    reasons = _opt_in_reasons(subject, license_, at)
    if EARNING_REASONS.issuperset(reasons) and subject.needs_consent:
        said = standing(subject.consents, use_class=kind.use_class, language=kind.language, at=at)
        reason = _REASON_OF_CONSENT[said]
        reasons += [] if reason is None else [reason]
    return reasons


def _opt_in_reasons(subject: Subject, license_: License | None, at: datetime) -> list[Reason]:
    state = subject.state_at(at)
    if state is OptInState.OFFERED:
        return []
    days = license_.wind_down_days if license_ else 0
    until = subject.offered_until(at)
    if until is not None and phase(at, ends_at=until, days=days) is Phase.WINDING_DOWN:
        return [Reason.SUBJECT_WINDING_DOWN]
    if state is OptInState.SUSPENDED:
        return [Reason.SUBJECT_SUSPENDED]
    return [Reason.SUBJECT_NOT_OFFERED]


def _best_grant(
    license_: License, subject_id: int, kind: Kind, at: datetime
) -> tuple[Grant | None, list[Reason]]:
    """Return the first grant that permits the use, or the one that fails least and why."""
    candidates = [grant for grant in license_.grants if subject_id in grant.subject_ids]
    if not candidates:
        return None, [Reason.SUBJECT_NOT_LICENSED]
    judged = [
        (grant, _grant_reasons(grant, license_.wind_down_of(grant), kind, at))
        for grant in candidates
    ]
    return min(judged, key=lambda pair: (len(set(pair[1]) - EARNING_REASONS), len(pair[1])))


def _grant_reasons(grant: Grant, wind_down_days: int, kind: Kind, at: datetime) -> list[Reason]:
    reached = phase(at, ends_at=grant.ends_at, days=wind_down_days)
    checks = (
        (at < grant.starts_at, Reason.GRANT_NOT_STARTED),
        (reached is Phase.OVER, Reason.GRANT_ENDED),
        (reached is Phase.WINDING_DOWN, Reason.GRANT_WINDING_DOWN),
        (kind.use_class not in grant.use_classes, Reason.USE_CLASS_NOT_GRANTED),
        (kind.modality not in grant.modalities, Reason.MODALITY_NOT_GRANTED),
        (not grant.permits_territory(kind.territory), Reason.TERRITORY_NOT_GRANTED),
        (grant.version_at(at) is None, Reason.TERMS_NOT_IN_FORCE),
    )
    return [reason for failed, reason in checks if failed]


def _price(
    kind: Kind, use: SubjectUse, version: TermsVersion
) -> tuple[RateLine | None, list[Reason]]:
    line = version.rate_line_for(modality=kind.modality, use_class=kind.use_class, unit=kind.unit)
    if line is None:
        is_counted = version.counts_sessions(modality=kind.modality, use_class=kind.use_class)
        return None, [Reason.SESSION_COUNT_UNKNOWN if is_counted else Reason.RATE_MISSING]
    if line.basis is Basis.PCT_REVENUE and not _is_revenue_known(kind, version):
        return line, [Reason.REVENUE_UNKNOWN]
    if line.basis is not Basis.PCT_REVENUE and not kind.has_quantity:
        return line, [Reason.QUANTITY_UNKNOWN]
    if _needs_weight(kind, line) and not use.weight_bp:
        return line, [Reason.WEIGHT_UNKNOWN]
    return line, []


def _needs_weight(kind: Kind, line: RateLine) -> bool:
    """Tell whether a cap is shared by influence among the subjects of such a generation."""
    is_shared = line.stacking is not None and line.stacking.allocation is Allocation.DECLARED
    return is_shared and len(kind.subjects) > 1


def _is_revenue_known(kind: Kind, version: TermsVersion) -> bool:
    """Tell whether a percentage can be taken: revenue in another currency has no rate yet."""
    return kind.has_revenue and kind.currency in (None, version.currency)


def _interval(
    at: datetime, license_: License | None, subjects: Sequence[Subject | None]
) -> tuple[datetime, datetime]:
    boundaries: set[datetime] = set(license_.boundaries) if license_ else set()
    days = license_.wind_down_days if license_ else 0
    for subject in subjects:
        if subject is not None:
            changes = {effective_at for effective_at, _ in subject.opt_in}
            boundaries |= changes | {over_at(each, days=days) for each in changes}
            boundaries |= {each for consent in subject.consents for each in consent.boundaries}
    earlier = [instant for instant in boundaries if instant <= at]
    later = [instant for instant in boundaries if instant > at]
    return (max(earlier, default=BEGINNING_OF_TIME), min(later, default=END_OF_TIME))
