"""
The segments of a spool: numbered files of records, written at the end and deleted whole.

Owns what lies on the disk and in which order it gets there; what has been answered is for
:mod:`api.client.spool` to know. Two locks: one for the place of the next record, one for
making written records durable, so that writers who wait share one ``fsync``.
"""

import logging
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from api.client.records import MAGIC, Broken, Record, broken_at, framed, read_records
from ledger.core.refusal import Refusal

_NAME = re.compile(r"(\d{10})\.seg")

_log = logging.getLogger("genbo.client")


class SpoolFull(Refusal):
    """The spool has no room for more events; nothing of the call was kept."""

    code = "spool_full"


class Place(NamedTuple):
    """A place between two records: a segment's number and an offset in its file."""

    segment: int
    offset: int


class Segments:
    """
    The segments of one folder, for one process.

    Opening checks every record. A write that broke off is cut away, for nobody was told that
    it was kept. Bytes that do not match their checksum are set aside in a file of their own.
    """

    def __init__(self, folder: Path, *, bytes_max: int, segment_bytes_max: int, after: int) -> None:
        self.folder = folder
        self._bytes_max = bytes_max
        self._segment_bytes_max = min(segment_bytes_max, max(bytes_max // 4, 1))
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._ends: dict[int, int] = {}  # number → length of its file, in order
        self._counts: dict[int, int] = {}
        for number in sorted(
            int(match[1]) for match in map(_NAME.fullmatch, _names(folder)) if match
        ):
            self._open_existing(number)
        self._number = max([*self._ends, after])
        self._file = -1
        self._written = 0  # appends since opening
        self._synced = 0

    def count_from(self, place: Place) -> int:
        """Return how many records come after a place."""
        total = 0
        for number in self._ends:
            if number > place.segment:
                total += self._counts[number]
            elif number == place.segment:
                content = self._read(number, max(place.offset, len(MAGIC)))
                total += sum(1 for _ in read_records(content, offset=place.offset))
        return total

    def append(self, payloads: Sequence[bytes]) -> None:
        """
        Write records at the end, all or none; they survive the death of the program.

        :raises SpoolFull: they would not fit, or the disk is full.
        """
        content = b"".join(map(framed, payloads))
        with self._lock:
            used = sum(self._ends.values())
            if used + len(content) > self._bytes_max:
                raise SpoolFull(folder=self.folder, limit=self._bytes_max, used=used)
            if self._file < 0 or self._ends[self._number] >= self._segment_bytes_max:
                self._begin_segment()
            self._write(content)
            self._ends[self._number] += len(content)
            self._counts[self._number] += len(payloads)
            self._written += 1

    def sync(self) -> None:
        """Make every record written before this call survive the loss of power."""
        wanted = self._written
        with self._sync_lock:
            if self._synced >= wanted or self._file < 0:
                return  # Another writer's call took ours along.
            reached = self._written
            os.fsync(self._file)
            self._synced = reached

    def read(self, place: Place, *, count: int, size: int) -> list[Record]:
        """Return up to so many records after a place, of one segment; at least one if any."""
        with self._lock:
            end = self._ends.get(place.segment, 0)
        start = max(place.offset, len(MAGIC))
        if start >= end:
            return []
        content = self._read(place.segment, start, min(size, end - start))
        records = _first(content, start, count)
        if not records:  # The first alone is larger, or it has been damaged.
            content = self._read(place.segment, start, end - start)
            records = _first(content, start, 1)
        if not records:
            self._set_aside(place.segment, Broken(start, is_torn=False))
        return records

    def after(self, number: int) -> int | None:
        """Return the number of the next segment, if there is one."""
        with self._lock:
            return next((each for each in self._ends if each > number), None)

    def delete_before(self, place: Place) -> None:
        """Delete the segments that lie wholly before a place."""
        with self._lock:
            for number in [number for number in self._ends if number < place.segment]:
                self._path(number).unlink(missing_ok=True)
                del self._ends[number], self._counts[number]

    def close(self) -> None:
        """Make everything durable and let go of the file."""
        self.sync()
        with self._lock, self._sync_lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _open_existing(self, number: int) -> None:
        content = self._read(number, 0)
        self._ends[number], self._counts[number] = len(content), 0
        if not content.startswith(MAGIC):
            is_torn = MAGIC.startswith(content)
            self._set_aside(number, Broken(0, is_torn=is_torn))
            return
        end = len(MAGIC)
        for record in read_records(content[len(MAGIC) :], offset=len(MAGIC)):
            end = record.end
            self._counts[number] += 1
        if broken := broken_at(content, end):
            self._set_aside(number, broken)

    def _set_aside(self, number: int, broken: Broken) -> None:
        """Cut a segment where it is broken; keep what may have been somebody's events."""
        path = self._path(number)
        if not broken.is_torn:
            kept = self.folder / f"damaged-{number:010}-{broken.offset}.bin"
            kept.write_bytes(self._read(number, broken.offset))
            _log.error("%s is damaged at byte %d; its rest is in %s", path, broken.offset, kept)
        os.truncate(path, broken.offset)
        with self._lock:
            self._ends[number] = broken.offset

    def _begin_segment(self) -> None:
        """Begin a new file; the one before is made durable first, so that no gap can show."""
        self._number += 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        begun = os.open(self._path(self._number), flags, 0o600)
        with self._sync_lock:
            if self._file >= 0:
                os.fsync(self._file)
                os.close(self._file)
            self._file = begun
        self._ends[self._number], self._counts[self._number] = 0, 0
        self._write(MAGIC)
        self._ends[self._number] = len(MAGIC)
        sync_folder(self.folder)

    def _write(self, content: bytes) -> None:
        """Write all or leave the file as it was."""
        end = self._ends[self._number]
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            os.ftruncate(self._file, end)
            raise SpoolFull(
                folder=self.folder, limit=self._bytes_max, used=error.strerror or error
            ) from error

    def _read(self, number: int, start: int, size: int = -1) -> bytes:
        with self._path(number).open("rb") as file:
            file.seek(start)
            return file.read(size)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:010}.seg"


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive the loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _first(content: bytes, start: int, count: int) -> list[Record]:
    records = []
    for record in read_records(content, offset=start):
        records.append(record)
        if len(records) == count:
            break
    return records


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
