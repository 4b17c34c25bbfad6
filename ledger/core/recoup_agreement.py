"""
Advances and guarantees as they were agreed and sent, and how they become core values.

The grants of a license are named by their place in it, counted from 0, which is also what the
sources of a group are called in the core. What contradicts itself is refused by
:mod:`ledger.core.recoup_terms`.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from ledger.core.fields import (
    FieldRefusal,
    ReferenceTaken,
    check_reference,
    check_whole,
    check_word,
)
from ledger.core.money import BASIS_POINTS
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Checkpoint,
    Crossing,
    MinimumGuarantee,
    RecoupedFrom,
    RecoupGroup,
    RecoupingContradicts,
)
from ledger.core.refusal import Refusal


class RecoupGrantUnknown(FieldRefusal):
    """A group names a grant that its license does not have. Carries how many it has."""

    code = "recoup_grant_unknown"


class GrantInTwoGroups(FieldRefusal):
    """Two groups would set the earnings of one grant off."""

    code = "grant_in_two_groups"


@dataclass(frozen=True, kw_only=True)
class NewShare:
    """A grant whose earnings recoup an advance, and how much of them may."""

    grant: int
    share_bp: int = BASIS_POINTS


@dataclass(frozen=True, kw_only=True)
class NewAdvance:
    """An advance; of whom nothing is said, all grants of its group recoup it."""

    reference: str
    kind: str
    amount_minor: int
    due_on: date
    recouped_from: tuple[NewShare, ...] = ()
    counts_toward: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewCheckpoint:
    """The day by which a cumulative target is to be paid."""

    due_on: date
    target_minor: int


@dataclass(frozen=True, kw_only=True)
class NewGuarantee:
    """A minimum guarantee; where no grants are named it is that of the whole group."""

    reference: str
    starts_on: date
    checkpoints: tuple[NewCheckpoint, ...]
    grants: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewRecoupTerms:
    """What a group is from the first day of a month on: all of it, not only what changes."""

    effective_from: date
    clause_reference: str
    crossing: str
    grants: tuple[int, ...]
    advances: tuple[NewAdvance, ...] = ()
    guarantees: tuple[NewGuarantee, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewRecoupGroup:
    """Grants of a license that are accounted for together."""

    reference: str
    crossing: str
    grants: tuple[int, ...]
    advances: tuple[NewAdvance, ...] = ()
    guarantees: tuple[NewGuarantee, ...] = ()


def read_recoup_groups(
    new: tuple[NewRecoupGroup, ...], *, grant_count: int
) -> tuple[RecoupGroup, ...]:
    """
    Return the groups of a license as core values; sources are its grants' places, as text.

    :raises RecoupGrantUnknown: the license has no such grant.
    :raises GrantInTwoGroups: a grant is in more than one group.
    :raises ReferenceTaken: two groups have one name.
    :raises Refusal: terms contradict themselves (see :mod:`ledger.core.recoup_terms`); the
        field at fault is named with its way from here.
    """
    names = [group.reference for group in new]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ReferenceTaken(field=f"recoup_groups.{index}.reference", value=name)
    times = Counter(grant for group in new for grant in set(group.grants))
    for index, group in enumerate(new):
        field = f"recoup_groups.{index}.grants"
        for grant in _check_grants(group.grants, grant_count, field=field):
            if times[grant] > 1:
                raise GrantInTwoGroups(field=field, value=grant)
    return tuple(
        _read_group(group, path=f"recoup_groups.{index}") for index, group in enumerate(new)
    )


def read_recoup_terms(new: NewRecoupTerms, *, reference: str, grant_count: int) -> RecoupGroup:
    """
    Return what a group becomes, as a core value.

    :raises RecoupGrantUnknown: the license has no such grant.
    :raises Refusal: the terms contradict themselves; the field at fault is named from ``terms``.
    """
    _check_grants(new.grants, grant_count, field="terms.grants")
    group = NewRecoupGroup(
        reference=reference,
        crossing=new.crossing,
        grants=new.grants,
        advances=new.advances,
        guarantees=new.guarantees,
    )
    return _read_group(group, path="terms")


def _check_grants(grants: tuple[int, ...], grant_count: int, *, field: str) -> tuple[int, ...]:
    for grant in grants:
        check_whole(grant, field=field)
        if grant >= grant_count:
            raise RecoupGrantUnknown(field=field, value=grant, count=grant_count)
    return grants


def _read_group(new: NewRecoupGroup, *, path: str) -> RecoupGroup:
    with _placed(new, path):
        return RecoupGroup(
            reference=check_reference(new.reference, field=f"{path}.reference"),
            crossing=check_word(new.crossing, of=Crossing, field=f"{path}.crossing"),
            sources=tuple(map(str, new.grants)),
            advances=tuple(
                _read_advance(advance, new.grants, path=f"{path}.advances.{index}")
                for index, advance in enumerate(new.advances)
            ),
            guarantees=tuple(
                _read_guarantee(guarantee, new.grants, path=f"{path}.guarantees.{index}")
                for index, guarantee in enumerate(new.guarantees)
            ),
        )


@contextmanager
def _placed(new: NewRecoupGroup, path: str) -> Iterator[None]:
    """Name what a group refuses by its whole way: in the group, or in the item it speaks of."""
    try:
        yield
    except Refusal as refusal:
        field = refusal.field or "grants"
        if not field.startswith(path):
            refusal.field = f"{path}.{_way_to(new, refusal, field)}"
        raise


def _way_to(new: NewRecoupGroup, refusal: Refusal, field: str) -> str:
    said = refusal.values
    name = said.get("item") or said.get("advance") or said.get("guarantee")
    for index, advance in enumerate(new.advances):
        if advance.reference == name:
            return f"advances.{index}.{field}"
    for index, guarantee in enumerate(new.guarantees):
        if guarantee.reference == name:
            named = "grants" if isinstance(refusal, RecoupingContradicts) else field
            return f"guarantees.{index}.{named}"
    return field


def _read_advance(new: NewAdvance, grants: tuple[int, ...], *, path: str) -> Advance:
    shares = new.recouped_from or tuple(NewShare(grant=grant) for grant in grants)
    return Advance(
        reference=check_reference(new.reference, field=f"{path}.reference"),
        kind=check_word(new.kind, of=AdvanceKind, field=f"{path}.kind"),
        amount_minor=check_whole(new.amount_minor, field=f"{path}.amount_minor"),
        paid_on=new.due_on,
        recouped_from=tuple(
            RecoupedFrom(source=str(each.grant), share_bp=each.share_bp) for each in shares
        ),
        counts_toward=new.counts_toward,
    )


def _read_guarantee(new: NewGuarantee, grants: tuple[int, ...], *, path: str) -> MinimumGuarantee:
    return MinimumGuarantee(
        reference=check_reference(new.reference, field=f"{path}.reference"),
        sources=tuple(map(str, new.grants or grants)),
        starts_on=new.starts_on,
        checkpoints=tuple(
            Checkpoint(
                due_on=each.due_on,
                target_minor=check_whole(
                    each.target_minor, field=f"{path}.checkpoints.{index}.target_minor"
                ),
            )
            for index, each in enumerate(new.checkpoints)
        ),
    )
