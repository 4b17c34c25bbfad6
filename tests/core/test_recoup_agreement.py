"""Advances and guarantees as they are sent: what each word becomes, and what is refused."""

from datetime import date
from typing import Any

import pytest

from ledger.core.fields import NumberNotWhole, WordNotKnown
from ledger.core.recoup_agreement import (
    GrantInTwoGroups,
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
    NewShare,
    RecoupGrantUnknown,
    read_recoup_groups,
)
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Checkpoint,
    GuaranteeUnknown,
    MinimumGuarantee,
    RecoupedFrom,
)
from ledger.core.refusal import Refusal

APRIL, MARCH = date(2026, 4, 1), date(2027, 3, 31)


def advance(**changes: Any) -> NewAdvance:
    agreed: dict[str, Any] = {
        "reference": "signature",
        "kind": "guaranteed",
        "amount_minor": 4_000_000,
        "due_on": APRIL,
    }
    return NewAdvance(**agreed | changes)


def guarantee(**changes: Any) -> NewGuarantee:
    agreed: dict[str, Any] = {
        "reference": "mg",
        "starts_on": APRIL,
        "checkpoints": (NewCheckpoint(due_on=MARCH, target_minor=12_000_000),),
    }
    return NewGuarantee(**agreed | changes)


def group(reference: str = "year", **changes: Any) -> NewRecoupGroup:
    agreed: dict[str, Any] = {"crossing": "cross", "grants": (0, 1)}
    return NewRecoupGroup(reference=reference, **agreed | changes)


def test_what_names_no_grants_is_about_all_of_its_group() -> None:
    sent = group(advances=(advance(counts_toward="mg"),), guarantees=(guarantee(),))
    (read,) = read_recoup_groups((sent,), grant_count=2)
    assert read.sources == ("0", "1")
    assert read.advances == (
        Advance(
            reference="signature",
            kind=AdvanceKind.GUARANTEED,
            amount_minor=4_000_000,
            paid_on=APRIL,
            recouped_from=(RecoupedFrom(source="0"), RecoupedFrom(source="1")),
            counts_toward="mg",
        ),
    )
    assert read.guarantees == (
        MinimumGuarantee(
            reference="mg",
            sources=("0", "1"),
            starts_on=APRIL,
            checkpoints=(Checkpoint(due_on=MARCH, target_minor=12_000_000),),
        ),
    )


def test_grants_that_are_named_stand_alone() -> None:
    share = NewShare(grant=1, share_bp=5_000)
    sent = group(
        crossing="special",
        advances=(advance(recouped_from=(share,)),),
        guarantees=(guarantee(grants=(0,)),),
    )
    (read,) = read_recoup_groups((sent,), grant_count=2)
    assert read.advances[0].recouped_from == (RecoupedFrom(source="1", share_bp=5_000),)
    assert read.guarantees[0].sources == ("0",)


@pytest.mark.parametrize(
    ("groups", "refusal", "field"),
    [
        ((group(grants=(0, 2)),), RecoupGrantUnknown, "recoup_groups.0.grants"),
        (
            (group("one", grants=(0,)), group("two", grants=(1, 0))),
            GrantInTwoGroups,  # Its earnings would be set off twice.
            "recoup_groups.0.grants",
        ),
        ((group(crossing="crossed"),), WordNotKnown, "recoup_groups.0.crossing"),
        (
            (group(advances=(advance(kind="free"),)),),
            WordNotKnown,
            "recoup_groups.0.advances.0.kind",
        ),
        (
            (group(advances=(advance(amount_minor=1.5),)),),
            NumberNotWhole,
            "recoup_groups.0.advances.0.amount_minor",
        ),
        (
            (group(advances=(advance(counts_toward="mg"),)),),
            GuaranteeUnknown,
            "recoup_groups.0.advances.0.counts_toward",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_field(
    groups: tuple[NewRecoupGroup, ...], refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        read_recoup_groups(groups, grant_count=2)
    assert refused.value.field == field
