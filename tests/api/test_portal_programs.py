"""What an AI firm's programs need: keys shown once, webhooks with their log, a sandbox."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from api.addresses import Guard
from api.demo.hosting import DemoClock
from ledger.store.database import Database
from ledger.store.sandboxes import open_sandbox
from tests import builders
from tests.api.portals import PASSWORD, Browser, Portal, serving
from tests.api.sandboxed import drop_beside
from tests.rows import rows
from tests.services import money

FIRM = "riku@studio-a.example"


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal with one AI firm, which has a license and no key."""
    money.house(database)
    builders.license(database)
    clock.move_to(money.noon(date(2026, 11, 6)))
    with serving(database, clock) as opened:
        opened.person("studio-a", role="licensee", email=FIRM)
        yield opened
    drop_beside(database)


def make_key(browser: Browser, **changes: str) -> httpx.Response:
    """Make a live key that may report and read."""
    fields = {"label": "images", "mode": "live", "scope-report": "yes", "scope-read": "yes"}
    return browser.send("/programs/keys", **(fields | changes))


def shown(text: str) -> str:
    """Return the secret that a page shows."""
    found = re.search(r'<code class="secret-shown"[^>]*>([^<]+)</code>', text)
    assert found is not None, text
    return found[1]


def works(portal: Portal, key: str) -> int:
    """Return how the API answers a program that calls with a key."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{portal.address}/v1/licenses", headers=headers).status_code


def test_a_key_is_shown_once_and_works(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        key = shown(make_key(browser).text)
        assert works(portal, key) == 200
        again = browser.get("/programs/keys").text
        assert key not in again
        assert "images" in again
    made = rows(portal.database, "SELECT recorded_by, scopes FROM api_key")
    assert made == [("佐藤みお <riku@studio-a.example>", ["read", "report"])]
    acts = rows(portal.database, "SELECT act, subject FROM portal_act WHERE act LIKE 'key%'")
    assert acts == [("key_made", "images")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"scope-report": "", "scope-read": ""}, "scopes"),
        ({"mode": "x"}, "mode"),
    ],
)
def test_a_key_that_cannot_be_made_is_told_of_beside_what_was_typed(
    changes: dict[str, str], told: str, portal: Portal
) -> None:
    with portal.browser(FIRM) as browser:
        answer = make_key(browser, **changes)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert f'value="{changes.get("label", "images")}"' in answer.text
    assert rows(portal.database, "SELECT FROM api_key") == []
    assert rows(portal.database, "SELECT FROM portal_act WHERE act = 'key_made'") == []


def test_what_was_typed_into_an_ended_session_comes_back_and_makes_nothing(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        csrf = csrf_of(browser)
        portal.clock.move_to(portal.clock() + timedelta(hours=3))
        typed = {"csrf": csrf, "label": "late at night", "mode": "live", "scope-read": "yes"}
        asked = browser.client.post("/programs/keys", data=typed)
        assert asked.status_code == 401
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text))
        back = browser.client.post("/sign-in", data={**hidden, "email": FIRM, "password": PASSWORD})
        assert 'value="late at night"' in back.text
        assert rows(portal.database, "SELECT FROM api_key") == []


def test_a_label_is_taken_once(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        make_key(browser)
        assert make_key(browser).status_code in (409, 422)
    assert len(rows(portal.database, "SELECT FROM api_key")) == 1


def test_a_key_is_replaced_with_overlap_and_ended_at_once(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        first = shown(make_key(browser).text)
        [(reference,)] = rows(portal.database, "SELECT reference FROM api_key")
        path = f"/programs/keys/{reference}"
        assert browser.send(path, f"{path}/rotate", overlap_hours="24").status_code == 422
        answer = browser.send(path, f"{path}/rotate", overlap_hours="24", reason="yearly")
        second = shown(answer.text)
        assert works(portal, first) == works(portal, second) == 200
        assert f"{path}/rotate" not in browser.get(path).text  # A key is replaced once.
        browser.send(path, f"{path}/revoke", reason="lost")
        assert works(portal, second) == 200
    # Every process knows within a second, because keys are told from memory no older.
    revoked = rows(portal.database, "SELECT reason FROM api_key_revocation")
    assert revoked == [("lost",)]


def test_a_key_nobody_has_is_not_there(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        for path in ("/programs/keys/key_x", "/programs/keys/%00", "/programs/webhooks/%00"):
            assert browser.get(path).status_code == 404


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every host is on the public internet."""
    monkeypatch.setattr(Guard, "target", lambda _guard, _url: None)


