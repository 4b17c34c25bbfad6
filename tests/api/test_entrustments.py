"""What rights holders agreed with the house: each reads its own, the house all."""

from datetime import date

import pytest

from ledger.services import entrusting
from ledger.services.entrusting import LaterEntrustment
from ledger.store.database import Database
from tests import builders
from tests.api.doors import Door, problem
from tests.api.test_cli import Desk, desk
from tests.services.test_capacities import entrusted

__all__ = ["desk"]

ENTRUSTMENTS = "/v1/entrustments"


def agreed(database: Database) -> None:
    """Write two holders, of whom one is billed for as agent, and from November as principal."""
    builders.parties(
        database,
        builders.new_company("mori", entrustment=entrusted("agent")),
        builders.new_company("kusabi"),
    )
    terms = entrusted("principal", effective_from=date(2026, 11, 1))
    entrusting.change_entrustments(database, changes=[LaterEntrustment(party="mori", terms=terms)])


def test_the_house_lists_terms_and_those_of_one_holder(desk: Desk) -> None:
    agreed(desk.database)
    told = desk.done("party", "entrustments")
    assert [line.split()[0] for line in told.splitlines()] == ["mori", "kusabi", "mori"]
    own = desk.done("party", "entrustments", "mori").splitlines()
    assert [("agent" in line, "principal" in line) for line in own] == [
        (True, False),
        (False, True),
    ]
    desk.refused("party_unknown", "party", "entrustments", "nobody", value="nobody")


def test_a_holder_reads_its_own_terms_page_by_page(door: Door) -> None:
    agreed(door.database)
    key = builders.key(door.database, "mori", scopes=("read",))
    first = door.get(ENTRUSTMENTS, key=key, params={"limit": 1}).json()
    (terms,) = first["entrustments"]
    assert (terms["holder"], terms["capacity"], terms["admin_fee_percent"]) == (
        *("mori", "agent", "8"),
    )
    rest = door.get(ENTRUSTMENTS, key=key, params={"cursor": first["next_cursor"]}).json()
    assert [each["capacity"] for each in rest["entrustments"]] == ["principal"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_a_page_that_there_is_none_of_is_refused(door: Door, limit: str) -> None:
    refused = door.get(ENTRUSTMENTS, params={"limit": limit})
    problem(refused, 422, refused.json()["code"])


def test_a_place_that_no_page_gave_is_refused(door: Door) -> None:
    problem(door.get(ENTRUSTMENTS, params={"cursor": "%%"}), 422, "cursor_malformed")
