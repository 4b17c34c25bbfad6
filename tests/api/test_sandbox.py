"""A test key opens its firm's sandbox: the same API and rules, and never the book that counts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from httpx import Client, Response

from api.app import create_app
from api.clearance_tokens import ClearanceNotOurs
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.core.period import Month
from ledger.services import closing, keeping
from tests import builders
from tests.api.descriptions import findings, operations
from tests.api.doors import GENERATIONS, NOW, Door, Event, events, problem, statuses
from tests.api.reported import an_event
from tests.api.sandboxed import drop_sandboxes, key_of_the_sandbox, new_test_key
from tests.rows import row_counts, rows

KEYS = "/v1/keys"
CLOCK = "/v1/sandbox/clock"
CLEARANCES = "/v1/clearances"

#: Notes about keys, which are kept in the book that counts.
KEYRING = ("api_key", "api_key_use")


@pytest.fixture
def test_key(door: Door) -> Iterator[str]:
    """A key of the firm's sandbox."""
    yield key_of_the_sandbox(door)
    drop_sandboxes(door)


def move(door: Door, key: str, **to: str) -> Response:
    return door.ask("PUT", CLOCK, key=key, json=to)


def close(door: Door, key: str, month: str) -> Response:
    return door.ask("POST", f"/v1/sandbox/months/{month}/close", key=key)


def reset(door: Door, key: str) -> Response:
    return door.ask("POST", "/v1/sandbox/reset", key=key)


def now(door: Door, key: str) -> datetime:
    shown = door.get(CLOCK, key=key)
    assert shown.status_code == 200, shown.text
    return datetime.fromisoformat(shown.json()["now"])


def counts(door: Door) -> dict[str, int]:
    return {table: n for table, n in row_counts(door.database).items() if table not in KEYRING}


def at(text: str, event_id: str = "1") -> Event:
    return an_event(time=text, id=event_id)


def test_the_same_report_gives_the_same_receipt_in_both_books(door: Door, test_key: str) -> None:
    sent = events(3)
    tried = door.report(sent, key=test_key)
    counted = door.report(sent)
    assert tried.json() == counted.json()
    assert statuses(door.report(sent, key=test_key)) == ["duplicate"] * 3


def test_a_month_in_the_sandbox_leaves_the_book_that_counts_as_it_was(
    door: Door, test_key: str
) -> None:
    before = counts(door)
    assert statuses(door.report(events(5), key=test_key)) == ["accepted"] * 5
    assert move(door, test_key, instant="2026-09-01T00:00:00+09:00").status_code == 200
    closed = close(door, test_key, "2026-08")
    assert closed.status_code == 200, closed.text
    assert (closed.json()["generation_count"], closed.json()["totals_minor"]) == (5, {"JPY": "60"})
    assert counts(door) == before


def test_what_a_firm_may_use_is_there_under_the_same_names(door: Door, test_key: str) -> None:
    for path in ("/v1/licenses/LIC-2026-001/terms", "/v1/works?q=kaze-no"):
        assert door.get(path, key=test_key).json() == door.get(path).json()
    [work] = door.get("/v1/works", key=test_key, params={"q": "風の町"}).json()["works"]
    assert (work["id"], work["opt_in"]) == ("kaze-no-machi", "offered")
    listed = door.get("/v1/licenses", key=test_key).json()["licenses"]
    names = [license_["reference"] for license_ in listed]
    assert names == ["LIC-2026-001", "SANDBOX", "SANDBOX-ENDED", "SANDBOX-NEXT"]


def test_nobodys_private_facts_are_copied(door: Door, test_key: str) -> None:
    copied = door.app.state.sandboxes._databases
    [sandbox] = copied.values()
    holder = "SELECT postal_code, address_ja, corporate_number FROM party WHERE reference = '{}'"
    assert rows(sandbox, holder.format("hoshino")) == [("", "", None)]
    assert rows(sandbox, holder.format("studio-a")) == rows(
        door.database, holder.format("studio-a")
    )
    for table in ("bank_account", "party_registration", "api_key"):
        assert rows(sandbox, f"SELECT FROM {table}") == []
    assert rows(sandbox, "SELECT admin_fee_bp FROM entrustment") == [(1000,)]  # The invented one.


def test_clearance_is_asked_of_the_sandbox_too_and_its_token_is_no_good_elsewhere(
    door: Door, test_key: str
) -> None:
    asked = {
        "subjects": ["sandbox-offered"],
        "use_class": "generation",
        "modality": "image",
        "unit": "image",
        "territory": "JP",
    }
    tried = door.ask("POST", CLEARANCES, key=test_key, json=asked).json()
    assert tried["status"] == "cleared"
    assert door.ask("POST", CLEARANCES, json=asked).json()["status"] == "refused"
    with pytest.raises(ClearanceNotOurs):
        door.app.state.context.seal.verify(tried["clearance"])


