"""
The rules of the house as a table: where each holds, what breaks it, and the cure.

A rule reads one file at a time. Each carries a broken and a sound example, on which it proves
itself before it judges anybody's code. An exception names its file and its reason, and must
still be needed.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.tidy.sources import Finding, Source

Find = Callable[[Source], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Something that must not stand in some files, and what to write in its place."""

    name: str
    cure: str
    find: Find
    where: tuple[str, ...] = ("",)  # beginnings of paths
    endings: tuple[str, ...] = (".py",)  # of paths
    broken: tuple[str, ...]
    sound: tuple[str, ...] = ()
    except_in: Mapping[str, str] = field(default_factory=dict)  # path → reason

    def holds_for(self, path: str) -> bool:
        """Tell whether the rule has a say about a file, exceptions aside."""
        return path.startswith(self.where) and path.endswith(self.endings)


def _at(node: ast.AST, what: str) -> Finding:
    return Finding(line=getattr(node, "lineno", 1), what=what)


def _dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a chain of names, "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name) if left := _dotted(value):
            return f"{left}.{name}"
    return ""


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0, names=names):
            return [f"{module}.{alias.name}" for alias in names]
    return []


# Money.


def floats(source: Source) -> Iterator[Finding]:
    """Find the word ``float`` and numbers with a point; asking whether one is, is allowed."""
    questions = {
        id(named)
        for node in source.nodes
        if isinstance(node, ast.Call) and _dotted(node.func) == "isinstance"
        for argument in node.args[1:]
        for named in ast.walk(argument)
    }
    for node in source.nodes:
        match node:
            case ast.Name(id="float") if id(node) not in questions:
                yield _at(node, "float")
            case ast.Constant(value=float() as value):
                yield _at(node, f"the float {value!r}")


def bare_rounds(source: Source) -> Iterator[Finding]:
    """Find calls of the built-in ``round``."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and _dotted(node.func) == "round":
            yield _at(node, "round()")


# Purity.

_CLOCK = re.compile(
    r"(^|\.)(datetime|date)\.(now|utcnow|today)$"
    r"|^time\.(time|time_ns|localtime|gmtime)$"
)
_CHANCE = re.compile(r"^(random|secrets)(\.|$)|(^|\.)(uuid1|uuid4|uuid6|uuid7|urandom)$")


def clocks_and_chance(source: Source) -> Iterator[Finding]:
    """Find what gives another answer at another time."""
    for node in source.nodes:
        names = _imported(node)
        if isinstance(node, ast.Attribute | ast.Name):
            names.append(_dotted(node))
        for name in names:
            if _CLOCK.search(name) or _CHANCE.search(name):
                yield _at(node, name)


_OUTSIDE = {
    *("io", "os", "pathlib", "shutil", "tempfile", "socket", "ssl", "subprocess", "threading"),
    *("multiprocessing", "asyncio", "logging", "sqlite3", "urllib", "http", "time", "locale"),
}


def outside_world(source: Source) -> Iterator[Finding]:
    """Find imports of anything that is not the core or a pure part of the standard library."""
    for node in source.nodes:
        for name in _imported(node):
            package = name.partition(".")[0]
            is_pure = package in sys.stdlib_module_names and package not in _OUTSIDE
            if not is_pure and not f"{name}.".startswith("ledger.core."):
                yield _at(node, f"import of {name}")
        if isinstance(node, ast.Call) and _dotted(node.func) in {"open", "print", "input"}:
            yield _at(node, f"{_dotted(node.func)}()")


# Words and SQL.

_JAPANESE = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]")
_MARKUP_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/", re.DOTALL)
_SQL = re.compile(
    r"\b(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|COPY\s+\S+\s*(\(|FROM|TO)"
    r"|(CREATE|ALTER|DROP)\s+TABLE\s)"
)


def words_for_people(source: Source) -> Iterator[Finding]:
    """Find Japanese in the strings of a module and in the text of a template or style."""
    if source.is_python:
        for node in source.words:
            if _JAPANESE.search(str(node.value)):
                yield _at(node, repr(node.value)[:60])
        return
    text = _MARKUP_COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), source.text)
    for number, line in enumerate(text.splitlines(), start=1):
        if _JAPANESE.search(line):
            yield Finding(line=number, what=line.strip()[:60])


def sql(source: Source) -> Iterator[Finding]:
    """Find strings that speak SQL."""
    for node in source.words:
        if _SQL.search(str(node.value)):
            yield _at(node, " ".join(str(node.value).split())[:60])


# Explaining oneself.


def unopened_modules(source: Source) -> Iterator[Finding]:
    """Find modules that do not open by saying what they own."""
    if ast.get_docstring(source.tree) is None:
        yield Finding(line=1, what="no docstring opens the module")


def unexplained_promises(source: Source) -> Iterator[Finding]:
    """Find public functions, methods and classes without a docstring."""
    owners = [node for node in source.nodes if isinstance(node, ast.Module | ast.ClassDef)]
    for owner in owners:
        if isinstance(owner, ast.ClassDef) and owner.name.startswith("_"):
            continue
        for node in owner.body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ):
                yield _at(node, f"{node.name} has no docstring")


# Anything with text in it.


def lines_matching(pattern: str) -> Find:
    """Return a rule's eye for a pattern on any line."""
    compiled = re.compile(pattern)

    def find(source: Source) -> Iterator[Finding]:
        for number, line in enumerate(source.text.splitlines(), start=1):
            for match in compiled.finditer(line):
                yield Finding(line=number, what=match[0])

    return find


