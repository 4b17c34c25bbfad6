"""``GET /v1/works``: what could be licensed, a page at a time, with its state by the clock."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from api.cursors import write_cursor
from api.demo.hosting import DemoClock
from tests import builders
from tests.api.doors import NOW, Door, problem

WORKS = "/v1/works"


def find(door: Door, q: str, **more: Any) -> dict[str, Any]:
    answer = door.get(WORKS, params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def pages(door: Door, q: str, limit: int) -> Iterator[list[str]]:
    """Follow the cursors of a search from its first page to its last."""
    cursor: dict[str, str] = {}
    while True:
        page = find(door, q, limit=limit, **cursor)
        yield [work["id"] for work in page["works"]]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def test_a_work_is_shown_with_what_a_firm_has_to_know(door: Door) -> None:
    (work,) = find(door, "風の町")["works"]
    assert work == {
        "id": "kaze-no-machi",
        "kind": "work",
        "title_ja": "風の町",
        "title_kana": "カゼノマチ",
        "title_en": "The Windy Town",
        "rights_holder_ja": "株式会社星野書店",
        "rights_holder_en": "Hoshino Shoten Inc.",
        "credit_line": "©星野書店/風の町製作委員会",
        "opt_in": "offered",
        "offer": None,
    }


def test_any_spelling_finds_it(door: Door) -> None:
    for q in ("風の町", "ｶｾﾞﾉﾏﾁ", "かぜのまち", "WINDY", "ｗｉｎｄｙ　ｔｏｗｎ", "の町"):
        assert [work["id"] for work in find(door, q)["works"]] == ["kaze-no-machi"], q


def test_it_is_found_by_identifier(door: Door) -> None:
    builders.work(
        door.database, "yoru", title_ja="夜", identifiers=frozenset({("isan", "0000-3A8D")})
    )
    assert [work["id"] for work in find(door, "isan:0000-3A8D")["works"]] == ["yoru"]


def test_what_is_not_there_is_not_found(door: Door) -> None:
    assert find(door, "存在しない題名") == {"works": [], "next_cursor": None}


def test_pages_leave_nothing_out_and_repeat_nothing(door: Door) -> None:
    for number in range(7):
        builders.work(door.database, f"umi-{number}", title_ja=f"海{'波' * number}")
    everything = [f"umi-{number}" for number in range(7)]
    for limit in (1, 2, 3, 7, 20):
        found = list(pages(door, "海", limit))
        assert [work for page in found for work in page] == everything
        assert all(len(page) == limit for page in found[:-1])


def test_the_state_is_the_one_in_force_by_the_clock(door: Door, clock: DemoClock) -> None:
    builders.work(door.database, "yoru", title_ja="夜の海", offered_at=NOW + timedelta(days=1))
    builders.offer(
        door.database,
        ["yoru"],
        state="suspended",
        reason="asked for",
        effective_at=NOW + timedelta(days=2),
    )
    states = []
    for hours in (0, 23, 24, 47, 48):
        clock.move_to(NOW + timedelta(hours=hours))
        states.append(find(door, "夜の海")["works"][0]["opt_in"])
    assert states == ["not_offered", "not_offered", "offered", "offered", "suspended"]


WRONG = [
    ("", "/q"),  # Not even asked.
    ("q=", "/q"),
    (f"q={'a' * 257}", "/q"),
    ("q=%00", "/q"),
    ("q=%E2%98%86", "/q"),  # A star alone: nothing that could be in a title.
    ("q=kaze&limit=0", "/limit"),
    ("q=kaze&limit=101", "/limit"),
    ("q=kaze&limit=-1", "/limit"),
    ("q=kaze&limit=1.5", "/limit"),
    ("q=kaze&limit=many", "/limit"),
    (f"q=kaze&limit={10**30}", "/limit"),
]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_search_that_cannot_be_made_names_the_field(door: Door, language: str) -> None:
    for query, pointer in WRONG:
        answer = door.get(f"{WORKS}?{query}", headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer), query
        assert answer.headers["content-language"] == language


#: Places that no answer named, and that the book cannot be asked for.
CURSORS = [
    *("", "x", "%", "鍵", "\x00", "e30", "A" * 10_000),
    write_cursor(7),
    write_cursor([1, 2]),
    write_cursor([1, 2, 3]),
    write_cursor([1, 2, "a", "b"]),
    write_cursor([2**31, 0, "a"]),
    write_cursor([0, -(2**63) - 1, "a"]),
    write_cursor([0, 10**18, "a"]),
    write_cursor([0, 0, "\x00"]),
]


def test_a_cursor_that_was_not_given_out_is_refused(door: Door) -> None:
    for cursor in CURSORS:
        answer = door.get(f"{WORKS}?q=kaze&cursor={quote(cursor)}")
        assert problem(answer, 422, "cursor_malformed")["pointer"] == "/cursor"


def test_no_query_is_a_failure_of_ours(door: Door) -> None:
    for q in ("\x00", "a\x00b", "%", "_", "%_%", "\\", "'", '"', "a:b", "isan:", ":", "isan:\x00"):
        assert door.get(WORKS, params={"q": q}).status_code in (200, 422), q


def test_a_title_with_a_sign_of_patterns_is_found_by_it(door: Door) -> None:
    builders.work(door.database, "percent", title_ja="100%の恋", title_en="100% Love")
    assert [work["id"] for work in find(door, "100%")["works"]] == ["percent"]