def test_the_clock_goes_forward_only_and_by_itself(
    door: Door, test_key: str, clock: DemoClock
) -> None:
    assert now(door, test_key) == NOW
    day = timedelta(days=1)
    moved = move(door, test_key, advance="P1DT30S").json()
    assert datetime.fromisoformat(moved["now"]) == NOW + day + timedelta(seconds=30)
    assert moved["ahead_seconds"] == 86_430
    clock.move_to(NOW + day)
    assert now(door, test_key) == NOW + 2 * day + timedelta(seconds=30)
    told = problem(move(door, test_key, instant=NOW.isoformat()), 409, "clock_goes_back")
    assert told["pointer"] == "/instant"
    assert now(door, test_key) == NOW + 2 * day + timedelta(seconds=30)


def test_the_clock_decides_what_lies_in_the_future(door: Door, test_key: str) -> None:
    tomorrow = at("2026-08-21T12:00:00+09:00")
    assert statuses(door.report(tomorrow, key=test_key)) == ["invalid"]
    move(door, test_key, advance="P1D")
    assert statuses(door.report(tomorrow, key=test_key)) == ["accepted"]
    assert statuses(door.report(tomorrow)) == ["invalid"]  # The real clock stands where it stood.


@pytest.mark.parametrize(
    "to",
    [
        {},
        {"instant": "2026-12-01T00:00:00Z", "advance": "P1D"},
        {"instant": "2026-12-01T00:00:00"},  # On which day does it fall?
        {"instant": "9999-12-31T23:59:59Z"},
        {"instant": "2037-12-01T00:00:00Z"},
        {"advance": "-P1D"},
        {"advance": "P99999D"},
        {"advance": "P9999D"},
        {"advance": "PT"},
        {"instant": "2026-11-31T00:00:00Z"},
    ],
)
def test_an_instant_that_cannot_be_is_refused(
    door: Door, test_key: str, to: dict[str, str]
) -> None:
    answer = move(door, test_key, **to)
    assert answer.status_code == 422
    assert now(door, test_key) == NOW


def test_what_comes_late_is_answered_as_in_earnest(
    door: Door, test_key: str, clock: DemoClock
) -> None:
    sent, late = events(2), at("2026-08-31T23:00:00+09:00", "late")
    september = datetime(2026, 9, 3, tzinfo=UTC)
    door.report(sent, key=test_key)
    move(door, test_key, instant=september.isoformat())
    close(door, test_key, "2026-08")
    tried = door.report(late, key=test_key)
    door.report(sent)
    clock.move_to(september)
    closing.close_month(door.database, month=Month(2026, 8), closed_by="keiri", closed_at=september)
    assert tried.json() == door.report(late).json()


def test_a_month_closes_when_it_is_over_and_in_its_order(door: Door, test_key: str) -> None:
    door.report(events(1), key=test_key)
    problem(close(door, test_key, "2026-08"), 409, "month_not_over_yet")
    move(door, test_key, instant="2026-11-01T00:00:00+09:00")
    assert close(door, test_key, "2026-08").status_code == 200
    problem(close(door, test_key, "2026-08"), 409, "month_already_closed")
    problem(close(door, test_key, "2026-10"), 409, "earlier_month_not_closed")
    problem(close(door, test_key, "0001-01"), 422, "field_invalid")


def test_a_reset_begins_anew_with_what_is_licensed_by_now(door: Door, test_key: str) -> None:
    door.report(events(2), key=test_key)
    move(door, test_key, advance="P40D")
    builders.work(door.database, "yoru-no-machi")
    builders.license(
        door.database, "LIC-2", grants=(builders.new_grant(subjects=("yoru-no-machi",)),)
    )
    begun = reset(door, test_key)
    assert begun.status_code == 200, begun.text
    assert begun.json()["ahead_seconds"] == 0
    assert now(door, test_key) == NOW
    new = an_event(license="LIC-2", subjects=[{"id": "yoru-no-machi"}])
    assert statuses(door.report([*events(2), new], key=test_key)) == ["accepted"] * 3


def test_one_firms_clock_moves_nobody_elses(door: Door, test_key: str) -> None:
    builders.licensee(door.database, "studio-b")
    manager = builders.key(door.database, "studio-b", scopes=["report", "read", "manage"])
    other = new_test_key(door, manager)["key"]
    move(door, test_key, advance="P40D")
    door.report(events(1), key=test_key)
    assert now(door, other) == NOW
    assert door.get("/v1/works", key=other, params={"q": "風の町"}).json()["works"] == []


def test_live_keys_have_no_clock_to_move(door: Door, test_key: str) -> None:
    for answer in (
        door.get(CLOCK),
        move(door, door.key, advance="P1D"),
        reset(door, door.key),
        close(door, door.key, "2026-08"),
    ):
        assert "gb_test_" in problem(answer, 403, "test_key_needed")["detail"]
    problem(door.get(CLOCK, key=None), 401, "key_missing")
    problem(door.get(CLOCK, key="gb_test_00"), 401, "key_unknown")


