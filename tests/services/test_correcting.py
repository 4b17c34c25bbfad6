"""What is recorded is corrected by rows that name it; totals, chain and audit follow."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.correction import (
    AlreadyVoid,
    Correction,
    CorrectionConflict,
    CorrectionKind,
    CorrectionReason,
    GenerationAmbiguous,
    GenerationNotRecorded,
    NoteMissing,
    NothingToCorrect,
    ReplacementInFuture,
    ReplacementInOtherMonth,
    ReplacementMissing,
    ReplacementNotExpected,
    ReplacementOfAnother,
    RevisionMissing,
)
from ledger.core.difference import DifferenceLine
from ledger.core.fields import TextUnprintable
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, ReportedGeneration, Unit
from ledger.services import auditing, closing, correcting, exporting
from ledger.store.correction_desk import Looked
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm
from tests.services.usage import generation

OCTOBER = Month(2026, 10)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi at ¥12."""
    builders.license(database)
    return firm(database)


def void(event: ReportedGeneration, **changes: Any) -> Correction:
    """A void of a recorded event."""
    values: dict[str, Any] = {
        "source": event.source,
        "event_id": event.event_id,
        "kind": CorrectionKind.VOID,
        "reason": CorrectionReason.NOT_GENERATED,
    }
    return Correction(**values | changes)


def instead(event: ReportedGeneration, **changes: Any) -> Correction:
    """A replacement of a recorded event by what it is like now."""
    reason = CorrectionReason.WRONG_QUANTITY
    kind = {"kind": CorrectionKind.REPLACE, "reason": reason, "replacement": event}
    return void(event, **kind | changes)


def correct(
    studio: Firm, correction: Correction, **changes: Any
) -> tuple[Looked, tuple[DifferenceLine, ...]]:
    asked: dict[str, Any] = {"recorded_by": "studio-a", "recorded_at": NOW, **changes}
    return correcting.correct(
        studio.database, terms=studio.terms, licensee_id=studio.id, correction=correction, **asked
    )


def figures(lines: tuple[DifferenceLine, ...]) -> list[tuple[str, int, Decimal, Decimal | None]]:
    return [(each.decision, each.generation_count, each.quantity, each.price) for each in lines]


def royalty(studio: Firm, month: Month = OCTOBER) -> list[int]:
    return [line.amount_minor for line in closing.preview(studio.database, month=month)]


def is_sound(studio: Firm) -> bool:
    """Tell whether every invariant of the book holds."""
    return not any(auditing.audit(studio.database).values())


def test_a_void_takes_a_generation_out_of_the_totals(studio: Firm) -> None:
    one, other = generation(5), generation(7)
    studio.report(one, other)
    made, lines = correct(studio, void(one))
    assert figures(lines) == [("accepted", -1, Decimal(-5), Decimal(-60))]
    assert (made.is_known, made.after, made.counted_month) == (False, None, None)
    assert made.receipt is not None
    assert (made.receipt.batch_number, made.receipt.position) == (2, 0)
    assert royalty(studio) == [84]
    assert is_sound(studio)


def test_a_replacement_counts_instead_of_what_was_reported(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    made, lines = correct(studio, instead(one._replace(quantity=Decimal(2))))
    assert figures(lines) == [("accepted", 0, Decimal(-3), Decimal(-36))]
    assert made.after is not None
    assert made.after.judgement.decision == "accepted"
    assert royalty(studio) == [24]
    assert is_sound(studio)


def test_a_replacement_is_judged_by_the_terms_of_its_own_time(studio: Firm) -> None:
    """Of another subject, in another place, on another day of the month, of unknown quantity."""
    one = generation(5)
    studio.report(one)
    video = one._replace(modality=Modality.VIDEO, unit=Unit.SECOND)
    _, lines = correct(studio, instead(video))
    assert figures(lines) == [
        ("accepted", -1, Decimal(-5), Decimal(-60)),
        ("refused", 1, Decimal(5), None),
    ]
    unknown = one._replace(quantity=None, occurred_at=one.occurred_at - timedelta(days=9))
    _, lines = correct(studio, instead(unknown, revision=2))
    assert figures(lines) == [("held", 1, Decimal(0), None), ("refused", -1, Decimal(-5), None)]
    assert royalty(studio) == []
    _, lines = correct(studio, instead(one, revision=3))
    assert figures(lines)[0] == ("accepted", 1, Decimal(5), Decimal(60))
    assert royalty(studio) == [60]
    assert is_sound(studio)


def test_what_was_voided_can_be_put_back(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    correct(studio, void(one))
    with pytest.raises(AlreadyVoid):
        correct(studio, void(one, revision=2))
    correct(studio, instead(one, revision=2))
    assert royalty(studio) == [60]
    assert is_sound(studio)


def test_the_same_correction_again_gets_its_original_receipt(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    first, lines = correct(studio, instead(one._replace(quantity=Decimal(2))))
    second, _ = correct(studio, void(one, revision=2))
    again, told = correct(studio, instead(one._replace(quantity=Decimal("2.0"))))
    assert (again.is_known, again.receipt, told) == (True, first.receipt, lines)
    assert first.receipt != second.receipt
    assert [batch.batch_number for batch in studio.batches()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"quantity": Decimal(3)}, "quantity"),
        ({"territory": "US", "model": "m"}, "territory, model"),
    ],
)
def test_another_correction_under_an_old_revision_names_what_stands(
    changes: dict[str, Any], differing: str, studio: Firm
) -> None:
    one = generation(5)
    studio.report(one)
    correct(studio, instead(one._replace(quantity=Decimal(2))))
    correct(studio, void(one, revision=2))
    with pytest.raises(CorrectionConflict) as caught:
        correct(studio, instead(one._replace(**{"quantity": Decimal(2), **changes})))
    told = caught.value.values
    assert (told["standing"], told["kind"], told["next"]) == ("2", "void", "3")
    assert told["fields"] == differing
    assert studio.count("correction") == 2


