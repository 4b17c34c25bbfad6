"""Parties in the portal: found, corrected by new rows, and by two people at the same time."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from httpx import Response

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests import builders
from tests.api.portals import PASSWORD, Browser, Portal, serving
from tests.rows import rows
from tests.services import money

PARTY = "/parties/hoshino"
FORM = f"{PARTY}/correct"


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal with two operators, of a book with a holder, a person and a firm."""
    money.house(database)
    builders.party(database, "hoshino")
    builders.parties(database, builders.new_person("minami"))
    builders.licensee(database)
    clock.move_to(money.noon(date(2026, 12, 1)))
    with serving(database, clock) as opened:
        for email in ("unno@genbo.example", "hama@genbo.example"):
            opened.person("genbo", role="operator", email=email)
        yield opened


def fields_of(page: str, *, last: bool = True) -> dict[str, str]:
    """Return what the last form of a page, or the first, would send."""
    forms = page.partition("<main")[2].split("<form")[1:]
    form = forms[-1 if last else 0]
    found = re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', form)
    chosen = re.findall(r'<select[^>]* name="(\w+)".*?value="([^"]*)" selected', form)
    return {name: unescape(value) for name, value in (*found, *chosen)}


def change(browser: Browser, path: str, **typed: str) -> Response:
    """Enter a change, look at it, and carry it out if there is something to press."""
    reviewed = browser.client.post(path, data=fields_of(browser.get(path).text) | typed)
    return press(browser, path, reviewed)


def press(browser: Browser, path: str, reviewed: Response) -> Response:
    return browser.client.post(path, data=fields_of(reviewed.text, last=False))


def test_parties_are_found_by_any_of_their_names(portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        assert "minami" in browser.get("/parties").text
        found = browser.get("/parties?q=MINAMI").text
        assert 'href="/portal/parties/minami"' in found
        assert 'href="/portal/parties/hoshino"' not in found
        firms = browser.get("/parties?role=licensee").text
        assert 'href="/portal/parties/studio-a"' in firms
        assert 'href="/portal/parties/hoshino"' not in firms
        assert "Nobody found" in browser.get("/parties?q=%25").text
        assert browser.get("/parties/nobody").status_code == 404


def test_a_correction_is_seen_before_it_is_written_and_stays_in_the_history(
    portal: Portal,
) -> None:
    with portal.browser("unno@genbo.example") as browser:
        form = fields_of(browser.get(FORM).text)
        moved = {"address_ja": "東京都港区見本町9-9", "reason": "they moved"}
        reviewed = browser.client.post(FORM, data=form | moved)
        assert "What would change" in reviewed.text
        assert rows(portal.database, "SELECT FROM party_correction") == []
        assert press(browser, FORM, reviewed).url.path == f"/portal{PARTY}"
        text = browser.get(PARTY).text
        assert "<ins>東京都港区見本町9-9</ins>" in text
        assert "they moved" in text
    kept = "SELECT address_ja, reason FROM party_correction"
    assert rows(portal.database, kept) == [("東京都港区見本町9-9", "they moved")]
    acts = "SELECT act, subject FROM portal_act WHERE act LIKE 'party%'"
    assert rows(portal.database, acts) == [("party_corrected", "hoshino")]


def test_the_second_of_two_is_shown_what_the_first_changed_and_loses_nothing(
    portal: Portal,
) -> None:
    with (
        portal.browser("unno@genbo.example") as first,
        portal.browser("hama@genbo.example") as second,
    ):
        mine = fields_of(second.get(FORM).text) | {"name_en": "Hoshino", "reason": "shorter"}
        change(first, FORM, postal_code="108-0075", reason="they moved")
        told = press(second, FORM, second.client.post(FORM, data=mine))
        assert told.status_code == 422
        assert "<ins>108-0075</ins>" in told.text
        assert 'value="Hoshino"' in told.text
        assert 'value="shorter"' in told.text
        typed = fields_of(told.text) | {"postal_code": "108-0075"}
        press(second, FORM, second.client.post(FORM, data=typed))
    kept = "SELECT name_en, postal_code FROM party_correction ORDER BY party_correction_id"
    assert rows(portal.database, kept)[-1] == ("Hoshino", "108-0075")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Nothing would change"),
        ({"name_ja": "", "reason": "x"}, "alert"),
        ({"name_en": "Hoshino", "reason": ""}, "alert"),
        ({"registration_number": "T123", "reason": "x"}, "T123"),
        ({"name_ja": "星" * 10_000, "reason": "x"}, "alert"),
    ],
)
def test_what_cannot_be_is_told_and_writes_nothing(
    typed: dict[str, str], words: str, portal: Portal
) -> None:
    with portal.browser("unno@genbo.example") as browser:
        told = browser.client.post(FORM, data=fields_of(browser.get(FORM).text) | typed)
        if "What would change" in told.text:
            told = press(browser, FORM, told)
        assert words in told.text
    assert rows(portal.database, "SELECT FROM party_correction") == []


