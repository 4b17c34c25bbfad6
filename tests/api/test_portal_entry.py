"""Coming into the portal: passwords, codes, waits, links, and what a session is worth."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from api.demo.hosting import DemoClock
from api.portal import codes
from api.portal.options import link_address
from ledger.core.sign_in import FAILURES_FREE, RESET_LASTS, SESSION_IDLES, SESSION_LASTS
from ledger.services import inviting
from ledger.store.database import Database
from tests import builders
from tests.api.portals import PASSWORD, Portal, serving
from tests.rows import rows


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal with one rights holder."""
    builders.party(database)
    with serving(database, clock) as opened:
        yield opened


def test_a_password_leads_in_and_the_sign_out_leads_out(portal: Portal) -> None:
    email = portal.person()
    with portal.browser() as browser:
        shown = browser.sign_in(email.upper())  # An address is the same in capitals.
        assert shown.status_code == 200
        assert "Sign out" in shown.text
        left = browser.send("/account", "/sign-out")
        assert left.url.path == "/portal/sign-in"
        assert browser.get("/account").url.path == "/portal/sign-in"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("sato@hoshino.example", "kaze no machi wa yoru"),
        ("sato@hoshino.example", ""),
        ("nobody@hoshino.example", PASSWORD),
        ("", PASSWORD),
        ("nobody\0@hoshino.example", PASSWORD),
    ],
)
def test_what_does_not_fit_is_refused_in_the_same_words(
    email: str, password: str, portal: Portal
) -> None:
    portal.person()
    with portal.browser() as browser:
        shown = browser.sign_in(email, password)
        assert shown.status_code == 422
        assert "address or the password is not right" in shown.text
        assert browser.get("/account").url.path == "/portal/sign-in"


def test_failures_in_a_row_have_to_wait_and_the_wait_ends(portal: Portal) -> None:
    email = portal.person()
    with portal.browser() as browser:
        for _ in range(FAILURES_FREE):
            assert browser.sign_in(email, "not the password").status_code == 422
        waiting = browser.sign_in(email)  # The right one, and yet.
        assert waiting.status_code == 429
        assert "30 seconds" in waiting.text or "31 seconds" in waiting.text
        portal.clock.move_to(portal.clock() + timedelta(seconds=31))
        assert browser.sign_in(email).status_code == 200
    with portal.browser() as browser:  # Having come in, nothing is held against them.
        assert browser.sign_in(email, "not the password").status_code == 422


def test_each_further_failure_doubles_the_wait(portal: Portal) -> None:
    email = portal.person()
    with portal.browser() as browser:
        for _ in range(FAILURES_FREE):
            browser.sign_in(email, "x")
        portal.clock.move_to(portal.clock() + timedelta(seconds=31))
        browser.sign_in(email, "x")
        portal.clock.move_to(portal.clock() + timedelta(seconds=31))
        assert browser.sign_in(email).status_code == 429
        portal.clock.move_to(portal.clock() + timedelta(seconds=31))
        assert browser.sign_in(email).status_code == 200


