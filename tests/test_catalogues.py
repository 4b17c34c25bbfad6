"""Every word a person reads exists in Japanese and English, and every key asked for exists."""

import importlib
import pkgutil
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

import ledger
from invoices.journal_chart import usual
from ledger.core.journal import AccountCode
from ledger.core.refusal import Refusal
from locales import catalogues
from tests.tidy.keys import Asked, asked_for, unasked, unequal
from tests.tidy.sources import ROOT, Source, read_sources

ASKING = ("api/", "invoices/", "locales/")
EVERY_LANGUAGE = pytest.mark.parametrize("language", catalogues.LANGUAGES)


@cache
def _asked() -> tuple[Asked, ...]:
    keys = catalogues.keys("ja")
    return tuple(
        request
        for source in read_sources()
        if source.path.startswith(ASKING) and source.path.endswith((".py", ".html", ".svg"))
        for request in asked_for(source, keys)
    )


def _placeholders(language: str) -> dict[str, frozenset[str]]:
    return {key: catalogues.placeholders(language, key) for key in catalogues.keys(language)}


def _refusals() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    found: list[type[Refusal]] = [Refusal]
    for kind in found:
        found.extend(kind.__subclasses__())
    return [kind for kind in dict.fromkeys(found[1:]) if kind.__module__.startswith("ledger.")]


def test_both_languages_hold_the_same_messages_with_the_same_values() -> None:
    for one, other in combinations(catalogues.LANGUAGES, 2):
        assert unequal(_placeholders(one), _placeholders(other)) == []


def test_a_missing_message_and_a_missing_value_are_noticed() -> None:
    assert unequal({"a.b": frozenset("n")}, {"a.b": frozenset()}) == ["a.b"]
    assert unequal({"a.b": frozenset()}, {"a.b": frozenset(), "a.c": frozenset()}) == ["a.c"]


@EVERY_LANGUAGE
def test_no_message_is_blank(language: str) -> None:
    keys = catalogues.keys(language)
    assert keys
    blank = [
        key
        for key in keys
        if not catalogues.message(
            language, key, **dict.fromkeys(catalogues.placeholders(language, key), "x")
        ).strip()
    ]
    assert not blank


@EVERY_LANGUAGE
def test_every_account_of_the_chart_has_its_words(language: str) -> None:
    assert {f"account.{code}" for code in AccountCode} <= catalogues.keys(language)


def test_every_account_of_the_chart_has_a_name_in_plain_text_accounting() -> None:
    assert set(usual()["plain"]) == set(AccountCode), "name it in invoices/journals.toml"


def test_every_catalogue_belongs_to_a_language_that_is_read() -> None:
    files: dict[Path, set[str]] = {}
    for path in (ROOT / "locales").rglob("*.po"):
        language, folder, name = path.relative_to(ROOT / "locales").parts
        assert folder == "LC_MESSAGES"
        files.setdefault(Path(name), set()).add(language)
    unpaired = [name for name, found in files.items() if found != set(catalogues.LANGUAGES)]
    assert files
    assert not unpaired


def test_every_key_the_code_asks_for_exists() -> None:
    keys = catalogues.keys("ja")
    missing = [f"{asked.at}: {asked.key}" for asked in _asked() if not asked.is_met_by(keys)]
    assert not missing, "\n".join(["no such message:", *missing])


def test_every_message_is_asked_for() -> None:
    dead = unasked(catalogues.keys("ja"), [*_asked(), *_of_refusals()])
    assert not dead, "\n".join(["nothing asks for these; remove them:", *dead])


def test_every_refusal_is_worded() -> None:
    keys = catalogues.keys("ja")
    missing = [f"{asked.at}: {asked.key}" for asked in _of_refusals() if asked.key not in keys]
    assert not missing, "\n".join(["no words for this refusal:", *missing])


def _of_refusals() -> list[Asked]:
    return [
        Asked(key=f"problem.{kind.code}.{part}", at=f"{kind.__module__}.{kind.__qualname__}")
        for kind in _refusals()
        if "code" in vars(kind)
        for part in ("title", "detail")
    ]


@pytest.mark.parametrize(
    ("path", "text", "asked"),
    [
        ("a.py", "message(language, 'invoice.title')", ["invoice.title"]),
        ("a.py", "message(language, 'nowhere')", ["nowhere"]),  # A call is always a question.
        ("a.py", "TITLES = {1: 'invoice.title'}", ["invoice.title"]),  # Looked up elsewhere.
        ("a.py", "f'rate.{basis}'", ["rate."]),
        ("a.py", "open('invoice.html')", []),  # A file.
        ("a.py", "import_module('ledger.core')", []),  # The catalogues have no such first word.
        ("a.py", "'''invoice.title'''", []),  # Explains, asks nothing.
        ("a.html", '{{ both("invoice.title") }} {{ ja("rate." ~ b) }}', ["invoice.title", "rate."]),
    ],
)
def test_what_the_code_asks_for_is_found(path: str, text: str, asked: list[str]) -> None:
    keys = ["invoice.title", "rate.unit"]
    found = list(asked_for(Source(path, text), keys))
    assert [request.key for request in found] == asked
    assert [request.is_met_by(keys) for request in found] == [key != "nowhere" for key in asked]


def test_a_message_nothing_asks_for_is_noticed() -> None:
    asked = [Asked(key="rate.", at="a.py:1"), Asked(key="invoice.title", at="a.py:2")]
    assert unasked(["invoice.title", "invoice.old", "rate.unit"], asked) == ["invoice.old"]
