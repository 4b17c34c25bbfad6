"""A group's terms change from a month on, and nothing that was promised, due or billed does."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.core.recoup_agreement import (
    GrantInTwoGroups,
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupTerms,
    NewShare,
    RecoupGrantUnknown,
    read_recoup_terms,
)
from ledger.core.recoup_terms import Crossing, RecoupingContradicts
from ledger.core.recoup_versions import (
    AdvanceStands,
    CheckpointFellDue,
    GuaranteeBelowBilled,
    GuaranteeStands,
    RecoupReachesBack,
    RecoupTermsAfterEnd,
    RecoupTermsMidMonth,
    RecoupTermsNotLater,
    RecoupVersion,
    VersionedGroup,
    check_change,
)
from ledger.core.refusal import Refusal

BEGUN, SINCE, END = date(2026, 4, 1), date(2026, 10, 1), date(2027, 3, 31)

ADVANCE = NewAdvance(
    reference="signature",
    kind="guaranteed",
    amount_minor=400,
    due_on=BEGUN,
    counts_toward="mg",
)
FELL_DUE = NewCheckpoint(due_on=date(2026, 9, 30), target_minor=600)
TO_COME = NewCheckpoint(due_on=END, target_minor=1_200)
GUARANTEE = NewGuarantee(reference="mg", starts_on=BEGUN, checkpoints=(FELL_DUE, TO_COME))
OVER = NewGuarantee(reference="half", starts_on=BEGUN, checkpoints=(FELL_DUE,))
TERMS = NewRecoupTerms(
    effective_from=SINCE,
    clause_reference="clause 9",
    crossing="cross",
    grants=(0, 1),
    advances=(ADVANCE,),
    guarantees=(GUARANTEE, OVER),
)


def version(terms: NewRecoupTerms, *, number: int = 2) -> RecoupVersion:
    return RecoupVersion(
        version=number,
        since=terms.effective_from,
        clause_reference=terms.clause_reference,
        group=read_recoup_terms(terms, reference="year", grant_count=4),
    )


KNOWN = VersionedGroup.unchanged(version(TERMS).group)
BESIDE = VersionedGroup.unchanged(
    replace(version(replace(TERMS, grants=(3,))).group, reference="other")
)


def change(terms: NewRecoupTerms, *, known: VersionedGroup = KNOWN) -> None:
    check_change(
        known,
        version(terms, number=len(known.versions) + 1),
        begun_on=BEGUN,
        ends_on=END,
        billed_minor={"mg": 200},
        beside=(BESIDE,),
    )


def guaranteed(*checkpoints: NewCheckpoint, **changes: Any) -> tuple[NewGuarantee, NewGuarantee]:
    return replace(GUARANTEE, checkpoints=checkpoints, **changes), OVER


@pytest.mark.parametrize(
    "changes",
    [
        {},  # What stands may be said again.
        {"grants": (0, 1, 2)},  # A grant joins.
        {"grants": (1,)},  # One leaves.
        {"advances": (ADVANCE, replace(ADVANCE, reference="more", due_on=SINCE))},
        {"guarantees": guaranteed(FELL_DUE, replace(TO_COME, target_minor=5_000))},
        {"guarantees": guaranteed(FELL_DUE, replace(TO_COME, target_minor=601))},
        {"guarantees": guaranteed(FELL_DUE, replace(TO_COME, due_on=date(2028, 3, 31)))},
        {"guarantees": guaranteed(FELL_DUE, NewCheckpoint(due_on=SINCE, target_minor=700))},
        {
            "guarantees": (
                GUARANTEE,
                OVER,
                replace(GUARANTEE, reference="new", starts_on=SINCE, checkpoints=(TO_COME,)),
            )
        },
        # Each grant by itself from then on: the advance is the first one's.
        {
            "crossing": "single",
            "advances": (replace(ADVANCE, recouped_from=(NewShare(grant=0),)),),
            "guarantees": (replace(GUARANTEE, grants=(0,)), replace(OVER, grants=(1,))),
        },
    ],
)
def test_what_is_to_come_may_change(changes: dict[str, Any]) -> None:
    change(replace(TERMS, **changes))


@pytest.mark.parametrize(
    ("changes", "refusal", "named"),
    [
        ({"effective_from": date(2026, 10, 2)}, RecoupTermsMidMonth, "2026-10-02"),
        ({"effective_from": BEGUN}, RecoupTermsNotLater, "2026-04-01"),
        ({"effective_from": date(2027, 4, 1)}, RecoupTermsAfterEnd, "2027-03-31"),
        ({"grants": (0, 3)}, GrantInTwoGroups, "3"),
        ({"grants": (0, 4)}, RecoupGrantUnknown, "4"),
        ({"advances": ()}, AdvanceStands, "signature"),
        ({"advances": (replace(ADVANCE, amount_minor=399),)}, AdvanceStands, "400"),
        ({"advances": (replace(ADVANCE, kind="repayable"),)}, AdvanceStands, "signature"),
        ({"advances": (replace(ADVANCE, due_on=SINCE),)}, AdvanceStands, "2026-04-01"),
        ({"advances": (replace(ADVANCE, counts_toward=None),)}, AdvanceStands, "signature"),
        (
            {"advances": (ADVANCE, replace(ADVANCE, reference="more"))},  # Due in April.
            RecoupReachesBack,
            "more",
        ),
        (
            {"guarantees": (GUARANTEE, OVER, replace(GUARANTEE, reference="new"))},
            RecoupReachesBack,
            "new",
        ),
        ({"guarantees": (GUARANTEE,)}, GuaranteeStands, "half"),
        (
            {"guarantees": guaranteed(FELL_DUE, TO_COME, starts_on=date(2026, 5, 1))},
            GuaranteeStands,
            "mg",
        ),
        ({"guarantees": guaranteed(FELL_DUE)}, GuaranteeStands, "mg"),  # It would end before.
        (
            {"guarantees": (GUARANTEE, replace(OVER, checkpoints=(FELL_DUE, TO_COME)))},
            GuaranteeStands,  # It was over, and what it billed was shared.
            "half",
        ),
        ({"guarantees": guaranteed(TO_COME)}, CheckpointFellDue, "2026-09-30"),
        (
            {"guarantees": guaranteed(replace(FELL_DUE, target_minor=601), TO_COME)},
            CheckpointFellDue,
            "2026-09-30",
        ),
        (
            {
                "guarantees": guaranteed(
                    NewCheckpoint(due_on=date(2026, 8, 31), target_minor=500), FELL_DUE, TO_COME
                )
            },
            CheckpointFellDue,
            "2026-08-31",
        ),
    ],
)
def test_what_has_happened_may_not_change(
    changes: dict[str, Any], refusal: type[Refusal], named: str
) -> None:
    with pytest.raises(refusal) as refused:
        change(replace(TERMS, **changes))
    assert refused.value.field is not None
    assert refused.value.field.startswith("terms.")
    assert named in refused.value.values.values()


def test_a_guarantee_is_not_lowered_below_what_was_billed() -> None:
    """Two shortfalls of 200 together and the advance of 400 were billed: 600."""
    first = NewCheckpoint(due_on=date(2026, 9, 30), target_minor=100)
    known = VersionedGroup.unchanged(
        version(replace(TERMS, guarantees=guaranteed(first, TO_COME))).group
    )

    def lowered(target_minor: int) -> NewRecoupTerms:
        last = replace(TO_COME, target_minor=target_minor)
        return replace(TERMS, guarantees=guaranteed(first, last))

    change(lowered(600), known=known)
    with pytest.raises(GuaranteeBelowBilled) as refused:
        change(lowered(599), known=known)
    assert refused.value.values == {
        "guarantee": "mg",
        "due_on": "2027-03-31",
        "target": "599",
        "billed": "600",
        "clause": "clause 9",
    }


def test_a_grant_may_change_groups_once_it_has_left() -> None:
    """The other group gives grant 3 up from October on, so this one may have it."""
    left = RecoupVersion(
        version=2,
        since=SINCE,
        clause_reference="clause 8",
        group=replace(BESIDE.versions[0].group, sources=("2",), advances=(), guarantees=()),
    )
    beside = VersionedGroup(versions=(*BESIDE.versions, left))
    asked: dict[str, Any] = {"begun_on": BEGUN, "ends_on": END, "billed_minor": {}}
    joined = replace(TERMS, grants=(0, 1, 3))
    check_change(KNOWN, version(joined), beside=(beside,), **asked)
    earlier = version(replace(joined, effective_from=date(2026, 9, 1)))
    with pytest.raises(GrantInTwoGroups):
        check_change(KNOWN, earlier, beside=(beside,), **asked)


def test_terms_that_contradict_themselves_are_named_from_where_they_are_said() -> None:
    with pytest.raises(RecoupingContradicts) as refused:
        version(replace(TERMS, crossing="single"))  # Two grants recoup one advance.
    assert refused.value.field == "terms.advances.0.recouped_from"


def test_a_group_is_what_its_latest_version_says() -> None:
    later = version(replace(TERMS, grants=(0, 1, 2)))
    group = VersionedGroup(versions=(*KNOWN.versions, later))
    assert group.at(date(2026, 9, 30)).version == 1
    assert group.at(SINCE).version == 2
    assert group.at(date(2030, 1, 1)).group.sources == ("0", "1", "2")
    assert group.sources == ("0", "1", "2")
    assert group.at(SINCE).group.crossing is Crossing.CROSS
