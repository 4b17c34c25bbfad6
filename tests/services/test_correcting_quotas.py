"""A correction is held against a quota for what it adds, as a report is for all it counts."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.core.agreement import NewQuota
from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.period import Month
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing, closing, correcting
from ledger.store.correction_desk import Looked
from ledger.store.database import Database
from tests import builders
from tests.services.firms import Firm, firm
from tests.services.usage import generation

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def studio(database: Database, on_exceed: str = "hold") -> Firm:
    """A firm that may generate a hundred images of kaze-no-machi a month, at twelve yen."""
    overage = "20" if on_exceed == "overage" else None
    quota = NewQuota(
        units=100, period="month", on_exceed=on_exceed, unit="image", overage_rate=overage
    )
    builders.license(database, grants=(builders.new_grant(quota=quota),))
    return firm(database)


def instead(event: ReportedGeneration, quantity: int, **changes: Any) -> Correction:
    return Correction(
        source=event.source,
        event_id=event.event_id,
        kind=CorrectionKind.REPLACE,
        reason=CorrectionReason.WRONG_QUANTITY,
        replacement=event._replace(quantity=Decimal(quantity)),
    )._replace(**changes)


def correct(firm_: Firm, correction: Correction) -> str:
    looked, _ = correcting.correct(
        firm_.database,
        terms=firm_.terms,
        licensee_id=firm_.id,
        correction=correction,
        recorded_by="studio-a",
        recorded_at=NOVEMBER.starts_at,
    )
    return decided(looked)


def decided(looked: Looked) -> str:
    return str(looked.after.judgement.decision) if looked.after else "void"


def is_sound(firm_: Firm) -> bool:
    return not any(auditing.audit(firm_.database).values())


@pytest.mark.parametrize(
    ("on_exceed", "quantity", "told", "amount"),
    [
        ("hold", 40, "accepted", 1_200),  # 60 and 40 are all there is,
        ("hold", 41, "held", 720),  # and the event as a whole is beyond,
        ("reject", 41, "refused", 720),
        ("overage", 41, "accepted", 1_200 + 20),  # unless what is beyond is sold.
        ("hold", 29, "accepted", 720 + 29 * 12),  # Less than before is never too much.
    ],
)
def test_a_quantity_that_is_raised_is_asked_of_the_quota(
    database: Database, on_exceed: str, quantity: int, told: str, amount: int
) -> None:
    firm_ = studio(database, on_exceed)
    first, second = generation(60, event_id="a"), generation(30, event_id="b")
    firm_.report(first, second, at=NOVEMBER.starts_at)
    assert correct(firm_, instead(second, quantity)) == told
    assert sum(line.amount_minor for line in closing.preview(database, month=OCTOBER)) == amount
    assert is_sound(firm_)


def test_what_is_lowered_makes_room_and_is_taken_however_much_is_used(database: Database) -> None:
    firm_ = studio(database)
    first, second = generation(60, event_id="a"), generation(40, event_id="b")
    firm_.report(first, second, at=NOVEMBER.starts_at)
    assert correct(firm_, instead(second, 41)) == "held"
    assert correct(firm_, instead(first, 50)) == "accepted"
    # What was said of the second stays said: it does not come back because there is room.
    assert correct(firm_, instead(second, 30, revision=2)) == "held"
    assert is_sound(firm_)


def test_what_is_put_back_counts_as_a_whole(database: Database) -> None:
    firm_ = studio(database)
    first, second = generation(60, event_id="a"), generation(40, event_id="b")
    firm_.report(first, second, at=NOVEMBER.starts_at)
    void = instead(second, 0)._replace(
        kind=CorrectionKind.VOID, reason=CorrectionReason.NOT_GENERATED, replacement=None
    )
    assert correct(firm_, void) == "void"
    assert correct(firm_, instead(first, 80)) == "accepted"
    assert correct(firm_, instead(second, 40, revision=2)) == "held"
    assert is_sound(firm_)


def test_corrections_of_one_draft_count_one_after_another(database: Database) -> None:
    firm_ = studio(database)
    events = [generation(20, event_id=name) for name in "abc"]
    firm_.report(*events, at=NOVEMBER.starts_at)
    asked = [instead(events[0], 45), instead(events[1], 31), instead(events[2], 24)]
    named: dict[str, Any] = {
        "terms": firm_.terms,
        "licensee_id": firm_.id,
        "reference": "cor_1",
        "recorded_by": "studio-a",
        "recorded_at": NOVEMBER.starts_at,
    }
    correcting.draw_up(database, asked=asked, **named)
    made = correcting.commit_draft(database, **named)
    # 45 + 20 + 20, then 45 + 31 + 20; the last would make it 100, and does.
    assert [decided(each) for each in made] == ["accepted", "accepted", "accepted"]
    over = [instead(events[0], 46, revision=2), instead(events[1], 30, revision=2)]
    correcting.draw_up(database, asked=over, **(named | {"reference": "cor_2"}))
    made = correcting.commit_draft(database, **(named | {"reference": "cor_2"}))
    # The first is one too many while the second has not been lowered yet.
    assert [decided(each) for each in made] == ["held", "accepted"]
    assert is_sound(firm_)