def test_a_correction_says_what_it_corrects(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    cases: list[tuple[Correction, type[Refusal]]] = [
        (void(one, event_id="another"), GenerationNotRecorded),
        (void(one, source="another"), GenerationNotRecorded),
        (void(one, month=date(2026, 9, 1)), GenerationNotRecorded),
        (void(one, revision=2), RevisionMissing),
        (instead(one), NothingToCorrect),
        (
            instead(one._replace(occurred_at=one.occurred_at - timedelta(days=30))),
            ReplacementInOtherMonth,
        ),
        (
            instead(one._replace(occurred_at=NOW + timedelta(days=1))),
            ReplacementInFuture,
        ),
        (instead(one._replace(event_id="other"), event_id=one.event_id), ReplacementOfAnother),
        (instead(one, replacement=None), ReplacementMissing),
        (void(one, replacement=one), ReplacementNotExpected),
        (void(one, reason=CorrectionReason.OTHER), NoteMissing),
        (void(one, note="a\0b"), TextUnprintable),
    ]
    for correction, refusal in cases:
        with pytest.raises(refusal):
            correct(studio, correction)
    assert len(studio.batches()) == 1


def test_another_firms_generation_is_as_unknown_as_one_that_is_not_there(
    studio: Firm, database: Database
) -> None:
    one = generation(5)
    studio.report(one)
    with pytest.raises(GenerationNotRecorded):
        correct(firm(database, "studio-b"), void(one))


def test_an_id_in_two_months_is_told_apart_by_the_month(studio: Firm) -> None:
    october = generation(5, event_id="same")
    september = october._replace(occurred_at=october.occurred_at - timedelta(days=30))
    studio.report(october, september)
    with pytest.raises(GenerationAmbiguous) as caught:
        correct(studio, void(october))
    assert caught.value.values["months"] == "2026-09, 2026-10"
    made, _ = correct(studio, void(october, month=date(2026, 9, 1)))
    assert made.identity.month == date(2026, 9, 1)
    # What replaces has a time of its own.
    made, _ = correct(studio, instead(october._replace(quantity=Decimal(1))))
    assert made.identity.month == date(2026, 10, 1)
    assert is_sound(studio)


def test_the_chain_runs_on_through_corrections(studio: Firm) -> None:
    one, other = generation(5), generation(6)
    studio.report(one)
    correct(studio, void(one))
    studio.report(other)
    correct(studio, instead(other._replace(quantity=Decimal(1))))
    assert [batch.batch_number for batch in studio.batches()] == [1, 2, 3, 4]
    assert is_sound(studio)


def test_a_replay_of_what_was_corrected_finds_the_report(studio: Firm) -> None:
    one = generation(5)
    (first,) = studio.report(one)
    correct(studio, void(one))
    (again,) = studio.report(one)
    assert (again.status, again.receipt) == ("duplicate", first.receipt)


def test_a_closed_month_is_corrected_in_the_first_open_one(studio: Firm) -> None:
    """And the closing of that month takes it in; the closed one stays what it is."""
    one = generation(5, on=date(2026, 9, 15))
    studio.report(one)
    builders.close_through(studio.database, Month(2026, 9))
    made, lines = correct(studio, void(one))
    assert made.counted_month == date(2026, 10, 1)
    assert [line.counted_month for line in lines] == [date(2026, 10, 1)]
    assert is_sound(studio)
    again, _ = correct(studio, void(one))
    assert (again.is_known, again.counted_month) == (True, date(2026, 10, 1))


def test_an_export_shows_what_stands(studio: Firm) -> None:
    one, other, third = generation(5), generation(6), generation(7)
    studio.report(one, other, third)
    correct(studio, void(one))
    correct(studio, instead(other._replace(quantity=Decimal(1))))
    rows = list(exporting.generations_of(studio.database, first=OCTOBER, last=OCTOBER))
    assert [(row["id"], row["quantity"], row["batch_number"]) for row in rows] == [
        (third.event_id, Decimal(7), 1),
        (other.event_id, Decimal(1), 3),
    ]