def make_webhook(browser: Browser, **changes: str) -> httpx.Response:
    """Make an endpoint for invoices."""
    fields = {"url": "https://hooks.example/genbo", "event-invoice.issued": "yes"}
    return browser.send("/programs/webhooks", **(fields | changes))


@pytest.mark.usefixtures("public")
def test_an_endpoint_is_made_shown_replayed_and_ended(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        first = shown(make_webhook(browser).text)
        assert first.startswith("whsec_")
        [(reference,)] = rows(portal.database, "SELECT reference FROM webhook_endpoint")
        path = f"/programs/webhooks/{reference}"
        assert first not in browser.get(path).text
        second = shown(browser.send(path, f"{path}/secret", overlap_hours="0").text)
        assert second != first
        assert "Nothing sent yet" in browser.get(path).text
        money.bill(portal.database)
        browser.send(path, f"{path}/replay", since="2026-10-01")
        assert "invoice.issued" in browser.get(path).text
        assert browser.send(path, f"{path}/replay", since="yesterday").status_code == 422
        browser.send(path, f"{path}/end")
        assert "Ended" in browser.get(path).text
        refused = browser.client.post(
            f"{path}/replay", data={"csrf": csrf_of(browser), "since": "2026-10-01"}
        )
        assert refused.status_code in (409, 422)


def csrf_of(browser: Browser) -> str:
    """Return what forms of this browser carry."""
    found = re.search(r'name="csrf" value="(\w+)"', browser.get("/account").text)
    assert found is not None
    return found[1]


def test_an_address_inside_is_refused_and_what_was_typed_stays(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        answer = make_webhook(browser, url="https://127.0.0.1/x")
        assert answer.status_code == 422
        assert 'value="https://127.0.0.1/x"' in answer.text
        assert make_webhook(browser, url="ftp://hooks.example").status_code == 422
    assert rows(portal.database, "SELECT FROM webhook_endpoint") == []


@pytest.mark.usefixtures("public")
def test_an_endpoint_without_events_is_refused(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        assert make_webhook(browser, **{"event-invoice.issued": ""}).status_code == 422


def test_a_sandbox_is_made_moved_on_closed_and_begun_anew(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        assert "There is no sandbox yet" in browser.get("/programs/sandbox").text
        key = shown(make_key(browser, label="try", mode="test").text)
        assert key.startswith("gb_test_")
        path = "/programs/sandbox"
        browser.send(path, f"{path}/clock", days="31")
        text = browser.get(path).text
        assert "31 days ahead" in text
        headers = {"Authorization": f"Bearer {key}"}
        clock = httpx.get(f"{portal.address}/v1/sandbox/clock", headers=headers).json()
        assert clock["now"].startswith("2026-12-07")
        assert browser.send(path, f"{path}/month", month="2027-05").status_code == 409
        assert browser.send(path, f"{path}/month", month="x").status_code == 404
        browser.send(path, f"{path}/reset")  # Without saying that one is sure.
        assert "31 days ahead" in browser.get(path).text
        browser.send(path, f"{path}/reset", sure="yes")
        assert "the same as the real one" in browser.get(path).text
    [(party,)] = rows(portal.database, "SELECT party_id FROM party WHERE reference = 'studio-a'")
    sandbox = open_sandbox(portal.database, party_id=party)
    try:
        assert len(rows(sandbox, "SELECT FROM sandbox_start")) == 1
    finally:
        sandbox.close()
