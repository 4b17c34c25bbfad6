"""Payout runs in the portal: planned, approved by another, released, answered, paid again."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from html import unescape

import pytest
from httpx import Response

from api.banking import bank_names
from api.demo.hosting import DemoClock
from ledger.core.payout_run import PayoutRun
from ledger.services import paying
from ledger.store.database import Database
from tests import builders
from tests.api.portals import Browser, Portal, serving
from tests.rows import rows
from tests.services import money

RUN = "/payouts/PAY-2026-11"
CODE = "0123456789"
PAY_ON = date(2026, 12, 25)


@dataclass(frozen=True, kw_only=True)
class House:
    """A portal whose house has one run that waits for approval, and two people who may act."""

    portal: Portal
    operator: str
    approver: str

    @property
    def run(self) -> PayoutRun:
        """The run as it stands."""
        return paying.list_runs(self.portal.database).runs[0]

    @property
    def acts(self) -> list[tuple[str, str]]:
        """What the activity tells of runs."""
        asked = "SELECT act, subject FROM portal_act WHERE act LIKE '%pay%' ORDER BY portal_act_id"
        return [(act, subject) for act, subject in rows(self.portal.database, asked)]


@pytest.fixture
def house(database: Database, clock: DemoClock) -> Iterator[House]:
    """A run of one payment, planned by the operator of the portal."""
    money.house(database)
    money.sell(database, 100_000)
    money.receive_all(database, money.bill(database))
    money.settle(database, settled_by="Unno <unno@genbo.example>", bank_names=bank_names())
    clock.move_to(money.noon(date(2026, 12, 15)))
    with serving(database, clock) as portal:
        yield House(
            portal=portal,
            operator=portal.person("genbo", role="operator", email="unno@genbo.example"),
            approver=portal.person("genbo", role="approver", email="shimizu@genbo.example"),
        )


def approve(house: House) -> None:
    with house.portal.browser(house.approver) as browser:
        assert browser.send(f"{RUN}/approve", note="figures checked").status_code == 200


def release(house: House) -> Response:
    with house.portal.browser(house.operator) as browser:
        return browser.send(f"{RUN}/release", client_code=CODE)


def hidden(browser: Browser, path: str) -> dict[str, str]:
    """Return what a form brings along unseen; the one of the page, not the one to sign out."""
    form = browser.get(path).text.partition("<main")[2]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


def test_a_run_goes_from_plan_to_the_bank_and_back_in_four_forms(house: House) -> None:
    with house.portal.browser(house.approver) as browser:
        shown = browser.get(RUN).text
        assert "waits for" not in shown
        assert "first to this account" in shown
        assert browser.send(f"{RUN}/approve", note="figures checked").url.path.endswith(RUN)
        assert "figures checked" in browser.get(RUN).text
    released = release(house)
    assert released.url.path.endswith(RUN)
    assert str(house.run.released_by).endswith("<unno@genbo.example>")
    with house.portal.browser(house.operator) as browser:
        file = browser.get(f"{RUN}/files/PAY-2026-11.zengin.txt")
        assert file.content.startswith(b"121")
        assert (
            file.content
            == paying.released_files(house.portal.database, run_reference="PAY-2026-11")[0]
        )
    house.portal.clock.move_to(money.noon(PAY_ON))
    with house.portal.browser(house.operator) as browser:
        browser.send(f"{RUN}/confirm", **{"payee-hoshino": "yes", "day": "2026-12-25"})
        assert "paid on 25 December 2026" in browser.get(RUN).text
    assert house.run.confirmed_count == 1
    assert house.acts == [
        ("payout_approved", "PAY-2026-11"),
        ("payout_released", "PAY-2026-11"),
        ("payout_confirmed", "PAY-2026-11"),
    ]


def test_whoever_planned_a_run_cannot_approve_it(house: House) -> None:
    email = house.portal.person("genbo", role="approver", email="other@genbo.example")
    with house.portal.browser(house.operator) as browser:
        assert "You planned this run" in browser.get(RUN).text
        assert browser.get(f"{RUN}/approve").status_code == 404
        csrf = hidden(browser, f"{RUN}/cancel")
        assert browser.client.post(f"{RUN}/approve", data=csrf).status_code == 404
    assert house.run.approved_at is None
    with house.portal.browser(email) as browser:
        assert browser.send(f"{RUN}/approve").status_code == 200
    assert house.run.approved_at is not None


def test_an_approver_who_planned_the_run_is_refused_in_plain_words(
    database: Database, clock: DemoClock
) -> None:
    money.house(database)
    money.sell(database, 100_000)
    money.receive_all(database, money.bill(database))
    money.settle(database, settled_by="A <shimizu@genbo.example>", bank_names=bank_names())
    clock.move_to(money.noon(date(2026, 12, 15)))
    with serving(database, clock) as portal:
        email = portal.person("genbo", role="approver", email="shimizu@genbo.example")
        with portal.browser(email) as browser:
            assert "You planned this run" in browser.get(RUN).text
            fields = hidden(browser, f"{RUN}/cancel")
            told = browser.client.post(f"{RUN}/approve", data=fields)
    assert told.status_code in {409, 422}
    assert "Somebody else has to approve it" in told.text
    assert paying.list_runs(database).runs[0].approved_at is None


def test_nothing_goes_to_the_bank_that_no_approver_approved(house: House) -> None:
    with house.portal.browser(house.operator) as browser:
        assert browser.get(f"{RUN}/release").url.path.endswith(RUN)  # There is nothing to press.
        fields = hidden(browser, f"{RUN}/cancel")
        told = browser.client.post(f"{RUN}/release", data={**fields, "client_code": CODE})
    assert told.status_code == 422
    assert "An approver has to approve it" in told.text
    assert house.run.released_at is None
    assert house.acts == []


@pytest.mark.parametrize("code", ["", "12", "012345678x"])
def test_a_client_code_that_no_bank_gives_keeps_what_was_typed(house: House, code: str) -> None:
    approve(house)
    with house.portal.browser(house.operator) as browser:
        told = browser.send(f"{RUN}/release", client_code=code)
        assert told.status_code == 422
        assert 'role="alert"' in told.text
        if code:
            assert f'value="{code}"' in told.text
    assert house.run.released_at is None


def test_a_button_pressed_twice_acts_once_and_leads_to_one_place(house: House) -> None:
    approve(house)
    with house.portal.browser(house.operator) as browser:
        fields = {**hidden(browser, f"{RUN}/release"), "client_code": CODE}
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(lambda _: browser.client.post(f"{RUN}/release", data=fields), range(4))
            )
        assert {answer.status_code for answer in answers} == {200}
        assert {answer.url.path for answer in answers} == {f"/portal{RUN}"}
    assert rows(house.portal.database, "SELECT FROM payout_release") == [()]
    assert house.acts.count(("payout_released", "PAY-2026-11")) == 1


def test_a_form_that_comes_back_with_something_else_is_not_acted_on(house: House) -> None:
    approve(house)
    house.portal.clock.move_to(money.noon(PAY_ON))
    release(house)
    with house.portal.browser(house.operator) as browser:
        fields = hidden(browser, f"{RUN}/return")
        given = {"payee": "hoshino", "day": "2026-12-25", "reason": "no such account"}
        browser.client.post(f"{RUN}/return", data={**fields, **given})
        other = browser.client.post(f"{RUN}/return", data={**fields, **given, "reason": "other"})
        assert other.status_code == 409
        assert "sent already" in other.text
        without = {name: value for name, value in fields.items() if name != "once"}
        assert browser.client.post(f"{RUN}/return", data=without).status_code == 403
    assert rows(house.portal.database, "SELECT reason FROM payout_return") == [("no such account",)]


def test_two_people_at_once_release_a_run_once(house: House) -> None:
    approve(house)
    with (
        house.portal.browser(house.operator) as one,
        house.portal.browser(house.approver) as other,
    ):
        forms = [
            (each, {**hidden(each, f"{RUN}/release"), "client_code": CODE}) for each in (one, other)
        ]
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(lambda pair: pair[0].client.post(f"{RUN}/release", data=pair[1]), forms)
            )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert rows(house.portal.database, "SELECT FROM payout_release") == [()]
    assert len([act for act, _ in house.acts if act == "payout_released"]) == 1


def test_what_came_back_is_planned_again_and_waits_for_another_approval(house: House) -> None:
    approve(house)
    release(house)
    house.portal.clock.move_to(money.noon(PAY_ON))
    with house.portal.browser(house.operator) as browser:
        browser.send(
            f"{RUN}/return", payee="hoshino", day="2026-12-25", reason="account was closed"
        )
        assert "account was closed" in browser.get(RUN).text
        assert "1 payments came back" in browser.get("/payouts").text
        nobody = browser.send("/payouts/again", pay_on="2026-12-28")
        assert nobody.status_code == 422
        assert "Nothing was chosen" in nobody.text
        closed = browser.send("/payouts/again", **{"pay_on": "2026-12-27", "payee-hoshino": "yes"})
        assert closed.status_code == 422
        assert 'value="2026-12-27"' in closed.text
        again = browser.send("/payouts/again", **{"pay_on": "2026-12-28", "payee-hoshino": "yes"})
        assert again.url.path == "/portal/payouts/PAY-2026-12-R1"
        assert "in place of PAY-2026-11" in again.text
        assert browser.get("/payouts/PAY-2026-12-R1/approve").status_code == 404


def test_a_run_is_cancelled_with_a_reason_that_stays(house: House) -> None:
    with house.portal.browser(house.operator) as browser:
        assert browser.send(f"{RUN}/cancel", reason=" ").status_code == 422
        browser.send(f"{RUN}/cancel", reason="the wrong month")
        assert "the wrong month" in browser.get(RUN).text
        assert "cancelled" in browser.get("/payouts").text
        told = browser.client.post(f"{RUN}/cancel", data=hidden(browser, "/payouts/again"))
        assert told.status_code == 422
    assert house.run.cancelled_because == "the wrong month"


def test_who_is_not_paid_is_listed_with_the_reason(database: Database, clock: DemoClock) -> None:
    money.house(database)
    builders.party(database, "kaze", bank_account=None)
    money.sell(database, 100_000)
    builders.work(database, "umi-no-uta", owner="kaze")
    money.sell(database, 50_000, work="umi-no-uta")
    money.receive_all(database, money.bill(database))
    money.settle(database, bank_names=bank_names())
    with serving(database, clock) as portal:
        email = portal.person("genbo", role="operator", email="unno@genbo.example")
        with portal.browser(email) as browser:
            text = browser.get(RUN).text
    assert "Not paid this time" in text
    assert "no usable bank account" in text


@pytest.mark.parametrize("path", ["/payouts/PAY-9", "/payouts/PAY-9/cancel", f"{RUN}/burn"])
def test_a_run_or_step_that_is_none_is_not_there(house: House, path: str) -> None:
    with house.portal.browser(house.operator) as browser:
        assert browser.get(path).status_code == 404
        assert browser.get(f"{RUN}/files/PAY-2026-11.zengin.txt").status_code == 404
