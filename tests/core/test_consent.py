"""A performer's consent: to what, since when, and how long after its withdrawal (DOMAIN E7)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.consent import Consent, ConsentContradicts, ConsentStanding, standing
from ledger.core.money import allocate
from ledger.core.period import TOKYO
from ledger.core.royalty import charge
from ledger.core.unauthorized import MultipleOutOfRange, unauthorized_claim
from ledger.core.usage import UseClass
from tests.core.month import VOICE
from tests.core.test_royalty import priced

VOICES, SONGS = UseClass.VOICE_SYNTHESIS, UseClass.GENERATION
INSTANT = timedelta(microseconds=1)
CONSENT = Consent(
    performer="hoshi",
    use_classes=frozenset({VOICES}),
    given_on=date(2026, 4, 1),
    notice_period_days=30,
)
WITHDRAWN = replace(CONSENT, withdrawn_on=date(2026, 10, 1))
AMERICAN = replace(CONSENT, languages=frozenset({"en-US"}))
JAPANESE = replace(CONSENT, languages=frozenset({"ja"}))


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("consents", "instant", "use_class", "language", "expected"),
    [
        ([CONSENT], at(4, 1), VOICES, None, "given"),  # From the first instant of the day.
        ([CONSENT], at(4, 1) - INSTANT, VOICES, None, "missing"),
        ([], at(5, 1), VOICES, None, "missing"),
        ([CONSENT], at(5, 1), SONGS, None, "missing"),  # To speech, not to songs.
        ([WITHDRAWN], at(10, 1) - INSTANT, VOICES, None, "given"),
        ([WITHDRAWN], at(10, 1), VOICES, None, "in_notice"),
        ([WITHDRAWN], at(10, 31) - INSTANT, VOICES, None, "in_notice"),  # The thirtieth day.
        ([WITHDRAWN], at(10, 31), VOICES, None, "withdrawn"),
        ([replace(WITHDRAWN, notice_period_days=0)], at(10, 1), VOICES, None, "withdrawn"),
        ([JAPANESE], at(5, 1), VOICES, "ja", "given"),
        ([JAPANESE], at(5, 1), VOICES, "ja-JP", "given"),  # What is narrower is covered,
        ([JAPANESE], at(5, 1), VOICES, "JA", "given"),  # however it is written.
        ([JAPANESE], at(5, 1), VOICES, "en", "other_language"),
        ([JAPANESE], at(5, 1), VOICES, "jav", "other_language"),  # Javanese only begins alike.
        ([JAPANESE], at(5, 1), SONGS, "en", "missing"),
        ([JAPANESE], at(5, 1), VOICES, None, "language_unknown"),
        ([JAPANESE], at(5, 1), VOICES, "und", "language_unknown"),
        ([AMERICAN], at(5, 1), VOICES, "en", "language_unknown"),  # Which English was it?
        ([AMERICAN], at(5, 1), VOICES, "en-GB", "other_language"),
        ([AMERICAN, JAPANESE], at(5, 1), VOICES, "ja", "given"),
        # What is withdrawn says more than a consent to another language.
        ([WITHDRAWN, AMERICAN], at(12, 1), VOICES, "ja", "withdrawn"),
        ([JAPANESE, CONSENT], at(5, 1), VOICES, None, "given"),  # The other one asks nothing.
        # What is over is over in every language.
        ([replace(WITHDRAWN, languages=frozenset({"ja"}))], at(12, 1), VOICES, None, "withdrawn"),
        # A new consent stands beside a withdrawn one.
        ([WITHDRAWN, replace(CONSENT, given_on=date(2026, 12, 1))], at(12, 1), VOICES, None,
         "given"),
    ],
)  # fmt: skip
def test_the_most_welcome_of_all_consents_counts(
    consents: list[Consent],
    instant: datetime,
    use_class: UseClass,
    language: str | None,
    expected: ConsentStanding,
) -> None:
    said = standing(consents, use_class=use_class, language=language, at=instant)
    assert said == expected


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"use_classes": frozenset()}, "use_classes"),
        ({"notice_period_days": -1}, "notice_period_days"),
        ({"withdrawn_on": date(2026, 3, 31)}, "withdrawn_on"),
    ],
)
def test_a_consent_cannot_contradict_itself(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentContradicts) as refused:
        replace(CONSENT, **values)
    assert refused.value.field == field


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(given_on=DAYS, notice=st.integers(0, 40), withdrawn_on=st.none() | DAYS, day=DAYS)
def test_a_standing_changes_only_where_it_says(
    given_on: date, notice: int, withdrawn_on: date | None, day: date
) -> None:
    consent = replace(
        CONSENT,
        given_on=given_on,
        notice_period_days=notice,
        withdrawn_on=withdrawn_on and max(given_on, withdrawn_on),
    )
    instant = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    before, after = (
        consent.standing(use_class=VOICES, language=None, at=each)
        for each in (instant - INSTANT, instant)
    )
    assert before == after or instant in consent.boundaries


def test_e7_is_charged_before_and_in_the_notice_and_split_to_the_yen() -> None:
    months = [412_000, 198_440, 77_310]  # The last of them in the notice.
    royalty = [priced(VOICE, each).amount_minor for each in months]
    assert (sum(royalty[:2]), royalty[2], sum(royalty)) == (21_365, 2_705, 24_070)
    assert allocate(sum(royalty), [60, 25, 15]) == [14_442, 6_018, 3_610]


def test_e7_claims_twice_the_price_for_what_nobody_permitted() -> None:
    claim = unauthorized_claim(line=VOICE, quantity=Decimal(9_050), multiple=Decimal(2))
    assert claim.amount_minor == 633
    assert sum(step.exact for step in claim.steps) == claim.exact
    assert claim.steps[0].exact == charge(line=VOICE, quantity=Decimal(9_050)).exact


@pytest.mark.parametrize("multiple", ["0.99", "-2", "NaN", "Infinity"])
def test_a_claim_is_never_cheaper_than_a_license(multiple: str) -> None:
    with pytest.raises(MultipleOutOfRange):
        unauthorized_claim(line=VOICE, quantity=Decimal(1), multiple=Decimal(multiple))
