"""
Which messages the code asks for: whole keys, and beginnings to which something is added.

A string counts as a key when it has the shape of one (``invoice.title``) and its first word is
one that the catalogues use, wherever it stands: in a call, a table or a template. So a key that
is passed along before it is looked up is found too.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tests.tidy.sources import Source

_KEY = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+\.?|[a-z][a-z0-9_]*\.")
_IN_A_TEMPLATE = re.compile(r"""["']([a-z][a-z0-9_.]*)["']""")

#: ``invoice.html`` is a file, not a message.
_FILES = (".css", ".csv", ".html", ".json", ".pdf", ".po", ".py", ".sql", ".svg", ".txt", ".xml")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A key, or with a full stop at its end the beginning of one, and where it stands."""

    key: str
    at: str

    def is_met_by(self, keys: Collection[str]) -> bool:
        """Tell whether the catalogues hold the key, or any key that begins so."""
        if self.key.endswith("."):
            return any(key.startswith(self.key) for key in keys)
        return self.key in keys


def asked_for(source: Source, keys: Collection[str]) -> Iterator[Asked]:
    """Find what a module or template asks of catalogues that hold these keys."""
    namespaces = {key.partition(".")[0] for key in keys}
    certain = {id(node) for node in _message_keys(source)} if source.is_python else set()
    for line, text, identity in _strings(source):
        is_namespaced = text.partition(".")[0] in namespaces and not text.endswith(_FILES)
        if identity in certain or (is_namespaced and _KEY.fullmatch(text)):
            yield Asked(key=text, at=f"{source.path}:{line}")


def unequal(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the keys of two languages that are missing in one or need other values there."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def unasked(keys: Collection[str], asked: Collection[Asked]) -> list[str]:
    """Return the keys that nothing asks for."""
    whole = {request.key for request in asked}
    beginnings = tuple(key for key in whole if key.endswith("."))
    return sorted(key for key in keys if key not in whole and not key.startswith(beginnings))


def _strings(source: Source) -> Iterator[tuple[int, str, int]]:
    if source.is_python:
        for node in source.words:
            yield node.lineno, str(node.value), id(node)
        return
    for number, line in enumerate(source.text.splitlines(), start=1):
        for match in _IN_A_TEMPLATE.finditer(line):
            yield number, match[1], 0


def _message_keys(source: Source) -> Iterator[ast.Constant]:
    """Find the keys written in calls ``message(language, "key")``, whatever they look like."""
    for node in source.nodes:
        match node:
            case ast.Call(
                func=ast.Name(id="message") | ast.Attribute(attr="message"),
                args=[_, ast.Constant(value=str()) as key, *_],
            ):
                yield key
