"""Journals over the API and in the portal: logged, downloaded, for the house alone."""

from collections.abc import Iterator
from datetime import date

import pytest

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests import builders
from tests.api.doors import Door, problem
from tests.api.portals import Portal, serving
from tests.services import money
from tests.services.withheld import pay

EXPORTS = "/v1/journal/exports"
DAYS = {"from": "2026-11-01", "to": "2026-12-31"}


@pytest.fixture
def house(door: Door, clock: DemoClock) -> str:
    """A key of the house, after a payout."""
    money.house(door.database)
    pay(door.database)
    clock.move_to(money.noon(date(2027, 1, 5)))
    return builders.key(door.database, "genbo", label="house", scopes=["read", "manage"])


def test_an_export_is_logged_and_its_file_is_the_same_to_the_byte(door: Door, house: str) -> None:
    asked = door.ask("POST", EXPORTS, key=house, json={"format": "yayoi", **DAYS})
    assert asked.status_code == 201, asked.text
    made = asked.json()
    file = door.get(made["file"], key=house)
    assert file.headers["content-disposition"] == 'attachment; filename="journal-1-yayoi.csv"'
    assert file.content.startswith(b"2110,,,2026/11/05,")
    again = door.get(made["file"], key=house)
    assert again.content == file.content
    (logged,) = door.get(EXPORTS, key=house).json()["exports"]
    assert logged["content_sha256"] == made["content_sha256"]
    assert (logged["entry_count"], logged["new_only"]) == (made["entry_count"], False)


def test_the_same_request_exports_once(door: Door, house: str) -> None:
    named = {"Idempotency-Key": "november"}
    new = {"format": "freee", "new_only": True}
    first = door.ask("POST", EXPORTS, key=house, json=new, headers=named)
    assert first.status_code == 201, first.text
    again = door.ask("POST", EXPORTS, key=house, json=new, headers=named)
    assert again.json() == first.json()
    assert len(door.get(EXPORTS, key=house).json()["exports"]) == 1
    problem(door.ask("POST", EXPORTS, key=house, json=new), 422, "nothing_to_export")


def test_what_cannot_be_exported_is_refused_by_its_field(door: Door, house: str) -> None:
    wrong = {"format": "yayoi", "encoding": "utf-8"}
    problem(door.ask("POST", EXPORTS, key=house, json=wrong), 422, "encoding_not_for_format")
    turned = {"format": "yayoi", "from": "2026-12-01", "to": "2026-11-01"}
    problem(door.ask("POST", EXPORTS, key=house, json=turned), 422, "days_reversed")
    problem(door.get(f"{EXPORTS}/9/file", key=house), 404, "journal_export_unknown")
    assert door.get(EXPORTS, key=house).json()["exports"] == []


def test_nobody_else_takes_the_books_along(door: Door, house: str) -> None:
    firm = builders.key(door.database, label="managing", scopes=["read", "manage"])
    problem(door.get(EXPORTS, key=firm), 403, "house_only")
    problem(door.get(f"{EXPORTS}/1/file", key=firm), 403, "house_only")
    problem(door.ask("POST", EXPORTS, key=firm, json={"format": "yayoi"}), 403, "house_only")


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal of a book with payouts, on 5 January."""
    money.house(database)
    pay(database)
    clock.move_to(money.noon(date(2027, 1, 5)))
    with serving(database, clock) as opened:
        opened.person("genbo", role="accountant", email="keiri@genbo.example")
        opened.person("minami", role="holder", email="minami@minami.example")
        yield opened


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "会計用のデータ"), ("en", "For your books")]
)
def test_the_accountant_finds_downloads_under_documents(
    portal: Portal, language: str, words: str
) -> None:
    with portal.browser("keiri@genbo.example", language=language) as browser:
        assert words in browser.get("/documents").text
        assert words in browser.get("/documents/books").text
        query = "from=2026-12-01&to=2026-12-31"
        trial = browser.get(f"/documents/books/trial-balance.csv?{query}")
        assert trial.content.startswith(b"\xef\xbb\xbfaccount,")
        register = browser.get(f"/documents/books/withholding.csv?{query}")
        assert "minami" in register.text
        journal = browser.send(
            "/documents/books",
            "/documents/books/journal",
            format="moneyforward",
            new="no",
            **{"from": "2026-12-01", "to": "2026-12-31"},
        )
        assert journal.headers["content-disposition"].endswith('"journal-1-moneyforward.csv"')
        assert "keiri@genbo.example" in browser.get("/documents/books").text


def test_a_wrong_day_is_told_on_the_page(portal: Portal) -> None:
    with portal.browser("keiri@genbo.example") as browser:
        for path in ("trial-balance.csv", "withholding.csv"):
            told = browser.get(f"/documents/books/{path}?to=2026-13-01")
            assert told.status_code == 422
            assert "2026-13-01" in told.text
        empty = browser.send(
            "/documents/books",
            "/documents/books/journal",
            format="yayoi",
            new="no",
            **{"from": "2020-01-01", "to": "2020-01-31"},
        )
        assert empty.status_code == 409
        assert 'role="alert"' in empty.text


def test_a_rights_holder_has_no_such_page(portal: Portal) -> None:
    with portal.browser("minami@minami.example") as browser:
        assert "/documents/books" not in browser.get("/documents").text
        for path in ("", "/trial-balance.csv?to=2026-12-31", "/withholding.csv?to=2026-12-31"):
            assert browser.get(f"/documents/books{path}").status_code == 404
