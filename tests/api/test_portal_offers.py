"""A holder's offers on its pages: tried first, made once, changed by one of two at a time."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape

import pytest

from api.demo.hosting import DemoClock
from ledger.services import closing
from ledger.store.database import Database
from tests import builders
from tests.api.portals import PASSWORD, Browser, Portal, serving
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report

WILD = "<script>alert(1)</script>"


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """On 5 November October is closed: 900 images of a work at 12 yen, 10 of its character."""
    money.house(database)
    builders.party(database, "hoshino")
    builders.party(database, "kaze")
    builders.work(database, "kaze-no-machi")
    builders.work(database, "tama", kind="character", parent="kaze-no-machi", title_ja=WILD)
    builders.work(database, "koe", kind="voice", parent="kaze-no-machi", title_ja="声")
    builders.work(database, "umi", owner="kaze")
    builders.license(
        database, grants=(builders.new_grant(subjects=("kaze-no-machi", "tama")),), ends_at=None
    )
    report(database, generation(900, on=date(2026, 10, 5)))
    report(database, generation(10, on=date(2026, 10, 5), subjects=("tama",)))
    closing.close_month(
        database, month=money.OCTOBER, closed_by="k", closed_at=money.OCTOBER.ends_at
    )
    clock.move_to(money.noon(date(2026, 11, 5)))
    with serving(database, clock) as opened:
        opened.person("hoshino", email="me@hoshino.example")
        opened.person("hoshino", email="she@hoshino.example")
        opened.person("kaze", email="me@kaze.example")
        yield opened


def hidden(text: str) -> dict[str, str]:
    """Return the hidden fields of the last form on a page."""
    form = text.split("<form")[-1]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


TERMS = {
    "modality_image": "yes",
    "use_class_generation": "yes",
    "territories": "JP",
    "currency": "JPY",
    "line1_basis": "per_image",
    "line1_rate": "20",
    "clause": "Offer 2026, 3",
    "wind_down_days": "30",
}


def make(browser: Browser, subject: str = "", do: str = "save", **fields: str) -> str:
    """Fill the form of an offer in, and press one of its buttons."""
    page = browser.get(f"/offers/new?subject={subject}").text
    data = {**hidden(page), **TERMS, "reference": "hoshino-2027", "do": do, **fields}
    return browser.client.post("/offers/new", data=data).text


def change(browser: Browser, page: str, **fields: str) -> str:
    data = {**hidden(page), **TERMS, "do": "save", **fields}
    return browser.client.post("/offers/hoshino-2027/terms", data=data).text


def versions(portal: Portal) -> list[tuple[object, ...]]:
    return rows(portal.database, "SELECT version, state, reason FROM offer_version ORDER BY 1")


def test_terms_are_tried_on_the_last_quarter_and_nothing_is_written(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        tried = make(browser, "kaze-no-machi", do="preview")
        assert "JPY 10,920" in tried  # 910 images at 12 yen, as it was.
        assert "JPY 18,200" in tried  # At 20 yen.
        assert "+JPY 7,280" in tried or "JPY 7,280" in tried
        assert "In force from 5 November 2026 12:00" in tried
        assert 'value="hoshino-2027"' in tried  # What was typed is still there.
        narrower = make(browser, "tama", do="preview")
        assert "JPY 200" in narrower
        assert WILD not in narrower
        elsewhere = make(browser, "kaze-no-machi", do="preview", line1_basis="per_second")
        assert "2 generations have no rate" in elsewhere
    assert versions(portal) == []


def test_an_offer_is_made_shown_and_changed_with_its_history(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        shown = make(browser)
        assert "JPY 20 per image" in shown
        page = browser.get("/offers/hoshino-2027/terms").text
        assert 'name="line1_rate" type="text" value="20"' in page
        changed = change(browser, page, line1_rate="25", reason="New year")
        assert "<ins>JPY 25 per image</ins>" in changed
        assert "<del>JPY 20 per image</del>" in changed
        assert "Set other terms for hoshino-2027" in browser.get("/acts").text
        assert "hoshino-2027" in browser.get("/offers").text
    assert versions(portal) == [(1, "offered", ""), (2, "offered", "New year")]


def test_the_second_of_two_is_shown_the_difference_and_loses_nothing(portal: Portal) -> None:
    with (
        portal.browser("me@hoshino.example") as me,
        portal.browser("she@hoshino.example") as she,
    ):
        make(me)
        mine, hers = (each.get("/offers/hoshino-2027/terms").text for each in (me, she))
        change(she, hers, line1_rate="30")
        overtaken = change(me, mine, line1_rate="25", prohibited="violence")
        assert "wrote version 2" in overtaken
        assert "<ins>JPY 30 per image</ins>" in overtaken
        assert 'name="line1_rate" type="text" value="25"' in overtaken
        assert "violence" in overtaken
        assert len(versions(portal)) == 2
        change(me, overtaken, line1_rate="25")
        assert [each[0] for each in versions(portal)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"line1_rate": "x"}, "line1_rate"),
        ({"line2_rate": "-1", "line2_basis": "per_image"}, "line2_rate"),
        ({"line1_rate": ""}, "line1_rate"),
        ({"clause": ""}, "clause"),
        ({"from": "2026-13-01"}, "from"),
        ({"from": "2026-11-01"}, "from"),  # A holder's word does not reach back.
        ({"until": "2026-11-01"}, "until"),
        ({"territories": "Japan"}, "territories"),
        ({"wind_down_days": "many"}, "wind_down_days"),
        ({"reference": "with space"}, "reference"),
        ({"reference": "x" * 10_000}, "reference"),
        ({"modality_image": ""}, "modality_image"),
        ({"quota_units": "10", "quota_period": "month", "quota_on_exceed": "x"}, "quota_on_exceed"),
    ],
)
def test_what_cannot_be_offered_is_told_at_its_field(
    fields: dict[str, str], marked: str, portal: Portal
) -> None:
    with portal.browser("me@hoshino.example") as browser:
        refused = make(browser, **fields)
    tag = re.search(rf'<(?:input|select|textarea)[^>]* id="{marked}"[^>]*>', refused)
    assert tag is not None
    assert 'aria-invalid="true"' in tag[0]
    assert f'id="{marked}-fault"' in refused
    assert versions(portal) == []


def test_an_offer_is_suspended_resumed_and_withdrawn_with_a_reason(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        make(browser)
        for to, reason in (("suspended", ""), ("suspended", "Sakuhin ga"), ("offered", "Back")):
            page = browser.get(f"/offers/hoshino-2027/state?to={to}").text
            data = {**hidden(page), "reason": reason}
            answer = browser.client.post("/offers/hoshino-2027/state", data=data)
            assert (answer.status_code == 422) == (not reason)
        page = browser.get("/offers/hoshino-2027/state?to=withdrawn").text
        assert "winds down for 30 days" in page
        data = {**hidden(page), "reason": "Over", "from": "2026-12-01"}
        shown = browser.client.post("/offers/hoshino-2027/state", data=data).text
        assert "1 December 2026 00:00" in shown
    assert [each[1] for each in versions(portal)] == [
        "offered",
        "suspended",
        "offered",
        "withdrawn",
    ]


def test_a_work_is_opted_out_with_what_is_in_it_and_in_again(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        for to, subject, reason in (
            ("not_offered", "kaze-no-machi", "Not now"),
            ("offered", "tama", ""),
        ):
            page = browser.get(f"/offers/standing?to={to}&subject={subject}").text
            assert WILD not in page
            data = {**hidden(page), "reason": reason}
            assert browser.client.post("/offers/standing", data=data).url.path == "/portal/offers"
            portal.clock.move_to(portal.clock() + timedelta(minutes=1))
        past = browser.get("/offers/standing?to=not_offered").text
        data = {**hidden(past), "reason": "All", "from": "2026-11-01"}
        assert browser.client.post("/offers/standing", data=data).status_code == 422
    told = rows(
        portal.database,
        "SELECT s.reference, o.state FROM opt_in o JOIN subject s USING (subject_id) "
        "WHERE o.recorded_by LIKE '%hoshino.example%' ORDER BY 1, o.opt_in_id",
    )
    assert told == [
        ("kaze-no-machi", "not_offered"),
        ("koe", "not_offered"),
        ("tama", "not_offered"),
        ("tama", "offered"),
    ]


def test_a_consent_is_entered_and_withdrawn(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        page = browser.get("/consents/new?voice=koe").text
        data = {
            **hidden(page),
            "reference": "CON-1",
            "performer": WILD,
            "use_class_voice_synthesis": "yes",
            "given_on": "2026-11-01",
            "notice": "30",
            "languages": "ja",
        }
        wrong = browser.client.post("/consents/new", data={**data, "notice": "soon"}).text
        assert 'id="notice-fault"' in wrong
        listed = browser.client.post("/consents/new", data=data).text
        assert "CON-1" in listed
        assert WILD not in listed
        page = browser.get("/consents/withdrawal?voice=koe&consent=CON-1").text
        data = {**hidden(page), "from": "2026-11-05", "reason": "Asked for"}
        told = browser.client.post("/consents/withdrawal", data=data).text
        assert "withdrawn on 5 November 2026" in told
    assert rows(portal.database, "SELECT reason FROM consent_withdrawal") == [("Asked for",)]


def test_what_is_anothers_is_neither_shown_nor_decided(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        make(browser)
    with portal.browser("me@kaze.example") as other:
        for path in (
            "/offers/hoshino-2027",
            "/offers/hoshino-2027/terms",
            "/offers/hoshino-2027/state?to=withdrawn",
            "/offers/new?subject=tama",
            "/offers/standing?to=not_offered&subject=tama",
            "/consents/new?voice=koe",
            "/consents/withdrawal?voice=koe&consent=x",
        ):
            assert other.get(path).status_code == 404, path
        fields = hidden(other.get("/offers/new").text)
        for path, more in (
            ("/offers/new", {"subject": "tama", "reference": "theirs", "do": "save"}),
            ("/offers/new", {"subject": "tama", "do": "preview"}),
            ("/offers/hoshino-2027/terms", {"do": "save"}),
            ("/offers/hoshino-2027/state", {"to": "withdrawn", "reason": "x"}),
            ("/offers/standing", {"to": "not_offered", "subject": "tama", "reason": "x"}),
            ("/consents/new", {"voice": "koe"}),
            ("/consents/withdrawal", {"voice": "koe", "consent": "x"}),
        ):
            answer = other.client.post(path, data={**fields, **TERMS, **more})
            assert answer.status_code == 404, path
        assert "hoshino" not in other.get("/offers").text
    assert len(versions(portal)) == 1


def test_a_form_of_terms_outlives_its_session(portal: Portal) -> None:
    with portal.browser("me@hoshino.example") as browser:
        page = browser.get("/offers/new").text
        portal.clock.move_to(portal.clock() + timedelta(hours=3))
        data = {**hidden(page), **TERMS, "reference": "x" * 10_000, "clause": WILD, "do": "save"}
        asked = browser.client.post("/offers/new", data=data).text
        again = {**hidden(asked), "email": "me@hoshino.example", "password": PASSWORD}
        shown = browser.client.post("/sign-in", data=again).text
        assert "Nothing was sent yet" in shown
        assert "x" * 10_000 in shown
        assert WILD not in shown
    assert versions(portal) == []
