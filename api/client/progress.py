"""
How far a file has been reported, kept beside it until all of it is.

It names the file by the hash of what was read, not by its name or date; so a file that was
mended further on is continued, and another one is not. It names the server and the key too,
by a hash: what one of them has answered says nothing about another.
"""

import os
from hashlib import sha256
from pathlib import Path

import msgspec


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to ``offset`` is answered; ``counts`` and ``rejects_bytes`` are its results."""

    target: str
    offset: int
    line: int
    digest: str
    counts: dict[str, int]
    rejects_bytes: int


def target_of(url: str, key: str) -> str:
    """Return what stands for a server and a key; neither can be read from it."""
    return sha256(f"{url}\0{key}".encode()).hexdigest()[:32]


def progress_file(file: Path) -> Path:
    """Return where the progress of a file is kept."""
    return file.with_name(f"{file.name}.progress")


def read_progress(file: Path, target: str) -> Progress | None:
    """Return how far a file was reported to a target; None when that is not known."""
    try:
        progress = msgspec.json.decode(progress_file(file).read_bytes(), type=Progress)
    except (OSError, msgspec.DecodeError):
        return None  # Everything is sent again, which is harmless.
    return progress if progress.target == target else None


def write_progress(file: Path, progress: Progress) -> None:
    """Replace what is known, so that it is whole whenever the program dies."""
    path = progress_file(file)
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as written:
        written.write(msgspec.json.encode(progress))
        written.flush()
        os.fsync(written.fileno())
    new.replace(path)
