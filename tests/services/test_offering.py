"""Nothing is offered until its holder says so; each decision is dated, and none reaches back."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from time import sleep
from typing import Any

import pytest

from ledger.core.acceptance import Decision, Judgement, Kind, Reason, judge
from ledger.core.period import Month
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass
from ledger.services import BOOK_ID
from ledger.store import months
from ledger.store.database import Database
from ledger.store.licenses import load_snapshot
from tests import builders
from tests.builders import RECORDED_AT, STARTS_AT
from tests.refusals import refusal
from tests.rows import row_counts, rows

IN_MAY = Month(2026, 5).starts_at
IN_JUNE = Month(2026, 6).starts_at


def judged(database: Database, at: datetime = IN_MAY, **changes: Any) -> Judgement:
    """Return what the book makes of one image of the usual work under the usual license."""
    usual: dict[str, Any] = {
        "license_reference": "LIC-2026-001",
        "subjects": (SubjectUse("kaze-no-machi"),),
        "use_class": UseClass.GENERATION,
        "modality": Modality.IMAGE,
        "unit": Unit.IMAGE,
        "territory": "JP",
        "has_title": False,
        "has_quantity": True,
        "has_revenue": False,
    }
    kind = Kind(**{**usual, **changes})
    with database.transaction() as session:
        known = load_snapshot(session, book_id=BOOK_ID)
    return judge(
        kind=kind,
        occurred_at=at,
        license_=known.licenses.get(kind.license_reference),
        subjects=known.subjects,
    )


def test_nothing_is_offered_until_its_holder_says_so(database: Database) -> None:
    builders.work(database, offered_at=None)
    builders.license(database)
    assert judged(database).reasons == (Reason.SUBJECT_NOT_OFFERED,)
    builders.offer(database, ["kaze-no-machi"])
    assert judged(database).decision is Decision.ACCEPTED


def test_an_offer_is_suspended_and_taken_back_from_its_own_instant_on(database: Database) -> None:
    builders.license(database)
    builders.offer(
        database,
        ["kaze-no-machi"],
        state="suspended",
        effective_at=IN_MAY,
        reason="a question about the voices",
    )
    builders.offer(
        database, ["kaze-no-machi"], state="not_offered", effective_at=IN_JUNE, reason="withdrawn"
    )
    assert judged(database, IN_MAY - timedelta(microseconds=1)).decision is Decision.ACCEPTED
    assert judged(database, IN_MAY).reasons == (Reason.SUBJECT_SUSPENDED,)
    assert judged(database, IN_JUNE).reasons == (Reason.SUBJECT_NOT_OFFERED,)


def test_a_decision_tells_who_when_and_why_and_belongs_to_the_holder(database: Database) -> None:
    builders.work(database, offered_at=None)
    builders.offer(database, ["kaze-no-machi"], state="suspended", reason="on request")
    assert rows(
        database,
        "SELECT p.reference, o.state, o.effective_at, o.recorded_at, o.recorded_by, o.reason"
        " FROM opt_in o JOIN party p ON p.party_id = o.owner_id",
    ) == [
        (
            "hoshino",
            "suspended",
            STARTS_AT,
            RECORDED_AT,
            "hoshino/rights-desk",
            "on request",
        )
    ]


def test_the_same_decision_may_be_sent_again(database: Database) -> None:
    builders.work(database, offered_at=None)
    builders.work(database, "yoru", offered_at=STARTS_AT)
    both = ["kaze-no-machi", "yoru"]
    assert builders.offer(database, both) == 1
    assert builders.offer(database, both) == 0
    assert len(rows(database, "SELECT FROM opt_in")) == 2


def test_a_decision_that_cannot_stand_leaves_nothing(database: Database) -> None:
    builders.work(database)
    builders.work(database, "yoru", owner="kurokawa", offered_at=None)
    builders.close_through(database, Month(2026, 4))
    before = row_counts(database)
    may: dict[str, Any] = {"effective_at": IN_MAY}
    cases: list[tuple[list[str], dict[str, Any], str, str]] = [
        ([], may, "list_empty", "subjects"),
        (["yoru", "yoru"], may, "value_listed_twice", "subjects"),
        (["yoru", "nothing"], may, "subject_unknown", "subjects"),
        (["yoru"], {**may, "state": "on"}, "word_not_known", "state"),
        (["yoru"], {**may, "state": "suspended"}, "text_missing", "reason"),  # Why?
        (["yoru"], {"effective_at": datetime(2026, 5, 1)}, "instant_needs_zone", "effective_at"),  # noqa: DTZ001
        # April is closed: what was charged there stands.
        (["yoru"], {"effective_at": STARTS_AT}, "effective_in_closed_month", "effective_at"),
        (
            ["yoru", "kaze-no-machi"],
            {**may, "owner_reference": "kurokawa"},
            "subject_of_another",
            "subjects",
        ),
    ]
    for references, changes, code, field in cases:
        with refusal(code, field):
            builders.offer(database, references, **changes)
    assert row_counts(database) == before


def test_one_instant_has_one_decision(database: Database) -> None:
    builders.work(database)
    with refusal("opt_in_decided_already", "effective_at"):
        builders.offer(database, ["kaze-no-machi"], state="suspended", reason="too late")


def test_a_holder_decides_about_its_own(database: Database) -> None:
    builders.work(database, offered_at=None)
    assert builders.offer(database, ["kaze-no-machi"], owner_reference="hoshino") == 1


@pytest.mark.parametrize("is_open", [True, False], ids=["opened before", "opened by the closing"])
def test_a_decision_waits_for_a_closing_and_then_comes_too_late(
    database: Database, is_open: bool
) -> None:
    builders.work(database, offered_at=None)
    april: dict[str, Any] = {"book_id": BOOK_ID, "month": Month.of(STARTS_AT).first_day}
    if is_open:
        with database.transaction() as session:
            months.open_month(session, **april, opened_at=STARTS_AT)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            months.open_month(session, **april, opened_at=STARTS_AT)
            months.lock_month(session, **april)
            offer: Future[int] = pool.submit(builders.offer, database, ["kaze-no-machi"])
            until_somebody_waits(database)
            months.insert_closing(
                session,
                book_id=BOOK_ID,
                closing=months.MonthClosing(
                    month=april["month"],
                    closed_at=IN_MAY,
                    closed_by="keiri",
                    generation_count=0,
                    input_hash=bytes(32),
                ),
            )
        with refusal("effective_in_closed_month", "effective_at"):
            offer.result(timeout=10)
    assert rows(database, "SELECT FROM opt_in") == []


def until_somebody_waits(database: Database) -> None:
    for _ in range(500):
        if rows(database, "SELECT FROM pg_locks WHERE NOT granted"):
            return
        sleep(0.01)
    pytest.fail("nobody waits for the closing")
