"""
An export of the archive: one ZIP of files, an index of what each is, and the hash of each.

Owns the bytes, which are the same for the same papers, and the reading of them again. Files are
stored as they are, not compressed: a PDF hardly shrinks, and what a compressor writes depends on
its version. Nothing is held in memory but the file at hand.
"""

import csv
import zipfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import StringIO, TextIOWrapper
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from invoices.spreadsheets import cell

INDEX = "index.csv"
HASHES = "SHA256SUMS"
README = "README.txt"

#: What a row of the index holds, in order; a paper with several files has a row for each.
INDEX_COLUMNS = (
    *("date", "amount", "currency", "counterparty", "document_number", "kind", "direction"),
    *("reference", "version", "state", "reason", "recorded_by", "kept_through", "file", "sha256"),
)

#: The days before which no ZIP can date a file; a fixed one makes the bytes reproducible.
_DATED = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o100644 << 16
_SPOOLED_BYTES = 4 * 1024 * 1024
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class PaperInExport:
    """One file of the export: where it lies, what it is found by, and its bytes piece by piece."""

    path: str
    dealt_on: date | None
    amount: str  # in major units, as it is read; "" when there is none
    currency: str
    counterparty: str
    document_number: str
    kind: str
    direction: str
    reference: str
    version: int
    state: str
    reason: str
    recorded_by: str
    kept_through: date | None
    content: Iterable[bytes]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something about an export that is not as it was written."""

    code: str  # "changed", "missing", "unlisted", "not_in_index", "index_differs", "no_hashes"
    path: str


class NotAnExport(ValueError):
    """The file is no ZIP that can be read."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def export(papers: Iterable[PaperInExport], *, readme: str) -> Iterator[bytes]:
    """Write papers as one ZIP, a piece at a time, with index, explanation and hashes at its end."""
    sink = _Sink()
    with (
        zipfile.ZipFile(sink, "w") as archive,
        SpooledTemporaryFile(_SPOOLED_BYTES, mode="w+b") as index,
        SpooledTemporaryFile(_SPOOLED_BYTES, mode="w+b") as hashes,
    ):
        index.write(b"\xef\xbb\xbf" + _line(INDEX_COLUMNS))
        for paper in papers:
            digest = yield from _stored(archive, sink, paper.path, paper.content)
            hashes.write(f"{digest}  {paper.path}\n".encode())
            index.write(_line(_row(paper, digest)))
        for path, content in ((INDEX, _pieces(index)), (README, [readme.encode()])):
            digest = yield from _stored(archive, sink, path, content)
            hashes.write(f"{digest}  {path}\n".encode())
        yield from _stored(archive, sink, HASHES, _pieces(hashes))
    yield sink.taken()


def verify(path: Path) -> tuple[int, tuple[Difference, ...]]:
    """
    Return how many files an export holds, and where it differs from what it says of itself.

    Whoever rewrites files, index and hashes together leaves no difference: such a change shows
    only beside the fingerprint that was told when it was written (:func:`fingerprint`).

    :raises NotAnExport: the file is no ZIP, or damaged so that it can't be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verified(archive)
    except (zipfile.BadZipFile, EOFError) as error:
        raise NotAnExport(str(error)) from None


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a whole export, by which it is known again."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _verified(archive: zipfile.ZipFile) -> tuple[int, tuple[Difference, ...]]:
    names = archive.namelist()
    if HASHES not in names:
        return len(names), (Difference(code="no_hashes", path=HASHES),)
    told = _told(archive)
    found = {name: _digest_in(archive, name) for name in names if name != HASHES}
    differences = [
        *(Difference(code="missing", path=name) for name in told if name not in found),
        *(
            Difference(code="changed", path=name)
            for name, digest in found.items()
            if name in told and digest != told[name]
        ),
        *(Difference(code="unlisted", path=name) for name in found if name not in told),
        *_index_differences(archive, found),
    ]
    return len(found), tuple(differences)


def _told(archive: zipfile.ZipFile) -> dict[str, str]:
    with archive.open(HASHES) as file:
        lines = (line.rstrip("\n") for line in TextIOWrapper(file, encoding="utf-8"))
        return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _index_differences(
    archive: zipfile.ZipFile, found: dict[str, str | None]
) -> Iterator[Difference]:
    """Yield where the index says otherwise than the files; a paper without a file is a row too."""
    listed: set[str] = set()
    if INDEX in found:
        with archive.open(INDEX) as file:
            for row in csv.DictReader(TextIOWrapper(file, encoding="utf-8-sig", newline="")):
                name = row.get("file") or ""
                listed.add(name)
                if found.get(name) != row.get("sha256"):
                    yield Difference(code="index_differs", path=name)
    for name in found:
        if name not in listed and name not in (INDEX, README):
            yield Difference(code="not_in_index", path=name)


def _digest_in(archive: zipfile.ZipFile, name: str) -> str | None:
    """Return the hash of a file of the archive, None where its bytes can't be read."""
    digest = sha256()
    try:
        with archive.open(name) as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
    except (zipfile.BadZipFile, EOFError):
        return None
    return digest.hexdigest()


def _stored(
    archive: zipfile.ZipFile, sink: "_Sink", path: str, content: Iterable[bytes]
) -> "Generator[bytes, None, str]":
    """Write one file and yield what became of it; the hash of its bytes is returned."""
    info = zipfile.ZipInfo(path, date_time=_DATED)
    info.external_attr = _PERMISSIONS
    digest = sha256()
    with archive.open(info, "w", force_zip64=True) as file:
        for piece in content:
            digest.update(piece)
            file.write(piece)
            yield sink.taken()
    yield sink.taken()
    return digest.hexdigest()


def _row(paper: PaperInExport, digest: str) -> list[object]:
    return [
        *(paper.dealt_on, paper.amount, paper.currency, paper.counterparty),
        *(paper.document_number, paper.kind, paper.direction, paper.reference, paper.version),
        *(paper.state, paper.reason, paper.recorded_by, paper.kept_through, paper.path, digest),
    ]


def _line(values: Iterable[object]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([cell(value) for value in values])
    return buffer.getvalue().encode()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_READ_BYTES):
        yield piece


class _Sink:
    """What a ZIP is written to: it cannot go back, and gives away what it has."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what is here goes when it is taken."""

    def close(self) -> None:
        """Do nothing, as above."""

    def taken(self) -> bytes:
        """Give away everything that was written since the last time."""
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content
