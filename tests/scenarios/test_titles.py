"""
Titles that break programs: each goes in, is found however it is typed, and comes back unchanged.

The traps are written down here with what each is for; the same way is gone with the real titles
of ../shared where they are.
"""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jaconv
import pytest
from typer.testing import CliRunner

from api import cli
from api.app import create_app
from api.client import Client, Generation
from api.context import Context
from api.demo.hosting import DemoClock, listening
from invoices.spreadsheets import generations_csv, statement_csv
from ledger.core.catalogue import search_words
from ledger.core.period import Month
from ledger.services import exporting
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.services import money
from tests.services.money import OCTOBER, noon
from tests.services.usage import generation

AT = generation().occurred_at
CLOCK = noon(OCTOBER.last_day)

TRAPS = (
    ("Roman numerals of one character become letters under NFKC", "機動譚ガルシアⅣ"),
    ("A letter in a circle becomes a letter", "藤村不二夫Ⓐ短編集"),
    ("A number in a circle becomes a digit", "第①話から第⑳話"),
    ("Half-width kana, with its sound marks apart", "ｶﾞﾝﾊﾞﾙ･ﾊﾟﾄﾛｰﾙ"),
    ("Sound marks that combine", "か\u3099んは\u309aる"),
    ("The wave dash of Unicode", "北へ〜白い道〜"),
    ("The tilde that Windows writes for it", "北へ～白い道～"),
    ("Lines: prolonged sound, dashes, minus, hyphens", "スター－ロ−ド―ザ—ワン‐2-ー"),
    ("The ladder form of 高, and the standing form of 崎", "髙橋と﨑山"),
    ("Old and new forms of one character", "渡邊・渡邉・渡辺の國"),
    ("A compatibility ideograph, which NFC changes", "\ufa19社の\ufa12れ間"),
    ("A variant named by a selector outside the first plane", "葛\U000e0100飾物語"),
    ("A character of four bytes", "𠮷野家の𩸽"),
    ("Latin with marks, in one character", "Pokéfolk BØY Ærie"),
    ("Latin with marks that combine", "Poke\u0301folk"),
    ("Marks that no Shift_JIS has", "たかなし♡しずえ♪☆"),
    ("An emoji of several characters", "家族👨‍👩‍👧の旅"),
    ("One sign for several characters", "㍿原簿№１㌔㌘"),
    ("A ligature and superscripts", "ﬁne art²"),
    ("Full-width signs and letters", "［原作］ＡＢＣ！？（新）"),
    ("A space of full width inside", "キャプテン　ハーロウ"),
    ("Quotes, commas and semicolons, which divide tables", '"風",町;海|空\\川'),
    ("A sign that a spreadsheet takes for a formula", "=SUM(A1)の謎"),
    ("The full-width one of them", "－クラナ－"),
    ("Marks of HTML, SQL and paths", "<b>&amp;</b> '; DROP --/../x%00"),
    ("Text from right to left beside Japanese", "שלום物語"),
    ("Small and large kana, and ヴ", "ヴァイオリン・ヱヴァ・ゎヵヶ"),
    ("A kanji repeated by its mark", "佐々木と時〻"),
)


def test_each_trap_is_another_one() -> None:
    assert len({title for _, title in TRAPS}) == len(TRAPS)
    assert any(title != jaconv.h2z(title, ascii=True) for _, title in TRAPS)


