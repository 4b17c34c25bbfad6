"""
Makes a checkout ready to work in, once: system pieces, virtual environment, pinned packages.

Runs before anything is installed, so it needs nothing but Python. The system pieces come
first: where they are missing and may not be installed, nothing has been begun yet.
"""

import fcntl
import hashlib
import json
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from system import NEEDS, ROOT, SetupFailed, install_system_pieces, run
from terminal import paint, say

VENV = ROOT / ".venv"
STAMP = VENV / "genbo-ready"
LOCK_FILE = "requirements-dev.txt"


def main(arguments: Sequence[str]) -> int:
    """Prepare for ``tools``, ``documents`` or ``tests``; return the exit status."""
    if len(arguments) != 1 or arguments[0] not in NEEDS:
        say(f"usage: .ci/setup {'|'.join(NEEDS)}")
        return 2
    try:
        install_system_pieces(NEEDS[arguments[0]])
        if not is_ready():
            with only_one():
                prepare_environment()
    except SetupFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. The next run goes on from here.\n")
        return 130
    return 0


def is_ready() -> bool:
    """Tell whether the environment holds what the lock file and the project ask for."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == stamp()


def stamp() -> str:
    """Return the text that a finished environment carries: where, and made from what."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = {
        "packages": hashlib.sha256((ROOT / LOCK_FILE).read_bytes()).hexdigest(),
        "project": hashlib.sha256(
            json.dumps(
                [project["project"], project["build-system"], project["tool"]["setuptools"]],
                sort_keys=True,
            ).encode()
        ).hexdigest(),
    }
    return "".join([f"root = {ROOT}\n", *(f"{name} = {value}\n" for name, value in parts.items())])


def prepare_environment() -> None:
    """
    Make the environment, or bring the one that is there up to date.

    :raises SetupFailed: a command failed; its output has been shown.
    """
    if is_ready():  # Another run has just finished it.
        return
    if not _runs_inside():
        say(f"{paint('▸', 'bold')} making .venv with Python {sys.version.split()[0]} (once)")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    before = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    after = stamp()
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    if before.splitlines()[:2] != after.splitlines()[:2]:
        STAMP.unlink(missing_ok=True)
        started = time.monotonic()
        say(f"{paint('▸', 'bold')} installing pinned packages (once, about a minute)")
        exact = ["--require-hashes", "--no-deps", "--only-binary=:all:"]
        run([*pip, "install", *exact, "-r", LOCK_FILE])
        say(paint(f"  {time.monotonic() - started:.0f} s", "dim"))
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    run([*pip, "install", *offline, "--editable", "."])
    STAMP.write_text(after, encoding="utf-8")


def _runs_inside() -> bool:
    binaries = VENV / "bin"  # Asked of the path, because sys.prefix is not set without site.
    return binaries.is_dir() and binaries.samefile(Path(sys.executable).parent)


@contextmanager
def only_one() -> Iterator[None]:
    """Let one set-up of this checkout run at a time; the others wait for it."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"genbo-setup-{os.getuid()}-{name}.lock"
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
