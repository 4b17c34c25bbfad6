"""A voice is used with its performer's consent, and for a while after that is withdrawn."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.acceptance import Reason
from ledger.core.consent import ConsentContradicts
from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.fields import ReferenceTaken
from ledger.core.language import LanguageMalformed
from ledger.core.period import Month, day_starts_at
from ledger.core.receipt import Status
from ledger.core.usage import Modality, UseClass
from ledger.services import auditing, claiming, closing, consenting, correcting
from ledger.services.consenting import (
    ConsentUnknown,
    EvidenceMalformed,
    WithdrawnAlready,
)
from ledger.store.database import Database
from ledger.store.effective import EffectiveInClosedMonth
from tests import builders
from tests.refusals import refusal
from tests.services.firms import Firm, firm
from tests.services.usage import generation

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
WITHDRAWN_ON = date(2026, 10, 10)
LAST_DAY_OF_NOTICE, FIRST_DAY_AFTER = date(2026, 10, 19), date(2026, 10, 20)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may synthesize the voice "koe", which nobody has consented to yet."""
    builders.work(database, "koe", kind="voice", medium="")
    grant = builders.new_grant(
        subjects=("koe",),
        modalities=("audio",),
        use_classes=("voice_synthesis",),
        terms=builders.new_terms(
            rate_lines=(builders.new_rate_line(basis="per_1k_chars", rate="35"),)
        ),
    )
    builders.license(database, grants=(grant,))
    return firm(database)


def speak(studio: Firm, *days: date, **changes: Any) -> list[tuple[Status, Reason | None]]:
    """Report a thousand characters on each day, and return what is told first."""
    facts = {"modality": Modality.AUDIO, "subjects": ("koe",)} | changes
    told = studio.report(
        *(generation(1_000, on=day, use_class=UseClass.VOICE_SYNTHESIS, **facts) for day in days),
        at=NOVEMBER.starts_at,
    )
    return [(each.status, Reason(each.reasons[0]) if each.reasons else None) for each in told]


def withdraw(database: Database, **changes: Any) -> None:
    withdrawal: dict[str, Any] = {
        "subject": "koe",
        "reference": "CON-1",
        "withdrawn_on": WITHDRAWN_ON,
        "reason": "the performer asked for it",
        "recorded_by": "kotonoha",
        "recorded_at": builders.RECORDED_AT,
    }
    consenting.withdraw_consent(database, **(withdrawal | changes))


def test_nothing_stands_in_for_a_consent(studio: Firm) -> None:
    assert speak(studio, WITHDRAWN_ON) == [(Status.REFUSED, Reason.CONSENT_MISSING)]


def test_a_consent_counts_from_the_day_on_which_it_was_given(studio: Firm) -> None:
    builders.consent(studio.database, given_on=WITHDRAWN_ON)
    assert speak(studio, WITHDRAWN_ON - timedelta(days=1), WITHDRAWN_ON) == [
        (Status.REFUSED, Reason.CONSENT_MISSING),
        (Status.ACCEPTED, None),
    ]


def test_a_process_follows_a_withdrawal_with_its_next_batch(studio: Firm) -> None:
    builders.consent(studio.database, notice_period_days=10)
    assert speak(studio, FIRST_DAY_AFTER) == [(Status.ACCEPTED, None)]
    withdraw(studio.database)
    assert speak(studio, LAST_DAY_OF_NOTICE, FIRST_DAY_AFTER) == [
        (Status.ACCEPTED, Reason.CONSENT_IN_NOTICE),
        (Status.REFUSED, Reason.CONSENT_WITHDRAWN),
    ]


def test_a_new_consent_after_a_withdrawal_stands(studio: Firm) -> None:
    builders.consent(studio.database)
    withdraw(studio.database)
    builders.consent(studio.database, reference="CON-2", given_on=FIRST_DAY_AFTER)
    assert speak(studio, FIRST_DAY_AFTER) == [(Status.ACCEPTED, None)]


def test_another_use_of_the_voice_is_not_consented_to(studio: Firm) -> None:
    builders.consent(studio.database, use_classes=("training",))
    assert speak(studio, WITHDRAWN_ON) == [(Status.REFUSED, Reason.CONSENT_MISSING)]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ja", (Status.ACCEPTED, None)),
        ("ja-JP", (Status.ACCEPTED, None)),
        ("en", (Status.REFUSED, Reason.LANGUAGE_NOT_CONSENTED)),
        (None, (Status.HELD, Reason.LANGUAGE_UNKNOWN)),  # Unknown is held, never accepted.
        ("und", (Status.HELD, Reason.LANGUAGE_UNKNOWN)),
    ],
)
def test_a_consent_to_a_language_is_one_to_no_other(
    studio: Firm, language: str | None, told: tuple[Status, Reason | None]
) -> None:
    builders.consent(studio.database, languages=("ja",))
    assert speak(studio, WITHDRAWN_ON, language=language) == [told]
    assert not any(auditing.audit(studio.database).values())