def test_a_session_ends_by_itself(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        portal.clock.move_to(portal.clock() + SESSION_IDLES - timedelta(minutes=1))
        assert browser.get("/account").url.path == "/portal/account"
        portal.clock.move_to(portal.clock() + SESSION_IDLES)
        assert browser.get("/account").url.path == "/portal/sign-in"
    with portal.browser(email) as browser:
        for _ in range(int(SESSION_LASTS / timedelta(hours=1)) - 1):
            portal.clock.move_to(portal.clock() + timedelta(hours=1))
            assert browser.get("/account").url.path == "/portal/account"
        portal.clock.move_to(portal.clock() + timedelta(hours=1))
        assert browser.get("/account").url.path == "/portal/sign-in"


def test_a_session_is_ended_from_another_browser(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as lost, portal.browser(email) as kept:
        ended = kept.send("/account", "/account/sessions")
        assert ended.url.path == "/portal/account"
        assert lost.get("/account").url.path == "/portal/sign-in"
        assert kept.get("/account").url.path == "/portal/account"


def test_who_is_removed_is_out_at_once(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        [member] = inviting.list_members(portal.database, owner_id=None)
        inviting.remove(
            portal.database,
            reference=member.reference,
            reason="moved on",
            removed_by="house",
            removed_at=portal.clock(),
        )
        assert browser.get("/account").url.path == "/portal/sign-in"
        assert browser.sign_in(email).status_code == 422


def test_a_link_sets_a_password_once(portal: Portal) -> None:
    member = builders.member(portal.database)
    portal.clock.move_to(builders.RECORDED_AT.replace(year=2027))
    link = inviting.ask_reset(
        portal.database, email=member.person.email, is_mailed=False, asked_at=portal.clock()
    )
    assert link is not None
    path = link_address(portal.options, link).partition("/portal")[2]
    with portal.browser() as browser:
        short = browser.send(path, password="short")
        assert short.status_code == 422
        assert "at least 15 characters" in short.text
        assert browser.send(path, password=PASSWORD).status_code == 200
        assert browser.sign_in(member.person.email).status_code == 200
        assert browser.get(path).status_code == 410
        assert browser.get(f"{path[:-1]}{'0' if path[-1] != '0' else '1'}").status_code == 404


def test_an_old_link_is_good_no_more(portal: Portal) -> None:
    member = builders.member(portal.database)
    link = inviting.ask_reset(
        portal.database, email=member.person.email, is_mailed=False, asked_at=portal.clock()
    )
    assert link is not None
    portal.clock.move_to(portal.clock() + RESET_LASTS)
    with portal.browser() as browser:
        path = link_address(portal.options, link).partition("/portal")[2]
        assert browser.get(path).status_code == 410


def test_a_new_password_ends_every_session(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        link = inviting.ask_reset(
            portal.database, email=email, is_mailed=False, asked_at=portal.clock()
        )
        assert link is not None
        path = link_address(portal.options, link).partition("/portal")[2]
        with portal.browser() as other:
            other.send(path, password="mori no naka no ie")
        assert browser.get("/account").url.path == "/portal/sign-in"


def test_codes_are_set_up_and_then_asked_for(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        secret = _secret_of(browser.get("/account/codes").text)
        wrong = browser.send("/account/codes", code="000000")
        assert wrong.status_code == 422
        secret = _secret_of(wrong.text)
    with portal.browser(email) as browser:
        shown = browser.get("/account/codes").text
        secret = _secret_of(shown)
        hidden = dict(re.findall(r'name="(csrf|kept)" value="([^"]*)"', shown))
        code = codes.code_at(secret, int(portal.clock().timestamp()) // 30)
        done = browser.client.post("/account/codes", data={**hidden, "code": code})
        assert done.url.path == "/portal/account"
    with portal.browser() as browser:
        asked = browser.sign_in(email)
        assert asked.url.path == "/portal/code"
        assert browser.get("/account").url.path == "/portal/sign-in"  # Half-way in is not in.
        asked = browser.send("/code", code=code)
        assert asked.status_code == 422  # It was used to set them up.
        portal.clock.move_to(portal.clock() + timedelta(seconds=30))
        code = codes.code_at(secret, int(portal.clock().timestamp()) // 30)
        assert browser.send("/code", code=f"{code[:3]} {code[3:]}").url.path != "/portal/code"
        assert browser.get("/account").url.path == "/portal/account"
    with portal.browser() as browser:
        browser.sign_in(email)
        assert browser.send("/code", code=code).status_code == 422  # Once is once.


def _secret_of(page: str) -> bytes:
    from base64 import b32decode

    found = re.search(r'class="secret">([A-Z2-7]+)<', page)
    assert found is not None
    return b32decode(found[1])


def test_guesses_of_a_code_wait_though_the_password_is_right(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        shown = browser.get("/account/codes").text
        hidden = dict(re.findall(r'name="(csrf|kept)" value="([^"]*)"', shown))
        code = codes.code_at(_secret_of(shown), int(portal.clock().timestamp()) // 30)
        browser.client.post("/account/codes", data={**hidden, "code": code})
    with portal.browser() as browser:
        for _ in range(FAILURES_FREE // 2):
            browser.sign_in(email)
            browser.send("/code", code="123456")
        browser.sign_in(email)
        assert browser.sign_in(email).status_code == 429


def test_the_house_sets_codes_up_before_anything_else(database: Database, clock: DemoClock) -> None:
    builders.party(database, "operator", role="operator", entrustment=None)
    with serving(database, clock, codes_for="house") as portal:
        email = portal.person("operator", role="operator", email="unei@genbo.example")
        with portal.browser(email) as browser:
            assert browser.get("/members").url.path == "/portal/account/codes"
            assert browser.get("/account").url.path == "/portal/account"


def test_a_form_from_elsewhere_does_nothing(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        token = re.search(r'name="csrf" value="(\w+)"', browser.get("/account").text)
        assert token is not None
        for headers, data in (
            ({}, {}),
            ({}, {"csrf": "0" * 64}),
            ({"Origin": "https://evil.example"}, {"csrf": token[1]}),
            ({"Origin": "null"}, {"csrf": token[1]}),
        ):
            refused = browser.client.post("/sign-out", data=data, headers=headers)
            assert refused.status_code == 403
        assert browser.get("/account").url.path == "/portal/account"


def test_one_browsers_form_is_not_anothers(portal: Portal) -> None:
    email = portal.person()
    with portal.browser(email) as one, portal.browser(email) as other:
        token = re.search(r'name="csrf" value="(\w+)"', one.get("/account").text)
        assert token is not None
        assert other.client.post("/sign-out", data={"csrf": token[1]}).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/portal/",
        "//evil.example/portal/",
        "/v1/openapi.json",
        "/portal/\\evil.example",
        "javascript:alert(1)",
        "/portal/\r\nX: y",
    ],
)
def test_a_sign_in_leads_to_no_other_site(wanted: str, portal: Portal) -> None:
    email = portal.person()
    with portal.browser() as browser:
        shown = browser.send("/sign-in", email=email, password=PASSWORD, next=wanted)
        assert shown.url.host == "127.0.0.1"
        assert shown.url.path.startswith("/portal/")


def test_a_sign_in_leads_to_where_somebody_wanted_to_go(portal: Portal) -> None:
    email = portal.person()
    with portal.browser() as browser:
        asked = browser.get("/acts?before=3")
        assert asked.url.path == "/portal/sign-in"
        query = asked.url.query.decode()
        shown = browser.send(f"/sign-in?{query}", "/sign-in", email=email, password=PASSWORD)
        assert (shown.url.path, shown.url.query) == ("/portal/acts", b"before=3")


def test_no_cookie_password_or_link_is_in_the_book(portal: Portal, database: Database) -> None:
    email = portal.person()
    with portal.browser(email) as browser:
        token = browser.client.cookies["genbo_session"]
    [(digest,)] = rows(database, "SELECT token_hash FROM portal_session")
    assert token.encode() not in digest
    [(kept,)] = rows(database, "SELECT hash FROM password")
    assert kept.startswith("$argon2id$v=19$")
    assert PASSWORD not in kept


def test_cookies_are_for_https_alone_but_on_ones_own_machine(portal: Portal) -> None:
    with portal.browser() as browser:
        plain = browser.get("/sign-in").headers["set-cookie"]
        assert "Secure" not in plain
        assert "HttpOnly" in plain
        assert "SameSite=lax" in plain
        named = browser.client.get("/sign-in", headers={"Host": "genbo.example"})
        assert "__Host-genbo_visitor=" in named.headers["set-cookie"]
        assert "Secure" in named.headers["set-cookie"]
