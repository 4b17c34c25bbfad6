"""What a holder offers: narrower beats wider, equals in conflict are held, changes are instants."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.acceptance import END_OF_TIME, OptInState
from ledger.core.offer import (
    Breadth,
    Lineage,
    NothingIsOffered,
    Offer,
    OfferDatesCross,
    OfferedTerms,
    OfferIsSuspended,
    OffersConflict,
    OfferState,
    OfferVersion,
    Standing,
    opt_in,
    standing_at,
    take_up,
)
from ledger.core.period import TOKYO
from ledger.core.refusal import Refusal
from ledger.core.terms import WORLD, Basis, RateLine
from ledger.core.usage import Modality, UseClass
from tests.core import naive

HERO = Lineage(subject="hero", work="kaze", franchises=("kaze-saga",), holders=("hoshino", "umino"))
KAZE = replace(HERO, subject="kaze")
INSTANT = timedelta(microseconds=1)
OFFERED, SUSPENDED, WITHDRAWN = OfferState


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=TOKYO)


def terms(rate: int = 12) -> OfferedTerms:
    return OfferedTerms(
        modalities=frozenset({Modality.IMAGE}),
        use_classes=frozenset({UseClass.GENERATION}),
        territories=frozenset({WORLD}),
        rate_lines=(RateLine(basis=Basis.PER_IMAGE, rate=Decimal(rate)),),
        clause_reference="Offer 1",
    )


def offer(
    breadth: Breadth,
    *states: tuple[int, OfferState],
    target: str | None = None,
    reference: str | None = None,
    rate: int = 12,
    **last: Any,
) -> Offer:
    """Return an offer whose versions begin on days of November; ``last`` changes the last one."""
    targets = {
        Breadth.CHARACTER: "hero",
        Breadth.WORK: "kaze",
        Breadth.FRANCHISE: "kaze-saga",
        Breadth.HOLDER: "hoshino",
    }
    versions = [
        OfferVersion(version=number, state=state, effective_at=day(on), terms=terms(rate))
        for number, (on, state) in enumerate(states or [(1, OFFERED)], start=1)
    ]
    return Offer(
        reference=reference or f"offer-{breadth}",
        holder="hoshino",
        breadth=breadth,
        target=target or targets[breadth],
        versions=(*versions[:-1], replace(versions[-1], **last)),
    )


CHARACTER, WORK, FRANCHISE, HOLDER = (offer(each, rate=10 + i) for i, each in enumerate(Breadth))


@pytest.mark.parametrize(
    ("offers", "decides"),
    [
        ([HOLDER], HOLDER),
        ([HOLDER, FRANCHISE], FRANCHISE),
        ([WORK, HOLDER, FRANCHISE], WORK),
        ([HOLDER, WORK, CHARACTER, FRANCHISE], CHARACTER),  # In whatever order they come.
    ],
)
def test_the_narrowest_offer_decides(offers: list[Offer], decides: Offer) -> None:
    stands = standing_at(HERO, offers, day(2))
    assert stands.standing is Standing.OFFERED
    assert [each.offer for each in stands.decided] == [decides]
    assert {each.offer.reference for each in stands.passed_over} == {
        each.reference for each in offers if each is not decides
    }
    assert take_up(HERO, offers, day(2)).offer is decides


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ([], Standing.NOT_OFFERED),  # Nothing is offered by default.
        ([offer(Breadth.WORK, target="umi")], Standing.NOT_OFFERED),  # Another work.
        ([offer(Breadth.WORK, (3, OFFERED))], Standing.NOT_OFFERED),  # Tomorrow.
        ([offer(Breadth.WORK, (2, OFFERED))], Standing.OFFERED),  # From this very instant.
        ([offer(Breadth.WORK, (1, OFFERED), (2, SUSPENDED))], Standing.SUSPENDED),
        ([offer(Breadth.WORK, (1, OFFERED), (2, WITHDRAWN))], Standing.NOT_OFFERED),
        ([offer(Breadth.WORK, ends_at=day(2))], Standing.NOT_OFFERED),
        # What is said of the narrower is not undone by the wider.
        ([offer(Breadth.CHARACTER, (1, SUSPENDED)), WORK], Standing.SUSPENDED),
        ([offer(Breadth.CHARACTER, (1, WITHDRAWN)), WORK], Standing.NOT_OFFERED),
        # What has ended says nothing any more.
        ([offer(Breadth.CHARACTER, ends_at=day(2)), WORK], Standing.OFFERED),
        # Two of one breadth that say the same, and two that do not.
        ([WORK, replace(WORK, reference="again")], Standing.OFFERED),
        ([WORK, offer(Breadth.WORK, reference="dearer", rate=99)], Standing.CONFLICT),
        ([WORK, offer(Breadth.WORK, (1, SUSPENDED), rate=11)], Standing.CONFLICT),
        # A new offer replaces one that was withdrawn.
        ([WORK, offer(Breadth.WORK, (1, WITHDRAWN), reference="old")], Standing.OFFERED),
        # Two holders who offer everything at different prices,
        ([HOLDER, offer(Breadth.HOLDER, target="umino", rate=99)], Standing.CONFLICT),
        # and an offer for the work, which leaves no question open.
        ([HOLDER, offer(Breadth.HOLDER, target="umino", rate=99), WORK], Standing.OFFERED),
    ],
)
def test_how_a_subject_stands(offers: list[Offer], expected: Standing) -> None:
    assert standing_at(HERO, offers, day(2)).standing is expected


def test_an_offer_for_a_character_is_none_for_its_work() -> None:
    assert standing_at(KAZE, [CHARACTER], day(2)).standing is Standing.NOT_OFFERED
    of_its_name = offer(Breadth.CHARACTER, target="kaze")
    assert standing_at(KAZE, [of_its_name], day(2)).standing is Standing.NOT_OFFERED


@pytest.mark.parametrize(
    ("offers", "refusal", "named"),
    [
        ([], NothingIsOffered, None),
        ([offer(Breadth.WORK, (1, SUSPENDED))], OfferIsSuspended, "offer-work"),
        (
            [WORK, offer(Breadth.WORK, reference="dearer", rate=99)],
            OffersConflict,
            "offer-work, dearer",
        ),
    ],
)
def test_what_does_not_stand_cannot_be_taken_up(
    offers: list[Offer], refusal: type[Refusal], named: str | None
) -> None:
    with pytest.raises(refusal) as refused:
        take_up(HERO, offers, day(2))
    assert refused.value.values["subject"] == "hero"
    assert refused.value.values.get("offers") == named


def test_what_is_taken_up_is_the_version_in_force() -> None:
    both = offer(Breadth.WORK, (1, OFFERED), (5, OFFERED), terms=terms(99))
    assert take_up(HERO, [both], day(5) - INSTANT).version.version == 1
    assert take_up(HERO, [both], day(5)).version.terms == terms(99)


def test_licenses_agreed_before_are_told_when_a_holder_changes_its_mind() -> None:
    offers = [
        offer(Breadth.WORK, (1, OFFERED), (5, SUSPENDED), (6, OFFERED)),
        offer(Breadth.CHARACTER, (8, WITHDRAWN)),
        # A conflict about new terms is none of theirs.
        offer(Breadth.WORK, (3, OFFERED), reference="dearer", rate=99, ends_at=day(4)),
    ]
    assert opt_in(HERO, offers) == (
        (day(1), OptInState.OFFERED),
        (day(5), OptInState.SUSPENDED),
        (day(6), OptInState.OFFERED),
        (day(8), OptInState.NOT_OFFERED),
    )
    assert opt_in(KAZE, offers)[-1] == (day(6), OptInState.OFFERED)


@pytest.mark.parametrize("numbers", [(1, 3), (2, 1), (1, 1)])
def test_versions_follow_one_another(numbers: tuple[int, int]) -> None:
    made = tuple(
        OfferVersion(version=number, state=OFFERED, effective_at=day(on), terms=terms())
        for on, number in enumerate(numbers, start=1)
    )
    with pytest.raises(OfferDatesCross):
        replace(WORK, versions=made)


@pytest.mark.parametrize("planned_for", [5, 9])
def test_the_latest_word_takes_the_place_of_what_was_planned(planned_for: int) -> None:
    """A holder that plans other terms for the ninth and withdraws on the fifth has withdrawn."""
    made = offer(Breadth.WORK, (1, OFFERED), (planned_for, OFFERED), (5, WITHDRAWN))
    assert standing_at(HERO, [made], day(4)).standing is Standing.OFFERED
    for later in (5, 9, 10):
        assert standing_at(HERO, [made], day(later)).standing is Standing.NOT_OFFERED


def test_a_version_ends_after_it_begins() -> None:
    with pytest.raises(OfferDatesCross):
        offer(Breadth.WORK, ends_at=day(1))


DAYS = st.integers(1, 12)
HISTORIES = st.dictionaries(DAYS, st.sampled_from(OfferState), min_size=1, max_size=3).map(
    lambda states: sorted(states.items())
)
OFFERS = st.lists(
    st.builds(
        lambda breadth, states, rate, length, number: offer(
            breadth,
            *states,
            rate=rate,
            reference=f"offer {number}",
            ends_at=length and day(states[-1][0] + length),
        ),
        st.sampled_from(Breadth),
        HISTORIES,
        st.integers(1, 2),
        st.none() | st.integers(1, 4),
        st.integers(1, 99),
    ),
    max_size=4,
)


def said(offers: list[Offer], at: datetime) -> list[list[tuple[str, int]]]:
    """Return what each breadth says at an instant, narrowest first: (state, price)."""
    return [
        [
            (str(version.state), int(version.terms.rate_lines[0].rate))
            for each in offers
            if each.breadth is breadth and (version := each.version_at(at)) is not None
        ]
        for breadth in Breadth
    ]


@given(OFFERS, DAYS)
def test_a_standing_is_what_is_read_off_the_narrowest_breadth(offers: list[Offer], on: int) -> None:
    stands = standing_at(HERO, offers, day(on))
    assert stands.standing == naive.offered(said(offers, day(on)))
    assert stands.holds_at(day(on))


@given(OFFERS)
def test_a_standing_is_the_same_at_every_instant_it_says_it_holds(offers: list[Offer]) -> None:
    at = day(1) - INSTANT
    while at < END_OF_TIME:
        stands = standing_at(HERO, offers, at)
        for other in (stands.valid_from, stands.valid_until - INSTANT):
            assert standing_at(HERO, offers, other) == stands
        at = stands.valid_until


@given(OFFERS, DAYS)
def test_the_dated_states_of_a_subject_say_what_its_standing_says(
    offers: list[Offer], on: int
) -> None:
    states = [state for at, state in opt_in(HERO, offers) if at <= day(on)]
    now = standing_at(HERO, offers, day(on)).standing
    told = states[-1] if states else OptInState.NOT_OFFERED
    assert told == ("offered" if now is Standing.CONFLICT else now)


def test_nobody_offers_what_belongs_to_somebody_else() -> None:
    anothers = replace(HERO, holders=("umino",))
    assert standing_at(anothers, [WORK, FRANCHISE], day(2)).standing is Standing.NOT_OFFERED
    assert standing_at(anothers, [replace(WORK, holder="umino")], day(2)).decided


def test_what_belongs_to_a_franchise_directly_has_no_work() -> None:
    mascot = replace(HERO, subject="mascot", work=None)
    assert standing_at(mascot, [WORK], day(2)).standing is Standing.NOT_OFFERED
    assert standing_at(mascot, [WORK, FRANCHISE], day(2)).standing is Standing.OFFERED
    of_itself = offer(Breadth.CHARACTER, target="mascot")
    assert standing_at(mascot, [of_itself], day(2)).standing is Standing.OFFERED


YES, NO, PAUSE = OptInState.OFFERED, OptInState.NOT_OFFERED, OptInState.SUSPENDED


@pytest.mark.parametrize(
    ("decided", "offered", "expected"),
    [
        (None, None, NO),  # Nothing is offered by default.
        (YES, None, YES),  # Decided about, and terms are negotiated.
        (None, OFFERED, YES),  # Nobody decided about this one, and an offer covers it.
        (YES, OFFERED, YES),
        (YES, WITHDRAWN, NO),  # A no from either is a no,
        (YES, SUSPENDED, PAUSE),
        (NO, OFFERED, NO),
        (PAUSE, OFFERED, PAUSE),
        (PAUSE, WITHDRAWN, NO),  # and a whole one counts for more than half of one.
        (NO, SUSPENDED, NO),
    ],
)
def test_a_no_from_a_decision_or_an_offer_is_a_no(
    decided: OptInState | None, offered: OfferState | None, expected: OptInState
) -> None:
    decisions = [] if decided is None else [(day(2), decided)]
    offers = [] if offered is None else [offer(Breadth.FRANCHISE, (3, offered))]
    states = opt_in(HERO, offers, decisions)
    assert (states[-1][1] if states else NO) is expected


def test_an_offer_that_has_ended_leaves_the_decision_standing() -> None:
    ended = offer(Breadth.WORK, (3, SUSPENDED), ends_at=day(6))
    assert opt_in(HERO, [ended], [(day(2), YES)]) == ((day(2), YES), (day(3), PAUSE), (day(6), YES))