@pytest.mark.serial
def test_invented_titles_come_back_unchanged(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    go_the_whole_way(database, tmp_path, [title for _, title in TRAPS])


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.serial
def test_real_titles_come_back_unchanged(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    with (shared / "data" / "title_unicode_traps.csv").open(encoding="utf-8", newline="") as file:
        titles = [row["text"] for row in csv.DictReader(file)]
    assert len(titles) > 200
    go_the_whole_way(database, tmp_path, titles)


def go_the_whole_way(database: Database, folder: Path, titles: list[str]) -> None:
    """Enter works, find them, report them, and read everything back that shows a title."""
    by_id = {f"T-{number:04}": title for number, title in enumerate(titles)}
    money.house(database)
    builders.party(database)
    builders.licensee(database)
    _import(folder, by_id)
    app = create_app(Context(database, clock=DemoClock(CLOCK)))
    with (
        listening(app) as base_url,
        Client(base_url=base_url, key=builders.key(database)) as client,
    ):
        _find(client, by_id)
        _report(client, by_id)
        _report_a_table(base_url, folder, by_id, key=builders.key(database, label="table"))
        for source in ("unmatched", "table"):
            assert _read_back(client, source, by_id) == by_id
    _statement(database, by_id)
    _export(database, by_id)


def _import(folder: Path, by_id: dict[str, str]) -> None:
    """Write a file as ``genbo import`` takes it, and have it taken."""
    text = json.dumps
    ids = text(list(by_id))
    lines = []
    for reference, title in by_id.items():
        lines += [
            "[[subjects]]",
            f'reference = "{reference}"',
            'kind = "work"',
            'owner = "hoshino"',
        ]
        lines += [f"title_ja = {text(title, ensure_ascii=False)}", ""]
    lines += [
        "[[decisions]]",
        f'subjects = {ids}\nstate = "offered"\neffective_at = 2026-04-01T00:00:00+09:00',
        "[[licenses]]",
        'reference = "LIC-2026-001"\nlicensee = "studio-a"\nsigned_on = 2026-03-15',
        "starts_at = 2026-04-01T00:00:00+09:00",
        "[[licenses.grants]]",
        f'subjects = {ids}\nmodalities = ["image"]\nuse_classes = ["generation"]',
        "[licenses.grants.terms]",
        'effective_from = 2026-04-01T00:00:00+09:00\nclause_reference = "5.1"',
        'rate_lines = [{ basis = "per_image", rate = "12" }]',
    ]
    world = folder / "world.toml"
    world.write_text("\n".join(lines), encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["import", str(world), "--by", "Sato"])
    assert done.exit_code == 0, done.exception or done.output


def _find(client: Client, by_id: dict[str, str]) -> None:
    for reference, title in by_id.items():
        for typed in (
            title,
            jaconv.z2h(title, kana=True, ascii=True, digit=True),
            jaconv.h2z(title, kana=True, ascii=True, digit=True),
        ):
            if not search_words(typed):
                continue
            found = {work.id: work.title_ja for work in client.works(typed[:256])}
            assert found.get(reference) == title, f"{typed} does not find {title}"


def _event(reference: str, source: str, **changes: Any) -> Generation:
    facts: dict[str, Any] = {
        "source": source,
        "id": reference,
        "time": AT,
        "license": "LIC-2026-001",
        "subjects": (reference,),
        "use_class": "generation",
        "modality": "image",
        "quantity": 1,
        "unit": "image",
        "territory": "JP",
    }
    return Generation(**facts | changes)


def _report(client: Client, by_id: dict[str, str]) -> None:
    """Report each work, and each title as a user wrote it, which no subject matches."""
    matched = [_event(reference, "matched") for reference in by_id]
    unmatched = [
        _event(reference, "unmatched", subjects=("nobody-s",), title=title)
        for reference, title in by_id.items()
    ]
    answer = client.report([*matched, *unmatched])
    assert (answer.counts["accepted"], answer.counts["held"]) == (len(by_id), len(by_id))
    answer.verify([*matched, *unmatched])  # The hash is over the bytes of the title.


def _report_a_table(base_url: str, folder: Path, by_id: dict[str, str], *, key: str) -> None:
    """Send the titles as a table of their own, through ``genbo report``."""
    table = folder / "titles.csv"
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["番号", "題名"])
        writer.writerows(by_id.items())
    mapping = folder / "mapping.toml"
    constants = {
        "source": "table",
        "time": AT.isoformat(),
        "license": "LIC-2026-001",
        "subjects": "nobody-s",
        "use_class": "generation",
        "modality": "image",
        "quantity": "1",
        "unit": "image",
        "territory": "JP",
    }
    told = "".join(f"{name} = {json.dumps(value)}\n" for name, value in constants.items())
    mapping.write_text(f'[columns]\nid = "番号"\ntitle = "題名"\n[constants]\n{told}')
    words = ["--mapping", str(mapping), "--url", base_url, "--key", key]
    done = CliRunner().invoke(cli.app, ["report", str(table), *words])
    assert done.exit_code == 0, done.exception or done.output


def _read_back(client: Client, source: str, by_id: Iterable[str]) -> dict[str, str | None]:
    """Read the reported titles from the book, one generation at a time."""
    titles: dict[str, str | None] = {}
    for reference in by_id:
        recorded = client.generation(reference, source=source)
        event = recorded.revisions[0].event
        assert event is not None
        titles[reference] = event.title
    return titles


def _statement(database: Database, by_id: dict[str, str]) -> None:
    money.receive_all(database, money.bill(database))
    money.settle(database)
    statement = money.statements(database)["hoshino"]
    rows = _rows(b"".join(statement_csv(statement)))
    assert {row["subject"]: _unguarded(row["title_ja"]) for row in rows} == by_id


def _export(database: Database, by_id: dict[str, str]) -> None:
    parts = exporting.generations_of(database, first=Month(2026, 10), last=Month(2026, 10))
    rows = _rows(b"".join(generations_csv(parts)))
    assert len(rows) == 3 * len(by_id)
    assert {(row["source"], row["id"]): _unguarded(row["title_ja"]) for row in rows} == {
        (source, reference): title
        for source in ("matched", "unmatched", "table")
        for reference, title in by_id.items()
    }


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _unguarded(cell: str) -> str:
    """Take away the one sign that keeps a spreadsheet from running a title."""
    return cell.removeprefix("'") if cell[1:2] in set("=+-@＝＋－＠−") else cell
