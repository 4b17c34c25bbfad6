"""A studio's earnings on its pages: filters in the address, tables to save, and the way on."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from io import StringIO

import pytest
from lxml import etree

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests import builders
from tests.api.portals import Portal, serving
from tests.services import money
from tests.services.usage import generation, report

#: A title that would be a script, and a cell that would be a formula.
WILD = '<script>alert("1")</script>'


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """October is closed and stated, November is open; a second work has a wild title."""
    money.house(database)
    builders.party(database, "hoshino")
    builders.work(database, "kaze-no-machi")
    builders.work(database, "wild", title_ja=WILD, title_en="=1+1")
    builders.license(
        database, grants=(builders.new_grant(subjects=("kaze-no-machi", "wild")),), ends_at=None
    )
    report(database, generation(900, on=date(2026, 10, 5)))
    report(database, generation(9, on=date(2026, 10, 6), subjects=("wild",)))
    [invoice] = money.bill(database)
    money.receive(database, invoice)
    money.settle(database)
    report(database, generation(100, on=date(2026, 12, 2), territory="US"))
    clock.move_to(money.noon(date(2026, 12, 12)))
    with serving(database, clock) as opened:
        opened.person("hoshino", email="me@hoshino.example")
        yield opened


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("from=2026-10&to=2026-12", "JPY 12,108"),  # 900, 9 and 100 images at 12 yen.
        ("from=2026-10&to=2026-12&subject=wild", "JPY 108"),
        ("from=2026-10&to=2026-12&by=territory", "United States"),
        ("from=2026-10&to=2026-12&by=modality", "image"),
        ("from=2026-10&to=2026-10&by=day", "5 October 2026"),
        ("from=2026-10&to=2026-12&q=windy", "The Windy Town"),
        ("from=2026-10&to=2026-12&q=nothing", "Nothing fits"),
        ("from=2026-13", "Choose a month of the list"),
        ("from=2026-12&to=2026-10", "Swap them"),
        ("from=2026-01&to=2026-12&by=day", "Choose 3 or fewer"),
        ("to=2027-01", "has not come yet"),
        ("sort=-amount&from=2026-10&to=2026-12", 'aria-sort="ascending"'),
    ],
)
def test_what_is_asked_for_stands_in_the_address(asked: str, told: str, portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        answer = browser.get(f"/earnings?{asked}")
        assert answer.status_code == 200
        assert told in answer.text
        assert WILD not in answer.text


@pytest.mark.parametrize("asked", ["by=x", "modality=x", "subject=kuro", "licensee=x", "before=x"])
def test_what_there_is_not_is_not_there(asked: str, portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        path = "/earnings/lines" if asked.startswith("before") else "/earnings"
        assert browser.get(f"{path}?{asked}").status_code == 404
        assert (
            browser.get(
                "/earnings/chart.svg?subject=wild&by=month&to=2026-12&from=2026-12"
            ).status_code
            == 404
        )


def test_the_table_is_saved_as_it_is_shown(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        answer = browser.get("/earnings/table.csv?from=2026-10&to=2026-12&by=subject")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        table = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
        assert [(row["reference"], row["name"], row["amount_minor"]) for row in table] == [
            ("kaze-no-machi", "The Windy Town", "12000"),
            ("wild", "'=1+1", "108"),  # No program runs it.
        ]
        faulty = browser.get("/earnings/table.csv?from=x")
        assert faulty.headers["content-type"].startswith("text/html")


def test_the_chart_is_saved_and_says_in_words_what_it_shows(portal: Portal) -> None:
    with portal.browser("me@hoshino.example", language="ja") as browser:
        answer = browser.get("/earnings/chart.svg?from=2026-10&to=2026-12")
        assert answer.headers["content-type"] == "image/svg+xml"
        drawn = etree.fromstring(answer.content)
        told = drawn.findtext("{http://www.w3.org/2000/svg}desc")
        assert told is not None
        assert "￥12,000" in told
        assert WILD.encode() not in answer.content
        page = browser.get("/earnings?from=2026-10&to=2026-12").text
        assert page.count("<svg") == 2  # For wide and for narrow.


def test_a_line_leads_to_its_explanation(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        lines = browser.get("/earnings/lines?from=2026-10&to=2026-10").text
        assert 'href="/portal/explain/LINE-2026-10-1"' in lines
        told = browser.get("/explain/LINE-2026-10-1")
        assert told.status_code == 200
        assert "900 × 12" in told.text
        assert 'href="/portal/explain/STM-' in told.text
        data = browser.get("/explain/LINE-2026-10-1?as=json").json()
        assert data["code"] == "line"
        asked = browser.get("/explain?reference=LINE-2026-10-2")
        assert asked.url.path == "/portal/explain/LINE-2026-10-2"
        assert WILD not in asked.text


def test_what_cannot_be_explained_is_told_at_the_field(portal: Portal) -> None:
    portal.person("hoshino", email="other@hoshino.example")
    with portal.browser("me@hoshino.example") as browser:
        for reference in ("LINE-2026-10-99", "INV-2026-000001", "x" * 10_000, "%00", WILD):
            answer = browser.client.get("/explain/" + reference.replace("/", "%2F"))
            assert answer.status_code == 404
            assert WILD not in answer.text
        assert 'aria-invalid="true"' in browser.get("/explain/LINE-2026-10-99").text


def test_single_generations_are_paged_without_counting_and_explained(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        text = browser.get("/earnings/generations?to=2026-10").text
        assert text.index("GEN-studio-a-2-0") < text.index("GEN-studio-a-1-0")
        assert WILD not in text
        assert "GEN-studio-a-1-0" not in browser.get("/earnings/generations?to=2026-12").text
        of_day = browser.get("/earnings/generations?to=2026-10&day=2026-10-05").text
        assert "GEN-studio-a-1-0" in of_day
        assert "GEN-studio-a-2-0" not in of_day
        for wrong in ("day=2026-10-32", "day=2026-09-01", "before=x", "subject=umi"):
            assert browser.get(f"/earnings/generations?to=2026-10&{wrong}").status_code == 404
        told = browser.get("/explain/GEN-studio-a-1-0")
        assert told.status_code == 200
        assert "900 × 12" in told.text


def test_a_generation_is_explained_to_whoever_has_something_in_it(
    database: Database, clock: DemoClock, portal: Portal
) -> None:
    builders.party(database, "kaze")
    portal.person("kaze", email="me@kaze.example")
    with portal.browser("me@kaze.example") as browser:
        assert browser.get("/explain/GEN-studio-a-1-0").status_code == 404
        assert "GEN-" not in browser.get("/earnings/generations?to=2026-10").text


def test_more_generations_than_a_page_has_are_all_reached(portal: Portal) -> None:
    report(portal.database, *(generation(1, on=date(2026, 12, 3)) for _ in range(60)))
    with portal.browser("me@hoshino.example") as browser:
        first = browser.get("/earnings/generations?to=2026-12").text
        following = re.search(r'href="(\?to=2026-12[^"]*before=[^"]*)"', first)
        assert following is not None
        second = browser.get("/earnings/generations" + unescape(following[1])).text
        found = set(re.findall(r"GEN-studio-a-\d+-\d+", first + second))
        assert len(found) == 61
