"""What a demo makes of real files: refusals by line, names matched, holders found."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.demo import real
from api.demo.credits import known_names
from api.demo.directory import UNKNOWN_HOLDER, Directory
from api.demo.holders import Holders
from api.demo.matching import Titles
from api.demo.sources import (
    DataColumnMissing,
    DataFileMissing,
    DataFolderMissing,
    DataLineUnreadable,
)
from ledger.core.refusal import Refusal
from locales.catalogues import LANGUAGES, message

WORK = {
    **dict.fromkeys(real.WORK_COLUMNS, ""),
    "id": "C1",
    "title_ja": "灯台守の歌",
    "medium": "anime_tv",
    "production_company_raw": "[制作]くじらフィルム",
}
REQUEST: dict[str, Any] = {
    "request_id": "source-1",
    "prompt_sha256_24": "aa",
    "model": "m-1",
    "ts": "2026-07-10T03:00:00+00:00",
    "outputs": 2,
    "mentions": [{"name": "灯台守の歌", "kind": "title"}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of sound data: one work, one company, one role, one request."""
    write_table(tmp_path / "works.csv", [WORK])
    write_table(
        tmp_path / "organisations.csv", [{"id": "C9", "name": "くじらフィルム", "address": ""}]
    )
    role = {"work_id": "C1", "character": "灯台守", "voice_actor_credit": "星野 紗夜子"}
    write_table(tmp_path / "characters_voices.csv.gz", [role])
    request = {**REQUEST, "request_id": "i2p-4703-1"}
    (tmp_path / "usage_log.ndjson").write_text(json.dumps(request) + "\n", encoding="utf-8")
    return tmp_path


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def test_a_small_folder_becomes_a_world(folder: Path) -> None:
    world = real.load(folder)
    assert [subject.reference for subject in world.subjects] == ["C1", "C1.c001", "C1.v001"]
    assert [subject.owner for subject in world.subjects][:2] == ["C9", "C9"]
    assert world.subjects[2].parent == "C1.c001"
    assert [len(list(world.events(month))) for month in world.months] == [0, 4, 0]


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def saying(name: str, data: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return write


@pytest.mark.parametrize(
    ("spoil", "refusal", "file", "line"),
    [
        (without("works.csv"), DataFileMissing, "works.csv", None),
        (without("usage_log.ndjson"), DataFileMissing, "usage_log.ndjson", None),
        (saying("organisations.csv", b"id,name\n"), DataColumnMissing, "organisations.csv", None),
        (saying("organisations.csv", b""), DataColumnMissing, "organisations.csv", None),
        (
            saying("organisations.csv", b"id,name,address\nC9,K,T\nC8,K\n"),  # A field too few.
            DataLineUnreadable,
            "organisations.csv",
            "3",
        ),
        (
            saying("organisations.csv", b"id,name,address\nC9,K,T,T\n"),  # One too many.
            DataLineUnreadable,
            "organisations.csv",
            "2",
        ),
        (
            saying("organisations.csv", b"id,name,address\nC9,\x83\x4e,T\n"),  # Not UTF-8.
            DataLineUnreadable,
            "organisations.csv",
            "1",
        ),
        (
            saying("characters_voices.csv.gz", b"work_id,character"),  # Not packed.
            DataLineUnreadable,
            "characters_voices.csv.gz",
            "1",
        ),
        (
            saying("usage_log.ndjson", b"\n{\n"),
            DataLineUnreadable,
            "usage_log.ndjson",
            "2",
        ),
        (saying("usage_log.ndjson", b"[1]\n"), DataLineUnreadable, "usage_log.ndjson", "1"),
        (saying("usage_log.ndjson", b"{}\n"), DataLineUnreadable, "usage_log.ndjson", "1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    folder: Path,
    spoil: Callable[[Path], None],
    refusal: type[Refusal],
    file: str,
    line: str | None,
) -> None:
    (folder / "usage_log.ndjson").write_text("", encoding="utf-8")
    spoil(folder)
    with pytest.raises(refusal) as refused:
        real.load(folder)
    assert refused.value.values["file"] == file
    assert refused.value.values.get("line") == line
    assert_worded(refused.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFolderMissing) as refused:
        real.load(tmp_path / "nowhere")
    assert_worded(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"request_id": "elsewhere-1"},  # Nobody reports this source.
        {"request_id": 7},
        {"outputs": -1},
        {"outputs": 1.5},
        {"outputs": True},
        {"mentions": None},
        {"mentions": ["灯台守の歌"]},
        {"mentions": [{"name": "灯台守の歌"}]},
        {"ts": "yesterday"},
        {"ts": "2026-07-10T03:00:00"},  # Nobody says in which zone.
        {"ts": 1_700_000_000},
    ],
)
def test_a_line_that_is_no_request_is_refused(folder: Path, wrong: dict[str, Any]) -> None:
    request = {**REQUEST, "request_id": "i2p-4703-1"}
    lines = [json.dumps(request), json.dumps({**request, **wrong})]
    saying("usage_log.ndjson", "\n".join(lines).encode())(folder)
    with pytest.raises(DataLineUnreadable) as refused:
        real.load(folder)
    assert refused.value.values["line"] == "2"
    assert next(iter(wrong)) in refused.value.values["reason"]


def assert_worded(refusal: Refusal) -> None:
    for language in LANGUAGES:
        assert message(language, f"problem.{refusal.code}.title")
        detail = message(language, f"problem.{refusal.code}.detail", **refusal.values)
        assert all(value in detail for value in refusal.values.values())


TITLES = Titles(
    [
        ("harbour-2", "Harbour Song 2"),
        ("harbour", "HARBOUR SONG"),
        ("requiem", "Requiem of Harbour"),
        ("kirakira", "キラキラ☆あらかると"),
        ("kirakira", "Kirakira A La Carte"),
        ("pokemo", "Pokémo Ranger"),
        ("moon", "ムーンライト・ポート"),
    ]
)


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("Harbour Song", "harbour"),  # The whole title comes before one that begins so.
        ("Harbour", "harbour"),  # Of titles that begin so, the shortest.
        ("Requiem", "requiem"),
        ("harbour song 2", "harbour-2"),
        ("Pokemo", "pokemo"),  # Accents make no difference.
        ("AKIRA", None),  # Inside a word of Kirakira, and not a word of it.
        ("Carte", "kirakira"),  # A word of a title.
        ("むーんらいと", "moon"),
        ("Studio: requie'?m|moon", "requiem"),  # A group, a pattern and an alternative.
        ("Nobody / Harbour Song", "harbour"),
        ("???", None),
    ],
)
def test_a_name_in_the_log_means_a_work(name: str, work: str | None) -> None:
    assert TITLES.find(name) == work


