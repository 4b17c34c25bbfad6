"""The files of the repository as the rules see them: path, text and syntax tree, read once."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: What is passed over where there is no git to ask.
_NOT_OURS = {
    *(".git", ".venv", ".data", "out", "build", "dist", "__pycache__", "genbo.egg-info"),
    *(".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Where a rule is broken and by what."""

    line: int
    what: str


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, with ``/`` on every system, and its text."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        """Tell whether it is a module."""
        return self.path.endswith(".py")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the module's syntax tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def tree(self) -> ast.Module:
        """The module's syntax tree."""
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def words(self) -> tuple[ast.Constant, ...]:
        """Every string the program uses: neither docstrings nor bare strings, which explain."""
        explaining = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        return tuple(
            node
            for node in self.nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in explaining
        )


def tracked() -> list[str]:
    """Return the paths git keeps or would keep; without git, all but what is made here."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    paths = set(listing.stdout.decode().split("\0")) if listing.returncode == 0 else set(_walk())
    return sorted(path for path in paths if path and (ROOT / path).is_file())


def read_sources() -> list[Source]:
    """Return every tracked file that holds text."""
    return [source for path in tracked() if (source := _read(path)) is not None]


def _read(path: str) -> Source | None:
    try:
        return Source(path, (ROOT / path).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return None  # A picture, a PDF, a bank file.


def _walk() -> Iterator[str]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if not _NOT_OURS.intersection(parts):
            yield "/".join(parts)
