"""
A batch under quotas: which parts of its generations come under one, and what becomes of the rest.

A quota counts each subject's part of a generation under its grant, in the order of the batch. What
was used before only the book can tell; here it is a figure that is given.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from ledger.core.acceptance import Judgement, with_reasons
from ledger.core.alike import Alike
from ledger.core.batch import Batch
from ledger.core.period import tokyo_day
from ledger.core.quota import measure
from ledger.core.quota_terms import OnExceed, Quota, QuotaPeriod
from ledger.core.reason import CHARGED_DECISIONS, Reason
from ledger.core.terms import UNIT_OF_BASIS, Grant, License, RateLine, TermsVersion

#: Why a part is not taken, by what its quota does with it; overage is taken.
REASON_BEYOND = {OnExceed.HOLD: Reason.QUOTA_REACHED, OnExceed.REJECT: Reason.QUOTA_EXCEEDED}

#: Longer than any year, and shorter than two.
_OVER_A_YEAR = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class LimitedGrant:
    """A grant with a quota, and what its use is found by."""

    grant_id: int
    quota: Quota
    anniversary: date  # contract years are counted from it
    rate_line_ids: tuple[int, ...]  # of every version: those whose use the quota counts

    def span(self, day: date) -> tuple[date, date]:
        """Return the period a day lies in: its first day, and the first day after it."""
        start = self.quota.period_start(on=day, anniversary=self.anniversary)
        if start is None:
            return date.min, date.max
        match self.quota.period:
            case QuotaPeriod.DAY:
                return start, start + timedelta(days=1)
            case QuotaPeriod.MONTH:
                return start, (start + timedelta(days=31)).replace(day=1)
            case _:
                end = self.quota.period_start(on=start + _OVER_A_YEAR, anniversary=self.anniversary)
                assert end is not None, "only a life has no first day"
                return start, end


class Span(NamedTuple):
    """One period of one grant's quota."""

    grant_id: int
    since: date
    until: date


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The parts of a batch that come under one period of a quota, in the order of the batch."""

    limited: LimitedGrant
    parts: tuple[tuple[int, int], ...]  # the generation's index, and the subject's place in it
    counts: tuple[Decimal, ...]


def limited_grants(licenses: Iterable[License]) -> dict[int, LimitedGrant]:
    """Return the grants whose quota holds or refuses use, by each of their terms versions."""
    return {
        version.id: limited
        for license_ in licenses
        for limited, versions in _limited(license_)
        for version in versions
    }


def every_limit(licenses: Iterable[License]) -> dict[int, LimitedGrant]:
    """Return all grants with a quota, also one that sells what is beyond, by terms version."""
    return {
        version.id: limit_of(license_, grant, grant.quota)
        for license_ in licenses
        for grant in license_.grants
        if grant.quota is not None
        for version in grant.versions
    }


def _limited(license_: License) -> Iterator[tuple[LimitedGrant, Sequence[TermsVersion]]]:
    for grant in license_.grants:
        if grant.quota is not None and grant.quota.on_exceed in REASON_BEYOND:
            yield limit_of(license_, grant, grant.quota), grant.versions


def limit_of(license_: License, grant: Grant, quota: Quota) -> LimitedGrant:
    """Return what the use of a grant is found by, to be held against its quota."""
    lines = (line for version in grant.versions for line in version.rate_lines)
    return LimitedGrant(
        grant_id=grant.id,
        quota=quota,
        anniversary=tokyo_day(license_.starts_at),
        rate_line_ids=tuple(line.id for line in lines if counts_line(quota, line)),
    )


def counts_line(quota: Quota, line: RateLine) -> bool:
    """Tell whether use that a line prices is counted by a quota."""
    if quota.unit is None:
        return True
    return line.basis in UNIT_OF_BASIS and UNIT_OF_BASIS[line.basis][0] is quota.unit


def counted(batch: Batch, limits: Mapping[int, LimitedGrant]) -> dict[Span, Counted]:
    """Return what of a batch comes under quotas, by their periods; nothing when none does."""
    places = {alike: _places(alike.judgement, limits) for alike in set(batch.alikes)}
    if not any(places.values()):
        return {}
    parts: dict[Span, list[tuple[int, int]]] = defaultdict(list)
    counts: dict[Span, list[Decimal]] = defaultdict(list)
    grants: dict[int, LimitedGrant] = {}
    for index, (alike, amount, day) in enumerate(
        zip(batch.alikes, batch.amounts, batch.days, strict=True)
    ):
        for place, limited in places[alike]:
            grants[limited.grant_id] = limited
            span = Span(limited.grant_id, *limited.span(day))
            unit = alike.example.unit
            parts[span].append((index, place))
            counts[span].append(limited.quota.counts(unit=unit, quantity=amount.quantity))
    return {
        span: Counted(limited=grants[span.grant_id], parts=tuple(own), counts=tuple(counts[span]))
        for span, own in parts.items()
    }


def _places(
    judgement: Judgement, limits: Mapping[int, LimitedGrant]
) -> tuple[tuple[int, LimitedGrant], ...]:
    """Return the places of the lines that earn under a grant with a quota."""
    return tuple(
        (place, limited)
        for place, line in enumerate(judgement.lines)
        if line.decision in CHARGED_DECISIONS
        and line.terms_version_id is not None
        and (limited := limits.get(line.terms_version_id)) is not None
    )


def beyond(
    under: Mapping[Span, Counted], used: Mapping[Span, Decimal]
) -> dict[int, dict[int, Reason]]:
    """Return the parts that exceed, with why: by the generation's index and the subject's place."""
    found: dict[int, dict[int, Reason]] = defaultdict(dict)
    for span, each in under.items():
        quota = each.limited.quota
        measured = measure(quota, used_before=used[span], counts=each.counts)
        for number in measured.beyond:
            index, place = each.parts[number]
            found[index][place] = REASON_BEYOND[quota.on_exceed]
    return found


def quota_reasons(before: Judgement, after: Judgement) -> dict[int, Reason]:
    """Return what a quota said of a generation that is judged anew, by the places of its lines."""
    said = {
        line.subject_id: reason
        for line in before.lines
        for reason in line.reasons
        if reason in REASON_BEYOND.values()
    }
    return {
        place: said[line.subject_id]
        for place, line in enumerate(after.lines)
        if line.decision in CHARGED_DECISIONS and line.subject_id in said
    }


class Variants(dict[tuple[int, tuple[tuple[int, Reason], ...]], tuple[Judgement, Judgement]]):
    """
    Judgements with what a quota adds to them, each made once and kept beside its original.

    Kept, because judgements are known by their identity.
    """

    def of(self, judgement: Judgement, reasons: Mapping[int, Reason]) -> Judgement:
        """Return a judgement with one more reason at some places."""
        key = (id(judgement), tuple(sorted(reasons.items())))
        if key not in self:
            self[key] = (judgement, with_reasons(judgement, reasons))
        return self[key][1]


def with_beyond(
    batch: Batch, exceeding: Mapping[int, Mapping[int, Reason]], variants: Variants
) -> Batch:
    """Return a batch in which what exceeds its quota is judged so."""
    alikes = list(batch.alikes)
    made: dict[tuple[Alike, int], Alike] = {}
    for index, reasons in exceeding.items():
        before = alikes[index]
        judgement = variants.of(before.judgement, reasons)
        key = (before, id(judgement))
        alikes[index] = made.setdefault(key, Alike(before.example, judgement, before.wording))
    return replace(batch, alikes=alikes)
