"""Documents are found by kind, day, amount and counterparty together, and one's own alone."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests.api.portals import Browser, Portal, serving
from tests.rows import rows
from tests.services import money
from tests.services.test_filing import filed

#: What each firm was invoiced on 5 November 2026, with tax.
TOTALS = {"studio-a": 110_000, "studio-b": 220_000}


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal of a book with an invoice to each of two firms, and the statement of one paid."""
    money.house(database)
    money.sell(database, 100_000)
    money.sell(database, 200_000, licensee="studio-b", work="umi")
    first, _ = money.bill(database)
    money.receive(database, first)
    money.settle(database)
    clock.move_to(money.noon(date(2026, 12, 12)))
    with serving(database, clock) as opened:
        opened.person("genbo", role="operator", email="unno@genbo.example")
        yield opened


def found(browser: Browser, query: str = "") -> list[str]:
    """Return the numbers of the documents that are listed."""
    text = browser.get(f"/documents?{query}").text
    return re.findall(r'<th scope="row" class="nowrap">([A-Z0-9-]+)</th>', text)


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", "SII"),  # The latest first.
        ("kind=invoice", "II"),
        ("kind=nonsense", "SII"),
        ("from=2026-11-05&to=2026-11-05", "II"),
        ("from=2026-11-06", "S"),
        ("to=2026-11-04", ""),
        ("least=220000", "I"),  # Both bounds are included.
        ("least=220,001", ""),
        ("most=110000&kind=invoice", "I"),
        ("least=110000&most=220000&from=2026-11-01&to=2026-11-30", "II"),
        ("party=studio-b", "I"),  # By its reference; by its name both are Studio A.
        ("party=STUDIO a", "II"),
        ("party=ｽﾀｼﾞｵ&least=220000", "I"),
        ("number=inv-2026-000001", "I"),
        ("direction=received", ""),
        ("blank=amount", ""),
        ("party=nobody", ""),
        ("party=%00%25", ""),
    ],
)
def test_the_house_finds_by_any_combination(query: str, kinds: str, portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        assert "".join(number[0] for number in found(browser, query)) == kinds


def test_a_counterparty_is_found_by_a_part_of_its_name(portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        assert len(found(browser, "party=HOSHINO sho")) == 1
        assert len(found(browser, "party=星野")) == 1


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("from=yesterday", "This is not a day"),
        ("to=2026-02-30", "This is not a day"),
        ("least=1.5", "Use digits only"),
        ("most=-1", "Use digits only"),
        ("most=99999999999999999999", "Use digits only"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    query: str, fault: str, portal: Portal
) -> None:
    with portal.browser("unno@genbo.example") as browser:
        assert fault in browser.get(f"/documents?{query}").text
        assert found(browser, query) == []


def test_a_search_goes_no_further_than_ones_own(portal: Portal) -> None:
    email = portal.person("studio-a", role="accountant", email="a@studio-a.example")
    with portal.browser(email) as browser:
        [own] = found(browser)
        for query in ("party=studio-b", "least=1", "kind=invoice", "from=2026-01-01"):
            assert found(browser, query) in ([own], [])
        text = browser.get("/documents").text
        assert "JPY 110,000" in text
        assert "220,000" not in text


def test_a_page_ends_and_leads_on_with_the_same_search(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.portal.pages.documents._SHOWN", 1)
    with portal.browser("unno@genbo.example") as browser:
        first = browser.get("/documents?kind=invoice").text
        link = re.search(r'/portal(/documents\?[^"]+before=[\w-]+)"', first)
        assert link is not None
        assert "kind=invoice" in link[1]
        second = browser.get(link[1].replace("&amp;", "&")).text
        shown = {match for text in (first, second) for match in re.findall(r"INV-[0-9-]+", text)}
        assert len(shown) == len(rows(portal.database, "SELECT FROM invoice")) == len(TOTALS)


def test_a_filed_paper_is_saved_under_its_own_name_by_the_house_alone(portal: Portal) -> None:
    filed(portal.database, b"%PDF-1.7 filed")
    with portal.browser("unno@genbo.example") as browser:
        assert "ARC-000001" in browser.get("/documents?party=たかさき").text
        answer = browser.get("/documents/ARC-000001/file")
        assert answer.content == b"%PDF-1.7 filed"
        assert "%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf" in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == "application/octet-stream"
    portal.person("hoshino", role="holder", email="sato@hoshino.example")
    with portal.browser("sato@hoshino.example") as browser:
        assert browser.get("/documents/ARC-000001/file").status_code == 404
        assert "ARC-000001" not in browser.get("/documents").text
