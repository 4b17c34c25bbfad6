"""
Usage files, read event by event: lines of JSON, a JSON array, CSV, TSV; each also as gzip.

Owns where in a file each event ends. A file of any size is read in one pass with a few
kilobytes in memory; the hash of what was read says later whether it is still the same file.
"""

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

import msgspec

from api import tabular
from api.client.arrays import ArrayBroken, element_of, pieces
from api.mapped_rows import CellRefused, MappedRows
from api.mappings import ColumnMapping
from ledger.core.refusal import Refusal

#: How a file is read, by the ending of its name; ``.gz`` behind it is unpacked.
FORMATS = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
}
_DELIMITERS = {"csv": ",", "tsv": "\t"}
#: No event that could be taken is longer; what is, is no usage file.
LINE_BYTES_MAX = 1024 * 1024
_CHUNK = 256 * 1024
_GZIP = b"\x1f\x8b"

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class FileUnreadable(Refusal):
    """The file cannot be opened, or breaks off."""

    code = "file_unreadable"


class FormatUnknown(Refusal):
    """The file's name does not tell how to read it."""

    code = "format_unknown"


class LineUnreadable(Refusal):
    """Here the file ends to make sense; what came before it may have been reported."""

    code = "line_unreadable"


class LineNoEvent(Refusal):
    """One line is no event; the others are not affected."""

    code = "line_no_event"


class FileRefused(Refusal):
    """The table as a whole is at fault: its columns or its control totals; ``code`` says which."""

    def __init__(self, error: tabular.TableUnreadable) -> None:
        self.code = error.code
        super().__init__(field=None, **error.values)


class UsageEvent(NamedTuple):
    """One event as JSON, and the line of the file where it begins; or a line and its fault."""

    line: int
    event: bytes
    fault: Refusal | None = None


