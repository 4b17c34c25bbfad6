"""``/v1/notices``: a payee sees its own, and confirms or disputes them."""

import pytest

from tests import builders
from tests.api.doors import Door, problem
from tests.services.test_noticing import issue, pay_a_holder

NOTICES = "/v1/notices"


@pytest.fixture
def payee(door: Door) -> str:
    """The key of a payee who was sent a notice."""
    pay_a_holder(door.database)
    issue(door.database)
    return builders.key(door.database, "hoshino", scopes=("read", "manage"))


def test_a_payee_reads_its_notices_and_confirms_one(door: Door, payee: str) -> None:
    [notice] = door.get(NOTICES, key=payee).json()["notices"]
    assert (notice["reference"], notice["payout"], notice["state"]) == (
        *("NTC-2026-000001", "101200", "sent"),
    )
    steps = f"{NOTICES}/{notice['reference']}/steps"
    wrong = {"state": "disputed", "reason": "The branch is another"}
    said = door.ask("POST", steps, key=payee, json=wrong)
    assert said.status_code == 201, said.text
    assert (said.json()["state"], said.json()["mode"]) == ("disputed", "system")
    assert door.ask("POST", steps, key=payee, json={"state": "confirmed"}).status_code == 201
    told = door.get(f"{NOTICES}/{notice['reference']}", key=payee).json()["steps"]
    assert [step["state"] for step in told] == ["sent", "disputed", "confirmed"]
    assert told[1]["reason"] == "The branch is another"
    assert told[1]["recorded_by"] == "hoshino"
    assert door.get(NOTICES, key=payee, params={"state": "sent"}).json()["notices"] == []


def test_another_party_has_no_such_notice(door: Door, payee: str) -> None:
    assert door.get(NOTICES).json()["notices"] == []
    problem(door.get(f"{NOTICES}/NTC-2026-000001"), 404, "notice_unknown")


def test_what_does_not_follow_is_refused(door: Door, payee: str) -> None:
    steps = f"{NOTICES}/NTC-2026-000001/steps"
    problem(door.ask("POST", steps, key=payee, json={"state": "disputed"}), 422, "text_missing")
    assert door.ask("POST", steps, key=payee, json={"state": "confirmed"}).status_code == 201
    again = door.ask("POST", steps, key=payee, json={"state": "confirmed"})
    problem(again, 409, "confirmation_out_of_turn")
    only_reads = builders.key(door.database, "hoshino", scopes=("read",), label="second")
    problem(
        door.ask("POST", steps, key=only_reads, json={"state": "confirmed"}), 403, "scope_missing"
    )
