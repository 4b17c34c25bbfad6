"""Catalogues enter the book whole, again and again, and everything in them is found."""

from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from ledger.core.acceptance import OptInState
from ledger.core.catalogue import identifier_key
from ledger.services import cataloguing
from ledger.services.cataloguing import Added, SearchPage
from ledger.store.database import Database
from ledger.store.tables.works import IDENTIFIER_KEY
from ledger.store.works import NewSubject
from tests import builders
from tests.builders import RECORDED_AT, STARTS_AT, new_work
from tests.refusals import refusal
from tests.rows import counted_statements, row_counts, rows

FRANCHISE = new_work("kaze", kind="franchise", title_ja="風シリーズ", title_kana="", title_en="")
SERIES = new_work(parent="kaze", identifiers=frozenset({("isan", "0000-0000-3A8D"), ("mal", "7")}))
SERIES_ALONE = replace(SERIES, parent=None)
NANA = new_work(
    "nana", kind="character", parent="kaze-no-machi", title_ja="ﾅﾅ", title_kana="", title_en="Nana"
)


def add(database: Database, *subjects: NewSubject) -> Added:
    return cataloguing.add_subjects(database, subjects=subjects, recorded_at=RECORDED_AT)


def found(database: Database, query: str, **limits: Any) -> list[str]:
    page = cataloguing.search(database, query=query, **limits)
    return [subject.facts.reference for subject in page.subjects]


@pytest.fixture
def owner(database: Database) -> str:
    return builders.party(database)


def test_parents_may_come_after_their_children(database: Database, owner: str) -> None:
    assert add(database, NANA, SERIES, FRANCHISE) == Added(added=3, passed_over=0)
    assert rows(
        database,
        "SELECT c.reference, p.reference FROM subject c LEFT JOIN subject p"
        " ON p.subject_id = c.parent_id ORDER BY c.reference",
    ) == [("kaze", None), ("kaze-no-machi", "kaze"), ("nana", "kaze-no-machi")]


def test_an_empty_catalogue_is_nothing_to_write(database: Database) -> None:
    assert add(database) == Added(added=0, passed_over=0)


def test_titles_are_kept_as_they_are(database: Database, owner: str) -> None:
    add(database, new_work(title_ja="藤子不二雄Ⓐ･ﾄﾞﾗﾏ"))
    assert rows(database, "SELECT title_ja FROM subject") == [("藤子不二雄Ⓐ･ﾄﾞﾗﾏ",)]


def test_a_catalogue_may_be_sent_again(database: Database, owner: str) -> None:
    add(database, FRANCHISE, SERIES)
    before = row_counts(database)
    assert add(database, SERIES, FRANCHISE) == Added(added=0, passed_over=2)
    assert row_counts(database) == before
    assert add(database, FRANCHISE, SERIES, NANA) == Added(added=1, passed_over=2)


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"title_ja": "風の街"}, "title_ja"),
        ({"title_en": "", "medium": "film"}, "title_en, medium"),
        ({"owner": "kurokawa"}, "owner"),  # A change of hands is a decision of its own.
        ({"parent": None}, "parent"),
        ({"identifiers": frozenset()}, "identifiers"),
    ],
)
def test_other_facts_about_what_is_there_are_refused_by_name(
    database: Database, owner: str, changes: dict[str, Any], differing: str
) -> None:
    builders.party(database, "kurokawa")
    add(database, FRANCHISE, SERIES)
    before = row_counts(database)
    with refusal("subject_differs", differing.partition(",")[0]) as refused:
        add(database, NANA, replace(SERIES, **changes))
    assert refused[0].values["value"] == "kaze-no-machi"
    assert refused[0].values["differing"] == differing
    assert row_counts(database) == before


def test_one_bad_subject_leaves_the_whole_catalogue_out(database: Database, owner: str) -> None:
    before = row_counts(database)
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"reference": "風"}, "reference_malformed", "reference"),
        ({"reference": "kaze-no-machi"}, "reference_taken", "reference"),  # Twice in the list.
        ({"title_ja": " "}, "text_missing", "title_ja"),
        ({"title_en": "a\nb"}, "text_unprintable", "title_en"),
        ({"kind": "book"}, "word_not_known", "kind"),
        ({"owner": "nobody"}, "party_unknown", "owner"),
        ({"parent": "nothing"}, "subject_unknown", "parent"),
        ({"parent": "nana"}, "parent_is_its_own_child", "parent"),
        ({"identifiers": frozenset({("ISBN 13", "9784")})}, "scheme_malformed", "identifiers"),
        ({"identifiers": frozenset({("isbn", "")})}, "text_missing", "identifiers"),
    ]
    for changes, code, field in cases:
        with refusal(code, field):
            add(database, new_work(), replace(NANA, **changes))
    assert row_counts(database) == before


def test_parents_do_not_go_round_in_a_circle(database: Database, owner: str) -> None:
    with refusal("parent_is_its_own_child", "parent"):
        add(database, replace(FRANCHISE, parent="nana"), SERIES, NANA)


def test_each_subject_belongs_to_its_own_holder(database: Database, owner: str) -> None:
    builders.party(database, "kurokawa")
    add(database, SERIES_ALONE, new_work("yoru", owner="kurokawa", identifiers=frozenset()))
    assert rows(
        database,
        "SELECT s.reference, p.reference FROM subject s JOIN party p"
        " ON p.party_id = s.owner_id ORDER BY 1",
    ) == [("kaze-no-machi", "hoshino"), ("yoru", "kurokawa")]