def test_a_test_key_sees_and_makes_test_keys_only(
    door: Door, test_key: str, clock: DemoClock
) -> None:
    [shown] = door.get(KEYS, key=test_key).json()["keys"]
    assert (shown["mode"], shown["prefix"]) == ("test", test_key[:12])
    second = new_test_key(door, test_key, label="second", mode=None)
    assert second["key"].startswith("gb_test_")
    body = {"label": "third", "scopes": ["read"], "mode": "live"}
    problem(door.ask("POST", KEYS, key=test_key, json=body), 403, "live_key_needed")
    page = keeping.list_keys(door.database, owner_id=None, mode="live", limit=10)
    end = {"reason": "lost"}
    path = f"{KEYS}/{page.keys[0].reference}"
    problem(door.ask("DELETE", path, key=test_key, params=end), 404, "key_not_found")
    # Keys end by the real clock, wherever the sandbox's is.
    rotated = door.ask(
        "POST", f"{KEYS}/{second['id']}/rotate", key=test_key, json={"reason": "yearly"}
    ).json()
    assert rotated["key"].startswith("gb_test_")
    move(door, test_key, advance="P40D")
    assert now(door, second["key"]) == NOW + timedelta(days=40)
    clock.move_to(NOW + timedelta(days=1))
    problem(door.get(CLOCK, key=second["key"]), 401, "key_expired")
    door.ask("DELETE", f"{KEYS}/{rotated['id']}", key=test_key, params=end)
    clock.move_to(clock() + timedelta(seconds=1))
    problem(door.get(CLOCK, key=rotated["key"]), 401, "key_revoked")


def test_only_an_ai_firm_has_a_sandbox(door: Door) -> None:
    builders.party(door.database, "holder")
    manager = builders.key(door.database, "holder", scopes=["read", "manage"])
    body = {"label": "trying", "scopes": ["read"], "mode": "test"}
    problem(door.ask("POST", KEYS, key=manager, json=body), 422, "sandbox_for_firms")


def test_a_key_never_opens_the_other_book(door: Door, test_key: str) -> None:
    """Whatever two headers say: the book is chosen by one, and the caller told by another."""
    for pair in ((door.key, test_key), (test_key, door.key)):
        headers = [("Authorization", f"Bearer {key}") for key in pair]
        answer = door.client.post(
            CLEARANCES, headers=[*headers, ("Content-Type", "application/json")], content=b"{}"
        )
        problem(answer, 401, "key_unknown")
    spaced = {"Authorization": f"Bearer  {test_key}"}
    problem(door.client.get(KEYS, headers=spaced), 401, "key_unknown")


def test_a_live_request_costs_no_look_at_any_sandbox(door: Door, test_key: str) -> None:
    drop_sandboxes(door)
    assert statuses(door.report(events(1))) == ["accepted"]
    assert door.app.state.sandboxes._databases == {}


def test_a_sandbox_that_was_lost_is_made_again(door: Door, test_key: str) -> None:
    door.report(events(1), key=test_key)
    drop_sandboxes(door)
    assert statuses(door.report(events(1), key=test_key)) == ["accepted"]


def test_another_process_sees_a_moved_clock_and_a_new_beginning_at_once(
    door: Door, test_key: str, clock: DemoClock
) -> None:
    """Two applications on one book, as two workers of a server are."""
    headers = {"Authorization": f"Bearer {test_key}"}
    with (
        listening(create_app(Context(door.database, clock=clock))) as base_url,
        Client(base_url=base_url, headers=headers) as other,
    ):
        for number in range(7):  # Often enough for its statements to be prepared.
            answer = other.post(GENERATIONS, json=an_event(id=str(number)))
            assert statuses(answer) == ["accepted"]
        move(door, test_key, advance="P2D")
        tomorrow = at("2026-08-21T12:00:00+09:00", "tomorrow")
        assert statuses(other.post(GENERATIONS, json=tomorrow)) == ["accepted"]
        reset(door, test_key)
        assert statuses(other.post(GENERATIONS, json=tomorrow)) == ["invalid"]
        answer = other.post(GENERATIONS, json=an_event(id="0"))
        assert statuses(answer) == ["accepted"]
        assert answer.json()["results"][0]["receipt"]["batch"] == 1
        for path in ("/v1/licenses", "/v1/works?q=kaze", CLOCK):
            assert other.get(path).json() == door.get(path, key=test_key).json()


def test_a_test_key_that_is_asked_for_again_is_made_once(door: Door, test_key: str) -> None:
    body = {"label": "second", "scopes": ["read"]}
    made, shown = (
        door.ask("POST", KEYS, key=test_key, json=body, headers={"Idempotency-Key": "two"})
        for _ in range(2)
    )
    assert (made.status_code, shown.status_code) == (201, 201)
    assert shown.json() == {**made.json(), "key": None}
    assert rows(door.database, "SELECT FROM idempotency_key") == []


@pytest.mark.slow
def test_everything_under_sandbox_answers_as_it_is_described(door: Door, test_key: str) -> None:
    base_url = str(door.client.base_url)
    for method, path in operations():
        if path.startswith("/v1/sandbox"):
            found = findings(base_url, test_key, method, path, is_thorough=False)
            assert [str(each) for each in found] == []
