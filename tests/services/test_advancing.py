"""Advances to payees: entered by name, refused by field, withdrawn while they are not paid."""

from datetime import date
from typing import Any

import pytest

from ledger.core.payee_advance import NewPayeeAdvance
from ledger.services import advancing
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.services.money import OCTOBER, bill, house, noon, receive_all, sell, settle

DAY = date(2026, 11, 30)


def enter(database: Database, *references: str, **changes: Any) -> None:
    values: dict[str, Any] = {"payee": "hoshino", "amount_minor": 1_000, "pay_from": DAY}
    advances = [
        NewPayeeAdvance(**values | {"reference": reference} | changes) for reference in references
    ]
    advancing.enter_advances(
        database, advances=advances, recorded_by="keiri", recorded_at=builders.RECORDED_AT
    )


def withdraw(database: Database, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "reference": "ADV-1",
        "reason": "Typed twice.",
        "withdrawn_by": "keiri",
    }
    advancing.withdraw_advance(database, **asked | changes, withdrawn_at=noon(DAY))


def test_advances_are_listed_as_they_were_entered_page_by_page(database: Database) -> None:
    builders.party(database)
    enter(database, "ADV-1", "ADV-2", "ADV-3")
    first = advancing.list_advances(database, payee_id=None, limit=2)
    assert [each.reference for each in first.advances] == ["ADV-1", "ADV-2"]
    assert first.next_after is not None
    rest = advancing.list_advances(database, payee_id=None, after=first.next_after)
    assert [each.reference for each in rest.advances] == ["ADV-3"]
    assert rest.next_after is None


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount_minor": 0}, "number_out_of_range", "amount_minor"),
        ({"payee": "nobody"}, "party_unknown", "payee"),
        ({"payee": "kaze-committee"}, "advance_is_not_payable", "payee"),  # Its members are paid.
        ({"payee": "studio-a"}, "advance_is_not_payable", "payee"),
        ({"reference": "a b"}, "reference_malformed", "reference"),
    ],
)
def test_an_advance_that_nobody_could_be_paid_is_refused(
    database: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    builders.committee(database)
    builders.licensee(database)
    with refusal(code, field):
        enter(database, "ADV-1", **changes)


def test_a_reference_is_taken_once(database: Database) -> None:
    builders.party(database)
    enter(database, "ADV-1")
    with refusal("reference_taken", "reference"):
        enter(database, "ADV-2", "ADV-1")
    assert len(advancing.list_advances(database, payee_id=None).advances) == 1


def test_what_is_withdrawn_is_not_paid(database: Database) -> None:
    house(database)
    sell(database, 1_000_000)
    enter(database, "ADV-1")
    withdraw(database)
    receive_all(database, bill(database, OCTOBER))
    settle(database)
    (advance,) = advancing.list_advances(database, payee_id=None).advances
    assert (advance.paid_in, advance.withdrawn_why) == (None, "Typed twice.")
    with refusal("payee_advance_is_withdrawn", "reference"):
        withdraw(database)
    with refusal("payee_advance_unknown", "reference"):
        withdraw(database, reference="ADV-2")
    with refusal("text_missing", "reason"):
        withdraw(database, reason=" ")


def test_what_is_paid_cannot_be_withdrawn(database: Database) -> None:
    house(database)
    sell(database, 1_000_000)
    enter(database, "ADV-1")
    receive_all(database, bill(database, OCTOBER))
    settle(database)
    with refusal("payee_advance_is_paid", "reference"):
        withdraw(database)
