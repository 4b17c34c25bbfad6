"""
Advances and guarantees in a replay: months of a license rolled forward through its recoup groups.

The same function that closes a month sets its royalty off. Each group begins with its license,
whatever the first month of the replay is, so that both sides stand where they would have stood.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledger.core.closing import RoyaltyLine
from ledger.core.counter import ClosingTerms
from ledger.core.period import Month, tokyo_day
from ledger.core.prepayment import (
    GroupClosing,
    OpenGroup,
    OpenLine,
    Prepayment,
    PrepaymentKind,
    Share,
    UseKind,
    close_group,
    is_idle,
)
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.recoupment import RecoupState
from ledger.core.terms import License


@dataclass(frozen=True, kw_only=True)
class RolledMonth:
    """
    What a month does to a group, in whole minor units, tax-exclusive.

    ``paid_minor`` is what the licensee pays for the month: advances that are due in it, royalty
    that is payable, and what a guarantee lacks, less what is given back. ``received`` is what
    comes in for rights holders, by key: their payable and recouped royalty, and their parts of
    what was kept.
    """

    license: str
    group: str
    month: Month
    licensee_id: int
    currency: str
    advanced_minor: int
    earned_minor: int
    recouped_minor: int
    payable_minor: int
    shortfall_minor: int
    returned_minor: int
    left_minor: int  # to recoup
    received: Mapping[int, int]

    @property
    def paid_minor(self) -> int:
        """What the licensee pays for the month in all."""
        return self.advanced_minor + self.payable_minor + self.shortfall_minor - self.returned_minor


def first_rolled(
    terms: ClosingTerms, groups: Mapping[str, Sequence[VersionedGroup]]
) -> Month | None:
    """Return the month in which the earliest of the licenses with groups begins, if there are."""
    begun = [each.starts_at for each in terms.licenses if groups.get(each.reference)]
    return Month.of(min(begun)) if begun else None


def grouped_versions(
    terms: ClosingTerms, groups: Mapping[str, Sequence[VersionedGroup]], *, month: Month
) -> frozenset[int]:
    """Return the keys of the terms versions whose royalty goes through a group in a month."""
    return frozenset(
        version.id
        for license_ in terms.licenses
        for group in groups.get(license_.reference, ())
        for source in group.at(month.first_day).group.sources
        for version in license_.grants[int(source)].versions
    )


def roll(
    terms: ClosingTerms,
    groups: Mapping[str, Sequence[VersionedGroup]],
    lines: Mapping[Month, Sequence[RoyaltyLine]],
) -> tuple[RolledMonth, ...]:
    """
    Roll every group forward through months that follow each other, by license and group.

    ``groups`` are by license; their sources are places of its grants.
    """
    return tuple(
        rolled
        for license_ in terms.licenses
        for group in groups.get(license_.reference, ())
        for rolled in _Rolling(terms, license_, group).through(lines)
    )


class _Rolling:
    """One group while it is rolled forward."""

    def __init__(self, terms: ClosingTerms, license_: License, group: VersionedGroup) -> None:
        grants = [(source, license_.grants[int(source)]) for source in group.sources]
        self.license = license_
        self.versions = group
        self.currency = grants[0][1].versions[0].currency
        self.state = RecoupState()
        self.waiting: tuple[OpenLine, ...] = ()
        self.earned: Counter[tuple[str, int]] = Counter()
        self.source_of = {each.id: source for source, grant in grants for each in grant.versions}
        self.owners = [
            (source, subject_id, terms.owners[subject_id])
            for source, grant in grants
            for subject_id in terms.listed[grant.id]
        ]
        self.prepayments = tuple(
            Prepayment(
                reference=each.reference,
                kind=PrepaymentKind(each.kind),
                amount_minor=each.amount_minor,
                left_minor=each.amount_minor,
                due_on=each.paid_on,
            )
            for each in group.advances
        )

    def through(self, lines: Mapping[Month, Sequence[RoyaltyLine]]) -> Iterable[RolledMonth]:
        """Yield what every month from the license's first one on does."""
        after: date | None = None
        for month, of_month in lines.items():
            if month < Month.of(self.license.starts_at):
                continue
            opened = self._open(month, of_month)
            if is_idle(opened, month=month):
                continue
            closing = close_group(opened, month=month)
            yield self._told(month, after, opened, closing)
            self._move_on(opened, closing)
            after = month.last_day

    def _open(self, month: Month, lines: Sequence[RoyaltyLine]) -> OpenGroup:
        number = len(self.waiting)
        group = self.versions.at(month.first_day).group
        own = [each for each in lines if self.source_of.get(each.terms_version_id) in group.sources]
        new = tuple(
            OpenLine(
                royalty_line_id=number + index,
                source=self.source_of[line.terms_version_id],
                subject_id=line.subject_id,
                owner_id=line.owner_id,
                amount_minor=line.amount_minor,
                is_new=True,
                is_adjustment=False,
            )
            for index, line in enumerate(own)
        )
        for line in new:
            self.earned[line.source, line.subject_id] += line.amount_minor
        ends_at = self.license.ends_at
        return OpenGroup(
            group=group,
            ends_on=ends_at and tokyo_day(ends_at - timedelta(microseconds=1)),
            state=self.state,
            prepayments=self.prepayments,
            lines=(*self.waiting, *new),
            shares=tuple(
                Share(
                    source=source,
                    subject_id=subject_id,
                    owner_id=owner_id,
                    earned_minor=self.earned[source, subject_id],
                )
                for source, subject_id, owner_id in self.owners
                if source in group.sources
            ),
        )

    def _told(
        self, month: Month, after: date | None, opened: OpenGroup, closing: GroupClosing
    ) -> RolledMonth:
        recoupment = closing.recoupment
        received: Counter[int] = Counter()
        for line in opened.lines:
            if line.royalty_line_id in closing.set_off:
                received[line.owner_id] += line.amount_minor
        for use in closing.uses:
            if use.kind is UseKind.RELEASED:
                assert use.owner_id is not None, "what is kept is somebody's"
                received[use.owner_id] += use.amount_minor
        return RolledMonth(
            license=self.license.reference,
            group=self.versions.reference,
            month=month,
            licensee_id=self.license.licensee_id,
            currency=self.currency,
            advanced_minor=sum(
                each.amount_minor
                for each in opened.group.advances
                if each.paid_on <= month.last_day and (after is None or after < each.paid_on)
            ),
            earned_minor=sum(each.earned_minor for each in recoupment.sources),
            recouped_minor=sum(each.recouped_minor for each in recoupment.sources),
            payable_minor=recoupment.payable_minor
            + sum(each.amount_minor for each in opened.left_behind),
            shortfall_minor=recoupment.shortfall_minor,
            returned_minor=sum(
                use.amount_minor for use in closing.uses if use.kind is UseKind.RETURNED
            ),
            left_minor=sum(each.minor for each in closing.state.balances)
            + sum(each.unrecouped_minor for each in closing.state.guarantees),
            received=dict(received),
        )

    def _move_on(self, opened: OpenGroup, closing: GroupClosing) -> None:
        used: Counter[str] = Counter()
        for use in closing.uses:
            used[use.prepayment] += use.amount_minor
        self.prepayments = (
            *(
                replace(each, left_minor=each.left_minor - used[each.reference])
                for each in self.prepayments
            ),
            *closing.shortfalls,
        )
        left = [each for each in opened.lines if each.royalty_line_id not in closing.set_off]
        self.waiting = tuple(
            replace(each, royalty_line_id=index, is_new=False) for index, each in enumerate(left)
        )
        self.state = closing.state