def test_a_language_that_is_told_later_decides(studio: Firm) -> None:
    builders.consent(studio.database, languages=("ja",))
    event = generation(
        1_000,
        on=WITHDRAWN_ON,
        use_class=UseClass.VOICE_SYNTHESIS,
        modality=Modality.AUDIO,
        subjects=("koe",),
    )
    (held,) = studio.report(event, at=NOVEMBER.starts_at)
    assert held.status is Status.HELD
    for revision, language, decision in ((1, "ja", "accepted"), (2, "en", "refused")):
        correction = Correction(
            source=event.source,
            event_id=event.event_id,
            kind=CorrectionKind.REPLACE,
            reason=CorrectionReason.OTHER,
            note="the language",
            revision=revision,
            replacement=event._replace(language=language),
        )
        looked, _ = correcting.correct(
            studio.database,
            terms=studio.terms,
            licensee_id=studio.id,
            correction=correction,
            recorded_by="studio-a",
            recorded_at=NOVEMBER.starts_at,
        )
        assert looked.after is not None
        assert (looked.after.judgement.decision, looked.after.reported.language) == (
            decision,
            language,
        )
    assert not any(auditing.audit(studio.database).values())


def test_use_in_another_language_is_claimed_like_any_without_consent(studio: Firm) -> None:
    builders.consent(studio.database, languages=("ja",))
    speak(studio, WITHDRAWN_ON, language="en")
    (found,) = claiming.unauthorized_use(studio.database, first=OCTOBER, last=OCTOBER)
    assert (found.generation_count, found.reason) == (1, Reason.LANGUAGE_NOT_CONSENTED)


def test_use_without_consent_is_claimed_by_its_plain_price_where_a_multiple_is_agreed(
    studio: Firm,
) -> None:
    speak(studio, WITHDRAWN_ON, WITHDRAWN_ON)
    (found,) = claiming.unauthorized_use(studio.database, first=OCTOBER, last=OCTOBER)
    assert (found.generation_count, found.quantity) == (2, Decimal(2_000))
    assert (found.reason, found.claim) == (Reason.CONSENT_MISSING, None)  # Nothing is agreed.
    for party, count in (("studio-a", 1), ("hoshino", 1), ("somebody", 0)):
        listed = claiming.unauthorized_use(
            studio.database, first=OCTOBER, last=OCTOBER, party=party
        )
        assert len(listed) == count


def test_what_was_never_granted_has_no_price_to_claim(studio: Firm) -> None:
    speak(studio, WITHDRAWN_ON, modality=Modality.IMAGE)
    assert claiming.unauthorized_use(studio.database, first=OCTOBER, last=OCTOBER) == ()


def test_a_work_asks_for_no_consent(database: Database) -> None:
    builders.license(database)
    told = firm(database).report(generation(), at=NOVEMBER.starts_at)
    assert told[0].status is Status.ACCEPTED
    with refusal("consent_not_needed", "subject"):
        builders.consent(database, subject="kaze-no-machi")


@pytest.mark.parametrize(
    ("changes", "refused", "field"),
    [
        ({"reference": "CON-1"}, ReferenceTaken, "reference"),  # One is there.
        ({"languages": ("Japanese",)}, LanguageMalformed, "languages"),
        ({"languages": ("ja_JP",)}, LanguageMalformed, "languages"),
        ({"evidence_sha256": "AB" * 32}, EvidenceMalformed, "evidence_sha256"),
        ({"evidence_sha256": "ab"}, EvidenceMalformed, "evidence_sha256"),
    ],
)
def test_a_consent_that_cannot_be_taken_is_refused(
    studio: Firm, changes: dict[str, Any], refused: type[Exception], field: str
) -> None:
    builders.consent(studio.database)
    with pytest.raises(refused) as raised:
        builders.consent(studio.database, **({"reference": "CON-2"} | changes))
    assert getattr(raised.value, "field", None) == field


def test_a_withdrawal_names_a_consent_that_stands(studio: Firm) -> None:
    builders.consent(studio.database)
    with pytest.raises(ConsentUnknown):
        withdraw(studio.database, reference="CON-9")
    with pytest.raises(ConsentContradicts):
        withdraw(studio.database, withdrawn_on=date(2025, 12, 31))
    withdraw(studio.database)
    with pytest.raises(WithdrawnAlready):
        withdraw(studio.database, withdrawn_on=FIRST_DAY_AFTER)


def test_a_withdrawal_never_reaches_into_a_closed_month(studio: Firm) -> None:
    builders.consent(studio.database)
    speak(studio, WITHDRAWN_ON)
    closing.close_month(
        studio.database, month=OCTOBER, closed_by="keiri", closed_at=NOVEMBER.starts_at
    )
    with pytest.raises(EffectiveInClosedMonth):
        withdraw(studio.database)
    withdraw(studio.database, withdrawn_on=NOVEMBER.first_day)


def test_consents_are_listed_with_their_withdrawals(studio: Firm) -> None:
    builders.consent(studio.database, languages=("en", "ja"), evidence_sha256="ab" * 32)
    withdraw(studio.database)
    (found,) = consenting.list_consents(studio.database, subject="koe")
    assert found.consent.languages == {"ja", "en"}
    assert found.consent.evidence_sha256 == "ab" * 32
    assert found.consent.withdrawn_on == WITHDRAWN_ON
    assert found.reason == "the performer asked for it"
    assert found.consent.boundaries[-1] == day_starts_at(WITHDRAWN_ON) + timedelta(days=30)
