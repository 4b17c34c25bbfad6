"""What holds over the repository as a whole: its shape, its sizes, its locked dependencies."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: What a newcomer meets first. Something new belongs inside one of these.
TOP_LEVEL = {
    *(".ci", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"),
    *("Makefile", "README.md", "api", "docs", "invoices", "ledger", "locales"),
    *("pyproject.toml", "requirements-dev.txt", "requirements.txt", "tests"),
}

PACKAGES = ("api/", "invoices/", "ledger/", "locales/")

#: A module longer than this holds a noun that has no name yet.
LINES_MAX = 350

#: Modules that are longer today, with their length: an entry may only shrink, and none is added.
LONGER: Mapping[str, int] = {}

BYTES_MAX = 1_000_000

LOCK_FILES = ("requirements.txt", "requirements-dev.txt", ".ci/lock.txt")

_LOCK_LINE = re.compile(
    r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[A-Za-z0-9.!+]+( ; [^\\/]+)? \\"  # a pin
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    r"|    #( via)?( +(-[cr] )?[\w./-]+( \([\w./-]+\))?)?"  # who asks for it
)


def unknown_entries(paths: Iterable[str]) -> list[str]:
    """Return what lies at the top and has no business there."""
    return sorted({path.partition("/")[0] for path in paths} - TOP_LEVEL)


def unopened_packages(paths: Collection[str]) -> list[str]:
    """Return the folders with modules that an installation would leave out."""
    folders = {path.rpartition("/")[0] for path in paths if path.endswith(".py")}
    return sorted(
        folder
        for folder in folders
        if f"{folder}/".startswith(PACKAGES) and f"{folder}/__init__.py" not in paths
    )


def length_faults(lengths: Mapping[str, int], longer: Mapping[str, int]) -> list[str]:
    """Return what is wrong between the modules' lengths and the table of exceptions."""
    faults = []
    for path, length in sorted(lengths.items()):
        if "/migrations/versions/" in path:
            continue  # A migration is a record of one day.
        allowed = longer.get(path, LINES_MAX)
        if length > allowed:
            faults.append(f"{path} has {length} lines, {allowed} at most: name the noun in it")
        elif path in longer and length <= LINES_MAX:
            faults.append(f"{path} is down to {length} lines: remove it from LONGER")
        elif path in longer and length < allowed:
            faults.append(f"{path} is down to {length} lines: lower its entry in LONGER")
    faults.extend(
        f"{path} is gone: remove it from LONGER" for path in longer if path not in lengths
    )
    return faults


def lock_faults(text: str) -> list[str]:
    """Return the lines of a lock file that are more than a pin, a hash and where it is from."""
    lines = text.splitlines()
    strange = [
        f"line {number}: {line}"
        for number, line in enumerate(lines, start=1)
        if not _LOCK_LINE.fullmatch(line)
    ]
    unproven = [
        f"{line} has no hash"
        for line, following in pairwise([*lines, ""])
        if "==" in line and not following.startswith("    --hash=")
    ]
    return strange + unproven


def locked(text: str) -> dict[str, str]:
    """Return each package's locked version; a package split by platform has several."""
    pins = re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text)
    versions: dict[str, str] = {}
    for name, version in pins:
        versions[name] = f"{versions[name]} {version}" if name in versions else version
    return versions


def stale_pins(requirements: Iterable[str], versions: Mapping[str, str]) -> list[str]:
    """Return the requirements that the locked versions do not meet."""
    stale = []
    for text in requirements:
        requirement = Requirement(text)
        found = versions.get(canonicalize_name(requirement.name), "").split()
        if not found or not all(requirement.specifier.contains(version) for version in found):
            stale.append(f"{text} (locked: {' '.join(found) or 'nothing'})")
    return stale


def requirements_of(pyproject: str) -> tuple[list[str], list[str]]:
    """Return what the product needs, and what its builders need besides."""
    project = tomllib.loads(pyproject)["project"]
    return project["dependencies"], project["optional-dependencies"]["dev"]


def unknown_targets(markdown: str, makefile: str) -> list[str]:
    """Return the make targets a page names that the Makefile does not have."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    named = re.findall(r"(?m)(?:`|^\s*(?:\$ )?)make ([a-z-]+)", markdown)
    return sorted(set(named) - targets)
