"""
What an AI firm is told before it generates: whether a license permits the use, and its price.

The firm names no license, so each of its licenses is asked, by the very rules that judge the
report afterwards (:mod:`ledger.core.acceptance`). What can only be known after generating, the
quantity and the revenue, holds nothing here; it only leaves the price open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import NamedTuple

from ledger.core.acceptance import (
    Decision,
    Judgement,
    Kind,
    OptInState,
    Reason,
    Subject,
    UsageLine,
    judge,
)
from ledger.core.quota_batch import REASON_BEYOND
from ledger.core.reason import decision_for, gravest, gravity, in_order
from ledger.core.royalty import price
from ledger.core.terms import Basis, Grant, License, RateLine, TermsVersion
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass

#: Of a firm's refusals the one that fails least is told, and of those the one met furthest in.
_DEPTH = {reason: -index for index, reason in enumerate(Reason)}

#: Less than any quantity: of a quota that is used up nothing fits, whatever its quantity.
_LEAST = Decimal("1E-30")

#: Quantities and rates have at most 30 digits on each side of the point.
_EXACT = Context(prec=200, traps=[Inexact])


#: The decisions under which a use may go ahead, and is charged.
PERMITTED = frozenset({Decision.ACCEPTED, Decision.WIND_DOWN})


class Use(NamedTuple):
    """What a firm is about to do, and where."""

    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: str  # ISO 3166-1 alpha-2
    language: str | None = None  # BCP 47; a voice may be consented to in some alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """What a firm is told about one subject."""

    reference: str
    decision: Decision
    reasons: tuple[Reason, ...]
    opt_in: OptInState
    #: The license that permits the use, or the one that comes nearest; None without any.
    license_reference: str | None
    grant: Grant | None  # the one that permits the use, or holds it
    terms: TermsVersion | None
    rate_line: RateLine | None
    remaining: Decimal | None = None  # of the grant's quota, in its unit; None without one


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """Clearances of the subjects asked for, in order, and between which instants they hold."""

    clearances: tuple[Clearance, ...]
    decision: Decision  # the gravest of them
    valid_from: datetime
    valid_until: datetime

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the answer may be given for a use at this instant."""
        return self.valid_from <= instant < self.valid_until


def clear(
    *,
    use: Use,
    references: Sequence[str],
    licenses: Sequence[License],
    subjects: Mapping[str, Subject],
    at: datetime,
) -> Cleared:
    """
    Ask a firm's licenses, in their order, whether they permit a use of some subjects.

    The first license that permits it for all subjects answers for all of them, because a report
    names one license; one that winds down answers when no other does. When there is none, each
    subject is answered by the first license that permits it, and otherwise by the one that fails
    least.
    """
    uses = tuple(SubjectUse(reference) for reference in references)
    asked: Sequence[License | None] = licenses or (None,)
    judged = [(license_, _judge(use, uses, license_, subjects, at)) for license_ in asked]
    whole = sorted(
        (pair for pair in judged if pair[1].decision in PERMITTED),
        key=lambda pair: gravity(pair[1].decision),
    )[:1]
    clearances = tuple(
        _clearance(reference, subjects.get(reference), whole or judged, index, at)
        for index, reference in enumerate(references)
    )
    return Cleared(
        clearances=clearances,
        decision=gravest(each.decision for each in clearances),
        valid_from=max(judgement.valid_from for _, judgement in judged),
        valid_until=min(judgement.valid_until for _, judgement in judged),
    )


def within_quotas(
    cleared: Cleared, *, remaining: Mapping[int, Decimal], unit: Unit, quantity: Decimal | None
) -> Cleared:
    """
    Return an answer that tells what is left of quotas, and holds or refuses what does not fit.

    ``remaining`` has what is left for each grant with a quota. The subjects count one after
    another, as they would in a report; without a quantity a use fits while anything is left.
    """
    left = dict(remaining)
    clearances = []
    for each in cleared.clearances:
        quota = each.grant.quota if each.grant is not None else None
        if each.grant is None or quota is None or each.decision not in PERMITTED:
            clearances.append(each)
            continue
        counts = quota.counts(unit=unit, quantity=quantity)
        told = replace(each, remaining=left[each.grant.id])
        if left[each.grant.id] >= max(counts, _LEAST) or quota.on_exceed not in REASON_BEYOND:
            left[each.grant.id] = quota.remaining(quota.units - left[each.grant.id] + counts)
        else:
            told = _beyond(told, REASON_BEYOND[quota.on_exceed])
        clearances.append(told)
    return replace(
        cleared,
        clearances=tuple(clearances),
        decision=gravest(each.decision for each in clearances),
    )


