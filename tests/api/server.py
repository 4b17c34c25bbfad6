"""The API as a process of its own on a private book, to be killed and started again."""

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

SECONDS_TO_START = 60


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
        command = ["uvicorn", "--factory", "api.app:serve_app", "--port", str(self.port)]
        environment = {**os.environ, "GENBO_DATA_DIRECTORY": str(self.folder / "data")}
        environment.pop("DATABASE_URL", None)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command, "--no-access-log"],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    @property
    def said(self) -> str:
        """Everything that it wrote to its log."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None

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
