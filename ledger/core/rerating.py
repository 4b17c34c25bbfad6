"""
Terms that are agreed for months already closed: which line prices usage judged under another.

A generation names the rate line it was judged under. When later terms take effect before that,
their line prices it from the closing on that first goes by them; the closings before keep to
what they knew. Such terms begin with a month, and have the same lines as those they replace.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from ledger.core.counter import ClosingTerms, UsageTotal, rate_card
from ledger.core.event_total import EventTotal, limits_events
from ledger.core.fields import FieldRefusal
from ledger.core.period import Month
from ledger.core.terms import Allocation, Basis, Grant, RateLine, TermsVersion
from ledger.core.usage import Modality, UseClass


class RetroactiveMidMonth(FieldRefusal):
    """Terms for closed months begin in the middle of one, whose lines cannot be divided."""

    code = "retroactive_terms_mid_month"


class RetroactiveNotComparable(FieldRefusal):
    """Terms for closed months have other lines or another currency than those they replace."""

    code = "retroactive_terms_differ"


class Kind(NamedTuple):
    """What a rate line is for, whatever it charges."""

    basis: Basis
    modality: Modality | None
    use_class: UseClass | None


class Priced(NamedTuple):
    """A rate line, and the version of the terms that has it."""

    terms_version_id: int
    rate_line_id: int


def kind_of(line: RateLine) -> Kind:
    """Return what a rate line is for."""
    return Kind(line.basis, line.modality, line.use_class)


def are_comparable(one: TermsVersion, other: TermsVersion) -> bool:
    """Tell whether usage judged under one version can be priced by the other, line by line."""
    kinds = [sorted(map(str, map(kind_of, each.rate_lines))) for each in (one, other)]
    is_unique = len(set(kinds[0])) == len(kinds[0])
    limited = [
        {kind_of(line) for line in each.rate_lines if limits_events(line)} for each in (one, other)
    ]
    declared = [
        {kind_of(line) for line in each.rate_lines if _is_declared(line)} for each in (one, other)
    ]
    # What single events came to was counted only where their prices were limited, and events
    # that declare no influence were held only where it was asked for.
    is_known = limited[0] <= limited[1] and declared[0] <= declared[1]
    # A share of revenue may be added or be another; a top-up needs one to be worked out anew.
    is_shared = one.revenue_share is not None or other.revenue_share is None
    is_alike = kinds[0] == kinds[1] and one.currency == other.currency
    return is_unique and is_known and is_shared and is_alike


def _is_declared(line: RateLine) -> bool:
    return line.stacking is not None and line.stacking.allocation is Allocation.DECLARED


def check_retroactive(
    terms: TermsVersion, *, replaced: TermsVersion, first_open: Month
) -> TermsVersion:
    """
    Return terms for closed months as they are counted: from the first open month on.

    :raises RetroactiveMidMonth: they do not take effect with a month.
    :raises RetroactiveNotComparable: usage judged under what they replace has no line in them.
    """
    starts_at = terms.effective_from
    if starts_at != Month.of(starts_at).starts_at:
        raise RetroactiveMidMonth(field="terms.effective_from", value=starts_at.isoformat())
    if not are_comparable(terms, replaced):
        raise RetroactiveNotComparable(
            field="terms.rate_lines",
            clause=terms.clause_reference,
            replaced=replaced.clause_reference,
        )
    return replace(terms, counted_month=first_open.first_day)


def known_to(terms: ClosingTerms, month: Month) -> ClosingTerms:
    """Return the terms that the closing of a month goes by."""
    licenses = tuple(
        replace(
            license_,
            grants=tuple(
                replace(grant, versions=tuple(_counted(grant.versions, month)))
                for grant in license_.grants
            ),
        )
        for license_ in terms.licenses
    )
    return replace(terms, licenses=licenses)


def first_rerated(terms: ClosingTerms, month: Month) -> date | None:
    """Return the earliest month to which terms apply that a month is the first to go by."""
    months = (
        Month.of(version.effective_from).first_day
        for _, _, version in terms.versions()
        if version.counted_month == month.first_day
    )
    return min(months, default=None)


class Rerating:
    """The rate lines of all terms, seen from what one closing knows."""

    def __init__(self, terms: ClosingTerms, month: Month) -> None:
        self.known = known_to(terms, month)
        self._places = {place.line.id: place for place in rate_card(terms)}
        self._grants = {
            grant.id: grant for license_ in self.known.licenses for grant in license_.grants
        }
        self._has_any = any(version.counted_month for _, _, version in terms.versions())

    def totals(self, totals: Iterable[UsageTotal]) -> tuple[UsageTotal, ...]:
        """Return usage under the rate lines that price it."""
        return tuple(map(self._total, totals)) if self._has_any else tuple(totals)

    def events(self, events: Iterable[EventTotal]) -> tuple[EventTotal, ...]:
        """Return events under the rate lines that price them."""
        return tuple(map(self._event, events)) if self._has_any else tuple(events)

    def line_for(self, rate_line_id: int, month: date) -> Priced:
        """Return the line that prices a month's usage judged under another."""
        place = self._places[rate_line_id]
        version = self._version_for(self._grants[place.grant.id], place.version, month)
        if version.id == place.version.id:
            return Priced(version.id, rate_line_id)
        (line,) = (line for line in version.rate_lines if kind_of(line) == kind_of(place.line))
        return Priced(version.id, line.id)

    def _total(self, total: UsageTotal) -> UsageTotal:
        if total.rate_line_id is None:
            return total
        priced = self.line_for(total.rate_line_id, total.month)
        return replace(total, **priced._asdict())

    def _event(self, event: EventTotal) -> EventTotal:
        parts = (
            part._replace(rate_line_id=self.line_for(part.rate_line_id, event.month).rate_line_id)
            for part in event.parts
        )
        return replace(event, parts=tuple(parts))

    @staticmethod
    def _version_for(grant: Grant, judged: TermsVersion, month: date) -> TermsVersion:
        starts_at = Month.of_day(month).starts_at
        version = judged
        if all(each.id != judged.id for each in grant.versions):  # It is not known yet.
            before = grant.version_at(starts_at)
            assert before is not None, "terms for closed months replace others"
            version = before
        for each in grant.versions:
            is_later = version.effective_from < each.effective_from <= starts_at
            if each.counted_month is not None and is_later:
                version = each
        return version


def _counted(versions: Iterable[TermsVersion], month: Month) -> Iterable[TermsVersion]:
    for version in versions:
        if version.counted_month is None or version.counted_month <= month.first_day:
            yield version
