"""
Why one generation is accepted, held or refused: an ordered table of reasons.

A judgement depends on the event's time only through the instants at which the license or a
subject's opt-in changes. So it is returned with the interval in which it stays the same, and
the reporting path judges each kind of event once, not once per event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from ledger.core.terms import Basis, Grant, License, RateLine, TermsVersion
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass

#: Bounds of an interval that has no end on one side.
BEGINNING_OF_TIME = datetime(1952, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9998, 12, 31, tzinfo=UTC)


class Decision(StrEnum):
    """What becomes of a generation, or of one subject's part in it."""

    ACCEPTED = "accepted"
    HELD = "held"
    REFUSED = "refused"


class OptInState(StrEnum):
    """Whether a holder has agreed to anything. Nothing is offered by default."""

    NOT_OFFERED = "not_offered"
    OFFERED = "offered"
    SUSPENDED = "suspended"


class Reason(StrEnum):
    """
    Why a generation is not simply accepted, in order of precedence: the first one leads.

    A reason's place never changes once published; new ones go where they belong by weight.
    """

    LICENSE_UNKNOWN = "license_unknown"
    LICENSE_NOT_STARTED = "license_not_started"
    LICENSE_ENDED = "license_ended"
    SUBJECT_UNKNOWN = "subject_unknown"
    SUBJECT_NOT_OFFERED = "subject_not_offered"
    SUBJECT_SUSPENDED = "subject_suspended"
    SUBJECT_NOT_LICENSED = "subject_not_licensed"
    GRANT_NOT_STARTED = "grant_not_started"
    GRANT_ENDED = "grant_ended"
    USE_CLASS_NOT_GRANTED = "use_class_not_granted"
    MODALITY_NOT_GRANTED = "modality_not_granted"
    TERRITORY_NOT_GRANTED = "territory_not_granted"
    TERMS_NOT_IN_FORCE = "terms_not_in_force"
    SUBJECT_UNMATCHED = "subject_unmatched"
    RATE_MISSING = "rate_missing"
    QUANTITY_UNKNOWN = "quantity_unknown"
    REVENUE_UNKNOWN = "revenue_unknown"


#: Reasons that hold; every other reason refuses. Unknown is a hold, never nothing.
HOLDING_REASONS = frozenset(
    {
        Reason.SUBJECT_UNMATCHED,
        Reason.RATE_MISSING,
        Reason.QUANTITY_UNKNOWN,
        Reason.REVENUE_UNKNOWN,
    }
)

_PRECEDENCE = {reason: index for index, reason in enumerate(Reason)}
_SEVERITY = {Decision.ACCEPTED: 0, Decision.HELD: 1, Decision.REFUSED: 2}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A work, character or voice as the reporting path needs it."""

    id: int
    reference: str
    #: Dated states, ordered; before the first one the subject is not offered.
    opt_in: tuple[tuple[datetime, OptInState], ...]

    def state_at(self, instant: datetime) -> OptInState:
        """Return the opt-in state in force at an instant."""
        state = OptInState.NOT_OFFERED
        for effective_at, later in self.opt_in:
            if effective_at > instant:
                break
            state = later
        return state


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
        decision=max((line.decision for line in lines), key=_SEVERITY.__getitem__),
        reasons=in_order(reason for line in lines for reason in line.reasons),
        lines=lines,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return reasons without repetition in their order of precedence."""
    return tuple(sorted(set(reasons), key=_PRECEDENCE.__getitem__))


def _judge_subject(
    kind: Kind,
    use: SubjectUse,
    occurred_at: datetime,
    license_: License | None,
    subject: Subject | None,
) -> UsageLine:
    reasons = [*_license_reasons(license_, occurred_at)]
    reasons += _subject_reasons(subject, occurred_at, has_title=kind.has_title)
    version: TermsVersion | None = None
    rate_line: RateLine | None = None
    if license_ is not None and subject is not None and not reasons:
        grant, grant_reasons = _best_grant(license_, subject.id, kind, occurred_at)
        reasons += grant_reasons
        if grant is not None and not grant_reasons:
            version = grant.version_at(occurred_at)
            assert version is not None, "a grant without terms in force has a reason"
            rate_line, price_reasons = _price(kind, version)
            reasons += price_reasons
    ordered = in_order(reasons)
    priced = rate_line is not None and not any(r not in HOLDING_REASONS for r in ordered)
    return UsageLine(
        subject_id=subject.id if subject else None,
        weight_bp=use.weight_bp,
        decision=_decision(ordered),
        reasons=ordered,
        terms_version_id=version.id if version and priced else None,
        rate_line_id=rate_line.id if rate_line and priced else None,
    )


