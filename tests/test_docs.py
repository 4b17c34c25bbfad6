"""The pages keep their word: what they point to and name is there. More in tests/docs/."""

import re
import struct
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, metadata

import pytest
import typer
from packaging.requirements import Requirement

from api import cli
from tests.bench import ingest
from tests.docs.pages import code, prose, table, text
from tests.tidy import repository
from tests.tidy.sources import ROOT, tracked

PAGES = tuple(path for path in tracked() if path.endswith(".md"))
DEPENDENCIES = "docs/decisions/dependencies.md"
SQL = sorted(path for path in tracked() if path.startswith("ledger/store/migrations/sql/"))
PNG = b"\x89PNG\r\n\x1a\n"
PICTURE_BYTES_MAX = 300_000

EVERY_PAGE = pytest.mark.parametrize("page", PAGES)


# What pages point to.


def _anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(page: str) -> Iterator[tuple[str, str]]:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            whole = (ROOT / page).parent / path if path else ROOT / page
            yield whole.resolve().relative_to(ROOT).as_posix(), anchor


@EVERY_PAGE
def test_every_link_leads_somewhere(page: str) -> None:
    for path, anchor in _links(page):
        assert (ROOT / path).exists(), path
        assert not anchor or anchor in _anchors(path), f"{path}#{anchor}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[str](), ["README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = {path for path, _ in _links(page) if path.endswith(".md")}
        waiting += sorted(linked - reached)
    assert set(PAGES) - reached == set()


def test_pictures_are_shown_small_and_described() -> None:
    shown = {
        ((ROOT / page).parent / path).resolve().relative_to(ROOT).as_posix(): words
        for page in PAGES
        for words, path in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text(page))
    }
    kept = {path for path in tracked() if path.startswith("docs/images/")}
    assert kept == shown.keys()
    for path, words in shown.items():
        picture = (ROOT / path).read_bytes()
        assert picture.startswith(PNG), path
        assert len(picture) <= PICTURE_BYTES_MAX, path
        assert min(struct.unpack(">II", picture[16:24])) > 400, path
        assert len(words) > 20, path


@EVERY_PAGE
def test_every_path_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"`((?:api|docs|invoices|ledger|locales|tests|\.ci)/[^`\s<*]*)`", text(page))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_decisions_are_listed_and_short() -> None:
    folder = "docs/decisions/"
    pages = {page.removeprefix(folder) for page in PAGES if page.startswith(folder)}
    listed = set(re.findall(r"\]\(([a-z-]+\.md)\)", text(f"{folder}README.md")))
    assert listed == pages - {"README.md"}
    long = {page for page in listed if len(text(folder + page).splitlines()) > 60}
    assert long <= {"dependencies.md"}


# Commands.


@EVERY_PAGE
def test_variables_of_make_are_read_by_the_makefile(page: str) -> None:
    for line in re.findall(r"make [a-z]+((?: [A-Z]+=(?:\"[^\"]*\"|\S*))+)", text(page)):
        for variable in re.findall(r"([A-Z]+)=", line):
            assert re.search(rf"^{variable} =", text("Makefile"), re.MULTILINE), variable


@cache
def _commands() -> dict[str, set[str]]:
    """Return the options of every command, by its words after ``genbo``."""
    group = typer.main.get_command(cli.app)
    found: dict[str, set[str]] = {}
    waiting = [("", group)]
    while waiting:
        name, command = waiting.pop()
        found[name] = {
            option for each in command.params for option in (*each.opts, *each.secondary_opts)
        }
        children = getattr(command, "commands", {})
        waiting += [(f"{name} {word}".strip(), child) for word, child in children.items()]
    return found


@EVERY_PAGE
def test_commands_and_their_options_exist(page: str) -> None:
    joined = text(page).replace("\\\n", " ")
    groups = (
        "archive|bank|claim|consent|db|dispute|dunning|funds|key|member|notice|party|payee-advance|payouts|receipts"
        "|refund|reserve|revenue|stripe|withholding"
    )
    commands = rf"(?m)(?:`|^\s*)genbo ((?:(?:{groups}) )?[a-z][a-z-]*)([^`\n]*)"
    for words, rest in re.findall(commands, joined):
        assert words in _commands(), f"genbo {words}"
        options = set(re.findall(r"(?<!\S)--[a-z0-9-]+", rest))
        assert options <= _commands()[words], f"genbo {words}"


def test_every_command_has_its_line() -> None:
    told = {code(row[0]).removeprefix("genbo ").split(" ")[0] for row in _command_rows()}
    assert told == {name.split(" ")[0] for name in _commands() if name}


def _command_rows() -> list[list[str]]:
    return table("docs/operating.md", "command")


# Names.


def test_the_words_of_the_glossary_are_in_the_code() -> None:
    for row in table("docs/glossary.md", "English"):
        name, path = code(row[2]), code(row[3])
        assert re.search(rf"\b{name}\b", text(path)), f"{name} is not in {path}"


def test_the_tables_are_those_of_the_schema() -> None:
    told = [name for row in table("docs/architecture.md", "group") for name in row[1].split(", ")]
    made = re.findall(r"CREATE TABLE (\w+)", "".join(map(text, SQL)))
    assert sorted(name.strip("`") for name in told) == sorted(made)


def test_the_guards_are_those_of_the_database() -> None:
    told = {code(row[0]) for row in table("docs/architecture.md", "code")}
    assert told == set(re.findall(r"refuse\('(\w+)'", "".join(map(text, SQL))))


def test_the_measurement_is_described_as_it_is_made() -> None:
    told = text("docs/performance.md")
    assert f"{ingest.CONNECTIONS} connections, {ingest.BATCH:,} events a request" in told
    assert f"of {ingest.SUBJECTS} subjects" in told


# Packages.


def _told_of(package: str, *names: str) -> list[str]:
    """Return what a package's own metadata say under some names, the first name's first."""
    told = metadata(package)
    return [each for name in names for each in told.get_all(name) or []]


def _license_of(package: str) -> str:
    classifiers = _told_of(package, "Classifier")
    licenses = [each for each in classifiers if each.startswith("License")]
    stated = [*_told_of(package, "License-Expression", "License"), *licenses]
    if not stated:  # Nothing but the license itself is in the package.
        [file] = [each for each in distribution(package).files or () if each.name == "LICENSE"]
        stated = [file.read_text().splitlines()[0]]
    return stated[0].rpartition(" :: ")[2].removesuffix(" License")


def test_each_package_is_listed_with_its_license() -> None:
    product, builders = repository.requirements_of(text("pyproject.toml"))
    told = {row[0]: row[3] for row in table(DEPENDENCIES, "package")}
    assert told == {
        name: _license_of(name)
        for name in (Requirement(each).name for each in [*product, *builders])
    }


def test_the_product_holds_nothing_under_gpl_alone() -> None:
    for package in repository.locked(text("requirements.txt")):
        try:
            told = _told_of(package, "License-Expression", "License", "Classifier")
        except PackageNotFoundError:
            continue  # For another system than this one.
        names = re.findall(r"(?i)\b(?:AGPL|GPL|Affero|GNU General)", " ".join(told))
        assert not names or package == "pyphen", package
