"""What each request of a real usage log becomes, and when in the demo's months it happened."""

from typing import Any

import pytest

from api.demo.log import SENT_AGAIN, Firm, Log, Meaning
from api.demo.scenario import MONTHS, Event

REQUEST: dict[str, Any] = {
    "request_id": "source-1",
    "prompt_sha256_24": "aa",
    "model": "m-1",
    "ts": "2026-07-10T03:00:00+00:00",
    "outputs": 2,
    "mentions": [{"name": "灯台守の歌", "kind": "title"}],
}


FIRM = Firm(licensee="firm", license="LIC-1", style_license="LIC-2")


def events(*requests: dict[str, Any]) -> list[Event]:
    """Return the events of requests, each given as what it has beside the usual."""
    log = Log(firms={"source": FIRM}, territories={"JP": 1}, meaning=meaning)
    for number, request in enumerate(requests):
        log.take({**REQUEST, "request_id": f"source-{number}", **request})
    return [report.event for month in MONTHS for report in log.reports(month)]


def meaning(mention: Any) -> Meaning:
    if mention["kind"] == "studio":
        return Meaning(subject="style:x", is_style=True)
    is_listed = mention["name"] == "灯台守の歌"
    return Meaning(subject="C1") if is_listed else Meaning(subject="unlisted:y", unlisted_title="Y")


@pytest.mark.parametrize(
    ("ts", "placed"),
    [
        ("2026-07-10T03:00:00+00:00", "2026-07-10T12:00:00+09:00"),  # As it is, in Japan.
        ("2026-06-30T15:00:00+00:00", "2026-07-01T00:00:00+09:00"),  # July there.
        ("2022-08-08T23:28:05+00:00", "2026-08-09T08:28:05+09:00"),  # August is the third.
        ("2025-12-31T01:00:00+00:00", "2026-06-30T10:00:00+09:00"),  # Cut to the month's length.
        ("2026-01-31T20:00:00+00:00", "2026-08-01T05:00:00+09:00"),  # February in Japan.
        ("2026-04-05T00:00:00+00:00", "2026-07-05T09:00:00+09:00"),
    ],
)
def test_a_request_is_placed_in_the_months(ts: str, placed: str) -> None:
    told = [event for event in events({"ts": ts, "outputs": 1}) if event["id"] == "source-0-0"]
    assert told[0]["time"] == placed


def test_a_request_without_a_time_is_placed_by_its_id_alone() -> None:
    (alone,) = {event["time"] for event in events({"ts": None})}
    beside = events({"ts": None}, {"ts": None}, {})
    assert alone in {event["time"] for event in beside if event["id"].startswith("source-0-")}


def test_each_output_is_one_generation() -> None:
    told = events({"outputs": 3, "ts": "2026-06-10T03:00:00+00:00"})
    assert [event["id"] for event in told] == ["source-0-0", "source-0-1", "source-0-2"]
    assert {event["quantity"] for event in told} == {"1"}


def test_an_unknown_count_is_one_generation_of_unknown_quantity() -> None:
    (event,) = events({"outputs": None, "ts": "2026-06-10T03:00:00+00:00"})
    assert event["quantity"] is None


def test_the_same_prompt_twice_is_two_generations() -> None:
    told = events(*[{"outputs": 1, "ts": "2026-06-10T03:00:00+00:00"}] * 2)
    assert len({event["id"] for event in told}) == 2


def test_the_head_of_the_second_month_is_sent_again_unchanged() -> None:
    told = events(*[{"outputs": 1}] * (SENT_AGAIN + 5))
    assert len(told) == SENT_AGAIN + 5 + SENT_AGAIN
    assert told[-SENT_AGAIN:] == told[:SENT_AGAIN]


@pytest.mark.parametrize(
    ("mentions", "subjects", "use_class", "license_", "title"),
    [
        ([("灯台守の歌", "title")], ["C1"], "generation", "LIC-1", None),
        ([("X", "studio")], ["style:x"], "style_reference", "LIC-2", None),
        (
            [("灯台守の歌", "title"), ("X", "studio")],
            ["C1", "style:x"],
            "generation",
            "LIC-1",
            None,
        ),
        ([("灯台守の歌", "title")] * 2, ["C1"], "generation", "LIC-1", None),  # Named twice.
        ([("Y", "title")], ["unlisted:y"], "generation", "LIC-1", "Y"),
    ],
)
def test_what_is_named_is_what_is_reported(
    mentions: list[tuple[str, str]],
    subjects: list[str],
    use_class: str,
    license_: str,
    title: str | None,
) -> None:
    named = [{"name": name, "kind": kind} for name, kind in mentions]
    event = events({"mentions": named, "outputs": 1})[0]
    assert [subject["id"] for subject in event["subjects"]] == subjects
    assert (event["use_class"], event["license"]) == (use_class, license_)
    assert event.get("title") == title


def test_a_request_that_names_no_japanese_work_is_not_reported() -> None:
    assert events({"mentions": []}) == []
