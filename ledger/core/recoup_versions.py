"""
Recoup groups that change: dated versions of one, and which changes may be agreed.

A version holds from the first day of a month on, and says the whole group as it then stands. The
months closed before keep what they recouped; so what was due or billed by then is not changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from ledger.core.recoup_agreement import GrantInTwoGroups
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Checkpoint,
    MinimumGuarantee,
    RecoupGroup,
)
from ledger.core.refusal import Refusal


class RecoupTermsMidMonth(Refusal):
    """New terms of a group begin inside a month, and a month is set off as a whole."""

    code = "recoup_terms_mid_month"
    field = "terms.effective_from"


class RecoupTermsNotLater(Refusal):
    """New terms of a group would take over before those they replace, or with them."""

    code = "recoup_terms_not_later"
    field = "terms.effective_from"


class RecoupTermsAfterEnd(Refusal):
    """New terms of a group would begin when the license is over."""

    code = "recoup_terms_after_end"
    field = "terms.effective_from"


class AdvanceStands(Refusal):
    """An advance that was agreed is missing, or has another kind, amount, day or guarantee."""

    code = "advance_stands"
    field = "terms.advances"


class RecoupReachesBack(Refusal):
    """A new advance is due, or a new guarantee begins, before the terms that bring it."""

    code = "recoup_reaches_back"


class GuaranteeStands(Refusal):
    """A guarantee that was agreed is missing, begins on another day, or ends too early or anew."""

    code = "guarantee_stands"
    field = "terms.guarantees"


class CheckpointFellDue(Refusal):
    """A checkpoint that fell due before the terms would be changed, left out or made up."""

    code = "checkpoint_fell_due"
    field = "terms.guarantees"


class GuaranteeBelowBilled(Refusal):
    """A target would be lower than what was billed under its guarantee already."""

    code = "guarantee_below_billed"
    field = "terms.guarantees"


@dataclass(frozen=True, kw_only=True)
class RecoupVersion:
    """A group as it stands from a day on; the first version has stood since its license began."""

    version: int
    since: date | None
    clause_reference: str
    group: RecoupGroup


@dataclass(frozen=True, kw_only=True)
class VersionedGroup:
    """A group in all its versions, the oldest first."""

    versions: tuple[RecoupVersion, ...]

    @classmethod
    def unchanged(cls, group: RecoupGroup) -> Self:
        """Return a group that has one version."""
        return cls(
            versions=(RecoupVersion(version=1, since=None, clause_reference="", group=group),)
        )

    @property
    def reference(self) -> str:
        """Its name in the license."""
        return self.versions[0].group.reference

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that is in it at any time."""
        return tuple(
            dict.fromkeys(source for each in self.versions for source in each.group.sources)
        )

    @property
    def advances(self) -> tuple[Advance, ...]:
        """Every advance, as the version that brought it says it."""
        found: dict[str, Advance] = {}
        for each in self.versions:
            for advance in each.group.advances:
                found.setdefault(advance.reference, advance)
        return tuple(found.values())

    def at(self, day: date) -> RecoupVersion:
        """Return the version that holds on a day."""
        return next(
            each for each in reversed(self.versions) if each.since is None or each.since <= day
        )

    def from_day(self, day: date) -> tuple[RecoupVersion, ...]:
        """Return the version that holds on a day, and those that take over later."""
        held = self.at(day)
        return tuple(each for each in self.versions if each.version >= held.version)


