"""
A spool: events on disk until the server has answered them.

Owns one folder: the segments, the mark up to which everything is answered, and the events that
will never be counted. The mark moves only after an answer, and after what was rejected is
written down; so whatever dies in between, the events are sent again, which is harmless.

==================  ============================================================================
``0000000001.seg``  events in the order in which they came (:mod:`api.client.segments`)
``answered``        the mark: a segment's number and an offset; replaced whole
``rejects.ndjson``  what was refused, in conflict or invalid, each with its result
``damaged-….bin``   bytes that no longer match their checksum, for a person to look at
``lock``            held by the one process that may write here
==================  ============================================================================
"""

import fcntl
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.client.answers import Result
from api.client.batches import BatchLimits
from api.client.segments import Place, Segments, sync_folder
from ledger.core.refusal import Refusal

BYTES_MAX = 1024**3
SEGMENT_BYTES_MAX = 8 * 1024**2

_START = Place(0, 0)


class SpoolInUse(Refusal):
    """Another process writes to this folder."""

    code = "spool_in_use"


class SpooledBatch(NamedTuple):
    """Events as they were written, and the place after each of them."""

    events: Sequence[bytes]
    places: Sequence[Place]


class _Reject(msgspec.Struct, frozen=True):
    at: tuple[int, int]
    event: msgspec.Raw
    result: Result


class Spool:
    """
    The spool of one folder, open for one process and any number of its threads.

    ``sync_every_ms`` is how long an event may lie in the system's memory alone: 0 makes each
    durable before :meth:`append` returns; otherwise the death of the program loses nothing,
    and the loss of power up to that many milliseconds. ``bytes_max`` bounds the segments.

    :raises SpoolInUse: another process has the folder open.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sync_every_ms: int = 0,
        bytes_max: int = BYTES_MAX,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock_file = _locked(folder)
        self._rejected = _end_of_rejects(folder / "rejects.ndjson")
        self._answered = _read_mark(folder / "answered")
        self._segments = Segments(
            folder,
            bytes_max=bytes_max,
            segment_bytes_max=segment_bytes_max,
            after=max(self._answered.segment, self._rejected.segment),
        )
        self._segments.delete_before(self._answered)
        self._lock = threading.Lock()
        self.waiting = self._segments.count_from(self._answered)
        self._sync_every_ms = sync_every_ms
        self._closing = threading.Event()
        self._unsynced = threading.Event()
        self._syncer = threading.Thread(target=self._sync_at_times, name="genbo-sync", daemon=True)
        if sync_every_ms:
            self._syncer.start()

    def append(self, events: Sequence[bytes]) -> None:
        """
        Keep encoded events, all or none; when this returns they are as safe as was asked for.

        :raises SpoolFull: there is no room for them.
        """
        if not events:
            return
        with self._lock:
            self._segments.append(events)
            self.waiting += len(events)
        if self._sync_every_ms:
            self._unsynced.set()
        else:
            self._segments.sync()

    def next_batch(self, limits: BatchLimits) -> SpooledBatch | None:
        """Return the oldest events that are not answered; None when there are none."""
        place = self._answered
        while True:
            # Asked before it is read: when there is a next segment, this one is complete, and
            # nothing can be written to its end while it is being left.
            following = self._segments.after(place.segment)
            records = self._segments.read(place, count=limits.events, size=limits.bytes)
            if records:
                places = [Place(place.segment, record.end) for record in records]
                return SpooledBatch([record.payload for record in records], places)
            if following is None:
                break
            place = Place(following, 0)
        if self.waiting:  # Somebody came in between, or what was counted has been set aside.
            with self._lock:
                self.waiting = self._segments.count_from(self._answered)
        return None

    def acknowledge(self, batch: SpooledBatch, rejected: Sequence[tuple[int, Result]] = ()) -> None:
        """
        Move the mark behind a batch that was answered, having written down its rejects.

        ``rejected`` names events by their place in the batch, in order, each with its result.
        """
        fresh = [
            (index, result) for index, result in rejected if batch.places[index] > self._rejected
        ]
        if fresh:
            self._write_rejects(batch, fresh)
        _write_mark(self.folder / "answered", batch.places[-1])
        with self._lock:
            self._answered = batch.places[-1]
            self.waiting -= len(batch.events)
        self._segments.delete_before(self._answered)

    def close(self) -> None:
        """Make everything durable and give the folder free."""
        self._closing.set()
        self._unsynced.set()
        if self._syncer.is_alive():
            self._syncer.join()
        self._segments.close()
        os.close(self._lock_file)

    def _write_rejects(self, batch: SpooledBatch, rejected: Sequence[tuple[int, Result]]) -> None:
        lines = [
            msgspec.json.encode(
                _Reject(batch.places[index], msgspec.Raw(batch.events[index]), result)
            )
            for index, result in rejected
        ]
        path = self.folder / "rejects.ndjson"
        with path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.folder)
        self._rejected = batch.places[rejected[-1][0]]

    def _sync_at_times(self) -> None:
        while not self._closing.is_set():
            self._unsynced.wait()
            self._closing.wait(self._sync_every_ms / 1000)
            self._unsynced.clear()
            self._segments.sync()


def _locked(folder: Path) -> int:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.read(lock, 20).decode(errors="replace").strip()
        os.close(lock)
        raise SpoolInUse(folder=folder, process=owner or "?") from None
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _read_mark(path: Path) -> Place:
    """Read the mark; without one everything is sent again, which is harmless."""
    try:
        segment, offset = path.read_text("ascii").split()
        return Place(int(segment), int(offset))
    except (OSError, ValueError):
        return _START


def _write_mark(path: Path, place: Place) -> None:
    """Replace the mark. It needs no fsync: an older mark sends again what was answered."""
    new = path.with_name("answered.new")
    new.write_text(f"{place.segment} {place.offset}\n", "ascii")
    new.replace(path)


def _end_of_rejects(path: Path) -> Place:
    """Return the place of the last reject that is written down, cutting one that broke off."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _START
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    lines = whole.split(b"\n")
    try:
        return Place(*msgspec.json.decode(lines[-2], type=_Reject).at) if whole else _START
    except msgspec.DecodeError:
        return _START  # Somebody wrote to it; a reject may be named twice.
