"""The portal costs nothing before its first page, and its pages are guarded by their headers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.demo.hosting import DemoClock
from api.portal import rendering
from ledger.store.database import Database
from tests import builders
from tests.api.portals import Portal, serving

STYLESHEET = Path(rendering.__file__).parent / "static" / "portal.css"

HEAVY = ("argon2", "cryptography", "segno", "jinja2", "api.portal.site", "api.portal.rendering")


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal with one rights holder."""
    builders.party(database)
    with serving(database, clock) as opened:
        yield opened


def test_the_api_imports_nothing_of_what_pages_need() -> None:
    asked = f"import sys, api.app; print([m for m in {HEAVY} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/account", "/link/x"])
def test_every_answer_forbids_scripts_frames_and_copies(path: str, portal: Portal) -> None:
    with portal.browser() as browser:
        answer = browser.client.get(path, follow_redirects=False)
        for name, value in rendering.HEADERS.items():
            assert answer.headers[name] == value
        assert "script-src" not in rendering.POLICY
        assert rendering.POLICY.startswith("default-src 'none'")
        assert "<script" not in answer.text
        assert 'style="' not in answer.text


def test_static_files_are_named_by_what_is_in_them_and_kept_for_ever(portal: Portal) -> None:
    with portal.browser() as browser:
        address = rendering.static_address("portal.css").removeprefix("/portal")
        answer = browser.get(address)
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert address in browser.get("/sign-in").text
        assert browser.get("/static/portal.000000000000.css").status_code == 404
        assert browser.get("/static/..%2fsite.py").status_code == 404


def test_every_block_of_the_stylesheet_is_closed_before_the_next_begins() -> None:
    """A block that a merge leaves open swallows every rule after it."""
    depth = 0
    for number, line in enumerate(STYLESHEET.read_text().splitlines(), start=1):
        if line and not line.startswith((" ", "}")):
            assert depth == 0, f"line {number} begins within another block"
        depth += line.count("{") - line.count("}")
    assert depth == 0


def test_the_language_is_switched_on_the_same_page(portal: Portal) -> None:
    with portal.browser(language="en") as browser:
        shown = browser.get("/sign-in?next=%2Fportal%2Facts%3Fbefore%3D3&lang=ja")
        assert shown.url.path == "/portal/sign-in"
        assert shown.url.params["next"] == "/portal/acts?before=3"
        assert '<html lang="ja">' in shown.text
        assert shown.headers["content-language"] == "ja"
        assert '<html lang="ja">' in browser.get("/forgotten").text


def test_without_a_choice_the_browsers_language_is_spoken(portal: Portal) -> None:
    with portal.browser(language="ja") as browser:
        browser.client.cookies.clear()
        assert '<html lang="ja">' in browser.get("/sign-in").text


def test_script_in_a_name_is_shown_and_never_run(portal: Portal) -> None:
    name = '<script>alert("x")</script>' + "長" * 100
    email = portal.person(name=name)
    with portal.browser(email) as browser:
        for path in ("/members", "/acts", "/account"):
            text = browser.get(path).text
            assert "<script" not in text
            assert "&lt;script&gt;" in text


def test_a_form_that_is_no_form_is_refused(portal: Portal) -> None:
    with portal.browser() as browser:
        for content, kind in (
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
            (b"a=1&" * 1000, "application/x-www-form-urlencoded"),
            (b"{}", "application/json"),
            (b"", ""),
        ):
            sent = browser.client.post("/sign-in", content=content, headers={"Content-Type": kind})
            assert sent.status_code == 403
