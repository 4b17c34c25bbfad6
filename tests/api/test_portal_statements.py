"""A payee's statements: read line by line, answered once, and nothing typed is lost."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape

import pytest

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests import builders
from tests.api.portals import PASSWORD, Browser, Portal, serving
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report

LINE = "/statements/STM-2026-000001/lines/1.1"


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """On 12 December October is paid and stated, and another holder has nothing."""
    money.house(database)
    builders.license(database)
    builders.party(database, "kaze")
    report(database, generation(900, on=date(2026, 10, 5)))
    [invoice] = money.bill(database)
    money.receive(database, invoice)
    money.settle(database)
    clock.move_to(money.noon(date(2026, 12, 12)))
    with serving(database, clock) as opened:
        opened.person("hoshino", email="me@hoshino.example")
        opened.person("hoshino", role="accountant", email="kaneda@hoshino.example")
        opened.person("kaze", email="me@kaze.example")
        yield opened


def answers(portal: Portal) -> list[tuple[object, ...]]:
    return rows(portal.database, "SELECT line, state, reason FROM statement_answer ORDER BY 1")


def hidden(text: str) -> dict[str, str]:
    """Return the hidden fields of the form on a page that acts."""
    form = text.split("<form")[-1]
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    }


def test_a_statement_shows_when_it_pays_and_what_for(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        assert "/portal/statements/STM-2026-000001" in browser.get("/statements").text
        text = browser.get("/statements/STM-2026-000001").text
        assert "in 13 days" in text
        assert "JPY 10,800" in text
        assert 'href="/portal/explain/STM-2026-000001:1"' in text
        told = browser.get("/explain/STM-2026-000001:1")
        assert "900 × 12" in told.text


def test_a_line_is_disputed_with_a_reason_and_withdrawn_again(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        refused = browser.send(LINE, state="disputed", reason="  ")
        assert refused.status_code == 422
        assert 'aria-invalid="true" autofocus' in refused.text
        assert answers(portal) == []
        sent = browser.send(LINE, state="disputed", reason="Not our character")
        assert sent.url.path == "/portal/statements/STM-2026-000001"
        assert "in dispute" in sent.text
        assert answers(portal) == [("1.1", "disputed", "Not our character")]
        assert "1 in dispute" in browser.get("/statements").text
        again = browser.send(LINE, state="accepted", reason="")
        assert again.status_code in (409, 422)  # It is withdrawn first.
        browser.send(LINE, state="withdrawn", reason="Our mistake")
        assert "Not our character" in browser.get(LINE).text
        assert "Answered STM-2026-000001 1.1" in browser.get("/acts").text


def test_a_form_sent_twice_says_it_once(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        fields = {**hidden(browser.get(LINE).text), "state": "accepted", "reason": ""}
        for _ in range(2):
            assert browser.client.post(LINE, data=fields).status_code == 200
    assert len(answers(portal)) == 1


def test_an_accountant_reads_and_does_not_answer(portal: Portal) -> None:
    with portal.browser("kaneda@hoshino.example") as browser:
        text = browser.get(LINE).text
        assert "<textarea" not in text
        csrf = re.search(r'name="csrf" value="(\w+)"', text)
        assert csrf is not None
        data = {"csrf": csrf[1], "state": "accepted", "once": "x" * 24}
        assert browser.client.post(LINE, data=data).status_code == 404
    assert answers(portal) == []


@pytest.mark.parametrize(
    "path",
    [
        "/statements/STM-2026-000001",
        LINE,
        "/statements/INV-2026-000001",
        "/statements/STM-2026-000099",
    ],
)
def test_anothers_statement_is_not_there(path: str, portal: Portal) -> None:
    with portal.browser("me@kaze.example") as browser:
        assert browser.get(path).status_code == 404


@pytest.mark.parametrize("line", ["9", "1.9", "x", "0", "1.0"])
def test_a_line_that_is_not_on_the_statement_is_not_answered(line: str, portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        assert browser.get(f"/statements/STM-2026-000001/lines/{line}").status_code in (404, 422)


def sign_out_elsewhere(portal: Portal) -> None:
    """End every session, as a clock does that moved on while somebody was typing."""
    portal.clock.move_to(portal.clock() + timedelta(hours=3))


def sign_in_again(browser: Browser, text: str, password: str = PASSWORD) -> str:
    """Sign in on the page that a form without a session is answered with."""
    data = {**hidden(text), "email": "me@hoshino.example", "password": password}
    return browser.client.post("/sign-in", data=data).text


def test_what_was_typed_when_a_session_ended_comes_back(portal: Portal) -> None:
    typed = "ここまで書いた理由 <script>" + "長" * 400
    with portal.browser("me@hoshino.example") as browser:
        fields = {**hidden(browser.get(LINE).text), "state": "disputed", "reason": typed}
        sign_out_elsewhere(portal)
        asked = browser.client.post(LINE, data=fields)
        assert asked.status_code == 401
        assert "what you typed is kept" in asked.text
        wrong = sign_in_again(browser, asked.text, password="wrong")
        assert "kept" in hidden(wrong)
        shown = sign_in_again(browser, wrong)
        assert "Nothing was sent yet" in shown
        assert typed.replace("<", "&lt;").replace(">", "&gt;") in shown
        assert re.search(r'value="disputed" required checked', shown)
        assert answers(portal) == []
        again = {**hidden(shown), "state": "disputed", "reason": typed}
        assert browser.client.post(LINE, data=again).status_code == 200
    assert [each[1:] for each in answers(portal)] == [("disputed", typed)]


def test_what_was_kept_is_of_one_browser_and_one_form(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        fields = {**hidden(browser.get(LINE).text), "state": "disputed", "reason": "mine"}
        sign_out_elsewhere(portal)
        kept = hidden(browser.client.post(LINE, data=fields).text)["kept"]
    with portal.browser("me@kaze.example") as other:
        for path in (LINE, "/statements/STM-2026-000001/lines/all", "/account/sessions"):
            answer = other.client.post(path, data={"kept": kept})
            assert answer.status_code in (403, 404)
            assert "mine" not in answer.text


def test_a_form_of_another_site_is_kept_nowhere(portal: Portal) -> None:
    with portal.browser() as browser:
        answer = browser.client.post(
            LINE, data={"reason": "theirs"}, headers={"Origin": "https://evil.example"}
        )
        assert "kept" not in hidden(answer.text)
    with portal.browser("me@hoshino.example") as browser:
        answer = browser.client.post(
            LINE, data={"reason": "theirs"}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403


def test_a_form_with_an_older_proof_is_shown_again(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        data = {"csrf": "0" * 64, "state": "disputed", "reason": "typed in another window"}
        shown = browser.client.post(LINE, data=data)
        assert "typed in another window" in shown.text
        assert "Nothing was sent yet" in shown.text
    assert answers(portal) == []
