"""
The closing of a month: totals of usage in, royalty lines out, each rounded once.

A royalty line is one subject under one rate line of one terms version. Tier counters run on
when a new version takes over, and start again on the license's own anniversary even in the
middle of a month. A fixed monthly fee is owed for each month in which a grant is in force on
any day, whole and not in proportion, by the version in force when the month or the grant
begins; it is divided over the grant's subjects in the order in which they are listed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from ledger.core.counter import ClosingTerms, Place, Portion, UsageTotal, portions_of, rate_card
from ledger.core.event_total import EventTotal
from ledger.core.money import round_to_minor
from ledger.core.overage import overages
from ledger.core.period import Month
from ledger.core.royalty import Charge, ChargeStep, limits, rated, share_fixed_fee, total
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.terms import Grant, License, TermsVersion

#: Moved on whenever the same inputs would give other figures than before.
CALCULATION_VERSION = 1

_NOTHING = Decimal(0)


class Cause(StrEnum):
    """Why a line is written: use of the month itself, or what was told about a closed one."""

    USE = "use"
    LATE = "late"  # usage that was reported late or corrected
    RETRO = "retro"  # terms that were agreed for what had been charged
    LATE_RETRO = "late_retro"  # the same terms, for usage told at the same closing
    REVENUE_SHARE = "revenue_share"  # what the units of a month lack to a share of revenue


@dataclass(frozen=True, kw_only=True)
class RoyaltyLine:
    """What is owed for one subject under one rate line in one month, and how it came about."""

    month: date
    licensee_id: int
    owner_id: int  # the rights holder
    license_id: int
    subject_id: int
    terms_version_id: int
    rate_line_id: int
    currency: str
    generation_count: int
    quantity: Decimal  # in the unit of the basis; net revenue in major units for a percentage
    counter_before: Decimal
    charge: Charge
    closing_month: date | None = None  # of an adjustment: the later month that makes it
    cause: Cause = Cause.USE

    @property
    def amount_minor(self) -> int:
        """The amount in whole minor units, tax-exclusive."""
        return self.charge.amount_minor


def royalty_lines(
    *,
    month: Month,
    terms: ClosingTerms,
    totals: Iterable[UsageTotal],
    event_steps: Mapping[tuple[int, int], tuple[ChargeStep, ...]] = MappingProxyType({}),
) -> tuple[RoyaltyLine, ...]:
    """
    Charge a month's accepted usage and its fixed fees; lines come in the order of the terms.

    ``totals`` reaches back to :func:`first_month_to_read`, in the parts that
    :func:`years_beginning` names, so that tier counters stand where they should. What floors
    and stacking caps change is in ``event_steps``, by rate line and subject
    (:func:`ledger.core.event_total.steps_of_events`).
    """
    places = {place.line.id: place for place in rate_card(terms)}
    totals = tuple(totals)
    portions = portions_of(month, places=places, totals=totals)
    fees = _fixed_fees(month, terms)
    beyond = overages(month, terms=terms, totals=totals)
    lines = []
    for place in places.values():
        for subject_id in terms.listed[place.grant.id]:
            key = (place.line.id, subject_id)
            if key in portions or key in fees:
                owner_id = terms.owners[subject_id]
                used, fee = portions.pop(key, []), fees.get(key, 0)
                own_steps = (*event_steps.get(key, ()), *beyond.get(key, ()))
                charged = _charge(place, used, own_steps, fee)
                lines.append(_line(month, place, subject_id, owner_id, used, charged))
    assert not portions, f"usage of what the terms do not list: {sorted(portions)}"
    assert event_steps.keys() <= {(line.rate_line_id, line.subject_id) for line in lines}
    return tuple(lines)


def input_hash(
    *,
    month: Month,
    terms: ClosingTerms,
    totals: Iterable[UsageTotal],
    lines: Sequence[RoyaltyLine],
    events: Iterable[EventTotal] = (),
    comparisons: Iterable[object] = (),
) -> bytes:
    """
    Return the SHA-256 over what a closing was computed from, in canonical spelling.

    That is every total that is counted in the month (held and refused ones too), the terms
    versions that were charged, the counters brought forward, what adjustments come to, the
    events that were limited one by one, and how shares of revenue compared.
    """
    used = {line.terms_version_id for line in lines}
    versions = [
        (license_.id, license_.starts_at, license_.ends_at, grant.starts_at, grant.ends_at)
        + (terms.listed[grant.id], version)
        + (() if grant.quota is None else (grant.quota,))
        for license_, grant, version in terms.versions()
        if version.id in used
    ]
    own = [
        to_json(total)
        for total in totals
        if (total.counted_month or total.month) == month.first_day
    ]
    limited = sorted(
        to_json(event)
        for event in events
        if (event.counted_month or event.month) == month.first_day
    )
    brought = [_brought(line) for line in lines]
    inputs = (CALCULATION_VERSION, month.first_day, tuple(versions), tuple(sorted(own)))
    one_by_one = (tuple(limited),) if limited else ()
    shares = tuple(sorted(map(to_json, comparisons)))
    compared = (("revenue", *shares),) if shares else ()
    return sha256_of(to_json((*inputs, tuple(brought), *one_by_one, *compared)))


def _brought(line: RoyaltyLine) -> tuple[object, ...]:
    """Return what a line was computed from beside usage and terms: counter, and charges before."""
    counter = (line.rate_line_id, line.subject_id, line.counter_before)
    if line.closing_month is None:
        return counter
    return (*counter, line.month, line.charge.exact, line.cause)


def _fixed_fees(month: Month, terms: ClosingTerms) -> dict[tuple[int, int], int]:
    """Return what each subject bears of the month's fixed fees, by rate line and subject."""
    fees: dict[tuple[int, int], int] = {}
    for license_ in terms.licenses:
        for grant in license_.grants:
            version = version_of_month(month, license_, grant)
            if version is not None:
                fees |= _shares(version, terms.listed[grant.id])
    return fees