class UsageFile:
    """
    One pass over a usage file; use it as a context manager.

    :attr:`offset`, :attr:`line` and :meth:`digest` are those of everything up to the end of the
    event given last, in unpacked bytes.

    :raises FileUnreadable: it cannot be opened.
    """

    def __init__(self, path: Path, *, format: str, mapping: ColumnMapping | None = None) -> None:
        self._path = path
        self._format = format
        self._mapping = mapping
        try:
            self._raw = path.open("rb")
            is_packed = self._raw.peek(2)[:2] == _GZIP
        except OSError as error:
            raise FileUnreadable(file=path, reason=error.strerror or error) from None
        unpacked = gzip.GzipFile(fileobj=self._raw) if is_packed else self._raw
        self._stream = cast(BufferedReader, unpacked)
        self._read = sha256()
        self.offset = 0
        self.line = 0
        self._rows: tabular.Rows | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """How many bytes of the file itself have been read, for a progress bar."""
        return self._raw.tell()

    def digest(self) -> str:
        """Return the SHA-256 of what has been read."""
        return self._read.hexdigest()

    def skip(self, *, offset: int, line: int, digest: str) -> bool:
        """Go on behind an event of an earlier pass; False when it is another file by now."""
        self._open_table()
        last = b""
        while self.offset < offset and (part := self._take(min(_CHUNK, offset - self.offset))):
            self._read.update(part)
            self.offset += len(part)
            last = part
        self.line = line
        self._is_over = self._format == "json" and last.endswith(b"]")
        return self.offset == offset and self.digest() == digest

    def events(self) -> Iterator[UsageEvent]:
        """
        Give the events that follow, in order.

        A line that is no event is given with its fault, and costs none but itself.

        :raises LineUnreadable: the file makes no sense from here on.
        :raises FileUnreadable: the file breaks off.
        :raises FileRefused: the columns of a table are wrong.
        """
        if self._format == "json":
            yield from self._elements()
            return
        self._open_table()
        while line := self._take_line():
            event = self._event(line)
            self._move(line)
            if event is not None:
                yield event

    def check_totals(self) -> None:
        """
        Read a table to its end and compare its control totals, if it states some.

        :raises FileRefused: they do not match.
        """
        self._open_table()
        if not isinstance(self._rows, tabular.DsrRows):
            return
        for _ in self.events():
            pass
        try:
            self._rows.close(self.line)
        except tabular.TableUnreadable as error:
            raise FileRefused(error) from None

    def _open_table(self) -> None:
        """Read the first line of a table, which says how to read the others."""
        if self._format not in _DELIMITERS or self._rows is not None:
            return
        first = self._take_line()
        delimiter = _DELIMITERS[self._format]
        try:
            if self._mapping is None:
                self._rows = tabular.open_rows(first, delimiter=delimiter)
            else:
                self._rows = MappedRows(first, delimiter=delimiter, mapping=self._mapping)
        except tabular.TableUnreadable as error:
            raise FileRefused(error) from None
        self._move(first)

    def _event(self, line: bytes) -> UsageEvent | None:
        """Return a line's event as JSON, or its fault; None when there is none in it."""
        number = self.line + 1
        if self._rows is not None:
            return self._row(self._rows, number, line)
        if number == 1:
            line = line.removeprefix(BOM_UTF8)
        return _checked(number, line.strip()) if line.strip() else None

    def _row(self, rows: tabular.Rows, number: int, line: bytes) -> UsageEvent | None:
        try:
            row = rows.read(number, line)
        except CellRefused as refused:
            return UsageEvent(number, line.rstrip(), refused)
        except tabular.TableUnreadable as error:
            raise FileRefused(error) from None
        if row is None:
            return None
        if row.fault is None:
            return UsageEvent(number, row.event)
        return UsageEvent(number, line.rstrip(), LineNoEvent(line=number, reason=row.fault))

    def _elements(self) -> Iterator[UsageEvent]:
        if self._is_over:
            return
        is_first = self.offset == 0
        cut = pieces(self._take, is_inside=not is_first, chunk=_CHUNK, piece_max=LINE_BYTES_MAX)
        try:
            for piece in cut:
                element = element_of(piece, is_first=is_first)
                before = piece[: piece.find(element)] if element else b""
                number = self.line + before.count(b"\n") + 1
                is_none = not element and is_first and piece.endswith(b"]")
                is_first = False
                self._read.update(piece)
                self.offset += len(piece)
                self.line += piece.count(b"\n")
                if not is_none:
                    yield _checked(number, element)
        except ArrayBroken as error:
            raise self._broken(self.line + 1, str(error)) from None

    def _take(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise FileUnreadable(file=self._path, reason=error) from None

    def _take_line(self) -> bytes:
        try:
            line = self._stream.readline(LINE_BYTES_MAX + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise FileUnreadable(file=self._path, reason=error) from None
        if len(line) > LINE_BYTES_MAX:
            raise self._broken(self.line + 1, f"Expected up to {LINE_BYTES_MAX} bytes")
        return line

    def _move(self, line: bytes) -> None:
        self._read.update(line)
        self.offset += len(line)
        self.line += 1

    def _broken(self, number: int, reason: str) -> LineUnreadable:
        return LineUnreadable(file=self._path, line=number, reason=reason)


def _checked(number: int, event: bytes) -> UsageEvent:
    """Return what is one JSON object, or its fault; it may not say anything of use yet."""
    try:
        _object.decode(event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return UsageEvent(number, event, LineNoEvent(line=number, reason=error))
    return UsageEvent(number, event)


def format_of(path: Path) -> str:
    """
    Return how a file is read, by its name.

    :raises FormatUnknown: its ending says nothing.
    """
    name = path.name.lower().removesuffix(".gz")
    ending = Path(name).suffix
    if ending not in FORMATS:
        raise FormatUnknown(file=path, formats=", ".join(dict.fromkeys(FORMATS.values())))
    return FORMATS[ending]