def test_markup_in_a_name_is_shown_as_it_was_typed(portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        change(browser, FORM, name_en="<script>alert(1)</script>", reason="<b>")
        text = browser.get(PARTY).text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_account_changes_from_a_day_on_and_the_old_one_stays(portal: Portal) -> None:
    path = f"{PARTY}/account"
    new = {"number": "7654321", "effective_from": "2026-12-20", "reason": "a letter of theirs"}
    with portal.browser("unno@genbo.example") as browser:
        for wrong in (
            {"bank_code": "9999"},
            {"number": "x"},
            {"effective_from": "2026-11-30"},
            {"holder_kana": "星野☆"},
            {"effective_from": "tomorrow"},
        ):
            assert change(browser, path, **{**new, **wrong}).status_code == 422, wrong
        change(browser, path, **new)
        assert change(browser, path, **{**new, "number": "1111111"}).status_code == 422
        text = browser.get(PARTY).text
        assert "…4321" in text
        assert "from then on" in text
        assert "a letter of theirs" in text
    kept = "SELECT number FROM bank_account JOIN party USING (owner_id) WHERE reference = 'hoshino'"
    assert len(rows(portal.database, kept)) == 2


def test_what_a_holder_agrees_with_the_house_changes_from_a_day_on(portal: Portal) -> None:
    path = f"{PARTY}/entrustment"
    with portal.browser("unno@genbo.example") as browser:
        for wrong in ({"admin_fee": "120"}, {"reserve": "5"}, {"capacity": "friend"}):
            typed = {"admin_fee": "7.5", "effective_from": "2027-01-01", **wrong}
            assert change(browser, path, **typed).status_code == 422, wrong
        change(browser, path, admin_fee="7.5", effective_from="2027-01-01")
        assert "7.5" in browser.get(PARTY).text
        assert browser.get("/parties/studio-a/entrustment").status_code == 404
    fee = "SELECT admin_fee_bp FROM entrustment WHERE effective_from = '2027-01-01'"
    assert rows(portal.database, fee) == [(750,)]


def test_an_approver_looks_and_changes_nothing(portal: Portal) -> None:
    email = portal.person("genbo", role="approver", email="shimizu@genbo.example")
    with portal.browser(email) as browser:
        assert "/correct" not in browser.get(PARTY).text
        assert browser.get(FORM).status_code == 404


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        typed = fields_of(browser.get(FORM).text) | {"name_en": "Hoshino", "reason": "shorter"}
        browser.client.cookies.delete("genbo_session")
        asked = browser.client.post(FORM, data=typed)
        assert 'name="password"' in asked.text
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text)
        signing = {name: unescape(value) for name, value in hidden}
        signing |= {"email": "unno@genbo.example", "password": PASSWORD}
        back = browser.client.post("/sign-in", data=signing)
        if 'value="Hoshino"' not in back.text:  # A button leads back, with what was kept.
            again = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', back.text)
            back = browser.client.post(FORM, data={n: unescape(v) for n, v in again})
        assert 'value="Hoshino"' in back.text
        assert 'value="shorter"' in back.text
    assert rows(portal.database, "SELECT FROM party_correction") == []
