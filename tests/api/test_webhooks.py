"""Endpoints through the API: made, shown without their secret, rotated, ended, replayed."""

from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response
from standardwebhooks import Webhook

from api.addresses import Guard
from api.demo.hosting import DemoClock
from api.jobs import Worker
from api.routes.webhooks import guard
from api.webhooks import Sender
from ledger.core.webhook import EventType
from tests import builders
from tests.api.doors import NOW, Door, problem
from tests.api.receivers import receiver
from tests.services.webhooked import tell

WEBHOOKS = "/v1/webhooks"
PUBLIC = "93.184.215.14"
NEW: dict[str, Any] = {
    "url": "https://hooks.example.com/genbo",
    "events": ["invoice.paid", "terms.changed"],
}


@pytest.fixture
def manager(door: Door) -> str:
    """A key that may manage."""
    door.app.dependency_overrides[guard] = lambda: Guard(look_up=lambda *_: [PUBLIC])
    return builders.key(door.database, label="manager", scopes=["read", "manage"])


def post(door: Door, key: str, path: str = "", **body: Any) -> Response:
    return door.ask("POST", f"{WEBHOOKS}{path}", key=key, json=body)


def made(door: Door, key: str, **changes: Any) -> dict[str, Any]:
    answer = post(door, key, **(NEW | changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def delivered(door: Door, clock: DemoClock, key: str, webhook: str) -> list[dict[str, Any]]:
    """Send what is due, and return the log."""
    sender = Sender(guard=Guard(allows_loopback=True), clock=clock)
    Worker(database=door.database, sender=sender, clock=clock).drain()
    answer = door.get(f"{WEBHOOKS}/{webhook}/deliveries", key=key)
    listed: list[dict[str, Any]] = answer.json()["deliveries"]
    return listed


def test_an_endpoint_is_made_and_its_secret_shown_once(door: Door, manager: str) -> None:
    body = made(door, manager)
    assert body["url"] == NEW["url"]
    assert body["events"] == NEW["events"]
    assert (body["ended_at"], body["end_reason"]) == (None, None)
    assert body["secret"].startswith("whsec_")
    assert len(b64decode(body["secret"].removeprefix("whsec_"))) == 32
    listed = door.get(WEBHOOKS, key=manager)
    (shown,) = listed.json()["webhooks"]
    assert shown == {name: value for name, value in body.items() if name != "secret"}
    log = door.get(f"{WEBHOOKS}/{body['id']}/deliveries", key=manager)
    for answer in (listed, log):
        assert body["secret"][6:] not in answer.text


def test_secrets_and_ids_differ(door: Door, manager: str) -> None:
    one, other = made(door, manager), made(door, manager)
    assert one["secret"] != other["secret"]
    assert one["id"] != other["id"]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"url": "http://hooks.example.com/"}, "webhook_url_malformed", "/url"),
        ({"url": "https://localhost/"}, "webhook_url_malformed", "/url"),
        ({"url": "https://2130706433/"}, "webhook_url_malformed", "/url"),
        ({"url": "https://127.0.0.1/"}, "webhook_address_refused", "/url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "webhook_address_refused", "/url"),
        ({"url": "https://169.254.169.254/latest"}, "webhook_address_refused", "/url"),
        ({"url": "https://hooks.example.com:25/"}, "webhook_port_refused", "/url"),
        ({"url": "https://hooks.example.com/\x00"}, "webhook_url_malformed", "/url"),
        ({"url": ["https://hooks.example.com/"]}, "field_invalid", "/url"),
        ({"events": []}, "field_invalid", "/events"),
        ({"events": ["invoice.dreamt"]}, "field_invalid", "/events/0"),
        ({"events": ["invoice.paid", "invoice.paid"]}, "value_listed_twice", "/events"),
        ({"events": "invoice.paid"}, "field_invalid", "/events"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(
    changes: dict[str, Any], code: str, pointer: str, door: Door, manager: str
) -> None:
    told = problem(post(door, manager, **(NEW | changes)), 422, code)
    assert told["pointer"] == pointer
    assert door.get(WEBHOOKS, key=manager).json()["webhooks"] == []


def test_a_name_that_leads_inside_is_refused_when_it_is_named(door: Door, manager: str) -> None:
    door.app.dependency_overrides[guard] = lambda: Guard(look_up=lambda *_: ["10.0.0.7"])
    told = problem(post(door, manager, **NEW), 422, "webhook_address_refused")
    assert "10.0.0.7" in told["detail"]


def test_loopback_is_off_unless_a_setting_says_so(
    door: Door, manager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del door.app.dependency_overrides[guard]
    inside = {"url": "http://127.0.0.1:9/"}
    problem(post(door, manager, **(NEW | inside)), 422, "webhook_url_malformed")
    monkeypatch.setenv("GENBO_WEBHOOK_ALLOW_LOOPBACK", "true")
    made(door, manager, **inside)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("DELETE", "/whk_1"),
        ("POST", "/whk_1/secrets"),
        ("POST", "/whk_1/replays"),
    ],
)
def test_a_key_that_may_not_manage_changes_nothing(method: str, path: str, door: Door) -> None:
    sent: dict[str, Any] = {"json": NEW} if method == "POST" else {}
    problem(door.ask(method, f"{WEBHOOKS}{path}", **sent), 403, "scope_missing")
    problem(door.ask(method, f"{WEBHOOKS}{path}", key=None, **sent), 401, "key_missing")


def test_anothers_endpoint_is_not_there(door: Door, manager: str) -> None:
    mine = made(door, manager)["id"]
    builders.licensee(door.database, "studio-b")
    stranger = builders.key(door.database, "studio-b", scopes=["read", "manage"])
    path = f"{WEBHOOKS}/{mine}"
    for answer in (
        door.get(f"{path}/deliveries", key=stranger),
        door.ask("DELETE", path, key=stranger),
        post(door, stranger, f"/{mine}/secrets"),
        post(door, stranger, f"/{mine}/replays", since="2026-08-01T00:00:00Z"),
    ):
        problem(answer, 404, "webhook_unknown")
    assert door.get(WEBHOOKS, key=stranger).json() == {"webhooks": [], "next_cursor": None}


def test_an_endpoint_is_ended_and_ending_it_again_is_no_fault(
    door: Door, manager: str, clock: DemoClock
) -> None:
    webhook = made(door, manager)["id"]
    for _ in range(2):
        answer = door.ask("DELETE", f"{WEBHOOKS}/{webhook}", key=manager)
        assert (answer.status_code, answer.content) == (204, b"")
        clock.move_to(clock() + timedelta(hours=1))
    (shown,) = door.get(WEBHOOKS, key=manager).json()["webhooks"]
    assert shown["end_reason"] == "asked"
    assert shown["ended_at"] == NOW.isoformat().replace("+00:00", "Z")
    problem(post(door, manager, f"/{webhook}/secrets"), 409, "webhook_ended")
    again = post(door, manager, f"/{webhook}/replays", since="2026-08-01T00:00:00Z")
    problem(again, 409, "webhook_ended")


@pytest.mark.parametrize("reference", ["whk_none", "%00", "whk_%00", "%F0%9F%8E%8C", "x" * 5000])
def test_an_id_that_nothing_has_is_not_there(reference: str, door: Door, manager: str) -> None:
    path = f"{WEBHOOKS}/{reference}"
    problem(door.get(f"{path}/deliveries", key=manager), 404, "webhook_unknown")
    problem(door.ask("DELETE", path, key=manager), 404, "webhook_unknown")


@pytest.mark.parametrize("name", ["url", "events", "message"])
def test_half_a_character_is_refused(name: str, door: Door, manager: str) -> None:
    webhook = made(door, manager)["id"]
    sent = {"url": '"https://a.example.com"', "events": '["invoice.paid"]', "message": "null"}
    sent[name] = '["\\ud800"]' if name == "events" else '"\\ud800"'
    body = "{" + ", ".join(f'"{key}": {value}' for key, value in sent.items()) + "}"
    path = WEBHOOKS if name != "message" else f"{WEBHOOKS}/{webhook}/replays"
    headers = {"Content-Type": "application/json"}
    answer = door.ask("POST", path, key=manager, content=body.encode(), headers=headers)
    problem(answer, 422, "webhook_url_malformed" if name == "url" else "field_invalid")


def test_endpoints_come_in_pages(door: Door, manager: str) -> None:
    ids = [made(door, manager)["id"] for _ in range(3)]
    first = door.get(WEBHOOKS, key=manager, params={"limit": 2}).json()
    rest = door.get(WEBHOOKS, key=manager, params={"cursor": first["next_cursor"]}).json()
    assert [each["id"] for each in first["webhooks"] + rest["webhooks"]] == ids
    assert rest["next_cursor"] is None
    for cursor in ("nonsense", "", "WzFlMzBd", "Wy0xXQ"):
        problem(door.get(WEBHOOKS, key=manager, params={"cursor": cursor}), 422, "cursor_malformed")
        log = door.get(f"{WEBHOOKS}/{ids[0]}/deliveries", key=manager, params={"cursor": cursor})
        problem(log, 422, "cursor_malformed")


def test_a_message_goes_out_comes_into_the_log_and_goes_out_again(
    door: Door, manager: str, clock: DemoClock
) -> None:
    door.app.dependency_overrides[guard] = lambda: Guard(allows_loopback=True)
    with receiver(answer="了解".encode()) as hooks:
        webhook = made(door, manager, url=hooks.url)["id"]
        tell(door.database, "INV-1", at=clock())
        tell(door.database, "INV-2", at=clock(), type_=EventType.INVOICE_ISSUED)  # Not asked for.
        (entry,) = delivered(door, clock, manager, webhook)
        assert entry["message"] == hooks.ids[0]
        assert (entry["event"], entry["is_replay"]) == ("invoice.paid", False)
        (attempt,) = entry["attempts"]
        assert (attempt["number"], attempt["status"], attempt["answer"]) == (1, 200, "了解")
        assert (attempt["outcome"], attempt["failure"]) == ("delivered", None)
        for asked in ({"message": entry["message"]}, {"since": "2026-08-20T12:00:00+09:00"}):
            answer = post(door, manager, f"/{webhook}/replays", **asked)
            assert (answer.status_code, answer.json()) == (202, {"count": 1})
            newest = delivered(door, clock, manager, webhook)[0]
            assert newest["is_replay"]
        assert len(hooks.ids) == 3
        assert len(set(hooks.ids)) == 1


def test_the_log_comes_in_pages(door: Door, manager: str, clock: DemoClock) -> None:
    webhook = made(door, manager)["id"]
    tell(door.database, "INV-1", "INV-2", "INV-3", at=clock())
    path = f"{WEBHOOKS}/{webhook}/deliveries"
    first = door.get(path, key=manager, params={"limit": 2}).json()
    rest = door.get(path, key=manager, params={"cursor": first["next_cursor"]}).json()
    messages = [each["message"] for each in first["deliveries"] + rest["deliveries"]]
    assert len(set(messages)) == 3
    assert rest["next_cursor"] is None
    assert all(each["next_attempt_at"] for each in rest["deliveries"])


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "replay_unclear"),
        ({"message": "msg_1", "since": "2026-08-01T00:00:00Z"}, 422, "replay_unclear"),
        ({"message": "msg_1"}, 404, "message_unknown"),
        ({"message": "msg_\x00"}, 422, "field_invalid"),
        ({"message": "x" * 101}, 422, "field_invalid"),
        ({"since": "2026-08-01T00:00:00"}, 422, "instant_needs_zone"),
        ({"since": "0001-01-01T00:00:00Z"}, 422, "instant_out_of_range"),
        ({"since": "yesterday"}, 422, "field_invalid"),
    ],
)
def test_a_replay_says_what(
    asked: dict[str, Any], status: int, code: str, door: Door, manager: str
) -> None:
    webhook = made(door, manager)["id"]
    problem(post(door, manager, f"/{webhook}/replays", **asked), status, code)


def test_a_secret_is_rotated_and_both_verify_meanwhile(
    door: Door, manager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.app.dependency_overrides[guard] = lambda: Guard(allows_loopback=True)
    from api.clock import system_clock

    with receiver() as hooks:
        first = made(door, manager, url=hooks.url)
        # The verifier looks at its own clock, and so does this rotation.
        object.__setattr__(door.app.state.context, "clock", system_clock)
        answer = post(door, manager, f"/{first['id']}/secrets", overlap_hours=1)
        assert answer.status_code == 201
        second = answer.json()
        assert second["secret"] != first["secret"]
        tell(door.database, "INV-1", at=system_clock())
        sender = Sender(guard=Guard(allows_loopback=True), clock=system_clock)
        Worker(database=door.database, sender=sender, clock=system_clock).drain()
        (came,) = hooks.received
    for secret in (first["secret"], second["secret"]):
        assert Webhook(secret).verify(came.body, dict(came.headers))["type"] == "invoice.paid"
    for hours in (-1, 169, "soon", 1.5):
        refused = post(door, manager, f"/{first['id']}/secrets", overlap_hours=hours)
        problem(refused, 422, "field_invalid")
