"""
Terms tried on past use: what the use of some months would have earned under an offer.

The lines of licenses that are in force are put aside, and each is priced by the line of the offer
that is for the same: the unit, and where both say so the modality and the use class. What no line
of the offer is for is counted, and not priced. Both sides are worked out by the function that
closes a month; floors and caps of single events, shares of revenue, advances and guarantees are
left out on both.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.core.closing import royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.offer import OfferedTerms
from ledger.core.period import Month
from ledger.core.terms import Basis, License, RateLine, TermsVersion

_CHARGED = frozenset({"accepted", "wind_down"})


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What subjects earned, and would have earned, in minor units by subject and currency."""

    before: Mapping[tuple[int, str], int]
    after: Mapping[tuple[int, str], int]
    generation_count: int  # that were charged
    uncovered_count: int  # of these, that the offer has no price for


def try_terms(
    terms: ClosingTerms,
    totals: Sequence[UsageTotal],
    *,
    offered: OfferedTerms,
    subject_ids: Collection[int],
    months: Sequence[Month],
) -> Tried:
    """Return what some months' use of subjects came to, and would have under an offer."""
    known = _concerned(terms, subject_ids)
    own = [each for each in totals if each.subject_id in subject_ids]
    priced = {
        line.id: _line_for(line, offered.rate_lines)
        for _, _, version in known.versions()
        for line in version.rate_lines
    }
    changed = replace(
        known, licenses=tuple(_offered(license_, offered, priced) for license_ in known.licenses)
    )
    covered = [each for each in own if priced.get(each.rate_line_id or 0) is not None]
    used = list(_used(own, months))
    return Tried(
        before=_earned(known, own, subject_ids, months),
        after=_earned(changed, covered, subject_ids, months),
        generation_count=sum(each.generation_count for each in used),
        uncovered_count=sum(
            each.generation_count for each in used if priced.get(each.rate_line_id or 0) is None
        ),
    )


def _concerned(terms: ClosingTerms, subject_ids: Collection[int]) -> ClosingTerms:
    """Return the licenses that name any of the subjects, without what is left out on both sides."""
    licenses = []
    for license_ in terms.licenses:
        grants = tuple(
            replace(
                grant,
                quota=None,
                versions=tuple(replace(each, revenue_share=None) for each in grant.versions),
            )
            for grant in license_.grants
            if not grant.subject_ids.isdisjoint(subject_ids)
        )
        if grants:
            licenses.append(replace(license_, grants=grants))
    return replace(terms, licenses=tuple(licenses))


def _line_for(line: RateLine, offered: Iterable[RateLine]) -> RateLine | None:
    """Return the line of an offer that prices what another line is for; the narrowest one."""
    fitting = [
        each
        for each in offered
        if each.basis is line.basis
        and (line.modality is None or each.modality in (None, line.modality))
        and (line.use_class is None or each.use_class in (None, line.use_class))
    ]
    return max(
        fitting,
        key=lambda each: (each.modality is not None) + (each.use_class is not None),
        default=None,
    )


def _offered(
    license_: License, offered: OfferedTerms, priced: Mapping[int, RateLine | None]
) -> License:
    """Return a license as if it had accepted the offer; its own lines keep their keys."""
    fees = [each for each in offered.rate_lines if each.basis is Basis.FIXED_MONTH]

    def version(own: TermsVersion) -> TermsVersion:
        lines = [
            replace(line, id=each.id)
            for each in own.rate_lines
            if (line := priced[each.id]) is not None
        ]
        has_fee = any(line.basis is Basis.FIXED_MONTH for line in lines)
        added = [] if has_fee else [replace(fee, id=-own.id) for fee in fees[:1]]
        return replace(
            own,
            rate_lines=(*lines, *added),
            currency=offered.currency,
            rounding=offered.rounding,
        )

    grants = tuple(
        replace(grant, versions=tuple(map(version, grant.versions))) for grant in license_.grants
    )
    return replace(license_, grants=grants)


def _used(totals: Iterable[UsageTotal], months: Sequence[Month]) -> Iterator[UsageTotal]:
    days = {month.first_day for month in months}
    yield from (each for each in totals if each.decision in _CHARGED and each.month in days)


def _earned(
    terms: ClosingTerms,
    totals: Sequence[UsageTotal],
    subject_ids: Collection[int],
    months: Sequence[Month],
) -> dict[tuple[int, str], int]:
    sums: Counter[tuple[int, str]] = Counter()
    for month in months:
        for line in royalty_lines(month=month, terms=terms, totals=totals):
            if line.subject_id in subject_ids:
                sums[line.subject_id, line.currency] += line.amount_minor
    return dict(sums)
