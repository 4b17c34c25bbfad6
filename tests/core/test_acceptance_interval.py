"""How long a judgement holds: until the next instant at which anything behind it changes."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.acceptance import BEGINNING_OF_TIME, END_OF_TIME, OptInState
from tests.core.licensed import (
    CONSENT,
    GRANT,
    GRANT_ENDS_AT,
    INSTANT,
    LICENSE,
    NOW,
    TERMS,
    TERMS_AT,
    Case,
    naming,
    subject,
)


def test_a_judgement_holds_between_the_changes_around_it() -> None:
    judged = Case().judged()
    assert (judged.valid_from, judged.valid_until) == (TERMS_AT, GRANT_ENDS_AT)
    assert judged.holds_at(TERMS_AT)
    assert not judged.holds_at(TERMS_AT - INSTANT)
    assert judged.holds_at(GRANT_ENDS_AT - INSTANT)
    assert not judged.holds_at(GRANT_ENDS_AT)


def test_a_judgement_that_nothing_can_change_holds_for_ever() -> None:
    judged = Case(kind=naming("nowhere").kind, license_=None).judged()
    assert (judged.valid_from, judged.valid_until) == (BEGINNING_OF_TIME, END_OF_TIME)


DAYS = st.integers(0, 11).map(lambda day: NOW + timedelta(days=day))
ENDS = st.none() | DAYS
HISTORIES = st.dictionaries(DAYS, st.sampled_from(OptInState), max_size=3).map(
    lambda states: tuple(sorted(states.items()))
)
GRANTS = st.builds(
    replace,
    st.just(GRANT),
    subject_ids=st.sampled_from([frozenset({1}), frozenset({1, 2})]),
    starts_at=DAYS,
    ends_at=ENDS,
    wind_down_days=st.none() | st.integers(0, 5),
    versions=st.lists(DAYS, max_size=2, unique=True).map(
        lambda days: tuple(
            replace(TERMS, id=number, version=number, effective_from=day)
            for number, day in enumerate(sorted(days))
        )
    ),
)
LICENSES = st.builds(
    replace,
    st.just(LICENSE),
    starts_at=DAYS,
    ends_at=ENDS,
    wind_down_days=st.integers(0, 5),
    grants=st.lists(GRANTS, max_size=2).map(tuple),
)
CONSENTS = st.builds(
    lambda given_on, notice, withdrawn_on: replace(
        CONSENT,
        given_on=min(given_on, withdrawn_on or given_on).date(),
        notice_period_days=notice,
        withdrawn_on=withdrawn_on and max(given_on, withdrawn_on).date(),
    ),
    DAYS,
    st.integers(0, 5),
    st.none() | DAYS,
)
CASES = st.builds(
    lambda license_, kaze, yoru, at, consents: Case(
        kind=naming("kaze", "yoru").kind,
        occurred_at=at,
        license_=license_,
        subjects={
            "kaze": subject(1, "kaze", *kaze),
            "yoru": replace(
                subject(2, "yoru", *yoru), needs_consent=bool(consents), consents=tuple(consents)
            ),
        },
    ),
    st.none() | LICENSES,
    HISTORIES,
    HISTORIES,
    DAYS,
    st.lists(CONSENTS, max_size=2),
)


@given(CASES)
@settings(max_examples=10)
def test_a_judgement_is_the_same_at_every_instant_it_says_it_holds(case: Case) -> None:
    judged = case.judged()
    assert judged.holds_at(case.occurred_at)
    instants = [
        NOW + timedelta(days=day) + moved for day in range(12) for moved in (-INSTANT, INSTANT * 0)
    ]
    for instant in filter(judged.holds_at, instants):
        assert case._replace(occurred_at=instant).judged() == judged


@given(CASES)
@settings(max_examples=10)
def test_the_intervals_of_judgements_follow_one_another_without_a_gap(case: Case) -> None:
    instant, intervals = NOW - timedelta(days=1), []
    while instant < END_OF_TIME:
        judged = case._replace(occurred_at=instant).judged()
        intervals.append(judged)
        instant = judged.valid_until
    assert intervals[0].valid_from == BEGINNING_OF_TIME
    assert all(one.valid_until == other.valid_from for one, other in pairwise(intervals))
