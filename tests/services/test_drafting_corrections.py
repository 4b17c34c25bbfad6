"""Many corrections are drawn up, looked at, and made together or not at all."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.correction import Correction
from ledger.core.correction_draft import RefusedCorrection
from ledger.core.period import Month
from ledger.services import correcting
from ledger.services.correcting import (
    Draft,
    DraftCommitted,
    DraftDiscarded,
    DraftHasRefused,
    DraftOutdated,
    DraftUnknown,
)
from ledger.store.correction_desk import Looked
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm
from tests.services.test_correcting import correct, instead, is_sound, royalty, void
from tests.services.usage import generation


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi at ¥12."""
    builders.license(database)
    return firm(database)


def draw_up(studio: Firm, *asked: Correction | RefusedCorrection, name: str = "cor_1") -> Draft:
    return correcting.draw_up(
        studio.database,
        terms=studio.terms,
        licensee_id=studio.id,
        reference=name,
        asked=asked,
        recorded_by="studio-a",
        recorded_at=NOW,
    )


def commit(studio: Firm, name: str = "cor_1") -> Sequence[Looked]:
    return correcting.commit_draft(
        studio.database,
        terms=studio.terms,
        licensee_id=studio.id,
        reference=name,
        recorded_by="studio-a",
        recorded_at=NOW,
    )


def discard(studio: Firm, name: str = "cor_1") -> None:
    correcting.discard_draft(
        studio.database,
        licensee_id=studio.id,
        reference=name,
        recorded_by="studio-a",
        recorded_at=NOW,
    )


def find(studio: Firm, name: str = "cor_1") -> Draft:
    return correcting.find_draft(studio.database, licensee_id=studio.id, reference=name)


def test_a_draft_shows_what_it_would_change_and_changes_nothing(studio: Firm) -> None:
    events = [generation(quantity) for quantity in (5, 7, 11)]
    studio.report(*events)
    before = studio.contents()
    draft = draw_up(
        studio, void(events[0]), instead(events[1]._replace(quantity=Decimal(1))), void(events[2])
    )
    (line,) = draft.preview.lines
    assert (line.subject, line.month) == ("kaze-no-machi", date(2026, 10, 1))
    assert (line.generation_count, line.quantity, line.price) == (-2, Decimal(-22), Decimal(-264))
    assert (draft.preview.refused, draft.outcome) == ((), None)
    assert find(studio) == draft
    assert studio.contents() == before


def test_a_draft_is_made_as_one_batch(studio: Firm) -> None:
    events = [generation(quantity) for quantity in (5, 7, 11)]
    studio.report(*events)
    draw_up(studio, *map(void, events[:2]))
    made = commit(studio)
    receipts = [each.receipt for each in made]
    assert [receipt and (receipt.batch_number, receipt.position) for receipt in receipts] == [
        (2, 0),
        (2, 1),
    ]
    assert royalty(studio) == [132]
    assert find(studio).outcome == "committed"
    # Sent again, because the answer was lost.
    assert [each.receipt for each in commit(studio)] == receipts
    assert len(studio.batches()) == 2
    assert is_sound(studio)


def test_a_draft_names_every_correction_that_cannot_be_made(studio: Firm) -> None:
    one, other = generation(5), generation(6)
    studio.report(one, other)
    unreadable = RefusedCorrection(
        index=1, event_id="?", code="field_missing", field="id", values=()
    )
    draft = draw_up(
        studio, void(one), unreadable, void(one), void(generation()), void(other, revision=4)
    )
    assert [(each.index, each.code) for each in draft.preview.refused] == [
        (1, "field_missing"),
        (2, "corrected_twice"),
        (3, "generation_not_recorded"),
        (4, "revision_missing"),
    ]
    assert [line.generation_count for line in draft.preview.lines] == [-1]
    with pytest.raises(DraftHasRefused):
        commit(studio)
    assert len(studio.batches()) == 1


def test_a_draft_is_not_made_when_what_it_was_drawn_from_moved(studio: Firm) -> None:
    one, other = generation(5), generation(6)
    studio.report(one, other)
    draw_up(studio, void(one), void(other))
    correct(studio, void(other))
    with pytest.raises(DraftOutdated):
        commit(studio)
    assert len(studio.batches()) == 2
    # Drawn up again, it shows that one of the two is made.
    draft = draw_up(studio, void(one), void(other), name="cor_2")
    assert draft.preview.known_count == 1
    made = commit(studio, "cor_2")
    assert [each.is_known for each in made] == [False, True]
    assert is_sound(studio)


def test_a_draft_is_not_made_when_its_month_closed(studio: Firm) -> None:
    one = generation(5, on=date(2026, 9, 15))
    studio.report(one)
    draw_up(studio, void(one))
    builders.close_through(studio.database, Month(2026, 9))
    with pytest.raises(DraftOutdated):
        commit(studio)
    draft = draw_up(studio, void(one), name="cor_2")
    assert [line.counted_month for line in draft.preview.lines] == [date(2026, 10, 1)]
    commit(studio, "cor_2")


def test_open_and_closed_months_are_two_batches(studio: Firm) -> None:
    september, october = generation(5, on=date(2026, 9, 15)), generation(7)
    studio.report(september, october)
    builders.close_through(studio.database, Month(2026, 9))
    draw_up(studio, void(september), void(october))
    made = commit(studio)
    assert [each.receipt and each.receipt.batch_number for each in made] == [3, 2]
    assert [each.counted_month for each in made] == [date(2026, 10, 1), None]
    assert is_sound(studio)


def test_a_draft_that_was_discarded_is_not_made(studio: Firm) -> None:
    one = generation(5)
    studio.report(one)
    draw_up(studio, void(one))
    discard(studio)
    discard(studio)
    assert find(studio).outcome == "discarded"
    with pytest.raises(DraftDiscarded):
        commit(studio)
    draw_up(studio, void(one), name="cor_2")
    commit(studio, "cor_2")
    with pytest.raises(DraftCommitted):
        discard(studio, "cor_2")


def test_another_firms_draft_is_as_unknown_as_one_that_is_not_there(
    studio: Firm, database: Database
) -> None:
    one = generation(5)
    studio.report(one)
    draw_up(studio, void(one))
    rival = firm(database, "studio-b")
    for ask in (find, commit, discard):
        with pytest.raises(DraftUnknown):
            ask(rival)