def _license_reasons(license_: License | None, at: datetime) -> list[Reason]:
    if license_ is None:
        return [Reason.LICENSE_UNKNOWN]
    if at < license_.starts_at:
        return [Reason.LICENSE_NOT_STARTED]
    if license_.ends_at is not None and at >= license_.ends_at:
        return [Reason.LICENSE_ENDED]
    return []


def _subject_reasons(subject: Subject | None, at: datetime, *, has_title: bool) -> list[Reason]:
    if subject is None:
        return [Reason.SUBJECT_UNMATCHED if has_title else Reason.SUBJECT_UNKNOWN]
    match subject.state_at(at):
        case OptInState.NOT_OFFERED:
            return [Reason.SUBJECT_NOT_OFFERED]
        case OptInState.SUSPENDED:
            return [Reason.SUBJECT_SUSPENDED]
        case OptInState.OFFERED:
            return []


def _best_grant(
    license_: License, subject_id: int, kind: Kind, at: datetime
) -> tuple[Grant | None, list[Reason]]:
    """Return the first grant that permits the use, or the one that fails least and why."""
    candidates = [grant for grant in license_.grants if subject_id in grant.subject_ids]
    if not candidates:
        return None, [Reason.SUBJECT_NOT_LICENSED]
    judged = [(grant, _grant_reasons(grant, kind, at)) for grant in candidates]
    return min(judged, key=lambda pair: len(pair[1]))


def _grant_reasons(grant: Grant, kind: Kind, at: datetime) -> list[Reason]:
    checks = (
        (at < grant.starts_at, Reason.GRANT_NOT_STARTED),
        (grant.ends_at is not None and at >= grant.ends_at, Reason.GRANT_ENDED),
        (kind.use_class not in grant.use_classes, Reason.USE_CLASS_NOT_GRANTED),
        (kind.modality not in grant.modalities, Reason.MODALITY_NOT_GRANTED),
        (not grant.permits_territory(kind.territory), Reason.TERRITORY_NOT_GRANTED),
        (grant.version_at(at) is None, Reason.TERMS_NOT_IN_FORCE),
    )
    return [reason for failed, reason in checks if failed]


def _price(kind: Kind, version: TermsVersion) -> tuple[RateLine | None, list[Reason]]:
    line = version.rate_line_for(modality=kind.modality, use_class=kind.use_class, unit=kind.unit)
    if line is None:
        return None, [Reason.RATE_MISSING]
    if line.basis is Basis.PCT_REVENUE and not _is_revenue_known(kind, version):
        return line, [Reason.REVENUE_UNKNOWN]
    if line.basis is not Basis.PCT_REVENUE and not kind.has_quantity:
        return line, [Reason.QUANTITY_UNKNOWN]
    return line, []


def _is_revenue_known(kind: Kind, version: TermsVersion) -> bool:
    """Tell whether a percentage can be taken: revenue in another currency has no rate yet."""
    return kind.has_revenue and kind.currency in (None, version.currency)


def _decision(reasons: Sequence[Reason]) -> Decision:
    if not reasons:
        return Decision.ACCEPTED
    if all(reason in HOLDING_REASONS for reason in reasons):
        return Decision.HELD
    return Decision.REFUSED


def _interval(
    at: datetime, license_: License | None, subjects: Sequence[Subject | None]
) -> tuple[datetime, datetime]:
    boundaries: set[datetime] = set(license_.boundaries) if license_ else set()
    for subject in subjects:
        if subject is not None:
            boundaries |= {effective_at for effective_at, _ in subject.opt_in}
    earlier = [instant for instant in boundaries if instant <= at]
    later = [instant for instant in boundaries if instant > at]
    return (max(earlier, default=BEGINNING_OF_TIME), min(later, default=END_OF_TIME))
