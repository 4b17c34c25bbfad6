"""© lines: who is named, under what name they act, and who wrote and published the original."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.demo.copyright import CopyrightLine, parse_copyright_line
from api.demo.credits import KnownNames, credit_names, known_names, name_key

#: The companies and people an invented catalogue knows.
KNOWN = known_names(
    organisations=[
        "株式会社あさぎり放送",
        "スタジオ・ヒバリ",
        "みなとアニメーション",
        "ほしぞら配信",
    ],
    credited=["銀河テレビ", "くじらフィルム", "「灯台守」製作委員会"],
    people=["クリス・Ｐ・モリス", "高瀬みお", "水無瀬透"],
)


def parse(line: str, *, title: str = "灯台守の歌", authors: tuple[str, ...] = ()) -> CopyrightLine:
    return parse_copyright_line(line, known=KNOWN, title=title, authors=authors)


@pytest.mark.parametrize(
    ("line", "parties"),
    [
        ("みなとアニメーション", ["みなとアニメーション"]),
        ("（c）1998 みなとアニメーション", ["みなとアニメーション"]),
        ("（Ｃ）くじらフィルム", ["くじらフィルム"]),
        ("Ⓒくじらフィルム", ["くじらフィルム"]),
        ("〔C〕くじらフィルム1990", ["くじらフィルム"]),
        ("cくじらフィルム", ["くじらフィルム"]),  # The sign was typed as a small letter.
        ("comet", ["comet"]),  # A small letter that begins a name is none.
        ("＆＃169;くじらフィルム", ["くじらフィルム"]),  # An entity in full width.
        ("＆quot;（c）くじらフィルム＆quot;", ["くじらフィルム"]),
        ("くじらフィルム／銀河テレビ", ["くじらフィルム", "銀河テレビ"]),
        ("くじらフィルム・銀河テレビ、電通", ["くじらフィルム", "銀河テレビ", "電通"]),
        ("©くじらフィルム©銀河テレビ", ["くじらフィルム", "銀河テレビ"]),  # A sign begins a name.
        (
            "くじらフィルム/銀河テレビ ／ くじらフィルム",
            ["くじらフィルム", "銀河テレビ"],
        ),  # Named twice.
        ("銀河テレ ビ・くじらフィルム", ["銀河テレビ", "くじらフィルム"]),  # A line was broken.
        ("くじらフィルム・銀河コーポレ ／ ーション", ["くじらフィルム", "銀河コーポレーション"]),
        ("'99,'02 KUJIRA CO.,LTD. All rights reserved.", ["KUJIRA CO.,LTD."]),
        ("KUJIRA Inc. MINATO Co., Ltd.", ["KUJIRA Inc.", "MINATO Co., Ltd."]),
        ("くじらフィルム（灯台の会）", ["くじらフィルム"]),  # An aside is no name.
        ("1990年-1994年/くじらフィルム", ["くじらフィルム"]),
        ("FNS27局・くじらフィルム2014", ["FNS27局", "くじらフィルム"]),  # 27 is no year.
        ("不明", []),
        ("©2014", []),
    ],
)
def test_a_line_names_its_parties(line: str, parties: list[str]) -> None:
    assert list(parse(line).parties) == parties


@pytest.mark.parametrize(
    ("line", "parties"),
    [
        ("スタジオ・ヒバリ・銀河テレビ", ["スタジオ・ヒバリ", "銀河テレビ"]),  # A listed company.
        (
            "銀河テレビ・クリス・Ｐ・モリス",
            ["銀河テレビ", "クリス・Ｐ・モリス"],
        ),  # A credited person.
        ("カイト・ランプ", ["カイト・ランプ"]),  # Katakana nobody knows: one foreign name.
        ("ほしぞら配信・カイト", ["ほしぞら配信", "カイト"]),
        ("フジマル・プロ", ["フジマル・プロ"]),  # What follows is no name by itself.
        ("「海・空」製作委員会", []),  # Brackets keep a name together.
    ],
)
def test_a_middle_dot_parts_names_unless_it_is_inside_one(line: str, parties: list[str]) -> None:
    assert list(parse(line, title="別の作品").parties) == parties


@pytest.mark.parametrize(
    ("line", "committee", "parties"),
    [
        ("©「灯台守」製作委員会", "「灯台守」製作委員会", []),
        (
            "くじらフィルム/灯台守製作委員会・銀河テレビ",
            "灯台守製作委員会",
            ["くじらフィルム", "銀河テレビ"],
        ),
        (
            "くじらフィルム/灯台守制作委員会，銀河テレビ",
            "灯台守制作委員会",
            ["くじらフィルム", "銀河テレビ"],
        ),
        ("©KUJIRA/Project Lighthouse", "Project Lighthouse", ["KUJIRA"]),
        ("くじらフィルム／灯台パートナーズ", "灯台パートナーズ", ["くじらフィルム"]),
        (
            "灯台守製作委員会2017 くじらフィルム/銀河テレビ",
            "灯台守製作委員会",
            ["くじらフィルム", "銀河テレビ"],
        ),
        (
            "灯台守プロジェクト(くじらフィルム、銀河テレビ)",
            "灯台守プロジェクト",
            ["くじらフィルム", "銀河テレビ"],
        ),
        (
            "灯台守の歌・海の巻製作委員会",
            "灯台守の歌・海の巻製作委員会",
            [],
        ),  # The title has the dot.
        ("Sea, Sky!製作委員会", "Sea, Sky!製作委員会", []),  # And the comma.
        (
            "博報堂DYメディアパートナーズ",
            None,
            ["博報堂DYメディアパートナーズ"],
        ),  # A company after all.
    ],
)
def test_what_several_act_under_is_not_one_of_them(
    line: str, committee: str | None, parties: list[str]
) -> None:
    title = {"S": "Sea, Sky!", "灯": "灯台守の歌・海の巻"}.get(line[0], "灯台守")
    found = parse(line, title=title)
    assert (found.committee, list(found.parties)) == (committee, parties)


@pytest.mark.parametrize(
    ("line", "credited", "authors", "publisher"),
    [
        ("水無瀬 透/朝霧書房・銀河テレビ", ["水無瀬透"], ["水無瀬透"], "朝霧書房"),
        ("白川澪・久我蓮／朝霧社・銀河テレビ", [], ["白川澪", "久我蓮"], "朝霧社"),
        ("白川澪・朝霧社／白川澪製作委員会", [], ["白川澪"], "朝霧社"),
        ("くじらフィルム・朝霧社", [], [], "朝霧社"),  # A company writes nothing.
        ("NHX・朝霧社", [], [], "朝霧社"),  # Nor do initials.
        ("白川澪／銀河テレビ", [], [], None),  # Nobody says who she is.
        ("白川澪／銀河テレビ", ["白川澪"], ["白川澪"], None),
        ("銀河テレビ・大橋広告社", [], [], None),  # An agency is no publisher.
        ("白川澪/アサギリ文芸刊/銀河テレビ", [], ["白川澪"], "アサギリ文芸"),  # 刊 says it.
        ("オノ・リツ/朝霧社", ["オノ・リツ"], ["オノ・リツ"], "朝霧社"),
    ],
)
def test_the_author_and_publisher_of_the_original_are_told(
    line: str, credited: list[str], authors: list[str], publisher: str | None
) -> None:
    found = parse(line, authors=tuple(credited))
    assert (list(found.authors), found.publisher) == (authors, publisher)
    assert not set(found.authors) & set(found.parties)
    assert publisher is None or publisher in found.parties


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("[制作]甲 ／ 乙 ／ [製作]丙", [("制作", "甲"), ("制作", "乙"), ("製作", "丙")]),
        ("［原作］白川 澪", [("原作", "白川澪")]),
        ("甲社 | 乙社", [("", "甲社"), ("", "乙社")]),
        ("＊ 甲社 ／", [("", "甲社")]),
        ("[原作", [("", "原作")]),  # A bracket that never closes.
        ("", []),
    ],
)
def test_a_credit_gives_each_name_its_role(credit: str, names: list[tuple[str, str]]) -> None:
    assert credit_names(credit) == names


@given(
    st.text(
        alphabet=st.sampled_from("甲乙アイ・／/,、 ()（）[]「」©刊社製作委員会19ceIn.&;#"),
        max_size=60,
    )
)
def test_no_line_is_too_odd_to_be_read(line: str) -> None:
    found = parse(line, authors=("甲",))
    names = [*found.parties, *found.authors]
    assert all(name.strip() for name in names)
    assert len({name_key(name) for name in names}) == len(names)


@pytest.fixture(scope="module")
def catalogue(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "works.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def real_names(shared: Path, catalogue: list[dict[str, str]]) -> KnownNames:
    with (shared / "data" / "organisations.csv").open(encoding="utf-8-sig", newline="") as file:
        organisations = [row["name"] for row in csv.DictReader(file)]
    return known_names(
        organisations=organisations,
        credited=_names(catalogue, "production_company_raw"),
        people=_names(catalogue, "original_author_raw"),
    )


@pytest.mark.shared
def test_every_real_line_is_read(catalogue: list[dict[str, str]], real_names: KnownNames) -> None:
    lines = [work for work in catalogue if work["copyright_holder_raw"]]
    found = [
        parse_copyright_line(work["copyright_holder_raw"], known=real_names, title=work["title_ja"])
        for work in lines
    ]
    assert len(lines) == 673
    nobody = [
        work["copyright_holder_raw"]
        for work, line in zip(lines, found, strict=True)
        if not (line.parties or line.authors or line.committee)
    ]
    assert nobody == ["不明"]
    assert not [
        (work["copyright_holder_raw"], name)
        for work, line in zip(lines, found, strict=True)
        for name in (*line.parties, *line.authors)
        if len(name) > 60 or any(sign in name for sign in "©Ⓒ＃;／")
    ]


@pytest.mark.shared
def test_every_committee_that_says_so_is_found(
    catalogue: list[dict[str, str]], real_names: KnownNames
) -> None:
    said = [work for work in catalogue if "製作委員会" in work["copyright_holder_raw"]]
    missed = [
        work["copyright_holder_raw"]
        for work in said
        if not parse_copyright_line(
            work["copyright_holder_raw"], known=real_names, title=work["title_ja"]
        ).committee
    ]
    assert said
    assert not missed


def _names(catalogue: list[dict[str, str]], column: str) -> Iterator[str]:
    return (name for work in catalogue for _, name in credit_names(work[column]))
