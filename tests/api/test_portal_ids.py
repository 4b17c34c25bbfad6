"""Another organisation's ids lead nowhere: on every page, in every form, for every role."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from api.demo.hosting import DemoClock
from api.portal.options import PREFIX
from api.portal.site import PAGES
from api.portal.table import Door
from ledger.core.webhook import Secret
from ledger.services import inviting, subscribing
from ledger.store.database import Database
from ledger.store.parties import find_parties
from tests import builders
from tests.api.portals import Portal, serving
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report

#: The roles of people outside the house, in an organisation that has nothing of its own.
OUTSIDE = (("kaze", "holder"), ("kaze", "accountant"), ("studio-b", "licensee"))


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal of a book in which two organisations have documents, and two others none."""
    money.house(database)
    builders.license(database)
    builders.party(database, "kaze")
    builders.licensee(database, "studio-b")
    report(database, generation(900, on=date(2026, 10, 5)))
    money.receive_all(database, money.bill(database))
    money.settle(database)
    clock.move_to(money.noon(date(2026, 12, 5)))
    builders.key(database)
    with database.transaction() as session:
        firm = find_parties(session, book_id=1, references=["studio-a"])["studio-a"]
    subscribing.create_endpoint(
        database,
        owner_id=firm.id,
        reference="whk_others",
        url="https://hooks.example/genbo",
        events=["invoice.issued"],
        secret=Secret(bytes(32)),
        recorded_at=money.noon(date(2026, 11, 6)),
    )
    with serving(database, clock) as opened:
        opened.person("hoshino", email="owner@hoshino.example")
        yield opened


#: Forms that take no id at all: what they do is done for one's own organization.
WITHOUT_IDS = frozenset(
    {
        "/sign-out",
        "/members",
        "/account/password",
        "/programs/keys",
        "/programs/webhooks",
        "/programs/sandbox",
        "/programs/sandbox/clock",
        "/programs/sandbox/month",
        "/programs/sandbox/reset",
    }
)


def others_ids(portal: Portal) -> dict[str, str]:
    """Return an id of somebody else's for each part of an address or form that takes one."""
    with portal.browser("owner@hoshino.example") as browser:
        browser.get("/account")
    [(document,)] = rows(portal.database, "SELECT reference FROM document WHERE kind = 'invoice'")
    [(key,)] = rows(portal.database, "SELECT reference FROM api_key")
    [(session,)] = rows(portal.database, "SELECT reference FROM portal_session")
    [member] = [
        each.reference
        for each in inviting.list_members(portal.database, owner_id=None)
        if each.organisation == "hoshino"
    ]
    return {
        "reference": document,
        "license": "LIC-2026-001",
        "name": f"{document}.csv",
        "key": key,
        "webhook": "whk_others",
        "month": "2026-10",
        "session": session,
        "member": member,
        "run": "PAY-2026-11",
        "step": "cancel",
        "line": "1",
        "claim": "CLM-1",
        "contract": "LIC-2026-001",
        "form": "correct",
        "party": "studio-a",
        "currency": "JPY",
        "file": "PAY-2026-11.zengin.txt",
        "link": "0" * 32 + "." + "0" * 40,
    }


@pytest.mark.parametrize(("organisation", "role"), OUTSIDE)
def test_every_address_with_anothers_id_is_not_there(
    organisation: str, role: str, portal: Portal
) -> None:
    ids = others_ids(portal)
    email = portal.person(organisation, role=role, email=f"{role}@{organisation}.example")
    with portal.browser(email) as browser:
        walked = 0
        for page in PAGES:
            names = re.findall(r"{(\w+)}", page.path)
            if not names or page.method != "GET":
                continue
            assert browser.get(page.path.format(**ids)).status_code == 404, page.path
            walked += 1
        assert walked >= 3


@pytest.mark.parametrize(("organisation", "role"), OUTSIDE)
def test_every_form_with_anothers_id_does_nothing(
    organisation: str, role: str, portal: Portal
) -> None:
    ids = others_ids(portal)
    email = portal.person(organisation, role=role, email=f"{role}@{organisation}.example")
    with portal.browser(email) as browser:
        csrf = re.search(r'name="csrf" value="(\w+)"', browser.get("/account").text)
        assert csrf is not None
        taken = {
            "session": ids["session"],
            "member": ids["member"],
            "subject": "kaze-no-machi",
            "voice": "kaze-no-machi",
            "to": "not_offered",
            "csrf": csrf[1],
        }
        for page in PAGES:
            names = re.findall(r"{(\w+)}", page.path)
            if (
                page.method != "POST"
                or page.door in (Door.OPEN, Door.CODE)
                or page.path in WITHOUT_IDS
            ):
                continue
            answer = browser.client.post(page.path.format(**{n: ids[n] for n in names}), data=taken)
            assert answer.status_code == 404 or answer.url.path in {
                f"{PREFIX}/account",
                f"{PREFIX}/account/codes",
                f"{PREFIX}/sign-in",
            }, page.path
    assert rows(portal.database, "SELECT FROM portal_session_ending") == []
    assert rows(portal.database, "SELECT FROM second_factor") == []


def test_an_organisation_lists_its_own_alone(portal: Portal) -> None:
    others_ids(portal)
    email = portal.person("kaze", email="me@kaze.example")
    with portal.browser(email) as browser:
        for path in ("/documents", "/members", "/acts"):
            text = browser.get(path).text
            assert "hoshino" not in text
            assert "INV-" not in text
        assert "me@kaze.example" in browser.get("/members").text


def test_a_firm_opens_its_own_invoice(portal: Portal) -> None:
    email = portal.person("studio-a", role="licensee", email="a@studio-a.example")
    [(reference,)] = rows(portal.database, "SELECT reference FROM document WHERE kind = 'invoice'")
    with portal.browser(email) as browser:
        assert reference in browser.get("/documents").text
        answer = browser.get(f"/documents/{reference}/pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        again = browser.get(f"/documents/{reference}/pdf")
        assert again.content == answer.content
