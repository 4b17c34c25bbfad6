"""Floors, caps and stacking groups are read from a contract, or refused where they do not hold."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.agreement import read_license, read_terms
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.terms import Allocation, Stacking
from tests.builders import new_grant, new_license, new_rate_line, new_terms
from tests.refusals import refusal

CAST = NewStackingGroup(group="cast", cap_minor=1_500, allocation="equal")
LINE = "terms.rate_lines.0"
GROUP = "terms.stacking_groups.0"


def of_line(*groups: NewStackingGroup, **line: Any) -> dict[str, Any]:
    return {"rate_lines": (new_rate_line(**line),), "stacking_groups": groups}


def in_cast(**changes: Any) -> dict[str, Any]:
    return of_line(replace(CAST, **changes), stacking_group=changes.get("group", "cast"))


def test_every_word_of_event_terms_becomes_what_it_means() -> None:
    line = new_rate_line(
        cap_minor=90_000, event_floor_minor="1.5", stacking_group="cast", minimum_minor=10
    )
    groups = (replace(CAST, cap_minor="1500.000001", allocation="declared"),)
    (read,) = read_terms(
        new_terms(rate_lines=(line,), stacking_groups=groups), version=1, path="terms"
    ).rate_lines
    assert (read.cap_minor, read.event_floor_minor) == (90_000, Decimal("1.5"))
    assert read.stacking == Stacking(
        group="cast", cap_minor=Decimal("1500.000001"), allocation=Allocation.DECLARED
    )


def test_a_line_without_event_terms_has_none() -> None:
    (read,) = read_terms(new_terms(), version=1, path="terms").rate_lines
    assert (read.cap_minor, read.event_floor_minor, read.stacking) == (None, Decimal(0), None)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (of_line(cap_minor=-1), "number_out_of_range", f"{LINE}.cap_minor"),
        (of_line(cap_minor=5, minimum_minor=6), "cap_wrong", f"{LINE}.cap_minor"),
        (of_line(cap_minor=5, basis="fixed_month"), "cap_wrong", f"{LINE}.cap_minor"),
        (of_line(event_floor_minor=-1), "rate_negative", f"{LINE}.event_floor_minor"),
        (of_line(event_floor_minor=0.5), "number_not_exact", f"{LINE}.event_floor_minor"),
        (
            of_line(event_floor_minor=1, basis="fixed_month"),
            "event_terms_wrong",  # No event has a price there.
            f"{LINE}.event_floor_minor",
        ),
        (of_line(stacking_group="cast"), "stacking_group_unknown", f"{LINE}.stacking_group"),
        (of_line(CAST), "stacking_group_unused", f"{GROUP}.group"),
        (
            of_line(CAST, CAST, stacking_group="cast"),
            "value_listed_twice",
            "terms.stacking_groups.1.group",
        ),
        (
            of_line(CAST, stacking_group="cast", basis="fixed_month"),
            "event_terms_wrong",
            f"{LINE}.stacking_group",
        ),
        (in_cast(group="the cast"), "reference_malformed", f"{GROUP}.group"),
        (in_cast(allocation="fair"), "word_not_known", f"{GROUP}.allocation"),
        (in_cast(cap_minor=-1), "number_out_of_range", f"{GROUP}.cap_minor"),
        (in_cast(cap_minor=1.5), "number_not_exact", f"{GROUP}.cap_minor"),
        (in_cast(cap_minor="0.0000001"), "stacking_cap_too_fine", f"{GROUP}.cap_minor"),
    ],
)
def test_event_terms_that_do_not_hold_are_refused(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with refusal(code, field) as refused:
        read_terms(new_terms(**changes), version=1, path="terms")
    assert refused[0].values["field"] == field


def test_the_grants_of_a_license_agree_about_a_group() -> None:
    one = new_terms(**in_cast(), clause_reference="5")
    other = new_terms(**in_cast(cap_minor=1_200), clause_reference="6")
    grants = (new_grant(terms=one), new_grant(subjects=("yoru",), terms=other))
    with refusal("stacking_group_contradicts", "stacking_group") as refused:
        read_license(new_license(grants=grants))
    assert refused[0].values == {"group": "cast", "clause": "5", "other_clause": "6"}