# Written in parts, so that these tables do not find themselves.
_REGISTRIES = "|".join(
    re.escape(".".join(parts))
    for parts in (
        *(("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com")),
        *(("deb", "debian", "org"), ("archive", "ubuntu", "com"), ("crates", "io")),
    )
)
_LOOSE_ENDS = "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error"])

RULES = (
    Rule(
        name="no float where money is",
        where=("ledger/", "invoices/"),
        find=floats,
        cure='Write Decimal("0.1"), Fraction(1, 10), or whole minor units and basis points.',
        broken=("rate = 0.1", "x = float('1')", "def f(x: float) -> None: ...", "y: list[float]"),
        sound=("ok = isinstance(x, float | int)", "n = 10_000", "d = Decimal('0.1')"),
    ),
    Rule(
        name="no bare round",
        where=("ledger/", "invoices/", "locales/"),
        find=bare_rounds,
        cure="Round once, by name: ledger.core.money.round_to_minor(exact, Rounding.…).",
        broken=("round(x)", "total = round(a * b, 2)"),
        sound=("round_to_minor(x)", "terms.round(x)"),
    ),
    Rule(
        name="the ledger knows neither the clock nor chance",
        where=("ledger/",),
        find=clocks_and_chance,
        cure="Take the instant or the identifier as an argument; api/ reads the clock once.",
        broken=(
            *("datetime.now(tz)", "datetime.datetime.utcnow()", "date.today()", "time.time()"),
            *("import random", "from secrets import token_hex", "uuid.uuid4()", "os.urandom(8)"),
        ),
        sound=("datetime.combine(day, start)", "time.monotonic()", "UUID(text)", "x.today"),
    ),
    Rule(
        name="the core is pure",
        where=("ledger/core/",),
        find=outside_world,
        cure="Take values and return values here; read and write in ledger/store or api/.",
        broken=("import sqlmodel", "from pathlib import Path", "import ledger.store", "open('x')"),
        sound=("from decimal import Decimal", "from ledger.core.money import Money"),
    ),
    Rule(
        name="words for people live in locales",
        where=("api/", "invoices/", "ledger/"),
        endings=(".py", ".html", ".css", ".svg"),
        find=words_for_people,
        cure="Give the wording a key in locales/ja and locales/en, and pass the key here.",
        broken=("title = '請求書'", "f'{x} 御中'", "raise E('ｶﾅ')"),
        sound=(
            '"""請求書."""\nx = 1  # 請求書',
            "class A:\n    '''御中'''\n    '''係'''",
            "'￥§―'",
        ),
        except_in={
            "ledger/core/catalogue.py": "which characters are one letter written in two ways",
            "invoices/kana.py": "the banks' format: which kana may stand, and their short forms",
        },
    ),
    Rule(
        name="SQL lives in the store",
        where=("api/", "invoices/", "ledger/core/", "ledger/services/", "locales/"),
        find=sql,
        cure="Give ledger/store a function named for what is wanted, and call it.",
        broken=(
            *("run('SELECT 1')", "run(f'INSERT INTO {table} VALUES (1)')"),
            *("x = 'UPDATE works SET x = 1'", "run('''DELETE\n FROM works''')"),
            "x = 'COPY generations (id) FROM STDIN'",
        ),
        sound=("x = 'Select a work'", "'''SELECT is SQL.'''", "x = 'COPY is fast'"),
    ),
    Rule(
        name="every module says what it owns",
        find=unopened_modules,
        cure="Open the module with a docstring: what it owns, and what it leaves to others.",
        broken=("", "import x", "# A comment."),
        sound=('"""Owns x."""',),
    ),
    Rule(
        name="the core explains its promises",
        where=("ledger/core/",),
        find=unexplained_promises,
        cure="Say what is promised: shape, units, and :raises for each refusal.",
        broken=(
            "def f() -> None: ...",
            "class A:\n    x: int",
            "class A:\n '''A.'''\n def f(s): ...",
        ),
        sound=("def _f() -> None: ...", "class A:\n '''A.'''\n def __init__(self): ..."),
    ),
    Rule(
        name="no loose ends",
        endings=("",),
        find=lines_matching(rf"\b({_LOOSE_ENDS})\b"),
        cure="Do it now, or leave it out and open an issue.",
        broken=("# TO" + "DO: later", "raise NotImplemented" + "Error"),
        sound=("mktemp -t name.XXXXXX", "return NotImplemented"),
    ),
    Rule(
        name="no path of one machine",
        endings=("",),
        find=lines_matching(r"(?<![\w.)}\]-])/(?:home|root|work|farm|Users)/[\w.]|\b[A-Z]:\\Users"),
        cure="Write the path from the root of the repository, or ask the environment for it.",
        broken=("see /" + "home/me/genbo", "cd /" + "work/main", "'/" + "Users/x'"),
        sound=("api/work/x.py", "GET /works/1", "../home/x", "/root element"),
    ),
    Rule(
        name="no registry by name",
        endings=("",),
        find=lines_matching(rf"(?i)\b(?:{_REGISTRIES})\b"),
        cure="Name the package alone; which index serves it is for each machine to say.",
        broken=("https://" + ".".join(("files", "pythonhosted", "org")) + "/x",),
        sound=("pip install sqlmodel", "https://www.nta.go.jp/"),
    ),
)