def test_a_subject_is_found(database: Database, owner: str) -> None:
    add(database, FRANCHISE, SERIES, NANA)
    expected = {
        "風の町": ["kaze-no-machi"],
        "かぜのまち": ["kaze-no-machi"],
        "ｶｾﾞﾉﾏﾁ": ["kaze-no-machi"],
        "ＷＩＮＤＹ　town": ["kaze-no-machi"],
        "town windy": ["kaze-no-machi"],  # Words in any order.
        "ナナ": ["nana"],  # Entered in half width.
        "風": ["kaze", "kaze-no-machi"],  # Both begin so; the shorter comes first.
        "mal:7": ["kaze-no-machi"],
        "MAL:7": ["kaze-no-machi"],
        "isan:0000-0000-3A8D": ["kaze-no-machi"],
        "isan:000000003a8d": ["kaze-no-machi"],  # Without the hyphens it was entered with.
        "ISAN: 0000 0000 3A8D": ["kaze-no-machi"],
        "isan:0000-0000-3A8E": [],
        "kaze no machi": ["kaze-no-machi"],  # Romaji, though no title is written so.
        "KAZENOMATI": ["kaze-no-machi"],
        "の町": ["kaze-no-machi"],  # Shorter than a trigram, and inside.
        "kaze no umi": [],
        "mal:8": [],
        "nothing": [],
        "100%": [],  # A sign that matches anything elsewhere is no sign here.
    }
    assert {query: found(database, query) for query in expected} == expected


def test_an_identifier_is_compared_in_the_book_as_in_the_core(
    database: Database, owner: str
) -> None:
    written = "９７８－4‐10\u2011x\u201223\u2013a\u2212b c/d.e"
    add(database, replace(SERIES_ALONE, identifiers=frozenset({("isbn", written)})))
    assert rows(database, f"SELECT {IDENTIFIER_KEY} FROM subject_identifier") == [
        (identifier_key(written),)
    ]
    assert found(database, f"isbn:{identifier_key(written)}") == ["kaze-no-machi"]


def test_a_whole_title_in_romaji_comes_first(database: Database, owner: str) -> None:
    kana = {"inside": "キタノカゼノマチ", "whole": "カゼノマチ", "beginning": "カゼノマチダヨリ"}
    add(
        database,
        *(
            new_work(reference, title_ja=f"題{number}", title_kana=title, title_en="")
            for number, (reference, title) in enumerate(kana.items())
        ),
    )
    assert found(database, "Kaze no Machi") == ["whole", "beginning", "inside"]


def test_the_best_match_comes_first(database: Database, owner: str) -> None:
    titles = {
        "inside": "北の風の町",
        "longer-beginning": "風の町だより 第二期",
        "beginning": "風の町だより",
        "whole-b": "風の町",
        "whole-a": "『風の町』",
        "scattered": "町と風のうた",
    }
    add(
        database,
        *(
            new_work(reference, title_ja=title, title_kana="", title_en="")
            for reference, title in titles.items()
        ),
    )
    assert found(database, "風の町") == [
        "whole-a",
        "whole-b",
        "beginning",
        "longer-beginning",
        "inside",
    ]
    assert found(database, "風の 町")[-1] == "scattered"


def test_pages_follow_one_another_without_gap_or_repetition(database: Database, owner: str) -> None:
    references = [f"w{number:02}" for number in range(25)]
    add(database, *(new_work(reference, identifiers=frozenset()) for reference in references))
    seen: list[str] = []
    page: SearchPage | None = None
    while page is None or page.next_cursor is not None:
        page = cataloguing.search(
            database, query="風の町", limit=10, cursor=page.next_cursor if page else None
        )
        seen += [subject.facts.reference for subject in page.subjects]
    assert seen == references


def test_a_page_takes_two_queries(database: Database, owner: str) -> None:
    add(database, FRANCHISE, SERIES, NANA)
    with counted_statements(database) as statements:
        cataloguing.search(database, query="風", limit=2)
    assert len([each for each in statements if not each.startswith("SET LOCAL")]) == 2


def test_what_is_found_tells_its_facts_its_holder_and_its_offers(
    database: Database, owner: str
) -> None:
    add(database, FRANCHISE, SERIES)
    builders.offer(database, ["kaze-no-machi"])
    [subject] = cataloguing.search(database, query="mal:7").subjects
    assert subject.facts == SERIES
    assert (subject.owner_name_ja, subject.owner_name_en) == (
        "株式会社星野書店",
        "Hoshino Shoten Inc.",
    )
    assert subject.opt_in == ((STARTS_AT, OptInState.OFFERED),)


def test_a_search_for_nothing_is_refused(database: Database) -> None:
    for query, limit, code, field in [
        ("", 20, "query_empty", "q"),
        ("!?…", 20, "query_empty", "q"),  # Marks alone would find everything.
        ("風" * 257, 20, "query_too_long", "q"),
        ("風", 0, "number_out_of_range", "limit"),
        ("風", 201, "number_out_of_range", "limit"),
    ]:
        with refusal(code, field):
            cataloguing.search(database, query=query, limit=limit)


@pytest.mark.slow
def test_a_catalogue_of_sixty_thousand_takes_seconds(database: Database, owner: str) -> None:
    series = [
        new_work(f"w{number}", title_ja=f"風の町 第{number}話", identifiers=frozenset())
        for number in range(5_000)
    ]
    characters = [
        new_work(
            f"c{number}",
            kind="character",
            parent=f"w{number % 5_000}",
            title_ja=f"登場人物 {number}号",
            title_kana="",
            title_en="",
        )
        for number in range(55_000)
    ]
    started = monotonic()
    added = add(database, *series, *characters)
    assert added == Added(added=60_000, passed_over=0)
    assert monotonic() - started < 30  # Two to three seconds on two cores; a query each takes 60.
    assert found(database, "第4321話") == ["w4321"]
