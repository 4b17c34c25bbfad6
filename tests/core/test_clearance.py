"""A firm is told beforehand what its report will be told afterwards, and at what price."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.acceptance import Decision, OptInState, Reason
from ledger.core.clearance import Cleared, Use, clear, estimate
from ledger.core.terms import Basis, License, RateLine, Tier, TierMode
from ledger.core.usage import Modality, Unit, UseClass
from tests.core.licensed import (
    ENDS_AT,
    GRANT,
    GRANT_ENDS_AT,
    IMAGES,
    INSTANT,
    LICENSE,
    NOW,
    OFFERED_AT,
    STARTS_AT,
    SUBJECTS,
    TERMS,
    TERMS_AT,
    naming,
    subject,
)

USE = Use(UseClass.GENERATION, Modality.IMAGE, Unit.IMAGE, "JP")
ENDED = replace(LICENSE, id=6, reference="LIC-0-ended", ends_at=STARTS_AT + INSTANT)
#: The only license over the fourth subject.
OTHER = replace(
    LICENSE,
    id=8,
    reference="LIC-2",
    grants=(replace(GRANT, id=12, subject_ids=frozenset({4}), versions=(replace(TERMS, id=22),)),),
)
#: Over the first and the fourth.
BOTH = replace(
    OTHER,
    id=9,
    reference="LIC-3",
    grants=(replace(OTHER.grants[0], id=13, subject_ids=frozenset({1, 4})),),
)


def asked(
    *references: str,
    use: Use = USE,
    licenses: tuple[License, ...] = (LICENSE,),
    at: datetime = NOW,
) -> Cleared:
    return clear(use=use, references=references, licenses=licenses, subjects=SUBJECTS, at=at)


def test_a_permitted_use_is_cleared_with_its_license_terms_and_rate() -> None:
    cleared = asked("kaze")
    (clearance,) = cleared.clearances
    assert cleared.decision is clearance.decision is Decision.ACCEPTED
    assert clearance.reasons == ()
    assert clearance.license_reference == "LIC-1"
    assert (clearance.terms, clearance.rate_line) == (TERMS, IMAGES)
    assert clearance.opt_in is OptInState.OFFERED


@pytest.mark.parametrize(
    ("licenses", "references", "answered"),
    [
        ((LICENSE, BOTH), ["kaze"], ["LIC-1"]),  # The first that permits it.
        ((ENDED, LICENSE), ["kaze"], ["LIC-1"]),  # One that ended stands in nobody's way.
        ((LICENSE, BOTH), ["kaze", "elsewhere"], ["LIC-3", "LIC-3"]),  # One for both, as reported.
        ((LICENSE, OTHER), ["kaze", "elsewhere"], ["LIC-1", "LIC-2"]),  # Two reports will do.
        ((BOTH, LICENSE), ["kaze", "yoru"], ["LIC-1", "LIC-1"]),
    ],
)
def test_the_license_is_found(
    licenses: tuple[License, ...], references: list[str], answered: list[str]
) -> None:
    cleared = asked(*references, licenses=licenses)
    assert cleared.decision is Decision.ACCEPTED
    assert [each.license_reference for each in cleared.clearances] == answered


@pytest.mark.parametrize(
    ("licenses", "reference", "use", "nearest", "reasons"),
    [
        # Two reasons are more than one.
        (
            (
                replace(
                    LICENSE,
                    grants=(
                        replace(
                            GRANT,
                            territories=frozenset({"US"}),
                            use_classes=frozenset({UseClass.TRAINING}),
                        ),
                    ),
                ),
                replace(
                    LICENSE,
                    reference="near",
                    grants=(replace(GRANT, territories=frozenset({"US"})),),
                ),
            ),
            "kaze",
            USE,
            "near",
            [Reason.TERRITORY_NOT_GRANTED],
        ),
        # A license that has nothing to do with the subject explains nothing.
        (
            (OTHER, replace(LICENSE, reference="near")),
            "kaze",
            USE._replace(territory="US"),
            "near",
            [Reason.TERRITORY_NOT_GRANTED],
        ),
        # Held is nearer than refused.
        (
            (ENDED, replace(LICENSE, reference="near")),
            "kaze",
            USE._replace(unit=Unit.TOKEN),
            "near",
            [Reason.RATE_MISSING],
        ),
        # Among equals the first.
        (
            (replace(LICENSE, reference="near"), LICENSE),
            "kaze",
            USE._replace(territory="US"),
            "near",
            [Reason.TERRITORY_NOT_GRANTED],
        ),
        ((), "kaze", USE, None, [Reason.LICENSE_UNKNOWN]),
        ((LICENSE,), "nobody", USE, "LIC-1", [Reason.SUBJECT_UNKNOWN]),
        ((LICENSE,), "silent", USE, "LIC-1", [Reason.SUBJECT_NOT_OFFERED]),
    ],
)
def test_what_fails_least_is_told(
    licenses: tuple[License, ...],
    reference: str,
    use: Use,
    nearest: str | None,
    reasons: list[Reason],
) -> None:
    (clearance,) = asked(reference, use=use, licenses=licenses).clearances
    assert clearance.license_reference == nearest
    assert list(clearance.reasons) == reasons
    assert clearance.rate_line is None


def test_one_refused_subject_does_not_take_the_others_clearance() -> None:
    cleared = asked("kaze", "silent", "yoru")
    assert [each.decision for each in cleared.clearances] == ["accepted", "refused", "accepted"]
    assert cleared.decision is Decision.REFUSED
    assert cleared.clearances[1].opt_in is OptInState.NOT_OFFERED


def test_revenue_and_quantity_that_are_not_known_yet_hold_nothing() -> None:
    audio = USE._replace(modality=Modality.AUDIO, unit=Unit.SECOND)
    (clearance,) = asked("kaze", use=audio).clearances
    assert clearance.decision is Decision.ACCEPTED
    assert clearance.rate_line is not None
    assert clearance.rate_line.basis is Basis.PCT_REVENUE


@given(
    reference=st.sampled_from(["kaze", "silent", "elsewhere", "nobody"]),
    use_class=st.sampled_from(UseClass),
    modality=st.sampled_from(Modality),
    unit=st.sampled_from(Unit),
    territory=st.sampled_from(["JP", "US"]),
    at=st.sampled_from([STARTS_AT - INSTANT, NOW, TERMS_AT - INSTANT, GRANT_ENDS_AT, ENDS_AT]),
)
def test_the_report_is_judged_as_it_was_cleared(
    reference: str,
    use_class: UseClass,
    modality: Modality,
    unit: Unit,
    territory: str,
    at: datetime,
) -> None:
    cleared = asked(reference, use=Use(use_class, modality, unit, territory), at=at)
    reported = naming(
        reference,
        use_class=use_class,
        modality=modality,
        unit=unit,
        territory=territory,
        has_revenue=True,
    )
    judgement = reported._replace(occurred_at=at).judged()
    (clearance,) = cleared.clearances
    assert (clearance.decision, clearance.reasons) == (judgement.decision, judgement.reasons)
    (line,) = judgement.lines
    assert (clearance.rate_line.id if clearance.rate_line else None) == line.rate_line_id
    assert (cleared.valid_from, cleared.valid_until) == (
        judgement.valid_from,
        judgement.valid_until,
    )


def test_an_answer_holds_until_any_license_or_decision_changes() -> None:
    later = replace(OTHER, starts_at=NOW - INSTANT, ends_at=NOW + INSTANT)
    cleared = asked("kaze", licenses=(LICENSE, later))
    assert (cleared.valid_from, cleared.valid_until) == (NOW - INSTANT, NOW + INSTANT)
    assert cleared.holds_at(NOW)
    assert not cleared.holds_at(NOW + INSTANT)


def test_the_opt_in_state_is_that_of_the_instant() -> None:
    subjects = {
        "kaze": subject(1, "kaze", (OFFERED_AT, OptInState.OFFERED), (NOW, OptInState.SUSPENDED))
    }
    before, after = (
        clear(use=USE, references=["kaze"], licenses=[LICENSE], subjects=subjects, at=at)
        for at in (NOW - INSTANT, NOW)
    )
    assert before.clearances[0].opt_in is OptInState.OFFERED
    assert after.clearances[0].opt_in is OptInState.SUSPENDED
    assert after.clearances[0].reasons == (Reason.SUBJECT_SUSPENDED,)


TIERED = RateLine(
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=(Tier(up_to=Decimal(10), rate=Decimal(12)), Tier(up_to=None, rate=Decimal(10))),
)


@pytest.mark.parametrize(
    ("line", "quantity", "price"),
    [
        (RateLine(basis=Basis.PER_IMAGE, rate=Decimal("12.5")), "3", "37.5"),  # Not rounded.
        (RateLine(basis=Basis.PER_1K_TOKENS, rate=Decimal(35)), "1", "0.035"),  # Rates buy 1,000.
        (RateLine(basis=Basis.PER_1K_CHARS, rate=Decimal("0.1")), "999", "0.0999"),
        (RateLine(basis=Basis.PER_SECOND, rate=Decimal(90)), "1.5", "135"),
        (RateLine(basis=Basis.PER_IMAGE, rate=Decimal(12)), "0", "0"),
        (RateLine(basis=Basis.PER_IMAGE, rate=Decimal(12), minimum_minor=500), "1", "12"),
        (RateLine(basis=Basis.FIXED_MONTH, rate=Decimal(50_000)), "1", "0"),  # Owed already.
        (RateLine(basis=Basis.PCT_REVENUE, rate=Decimal(18)), "1", None),  # No revenue yet.
        (TIERED, "1", None),  # Depends on what was counted before.
    ],
)
def test_a_price_is_exact_or_not_given(line: RateLine, quantity: str, price: str | None) -> None:
    found = estimate(line=line, quantity=Decimal(quantity), currency="JPY")
    assert found == (None if price is None else Decimal(price))


def test_a_price_keeps_every_digit() -> None:
    line = RateLine(basis=Basis.PER_IMAGE, rate=Decimal(f"0.{'3' * 30}"))
    quantity = Decimal(f"{'9' * 30}.{'7' * 30}")
    price = estimate(line=line, quantity=quantity, currency="JPY")
    assert price is not None
    assert Fraction(price) == Fraction(line.rate) * Fraction(quantity)