def holders() -> Holders:
    known = known_names(
        organisations=["くじらフィルム", "銀河テレビ"], credited=[], people=["白川澪"]
    )
    directory = Directory(known=known, organisations={})
    return Holders(directory=directory, known=known)


def test_a_line_of_several_names_is_a_committee_of_equal_shares() -> None:
    found = holders()
    work = {**WORK, "copyright_holder_raw": "白川澪/朝霧社・くじらフィルム・銀河テレビ"}
    again = {**work, "id": "C2"}
    assert found.of_work(work) == found.of_work(again)
    (committee,) = found.committees
    assert [share for _, share in committee.members] == [1, 1, 1]
    fee, original = committee.steps
    assert fee.payee == original.payee == committee.members[0][0]  # The publisher leads it.
    assert [part_bp for _, part_bp in original.passes] == [7000]


def test_committees_take_turns_between_the_two_orders() -> None:
    found = holders()
    for number in range(3):
        line = f"くじらフィルム・銀河テレビ・第{number}企画"
        found.of_work({**WORK, "copyright_holder_raw": line})
    presets = [committee.preset for committee in found.committees]
    assert presets == ["fees_first", "royalties_first", "fees_first"]


@pytest.mark.parametrize(
    ("work", "committees", "is_known"),
    [
        ({"copyright_holder_raw": "くじらフィルム"}, 0, True),
        ({"copyright_holder_raw": "灯台守製作委員会"}, 0, True),  # Nobody says who is in it.
        ({"copyright_holder_raw": "白川澪/灯台守製作委員会"}, 1, True),
        ({"copyright_holder_raw": "不明"}, 0, True),  # Who made it is credited.
        ({}, 0, True),
        ({"production_company_raw": "[製作協力]銀河テレビ"}, 0, False),  # A helper holds nothing.
        ({"production_company_raw": "", "publisher_raw": "銀河系"}, 0, True),
        ({"production_company_raw": "", "creator_raw": "白川澪"}, 0, False),
        ({"production_company_raw": "", "creator_raw": "甲社", "medium": "game"}, 0, True),
    ],
)
def test_a_holder_is_who_the_line_or_the_credits_name(
    work: dict[str, str], committees: int, is_known: bool
) -> None:
    found = holders()
    holder = found.of_work({**WORK, "original_author_raw": "[原作]白川澪", **work})
    assert len(found.committees) == committees
    assert (holder != UNKNOWN_HOLDER) is is_known
