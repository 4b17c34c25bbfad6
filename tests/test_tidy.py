"""
The house stays tidy: each rule proves that it can fail, then reads every tracked file.

A broken rule says where, what, and what to write in its place. The tables are in tests/tidy.
"""

import re
from functools import cache

import pytest

from tests.tidy import repository
from tests.tidy.repository import LOCK_FILES
from tests.tidy.rules import RULES, Rule
from tests.tidy.sources import ROOT, Source, read_sources, tracked

EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name.replace(" ", "-"))


@cache
def _sources() -> list[Source]:
    return read_sources()


def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _path_for(rule: Rule) -> str:
    return f"{rule.where[0]}example.py"


@EVERY_RULE
def test_a_rule_catches_what_it_is_for(rule: Rule) -> None:
    assert rule.holds_for(_path_for(rule))
    for example in rule.broken:
        assert list(rule.find(Source(_path_for(rule), example))), example


@EVERY_RULE
def test_a_rule_lets_sound_code_pass(rule: Rule) -> None:
    for example in rule.sound:
        assert not list(rule.find(Source(_path_for(rule), example))), example


@EVERY_RULE
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    breaches = [
        f"{source.path}:{finding.line}: {finding.what}"
        for source in _sources()
        if rule.holds_for(source.path) and source.path not in rule.except_in
        for finding in rule.find(source)
    ]
    _refuse(rule.name, breaches, rule.cure)


@EVERY_RULE
def test_an_exception_is_still_needed(rule: Rule) -> None:
    in_force = {
        source.path
        for source in _sources()
        if source.path in rule.except_in and list(rule.find(source))
    }
    unneeded = sorted(set(rule.except_in) - in_force)
    _refuse("exceptions nothing needs any more", unneeded, "Remove them from except_in.")


def test_a_template_is_read_without_its_comments() -> None:
    rule = next(rule for rule in RULES if rule.name.startswith("words for people"))
    template = "{# 請求書 #}\n<!-- 御中\n様 -->\n<h1>{{ t('invoice.title') }}</h1>\n"
    assert not list(rule.find(Source("invoices/templates/a.html", template)))
    worded = template + "<p>様</p>"
    assert [finding.line for finding in rule.find(Source("a.html", worded))] == [5]


def test_the_top_of_the_repository_holds_only_what_a_newcomer_expects() -> None:
    assert repository.unknown_entries(["ledger/core/money.py", "notes.txt"]) == ["notes.txt"]
    unknown = repository.unknown_entries(tracked())
    _refuse("unknown entries at the top", unknown, "Put them in a folder, or into .gitignore.")


def test_every_folder_with_modules_is_a_package() -> None:
    halves = ["ledger/__init__.py", "ledger/core/money.py", "tests/core/test_money.py"]
    assert repository.unopened_packages(halves) == ["ledger/core"]
    unopened = repository.unopened_packages(tracked())
    _refuse("no __init__.py in", unopened, "Add one that says what the package owns.")


@pytest.mark.parametrize(
    ("length", "longer", "fault"),
    [
        (350, {}, ""),
        (351, {}, "350 at most"),
        (400, {"a.py": 400}, ""),
        (401, {"a.py": 400}, "400 at most"),  # An exception does not grow.
        (399, {"a.py": 400}, "lower its entry"),  # What was won is kept.
        (350, {"a.py": 400}, "remove it"),
    ],
)
def test_lengths_are_ratcheted(length: int, longer: dict[str, int], fault: str) -> None:
    faults = repository.length_faults({"a.py": length}, longer)
    assert [fault in found for found in faults] == ([True] if fault else [])


def test_an_exception_for_a_module_that_is_gone_is_a_fault() -> None:
    assert repository.length_faults({}, {"a.py": 400}) == ["a.py is gone: remove it from LONGER"]


def test_every_module_is_short_enough_to_be_read_at_once() -> None:
    lengths = {
        source.path: len(source.text.splitlines()) for source in _sources() if source.is_python
    }
    faults = repository.length_faults(lengths, repository.LONGER)
    _refuse("modules too long", faults, "tests/tidy/repository.py has LONGER.")


def test_no_tracked_file_is_large() -> None:
    large = [path for path in tracked() if (ROOT / path).stat().st_size > repository.BYTES_MAX]
    _refuse("over 1 MB", large, "Make it where it is needed, or shrink it.")


GOOD_PIN = f"babel==2.18.0 ; python_version < '3.12' \\\n    --hash=sha256:{'0' * 64}\n"


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        (GOOD_PIN + "    # via genbo (pyproject.toml)\n", True),
        (GOOD_PIN + "    # via\n    #   genbo (pyproject.toml)\n    #   rich\n", True),
        ("--index-url https://example.org/simple\n" + GOOD_PIN, False),
        ("--find-links wheels\n" + GOOD_PIN, False),
        ("# made from https://example.org\n" + GOOD_PIN, False),
        ("babel @ https://example.org/babel.whl\n", False),
        ("babel>=2.18 \\\n    --hash=sha256:" + "0" * 64 + "\n", False),  # Not a pin.
        ("babel==2.18.0 \\\n    # via rich\n", False),  # No hash.
        ("babel==2.18.0\n", False),  # No hash either.
    ],
)
def test_a_lock_file_holds_pins_and_hashes_and_nothing_else(text: str, is_sound: bool) -> None:
    assert (repository.lock_faults(text) == []) is is_sound


@pytest.mark.parametrize("path", LOCK_FILES)
def test_the_lock_files_name_no_host(path: str) -> None:
    faults = repository.lock_faults(_text(path))
    _refuse(path, faults[:10], "Make it with make lock, never by hand.")


def test_a_requirement_the_lock_does_not_meet_is_found() -> None:
    versions = repository.locked(GOOD_PIN)
    assert repository.stale_pins(["babel>=2.18"], versions) == []
    assert repository.stale_pins(["Babel>=3"], versions) == ["Babel>=3 (locked: 2.18.0)"]
    assert repository.stale_pins(["rich"], versions) == ["rich (locked: nothing)"]


def test_the_lock_files_meet_what_the_project_asks_for() -> None:
    product, builders = repository.requirements_of(_text("pyproject.toml"))
    shipped = repository.locked(_text("requirements.txt"))
    everything = repository.locked(_text("requirements-dev.txt"))
    stale = repository.stale_pins(product, shipped)
    stale += repository.stale_pins([*product, *builders], everything)
    _refuse("not locked", stale, "Run make lock.")
    differing = [name for name in shipped if everything.get(name) != shipped[name]]
    _refuse("locked twice, differently", differing, "Run make lock.")


def test_the_pages_name_make_targets_that_exist() -> None:
    makefile = _text("Makefile")
    assert repository.unknown_targets("Run `make fly` or\n\n    make test\n", makefile) == ["fly"]
    unknown = [
        f"{source.path}: make {target}"
        for source in _sources()
        if source.path.endswith(".md")
        for target in repository.unknown_targets(source.text, makefile)
    ]
    _refuse("no such target", unknown, "Name one that `make help` lists.")


def test_the_gate_and_the_tests_are_what_decides() -> None:
    lines = _text(".ci/run").splitlines()
    assert [line for line in lines if re.match("make ", line)] == [
        "make check </dev/null",
        "make test </dev/null",
    ]


def _refuse(name: str, breaches: list[str], cure: str) -> None:
    """Fail when there are breaches, with nothing but where they are and the way out."""
    if breaches:
        pytest.fail(
            "\n".join([f"{name}:", *(f"  {at}" for at in breaches), f"→ {cure}"]), pytrace=False
        )
