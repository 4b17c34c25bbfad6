"""A month's money is told to those it concerns, once, and to nobody else."""

import json
from datetime import date
from typing import Any

from ledger.core.webhook import EventType
from ledger.services import granting
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


def test_what_is_done_a_second_time_is_not_told_a_second_time(database: Database) -> None:
    money.house(database)
    money.sell(database, 100_000)
    (invoice,) = money.bill(database)
    with refusal("month_already_closed", "month"):
        money.bill(database)
    money.receive(database, invoice)
    with refusal("receipt_already_recorded", "invoice_reference"):
        money.receive(database, invoice)
    assert rows(database, "SELECT count(*) FROM outbox") == [(2,)]
