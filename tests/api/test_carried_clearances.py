"""An event may carry the clearance it was given, and says whether its output is marked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from api.clearance_tokens import LIFETIME
from locales.catalogues import LANGUAGES
from tests.api import clearances
from tests.api.doors import NOW, Door, statuses
from tests.api.reported import an_event


def at(moment: Any) -> str:
    return str(moment.isoformat())


@pytest.fixture
def token(door: Door) -> str:
    """What the firm was given for the event of the tests, just now."""
    return str(clearances.told(door)["clearance"])


def test_a_good_clearance_is_taken_without_a_word(door: Door, token: str) -> None:
    event = an_event(time=at(NOW), clearance=token)
    (told,) = door.report(event).json()["results"]
    assert (told["status"], "warnings" in told) == ("accepted", False)


CHANGES: list[tuple[str, Mapping[str, Any]]] = [
    ("clearance_differs", {"territory": "US"}),
    ("clearance_differs", {"use_class": "retrieval"}),
    ("clearance_differs", {"license": "LIC-OTHER"}),
    ("clearance_expired", {"time": at(NOW - timedelta(minutes=6))}),
    ("clearance_expired", {"time": at(NOW - timedelta(days=3))}),
    ("clearance_not_ours", {"clearance": "gc1.AAAA.BBBB"}),
    ("clearance_not_ours", {"clearance": ""}),
]


@pytest.mark.parametrize(("code", "changes"), CHANGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_that_is_not_good_for_the_event_is_a_warning(
    door: Door, token: str, code: str, changes: Mapping[str, Any], language: str
) -> None:
    event = an_event(**{"time": at(NOW), "clearance": token, **changes})
    (told,) = door.report(event, language=language).json()["results"]
    assert told["status"] in ("accepted", "refused"), "The terms decide, and the book has it."
    assert "receipt" in told
    (warning,) = told["warnings"]
    assert warning["code"] == code
    assert warning["detail"]
    assert "counted_in" not in warning


def test_a_clearance_is_good_to_the_end_of_its_time(door: Door, token: str) -> None:
    last = an_event(time=at(NOW + timedelta(minutes=5)), clearance=token)
    assert timedelta(minutes=5) < LIFETIME
    (told,) = door.report(last).json()["results"]
    assert "warnings" not in told


def test_a_clearance_is_no_part_of_what_was_reported(door: Door, token: str) -> None:
    """Sent again without it, or with another, the event is the same event."""
    event = an_event(time=at(NOW), clearance=token)
    plain = an_event(time=at(NOW))
    first, again = door.report(event), door.report(plain)
    assert statuses(again) == ["duplicate"]
    assert again.json()["results"][0]["receipt"] == first.json()["results"][0]["receipt"]


def test_only_the_event_that_carries_a_bad_one_is_warned(door: Door, token: str) -> None:
    carried = [
        an_event(id=f"e-{number}", time=at(NOW), **({"clearance": "no"} if number == 2 else {}))
        for number in range(4)
    ]
    told = door.report([*carried, an_event(id="bad", quantity=1.5)]).json()["results"]
    assert [index for index, each in enumerate(told) if "warnings" in each] == [2]


def test_a_preview_warns_as_the_report_will(door: Door) -> None:
    answer = door.ask("POST", "/v1/generations/preview", json=[an_event(clearance="no")])
    assert answer.json()["results"][0]["warnings"] == ["clearance_not_ours"]


@pytest.mark.parametrize("word", ["embedded", "detached", "none"])
def test_content_credentials_are_kept_as_reported(door: Door, word: str) -> None:
    event = an_event(c2pa=word)
    assert statuses(door.report(event)) == ["accepted"]
    found = door.get(f"/v1/generations/{event['id']}", params={"source": event["source"]})
    assert word in found.text


def test_content_credentials_are_part_of_what_was_reported(door: Door) -> None:
    door.report(an_event())
    (told,) = door.report(an_event(c2pa="none")).json()["results"]
    assert (told["status"], told["problem"]["fields"]) == ("conflict", ["c2pa"])


def test_a_language_is_kept_as_reported_and_is_part_of_it(door: Door) -> None:
    event = an_event(language="ja-JP")
    assert statuses(door.report(event)) == ["accepted"]
    found = door.get(f"/v1/generations/{event['id']}", params={"source": event["source"]})
    assert found.json()["revisions"][0]["event"]["language"] == "ja-JP"
    (told,) = door.report(an_event(language="en")).json()["results"]
    assert (told["status"], told["problem"]["fields"]) == ("conflict", ["language"])


@pytest.mark.parametrize("word", ["", "Japanese", "ja_JP", "j", "ja-" + "a" * 40])
def test_what_is_no_language_tag_is_no_event(door: Door, word: str) -> None:
    (told,) = door.report(an_event(language=word)).json()["results"]
    assert (told["status"], told["problem"]["pointer"]) == ("invalid", "/0/language")


def test_another_word_is_no_event(door: Door) -> None:
    (told,) = door.report(an_event(c2pa="yes")).json()["results"]
    assert (told["status"], told["problem"]["pointer"]) == ("invalid", "/0/c2pa")