def _beyond(clearance: Clearance, reason: Reason) -> Clearance:
    reasons = in_order([*clearance.reasons, reason])
    decision = decision_for(reasons)
    if decision is not Decision.REFUSED:
        return replace(clearance, decision=decision, reasons=reasons)
    return replace(
        clearance, decision=decision, reasons=reasons, grant=None, terms=None, rate_line=None
    )


def estimate(*, line: RateLine, quantity: Decimal, currency: str) -> Decimal | None:
    """
    Return what a quantity adds to the month under a line, in minor units, exact and not rounded.

    None where this use alone cannot tell: under tiers, which look at what was counted before,
    and for a share of revenue. A fixed fee adds nothing per use. The least that a line earns in
    a month is left out, because the month as a whole owes it.

    >>> line = RateLine(basis=Basis.PER_1K_TOKENS, rate=Decimal("12.5"))
    >>> estimate(line=line, quantity=Decimal(1_234), currency="JPY")
    Decimal('15.425')
    """
    if line.tiers or line.basis is Basis.PCT_REVENUE:
        return None
    if line.basis is Basis.FIXED_MONTH:
        return Decimal(0)
    exact = max(price(line, quantity, currency=currency), Fraction(line.event_floor_minor))
    return _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _judge(
    use: Use,
    uses: tuple[SubjectUse, ...],
    license_: License | None,
    subjects: Mapping[str, Subject],
    at: datetime,
) -> Judgement:
    kind = Kind(
        license_reference=license_.reference if license_ else "",
        subjects=uses,
        use_class=use.use_class,
        modality=use.modality,
        unit=use.unit,
        territory=use.territory,
        has_title=False,
        has_quantity=True,
        has_revenue=True,
        language=use.language,
    )
    return judge(kind=kind, occurred_at=at, license_=license_, subjects=subjects)


def _clearance(
    reference: str,
    subject: Subject | None,
    judged: Sequence[tuple[License | None, Judgement]],
    index: int,
    at: datetime,
) -> Clearance:
    license_, line = min(
        ((license_, judgement.lines[index]) for license_, judgement in judged),
        key=lambda pair: _failing(pair[1]),
    )
    is_refused = line.decision is Decision.REFUSED  # What is claimed for it is no offer.
    grant, terms = _terms_of(license_, None if is_refused else line.terms_version_id)
    return Clearance(
        reference=reference,
        decision=line.decision,
        reasons=line.reasons,
        opt_in=subject.state_at(at) if subject else OptInState.NOT_OFFERED,
        license_reference=license_.reference if license_ else None,
        grant=grant,
        terms=terms,
        rate_line=_rate_line_of(terms, line.rate_line_id),
    )


def _failing(line: UsageLine) -> tuple[int, int, list[int]]:
    """Return how badly a line fails: gravity, number of reasons, then how early they stand."""
    depths = [_DEPTH[reason] for reason in line.reasons]
    return (gravity(line.decision), len(line.reasons), depths)


def _terms_of(
    license_: License | None, terms_version_id: int | None
) -> tuple[Grant, TermsVersion] | tuple[None, None]:
    if license_ is None or terms_version_id is None:
        return None, None
    return next(
        (grant, version)
        for grant in license_.grants
        for version in grant.versions
        if version.id == terms_version_id
    )


def _rate_line_of(terms: TermsVersion | None, rate_line_id: int | None) -> RateLine | None:
    if terms is None or rate_line_id is None:
        return None
    return next(line for line in terms.rate_lines if line.id == rate_line_id)
