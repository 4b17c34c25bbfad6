"""
What is decided about a generation, and for which reasons: the published words and their order.

The first reason of a generation explains its decision. So what refuses stands before what
holds, and that before what still earns for a while; within these, the graver comes first.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum


class Decision(StrEnum):
    """What becomes of a generation, or of one subject's part in it; the gravest comes last."""

    ACCEPTED = "accepted"
    WIND_DOWN = "wind_down"  # After an end, in the days in which use still earns.
    HELD = "held"
    REFUSED = "refused"


class Reason(StrEnum):
    """
    Why a generation is not simply accepted, in order of precedence: the first one leads.

    A reason's place never changes once published; new ones go where they belong by weight.
    """

    LICENSE_UNKNOWN = "license_unknown"
    LICENSE_NOT_STARTED = "license_not_started"
    LICENSE_ENDED = "license_ended"
    LICENSE_SUSPENDED_FOR_NON_PAYMENT = "license_suspended_for_non_payment"
    SUBJECT_UNKNOWN = "subject_unknown"
    SUBJECT_NOT_OFFERED = "subject_not_offered"
    SUBJECT_SUSPENDED = "subject_suspended"
    CONSENT_MISSING = "consent_missing"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    LANGUAGE_NOT_CONSENTED = "language_not_consented"
    SUBJECT_NOT_LICENSED = "subject_not_licensed"
    GRANT_NOT_STARTED = "grant_not_started"
    GRANT_ENDED = "grant_ended"
    USE_CLASS_NOT_GRANTED = "use_class_not_granted"
    MODALITY_NOT_GRANTED = "modality_not_granted"
    TERRITORY_NOT_GRANTED = "territory_not_granted"
    TERMS_NOT_IN_FORCE = "terms_not_in_force"
    QUOTA_EXCEEDED = "quota_exceeded"
    SUBJECT_UNMATCHED = "subject_unmatched"
    LANGUAGE_UNKNOWN = "language_unknown"
    RATE_MISSING = "rate_missing"
    SESSION_COUNT_UNKNOWN = "session_count_unknown"
    QUANTITY_UNKNOWN = "quantity_unknown"
    REVENUE_UNKNOWN = "revenue_unknown"
    WEIGHT_UNKNOWN = "weight_unknown"
    QUOTA_REACHED = "quota_reached"
    LICENSE_WINDING_DOWN = "license_winding_down"
    SUBJECT_WINDING_DOWN = "subject_winding_down"
    CONSENT_IN_NOTICE = "consent_in_notice"
    GRANT_WINDING_DOWN = "grant_winding_down"


#: Reasons that hold. Unknown is a hold, never nothing.
HOLDING_REASONS = frozenset(
    {
        Reason.SUBJECT_UNMATCHED,
        Reason.LANGUAGE_UNKNOWN,
        Reason.RATE_MISSING,
        Reason.SESSION_COUNT_UNKNOWN,
        Reason.QUANTITY_UNKNOWN,
        Reason.REVENUE_UNKNOWN,
        Reason.WEIGHT_UNKNOWN,
        Reason.QUOTA_REACHED,
    }
)

#: Reasons with which use still earns, for a while. Every other reason refuses.
EARNING_REASONS = frozenset(
    {
        Reason.LICENSE_WINDING_DOWN,
        Reason.SUBJECT_WINDING_DOWN,
        Reason.CONSENT_IN_NOTICE,
        Reason.GRANT_WINDING_DOWN,
    }
)

#: Reasons of a refusal for which the price is kept all the same: such use is claimed for, and that
#: claim is no royalty.
CLAIMED_REASONS = frozenset(
    {Reason.CONSENT_MISSING, Reason.CONSENT_WITHDRAWN, Reason.LANGUAGE_NOT_CONSENTED}
)

#: The decisions that are charged.
CHARGED_DECISIONS = frozenset({Decision.ACCEPTED, Decision.WIND_DOWN})

#: The decisions a batch is counted by; what winds down earns, and counts as accepted.
COUNTED_DECISIONS = (Decision.ACCEPTED, Decision.HELD, Decision.REFUSED)
COUNTED_AS = {**{each: each for each in Decision}, Decision.WIND_DOWN: Decision.ACCEPTED}

_PRECEDENCE = {reason: index for index, reason in enumerate(Reason)}
_GRAVITY = {decision: index for index, decision in enumerate(Decision)}


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return reasons without repetition in their order of precedence."""
    return tuple(sorted(set(reasons), key=_PRECEDENCE.__getitem__))


def decision_for(reasons: Collection[Reason]) -> Decision:
    """Return what some reasons together come to; without any, a generation is accepted."""
    if not reasons:
        return Decision.ACCEPTED
    if EARNING_REASONS.issuperset(reasons):
        return Decision.WIND_DOWN
    if all(reason in HOLDING_REASONS | EARNING_REASONS for reason in reasons):
        return Decision.HELD
    return Decision.REFUSED


def may_have_price(reasons: Collection[Reason]) -> bool:
    """Tell whether what is known against a use, its grant aside, leaves it a price."""
    return (EARNING_REASONS | CLAIMED_REASONS).issuperset(reasons)


def has_price(reasons: Collection[Reason]) -> bool:
    """Tell whether a use has a price: charged, held, or claimed for want of a consent."""
    return (EARNING_REASONS | HOLDING_REASONS | CLAIMED_REASONS).issuperset(reasons)


def gravest(decisions: Iterable[Decision]) -> Decision:
    """Return the gravest of some decisions, of which there is at least one."""
    return max(decisions, key=gravity)


def gravity(decision: Decision) -> int:
    """Return how grave a decision is; 0 is an acceptance."""
    return _GRAVITY[decision]
