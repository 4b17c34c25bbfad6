"""A month's money is told to those it concerns, once, and to nobody else."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.core.webhook import EventType
from ledger.services import consenting, granting
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services import money


def told(database: Database, event: EventType) -> dict[str, dict[str, Any]]:
    """Return the facts of one kind, by the party they were told to."""
    asked = (
        "SELECT p.reference, o.payload, o.event FROM outbox o "
        "JOIN party p ON p.party_id = o.owner_id ORDER BY outbox_id"
    )
    return {
        reference: json.loads(payload)["data"]
        for reference, payload, kind in rows(database, asked)
        if kind == event
    }


def test_a_month_tells_each_party_what_concerns_it(database: Database) -> None:
    money.house(database)
    money.sell(database, 100_000)
    (invoice,) = money.bill(database)
    assert told(database, EventType.INVOICE_ISSUED) == {
        "studio-a": {
            "invoice": invoice,
            "month": "2026-10",
            "issued_on": "2026-11-05",
            "due_on": "2026-11-30",
            "currency": "JPY",
            "total_minor": 110_000,
        }
    }
    money.receive(database, invoice)
    assert told(database, EventType.INVOICE_PAID) == {
        "studio-a": {
            "invoice": invoice,
            "received_on": "2026-11-27",
            "currency": "JPY",
            "amount_minor": 110_000,
        }
    }
    settled = money.settle(database)
    assert told(database, EventType.STATEMENT_READY) == {
        "hoshino": {
            "statement": settled.statements[0],
            "month": "2026-11",
            "issued_on": "2026-12-10",
            "currency": "JPY",
            "payout_minor": settled.payout_minor,
        }
    }
    assert told(database, EventType.PAYOUT_SENT) == {}  # Planned is not sent.
    assert settled.run_reference is not None
    money.release(database, settled.run_reference)
    assert told(database, EventType.PAYOUT_SENT) == {
        "hoshino": {
            "payout_run": settled.run_reference,
            "pay_on": "2026-12-25",
            "currency": "JPY",
            "amount_minor": settled.payout_minor,
        }
    }


def test_a_firm_is_told_of_other_terms(database: Database) -> None:
    builders.license(database)
    assert told(database, EventType.TERMS_CHANGED) == {}  # It signed these itself.
    from_january = builders.new_terms(effective_from=money.DECEMBER.next().starts_at)
    granting.add_terms_version(
        database,
        license_reference="LIC-2026-001",
        terms=from_january,
        recorded_at=money.noon(date(2026, 11, 5)),
    )
    assert told(database, EventType.TERMS_CHANGED) == {
        "studio-a": {
            "license": "LIC-2026-001",
            "grant": 0,
            "version": 2,
            "effective_from": "2026-12-31T15:00:00Z",
        }
    }


def decide(database: Database, state: str, **changes: Any) -> int:
    decision: dict[str, Any] = {
        "subject_references": ["kaze-no-machi"],
        "state": state,
        "effective_at": datetime(2026, 11, 10, tzinfo=UTC),
        "recorded_by": "hoshino",
        "recorded_at": money.noon(date(2026, 11, 5)),
        "reason": "a dispute",
    }
    return granting.set_opt_in(database, **(decision | changes))


@pytest.mark.parametrize(
    ("state", "as_told"), [("suspended", "suspended"), ("not_offered", "withdrawn")]
)
def test_a_firm_is_told_of_a_decision_that_ends_use(
    database: Database, state: str, as_told: str
) -> None:
    builders.license(database, wind_down_days=30)
    assert decide(database, "offered", effective_at=datetime(2026, 11, 9, tzinfo=UTC)) == 1
    assert told(database, EventType.CONSENT_WITHDRAWN) == {}
    assert (decide(database, state), decide(database, state)) == (1, 0)
    assert told(database, EventType.CONSENT_WITHDRAWN) == {
        "studio-a": {
            "license": "LIC-2026-001",
            "state": as_told,
            "effective_at": "2026-11-10T00:00:00Z",
            "earns_until": "2026-12-10T00:00:00Z",
            "subject_count": 1,
        }
    }
    assert rows(database, "SELECT count(*) FROM outbox") == [(1,)]
    # Who was suspended is not withdrawn from again; nobody is told of what did not stand.
    decide(database, "suspended", effective_at=datetime(2026, 11, 12, tzinfo=UTC))
    assert rows(database, "SELECT count(*) FROM outbox") == [(1,)]


def test_a_firm_is_told_that_a_performer_withdraws(database: Database) -> None:
    builders.work(database, "koe", kind="voice", medium="")
    builders.consent(database, notice_period_days=20)
    builders.license(database, grants=(builders.new_grant(subjects=("koe",)),), wind_down_days=90)
    consenting.withdraw_consent(
        database,
        subject="koe",
        reference="CON-1",
        withdrawn_on=date(2026, 11, 10),
        reason="the performer asked for it",
        recorded_by="kotonoha",
        recorded_at=money.noon(date(2026, 11, 5)),
    )
    assert told(database, EventType.CONSENT_WITHDRAWN) == {
        "studio-a": {
            "license": "LIC-2026-001",
            "consent": "CON-1",
            "state": "withdrawn",
            "effective_at": "2026-11-09T15:00:00Z",  # The first instant of the day in Japan.
            "earns_until": "2026-11-29T15:00:00Z",  # The notice, not the license's wind-down.
            "subject_count": 1,
        }
    }


def test_what_is_done_a_second_time_is_not_told_a_second_time(database: Database) -> None:
    money.house(database)
    money.sell(database, 100_000)
    (invoice,) = money.bill(database)
    with refusal("month_already_closed", "month"):
        money.bill(database)
    money.receive(database, invoice)
    money.receive(database, invoice)  # The same money under the same reference.
    assert rows(database, "SELECT count(*) FROM outbox") == [(2,)]
