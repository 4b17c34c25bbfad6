"""Every reason for which a generation is not simply accepted, and the order they come in."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.acceptance import OptInState, with_reasons
from ledger.core.reason import (
    EARNING_REASONS,
    HOLDING_REASONS,
    Decision,
    Reason,
    decision_for,
    gravity,
    in_order,
)
from ledger.core.terms import WORLD
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass
from tests.core.licensed import (
    CONSENT,
    ENDS_AT,
    GRANT,
    GRANT_ENDS_AT,
    INSTANT,
    JAPANESE,
    KIND,
    LICENSE,
    NOTICE_OVER,
    NOW,
    OFFERED,
    STARTS_AT,
    TERMS,
    TERMS_AT,
    WITHDRAWN_CONSENT,
    Case,
    counted_by_turns,
    declared,
    granted,
    naming,
    reported,
    spoken,
    stated,
    wound_down,
)


def test_what_is_licensed_and_offered_is_accepted_at_its_price() -> None:
    judged = Case().judged()
    assert judged.decision is Decision.ACCEPTED
    assert judged.reasons == ()
    (line,) = judged.lines
    assert (line.subject_id, line.terms_version_id, line.rate_line_id) == (1, 21, 31)


SUSPENDED = OFFERED, (NOW, OptInState.SUSPENDED)
OVER_AT = ENDS_AT + timedelta(days=30)
WITHDRAWN = OFFERED, (NOW, OptInState.NOT_OFFERED)

REASONS: list[tuple[Case, Reason]] = [
    (Case(license_=None), Reason.LICENSE_UNKNOWN),
    (Case(occurred_at=STARTS_AT - INSTANT), Reason.LICENSE_NOT_STARTED),
    (Case(occurred_at=ENDS_AT), Reason.LICENSE_ENDED),  # The end is excluded.
    (naming("nowhere"), Reason.SUBJECT_UNKNOWN),
    (naming("silent"), Reason.SUBJECT_NOT_OFFERED),  # Nothing is offered by default.
    (stated((NOW + INSTANT, OptInState.OFFERED)), Reason.SUBJECT_NOT_OFFERED),
    (stated(*WITHDRAWN), Reason.SUBJECT_NOT_OFFERED),
    (stated(*SUSPENDED), Reason.SUBJECT_SUSPENDED),
    (naming("elsewhere"), Reason.SUBJECT_NOT_LICENSED),  # Offered, but not to this firm.
    (Case(license_=replace(LICENSE, grants=())), Reason.SUBJECT_NOT_LICENSED),
    (granted(starts_at=NOW + INSTANT), Reason.GRANT_NOT_STARTED),
    (Case(occurred_at=GRANT_ENDS_AT), Reason.GRANT_ENDED),
    (reported(use_class=UseClass.TRAINING), Reason.USE_CLASS_NOT_GRANTED),
    (reported(modality=Modality.TEXT), Reason.MODALITY_NOT_GRANTED),
    (reported(territory="US"), Reason.TERRITORY_NOT_GRANTED),
    (Case(occurred_at=TERMS_AT - INSTANT), Reason.TERMS_NOT_IN_FORCE),
    (granted(versions=()), Reason.TERMS_NOT_IN_FORCE),
    (naming("nowhere", has_title=True), Reason.SUBJECT_UNMATCHED),  # A person can still match it.
    (reported(unit=Unit.TOKEN), Reason.RATE_MISSING),
    (counted_by_turns(), Reason.SESSION_COUNT_UNKNOWN),
    (reported(has_quantity=False), Reason.QUANTITY_UNKNOWN),
    (reported(modality=Modality.AUDIO), Reason.REVENUE_UNKNOWN),
    # Dollars are not yen: without a rate of exchange the revenue is not known.
    (reported(modality=Modality.AUDIO, has_revenue=True, currency="USD"), Reason.REVENUE_UNKNOWN),
    (spoken(), Reason.CONSENT_MISSING),
    (spoken(replace(CONSENT, given_on=date(2026, 8, 4))), Reason.CONSENT_MISSING),
    (spoken(JAPANESE, language="en"), Reason.LANGUAGE_NOT_CONSENTED),
    (spoken(JAPANESE), Reason.LANGUAGE_UNKNOWN),
    (spoken(WITHDRAWN_CONSENT), Reason.CONSENT_IN_NOTICE),
    (spoken(WITHDRAWN_CONSENT, at=NOTICE_OVER - INSTANT), Reason.CONSENT_IN_NOTICE),
    (spoken(WITHDRAWN_CONSENT, at=NOTICE_OVER), Reason.CONSENT_WITHDRAWN),
    (declared(None, 10_000), Reason.WEIGHT_UNKNOWN),
    (declared(0, 10_000), Reason.WEIGHT_UNKNOWN),  # No share of an output is no answer.
    (wound_down(0, grant=30, at=GRANT_ENDS_AT), Reason.GRANT_WINDING_DOWN),
    (wound_down(30, at=GRANT_ENDS_AT), Reason.GRANT_WINDING_DOWN),  # As long as its license.
    (wound_down(30, grant=0, at=GRANT_ENDS_AT), Reason.GRANT_ENDED),
    (wound_down(30, at=GRANT_ENDS_AT + timedelta(days=30)), Reason.GRANT_ENDED),
    (wound_down(30, at=ENDS_AT, grant_ends_at=None), Reason.LICENSE_WINDING_DOWN),
    (wound_down(30, at=OVER_AT, grant_ends_at=None), Reason.LICENSE_ENDED),
    (wound_down(30, opt_in=SUSPENDED), Reason.SUBJECT_WINDING_DOWN),
    (wound_down(30, opt_in=WITHDRAWN), Reason.SUBJECT_WINDING_DOWN),
    (  # Suspended first, withdrawn later: the wind-down runs from when it was last offered.
        wound_down(
            30,
            opt_in=(*SUSPENDED, (NOW + timedelta(days=1), OptInState.NOT_OFFERED)),
            at=NOW + timedelta(days=30),
        ),
        Reason.SUBJECT_NOT_OFFERED,
    ),
    (wound_down(30, opt_in=SUSPENDED, at=NOW + timedelta(days=30)), Reason.SUBJECT_SUSPENDED),
    (wound_down(30, opt_in=((NOW, OptInState.SUSPENDED),)), Reason.SUBJECT_SUSPENDED),  # No offer.
]


@pytest.mark.parametrize(("case", "reason"), REASONS)
def test_the_smallest_change_that_is_not_acceptable_is_named(case: Case, reason: Reason) -> None:
    judged = case.judged()
    assert judged.reasons == (reason,)
    assert judged.lines[0].reasons == (reason,)
    assert judged.decision is judged.lines[0].decision
    assert judged.decision is decision_for([reason])
    assert (judged.lines[0].rate_line_id is not None) >= (reason in EARNING_REASONS)


#: What only the book can tell is added to what was judged.
BY_THE_BOOK = (Reason.QUOTA_EXCEEDED, Reason.QUOTA_REACHED)


def test_every_reason_has_a_case() -> None:
    elsewhere = {*BY_THE_BOOK, Reason.LICENSE_SUSPENDED_FOR_NON_PAYMENT}  # test_suspension.py
    assert {reason for _, reason in REASONS} | elsewhere == set(Reason)


@pytest.mark.parametrize("reason", BY_THE_BOOK)
def test_what_only_the_book_can_tell_is_said_of_the_subject_it_concerns(reason: Reason) -> None:
    judged = with_reasons(naming("kaze", "yoru").judged(), {1: reason})
    assert judged.reasons == (reason,)
    assert [line.reasons for line in judged.lines] == [(), (reason,)]
    assert judged.decision is judged.lines[1].decision is decision_for([reason])
    is_held = judged.decision is Decision.HELD
    assert [line.rate_line_id for line in judged.lines] == [31, 31 if is_held else None]
    assert with_reasons(judged, {}) == judged


def test_reasons_stand_in_their_published_order() -> None:
    assert [str(reason) for reason in Reason] == [
        "license_unknown",
        "license_not_started",
        "license_ended",
        "license_suspended_for_non_payment",
        "subject_unknown",
        "subject_not_offered",
        "subject_suspended",
        "consent_missing",
        "consent_withdrawn",
        "language_not_consented",
        "subject_not_licensed",
        "grant_not_started",
        "grant_ended",
        "use_class_not_granted",
        "modality_not_granted",
        "territory_not_granted",
        "terms_not_in_force",
        "quota_exceeded",
        "subject_unmatched",
        "language_unknown",
        "rate_missing",
        "session_count_unknown",
        "quantity_unknown",
        "revenue_unknown",
        "weight_unknown",
        "quota_reached",
        "license_winding_down",
        "subject_winding_down",
        "consent_in_notice",
        "grant_winding_down",
    ]
    assert in_order(reversed([*Reason, *Reason])) == tuple(Reason)


def test_what_refuses_leads_what_holds_and_that_leads_what_still_earns() -> None:
    """So that the first reason of a generation explains its decision."""
    gravities = [gravity(decision_for([reason])) for reason in Reason]
    assert gravities == sorted(gravities, reverse=True)
    assert not HOLDING_REASONS & EARNING_REASONS


@pytest.mark.parametrize(
    "case",
    [
        Case(
            occurred_at=STARTS_AT,
            license_=replace(
                LICENSE,
                grants=(
                    replace(
                        GRANT,
                        starts_at=STARTS_AT,
                        versions=(replace(TERMS, effective_from=STARTS_AT),),
                    ),
                ),
            ),
        ),  # The first instant is included everywhere.
        Case(occurred_at=TERMS_AT),
        Case(occurred_at=GRANT_ENDS_AT - INSTANT),
        Case(license_=replace(LICENSE, ends_at=None)),  # Open-ended.
        granted(ends_at=None),
        granted(territories=frozenset({WORLD})),
        stated((NOW, OptInState.OFFERED)),
        stated(*SUSPENDED[:1], (NOW - INSTANT, OptInState.SUSPENDED), (NOW, OptInState.OFFERED)),
        reported(currency="USD"),  # Says nothing about a price by the image.
        reported(modality=Modality.AUDIO, has_revenue=True),  # In the currency of the terms.
        reported(modality=Modality.AUDIO, has_revenue=True, currency="JPY"),
        reported(modality=Modality.AUDIO, has_revenue=True, has_quantity=False),
        reported(modality=Modality.AUDIO, has_revenue=True, unit=Unit.TOKEN),
        reported(modality=Modality.VIDEO, unit=Unit.SECOND),
        reported(has_title=True),
    ],
)
def test_what_comes_close_to_a_reason_is_still_accepted(case: Case) -> None:
    assert case.judged().reasons == ()
    assert case.judged().decision is Decision.ACCEPTED


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        # Everything that a firm has to mend is said at once, the gravest first.
        (
            reported(use_class=UseClass.TRAINING, modality=Modality.TEXT, territory="US"),
            (
                Reason.USE_CLASS_NOT_GRANTED,
                Reason.MODALITY_NOT_GRANTED,
                Reason.TERRITORY_NOT_GRANTED,
            ),
        ),
        (
            Case(kind=KIND._replace(subjects=(SubjectUse("silent"),)), occurred_at=ENDS_AT),
            (Reason.LICENSE_ENDED, Reason.SUBJECT_NOT_OFFERED),
        ),
        (
            Case(kind=naming("nowhere", has_title=True).kind, license_=None),
            (Reason.LICENSE_UNKNOWN, Reason.SUBJECT_UNMATCHED),
        ),
        # A grant is not looked at for a subject that is not offered.
        (naming("silent", territory="US"), (Reason.SUBJECT_NOT_OFFERED,)),
        (
            Case(kind=KIND._replace(territory="US"), occurred_at=TERMS_AT - INSTANT),
            (Reason.TERRITORY_NOT_GRANTED, Reason.TERMS_NOT_IN_FORCE),
        ),
        # What is refused is not priced, so an unknown quantity is not asked for.
        (reported(territory="US", has_quantity=False), (Reason.TERRITORY_NOT_GRANTED,)),
    ],
)
def test_several_reasons_come_in_order(case: Case, reasons: tuple[Reason, ...]) -> None:
    assert case.judged().reasons == reasons
    assert case.judged().decision is Decision.REFUSED


def test_a_refused_subject_does_not_cost_the_ones_beside_it() -> None:
    judged = naming("kaze", "silent", "yoru", "nowhere").judged()
    assert [line.decision for line in judged.lines] == [
        Decision.ACCEPTED,
        Decision.REFUSED,
        Decision.ACCEPTED,
        Decision.REFUSED,
    ]
    assert [line.subject_id for line in judged.lines] == [1, 3, 2, None]
    assert [line.rate_line_id for line in judged.lines] == [31, None, 31, None]
    assert judged.decision is Decision.REFUSED
    assert judged.reasons == (Reason.SUBJECT_UNKNOWN, Reason.SUBJECT_NOT_OFFERED)


@pytest.mark.parametrize(
    ("references", "decision"),
    [
        (("kaze", "yoru"), Decision.ACCEPTED),
        (("kaze", "nowhere"), Decision.HELD),
        (("nowhere", "silent"), Decision.REFUSED),
        (("kaze", "nowhere", "silent"), Decision.REFUSED),
    ],
)
def test_the_decision_is_the_gravest_of_the_lines(
    references: tuple[str, ...], decision: Decision
) -> None:
    assert naming(*references, has_title=True).judged().decision is decision


def test_a_weight_is_handed_on_and_decides_nothing() -> None:
    weighted = reported(subjects=(SubjectUse("kaze", 2_500), SubjectUse("silent", 7_500)))
    assert [line.weight_bp for line in weighted.judged().lines] == [2_500, 7_500]
    assert weighted.judged().reasons == naming("kaze", "silent").judged().reasons


@pytest.mark.parametrize(
    ("case", "priced"),
    [
        (reported(has_quantity=False), (21, 31)),  # Waits for its quantity, at a known price.
        (reported(modality=Modality.AUDIO), (21, 33)),
        (reported(unit=Unit.TOKEN), (None, None)),
        (reported(territory="US"), (None, None)),  # What is refused has no price.
        (naming("nowhere", has_title=True), (None, None)),
    ],
)
def test_only_what_may_still_earn_keeps_its_price(
    case: Case, priced: tuple[int | None, int | None]
) -> None:
    (line,) = case.judged().lines
    assert (line.terms_version_id, line.rate_line_id) == priced


ABROAD = replace(GRANT, id=12, territories=frozenset({"US"}), versions=(replace(TERMS, id=22),))


@pytest.mark.parametrize(
    ("territory", "version", "reasons"),
    [
        ("JP", 21, ()),
        ("US", 22, ()),  # The second grant permits what the first does not.
        ("FR", None, (Reason.TERRITORY_NOT_GRANTED,)),
    ],
)
def test_the_first_grant_that_permits_the_use_prices_it(
    territory: str, version: int | None, reasons: tuple[Reason, ...]
) -> None:
    both = replace(LICENSE, grants=(GRANT, ABROAD))
    judged = Case(kind=KIND._replace(territory=territory), license_=both).judged()
    assert judged.lines[0].terms_version_id == version
    assert judged.reasons == reasons


def test_the_grant_that_fails_least_gives_the_reasons() -> None:
    training = replace(ABROAD, use_classes=frozenset({UseClass.TRAINING}))
    both = replace(LICENSE, grants=(training, GRANT))
    judged = Case(kind=KIND._replace(territory="FR"), license_=both).judged()
    assert judged.reasons == (Reason.TERRITORY_NOT_GRANTED,)


@given(st.permutations(["kaze", "yoru", "silent", "elsewhere", "nowhere"]), st.booleans())
@settings(max_examples=10)
def test_the_order_of_subjects_does_not_change_the_decision(
    references: list[str], has_title: bool
) -> None:
    one = naming(*references, has_title=has_title).judged()
    other = naming(*sorted(references), has_title=has_title).judged()
    assert (one.decision, one.reasons) == (other.decision, other.reasons)
    assert sorted(map(repr, one.lines)) == sorted(map(repr, other.lines))
    assert (one.valid_from, one.valid_until) == (other.valid_from, other.valid_until)