def check_change(
    known: VersionedGroup,
    new: RecoupVersion,
    *,
    begun_on: date,
    ends_on: date | None,
    billed_minor: Mapping[str, int],
    beside: Sequence[VersionedGroup],
) -> None:
    """
    Make sure that new terms of a group change nothing that has happened, and contradict nothing.

    :param begun_on: the first day of the license; ``ends_on`` is its last one, if it has one.
    :param billed_minor: what shortfalls of each guarantee came to so far.
    :param beside: the other groups of the license.
    :raises RecoupTermsMidMonth, RecoupTermsNotLater, RecoupTermsAfterEnd: their day cannot be.
    :raises GrantInTwoGroups: another group has one of the grants on a day from then on.
    :raises AdvanceStands, GuaranteeStands, CheckpointFellDue: something agreed, billed or
        measured would be changed.
    :raises RecoupReachesBack: something new would have begun before the terms.
    :raises GuaranteeBelowBilled: a target is below what was billed.
    """
    since = _check_day(known, new, begun_on=begun_on, ends_on=ends_on)
    for other in beside:
        taken = {source for each in other.from_day(since) for source in each.group.sources}
        for source in new.group.sources:
            if source in taken:
                raise GrantInTwoGroups(field="terms.grants", value=source)
    stands = known.versions[-1].group
    _check_advances(stands, new, since)
    agreed = {each.reference: each for each in stands.guarantees}
    said = {each.reference: each for each in new.group.guarantees}
    for reference, before in agreed.items():
        if reference not in said:
            raise GuaranteeStands(guarantee=reference, since=since, clause=new.clause_reference)
        _check_guarantee(before, said[reference], new, since)
    for reference, guarantee in said.items():
        if reference not in agreed and guarantee.starts_on < since:
            raise RecoupReachesBack(
                field="terms.guarantees",
                item=reference,
                day=guarantee.starts_on,
                clause=new.clause_reference,
                since=since,
            )
        _check_billed(guarantee, new, since, billed_minor.get(reference, 0))


def _check_day(
    known: VersionedGroup, new: RecoupVersion, *, begun_on: date, ends_on: date | None
) -> date:
    assert new.since is not None, "what replaces terms has a day"
    last = known.versions[-1].since or begun_on
    if new.since.day != 1:
        raise RecoupTermsMidMonth(value=new.since, clause=new.clause_reference)
    if new.since <= last:
        raise RecoupTermsNotLater(value=new.since, clause=new.clause_reference, last=last)
    if ends_on is not None and new.since > ends_on:
        raise RecoupTermsAfterEnd(value=new.since, clause=new.clause_reference, ends_on=ends_on)
    return new.since


def _check_advances(stands: RecoupGroup, new: RecoupVersion, since: date) -> None:
    """Only whose earnings recoup an advance may be agreed anew; what was promised is promised."""
    said = {each.reference: each for each in new.group.advances}
    for advance in stands.advances:
        again = said.pop(advance.reference, None)
        if again is None or _promised(again) != _promised(advance):
            raise AdvanceStands(
                advance=advance.reference,
                amount=advance.amount_minor,
                due_on=advance.paid_on,
                clause=new.clause_reference,
            )
    for advance in said.values():
        if advance.paid_on < since:
            raise RecoupReachesBack(
                field="terms.advances",
                item=advance.reference,
                day=advance.paid_on,
                clause=new.clause_reference,
                since=since,
            )


def _promised(advance: Advance) -> tuple[AdvanceKind, int, date, str | None]:
    return advance.kind, advance.amount_minor, advance.paid_on, advance.counts_toward


def _check_guarantee(
    before: MinimumGuarantee, again: MinimumGuarantee, new: RecoupVersion, since: date
) -> None:
    for each in _differing(before, again, since):
        raise CheckpointFellDue(
            guarantee=before.reference,
            due_on=each.due_on,
            since=since,
            clause=new.clause_reference,
        )
    is_over = before.ends_on < since
    if again.starts_on != before.starts_on or is_over != (again.ends_on < since):
        raise GuaranteeStands(guarantee=before.reference, since=since, clause=new.clause_reference)


def _differing(
    before: MinimumGuarantee, again: MinimumGuarantee, since: date
) -> Sequence[Checkpoint]:
    """Return the checkpoints before a day that only one of both has."""
    fell_due, said = (
        {each for each in guarantee.checkpoints if each.due_on < since}
        for guarantee in (before, again)
    )
    return sorted(fell_due ^ said, key=lambda each: each.due_on)


def _check_billed(
    guarantee: MinimumGuarantee, new: RecoupVersion, since: date, shortfalls_minor: int
) -> None:
    """Compare each target to come with the shortfalls and the advances that were billed for it."""
    billed = shortfalls_minor + sum(
        each.amount_minor
        for each in new.group.advances
        if each.counts_toward == guarantee.reference and each.paid_on < since
    )
    for each in guarantee.checkpoints:
        if each.due_on >= since and each.target_minor < billed:
            raise GuaranteeBelowBilled(
                guarantee=guarantee.reference,
                due_on=each.due_on,
                target=each.target_minor,
                billed=billed,
                clause=new.clause_reference,
            )
