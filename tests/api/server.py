"""``genbo serve`` on a private book, with all its processes, to be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import httpx
import psutil

SECONDS_TO_START = 180


class ServerProcess:
    """One address at which a server of a data folder listens whenever it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "server.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "api.cli", "serve", "--port", str(self.port)]
        environment = {**os.environ, "GENBO_DATA_DIRECTORY": str(self.folder / "data")}
        environment.pop("DATABASE_URL", None)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def kill(self) -> None:
        """End all of its processes in the middle of whatever they do."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None

    def kill_worker(self) -> None:
        """End one of the processes that answer; the others go on, and it is started again."""
        max(self.processes()[1:], key=lambda each: each.memory_info().rss).kill()

    def processes(self) -> list[psutil.Process]:
        """Return the process that was started, and those that it started."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    @property
    def said(self) -> str:
        """Everything that it wrote to its log."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                if httpx.get(f"{self.base_url}/health", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._process is not None
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)


@contextmanager
def private_server() -> Iterator[ServerProcess]:
    """Give a server of an empty folder, not started yet; in the end nothing of it is left."""
    # Not pytest's own folder: no other account may enter that, and root's PostgreSQL has one.
    folder = Path(tempfile.mkdtemp(prefix="genbo-server-"))
    server = ServerProcess(folder)
    try:
        yield server
    finally:
        server.stop()
        rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
