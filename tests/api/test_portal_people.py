"""One's own password, and who may act: changed, invited and removed by those who may."""

import re
from collections.abc import Iterator

import pytest

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests import builders
from tests.api.portals import PASSWORD, Browser, Portal, serving
from tests.rows import rows
from tests.services import money

OTHER = "umi no mukou ni yoru"
HOLDER = "sato@hoshino.example"


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal with the house and two rights holders, one of whom has a member."""
    money.house(database)
    builders.party(database, "hoshino")
    builders.party(database, "kaze")
    with serving(database, clock) as opened:
        opened.person("hoshino", role="holder", email=HOLDER)
        yield opened


def change(browser: Browser, old: str = PASSWORD, password: str = OTHER) -> int:
    """Change the password, and return how that is answered."""
    return browser.send("/account/password", old=old, password=password).status_code


def test_a_changed_password_ends_the_other_sessions_and_not_this_one(portal: Portal) -> None:
    with portal.browser(HOLDER) as elsewhere, portal.browser(HOLDER) as browser:
        assert elsewhere.get("/account").url.path == "/portal/account"
        assert change(browser) == 200
        assert browser.get("/account").url.path == "/portal/account"
        assert elsewhere.get("/account").url.path == "/portal/sign-in"
    with portal.browser() as browser:
        assert browser.sign_in(HOLDER).status_code == 422
        assert browser.sign_in(HOLDER, OTHER).status_code == 200
    acts = rows(portal.database, "SELECT act FROM portal_act WHERE act = 'password_changed'")
    assert len(acts) == 1


@pytest.mark.parametrize(
    ("old", "password"),
    [
        ("not the one it is", OTHER),  # Whoever sits before an open screen does not know it.
        ("", OTHER),
        (PASSWORD, "short"),
        (PASSWORD, "a" * 30),
        (PASSWORD, "x" * 500),
        (PASSWORD, f"{HOLDER} {OTHER}"),  # It gives away the address.
    ],
)
def test_a_password_that_cannot_be_set_changes_nothing(
    old: str, password: str, portal: Portal
) -> None:
    with portal.browser(HOLDER) as browser, portal.browser(HOLDER) as elsewhere:
        assert change(browser, old, password) == 422
        assert elsewhere.get("/account").url.path == "/portal/account"
    with portal.browser(HOLDER) as browser:
        assert browser.get("/account").url.path == "/portal/account"


def test_guessing_at_the_old_password_has_to_wait(portal: Portal) -> None:
    with portal.browser(HOLDER) as browser:
        answers = [change(browser, f"guess number {number}") for number in range(6)]
        assert answers[:5] == [422] * 5
        assert answers[5] == 429


def test_a_member_is_invited_by_a_link_and_removed(portal: Portal) -> None:
    with portal.browser(HOLDER) as browser:
        text = browser.send(
            "/members", email="kaneda@hoshino.example", name="金田翔", role="accountant",
            language="ja",
        ).text  # fmt: skip
        link = re.search(r"/portal(/link/[^<]+)<", text)
        assert link is not None
        assert link[1] not in browser.get("/members").text
        with portal.browser() as other:
            assert "金田翔" in other.get(link[1]).text
        [(reference,)] = rows(
            portal.database, "SELECT reference FROM member WHERE role = 'accountant'"
        )
        assert "/members/remove" in browser.get("/members").text
        refused = browser.send("/members", "/members/remove", member=reference)
        assert refused.status_code == 422  # No reason is given.
        browser.send("/members", "/members/remove", member=reference, reason="left")
        assert "kaneda@hoshino.example" not in browser.get("/members").text
    assert rows(portal.database, "SELECT reason FROM member_ending") == [("left",)]
    acts = rows(portal.database, "SELECT act, subject FROM portal_act WHERE act LIKE 'member%'")
    assert acts == [
        ("member_invited", "kaneda@hoshino.example"),
        ("member_removed", "kaneda@hoshino.example"),
    ]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email": "no address"}, 422),
        ({"name": ""}, 422),
        ({"role": "operator"}, 422),
        ({"role": "x"}, 422),
        ({"language": "xx"}, 422),
        ({"email": HOLDER}, 409),
    ],
)
def test_an_invitation_that_cannot_be_is_told_of_and_keeps_what_was_typed(
    fields: dict[str, str], status: int, portal: Portal
) -> None:
    asked = {"email": "k@hoshino.example", "name": "K", "role": "holder", "language": "ja"}
    with portal.browser(HOLDER) as browser:
        answer = browser.send("/members", **(asked | fields))
        assert answer.status_code in (status, 422)
        assert 'role="alert"' in answer.text
        assert f'value="{(asked | fields)["email"]}"' in answer.text
    assert len(rows(portal.database, "SELECT FROM member")) == 1


def test_nobody_removes_themselves_or_another_organizations_member(portal: Portal) -> None:
    portal.person("kaze", role="holder", email="aoi@kaze.example")
    own, others = rows(portal.database, "SELECT reference FROM member ORDER BY member_id")
    with portal.browser(HOLDER) as browser:
        for reference, status in ((own[0], 422), (others[0], 404), ("mem_x", 404)):
            sent = browser.send("/members", "/members/remove", member=reference, reason="x")
            assert sent.status_code == status
    assert rows(portal.database, "SELECT FROM member_ending") == []


def test_an_operator_makes_nobody_an_approver(portal: Portal) -> None:
    email = portal.person("genbo", role="operator", email="unno@genbo.example")
    with portal.browser(email) as browser:
        fields = {"email": "two@genbo.example", "name": "Two", "language": "ja"}
        assert browser.send("/members", role="approver", **fields).status_code == 422
        assert browser.send("/members", role="operator", **fields).status_code == 200


def test_an_accountant_sees_no_members_and_invites_nobody(portal: Portal) -> None:
    email = portal.person("hoshino", role="accountant", email="kaneda@hoshino.example")
    with portal.browser(email) as browser:
        assert browser.get("/members").status_code == 404
        assert browser.client.post("/members", data={"email": "x@y.example"}).status_code == 404