def _shares(version: TermsVersion, subject_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Divide each fixed fee over the subjects; a share of nothing makes no line."""
    shares: dict[tuple[int, int], int] = {}
    for line in version.rate_lines:
        if not line.is_counted:
            fee = round_to_minor(Fraction(line.rate), version.rounding)
            parts = zip(subject_ids, share_fixed_fee(fee, len(subject_ids)), strict=True)
            shares |= {(line.id, subject_id): part for subject_id, part in parts if part}
    return shares


def version_of_month(month: Month, license_: License, grant: Grant) -> TermsVersion | None:
    """Return the terms in force when the month or the grant begins, or the first to follow."""
    since = max(license_.starts_at, grant.starts_at, month.starts_at)
    ends = [instant for instant in (license_.ends_at, grant.ends_at) if instant is not None]
    until = min([month.ends_at, *ends])
    if since >= until:
        return None
    follow = (each for each in grant.versions if since < each.effective_from < until)
    return grant.version_at(since) or next(follow, None)


def _line(
    month: Month,
    place: Place,
    subject_id: int,
    owner_id: int,
    portions: Sequence[Portion],
    charged: Charge,
) -> RoyaltyLine:
    return RoyaltyLine(
        month=month.first_day,
        licensee_id=place.license_.licensee_id,
        owner_id=owner_id,
        license_id=place.license_.id,
        subject_id=subject_id,
        terms_version_id=place.version.id,
        rate_line_id=place.line.id,
        currency=place.version.currency,
        generation_count=sum(portion.generation_count for portion in portions),
        quantity=sum((portion.quantity for portion in portions), _NOTHING),
        counter_before=portions[0].counter_before if portions else _NOTHING,
        charge=charged,
    )


def _charge(
    place: Place, portions: Sequence[Portion], event_steps: Sequence[ChargeStep], fee_minor: int
) -> Charge:
    """Charge the portions one after another, and round their sum once."""
    if not place.line.is_counted:
        fee = Fraction(fee_minor)
        steps = [ChargeStep(code="fixed", quantity=None, rate=place.line.rate, exact=fee)]
    else:
        steps = [step for portion in portions for step in _rated(place, portion)]
        steps += event_steps
        is_used = any(portion.quantity > 0 for portion in portions)
        steps += limits(line=place.line, steps=steps, is_used=is_used)
    return total(steps, rounding=place.version.rounding)


def _rated(place: Place, portion: Portion) -> tuple[ChargeStep, ...]:
    return rated(
        line=place.line,
        quantity=portion.quantity,
        counter_before=portion.counter_before,
        currency=place.version.currency,
    )
