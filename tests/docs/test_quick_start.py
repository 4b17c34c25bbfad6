"""docs/quick-start.md, done from top to bottom as it says, at a server process of its own."""

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple

import httpx
import pytest

from tests.api.server import SECONDS_TO_START, free_port
from tests.docs.pages import text
from tests.tidy.sources import ROOT

PAGE = "docs/quick-start.md"
ADDRESS = "http://127.0.0.1:8400"
MINUTES = 10
#: The day that the page puts into its files.
DAY = date(2026, 11, 2)


class Block(NamedTuple):
    """A fenced block, the name under which the prose above it says to save it, and its output."""

    language: str
    content: str
    file: str | None
    told: str | None


def page_blocks() -> Iterator[Block]:
    """Give the blocks of the page in order; one of text is what the one before it says."""
    parts = re.split(r"```(\w+)\n(.*?)```", text(PAGE), flags=re.DOTALL)
    blocks = list(zip(parts[0::3], parts[1::3], parts[2::3], strict=False))
    for index, (prose, language, content) in enumerate(blocks):
        if language == "text":
            continue
        named = re.findall(r"save this as `([\w.]+)`|this as `([\w.]+)`", prose, re.IGNORECASE)
        file = "".join(named[-1]) if named and language not in ("sh", "python") else None
        following = blocks[index + 1] if index + 1 < len(blocks) else ("", "", "")
        told = following[2] if following[1] == "text" else None
        yield Block(language, content, file, told)


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.server: subprocess.Popen[bytes] | None = None
        self._address = f"http://127.0.0.1:{free_port()}"
        self._names: dict[str, Any] = {}
        self._monkeypatch = monkeypatch
        paths = [str(Path(sys.executable).parent), os.environ["PATH"]]
        for name, value in {
            "PATH": os.pathsep.join(paths),
            "PYTHONPATH": str(ROOT),
            "GENBO_LANGUAGE": "en",
            "GENBO_PORT": self._address.rpartition(":")[2],
            "GENBO_URL": self._address,
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("GENBO_KEY", "GENBO_DATA_DIRECTORY", "DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.chdir(folder)

    def do(self, block: Block) -> str:
        """Do what a block says, and return what was answered."""
        if block.file is not None:
            (self.folder / block.file).write_text(_of_late(block.content), encoding="utf-8")
            return ""
        if block.language == "python":
            return self._python(block.content)
        assert block.language == "sh", block
        return self._serve() if block.content.strip() == "genbo serve" else self._shell(block)

    def expected(self, told: str) -> re.Pattern[str]:
        """Return what a block of text stands for, with … for anything on a line."""
        parts = told.replace(ADDRESS, self._address).split("…")
        return re.compile("[^\n]*".join(map(re.escape, parts)))

    def _python(self, code: str) -> str:
        said = io.StringIO()
        with redirect_stdout(said):
            exec(code.replace(ADDRESS, self._address), self._names)  # noqa: S102 (the page's own)
        return said.getvalue()

    def _shell(self, block: Block) -> str:
        """Run the lines in one shell, and keep what they export."""
        script = f"{block.content}\nended=$?\nenv -0 > environment\nexit $ended\n"
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 3), done.stderr
        for pair in (self.folder / "environment").read_text().split("\0"):
            name, _, value = pair.partition("=")
            if name.startswith("GENBO_"):
                self._monkeypatch.setenv(name, value)
        return done.stdout

    def _serve(self) -> str:
        log = self.folder / "server.log"
        with log.open("wb") as written:
            self.server = subprocess.Popen(["genbo", "serve"], stdout=written, stderr=written)
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            assert self.server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return log.read_text()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self._address}/health", timeout=5).is_success
        except httpx.TransportError:
            return False


def _of_late(content: str) -> str:
    """Put a day of this month or the last in the place of the page's, as the page asks for."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for form in ("%Y-%m-%d", "%Y/%m/%d"):
        content = content.replace(DAY.strftime(form), yesterday.strftime(form))
    return content


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    folder = Path(tempfile.mkdtemp(prefix="genbo-quick-start-"))  # Root's PostgreSQL enters it.
    who = Reader(folder, monkeypatch)
    try:
        yield who
    finally:
        if who.server is not None:
            who.server.send_signal(signal.SIGTERM)
            who.server.wait(timeout=30)
        monkeypatch.undo()
        rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.serial
def test_everything_on_the_page_works_in_its_order(reader: Reader) -> None:
    begun = time.monotonic()
    blocks = list(page_blocks())
    assert {block.language for block in blocks} == {"csv", "ndjson", "python", "sh", "toml"}
    for block in blocks:
        said = reader.do(block)
        if block.told is not None:
            assert reader.expected(block.told).fullmatch(said), f"{block.content}\n→ {said}"
    assert time.monotonic() - begun < MINUTES * 60 / 2  # The other half is for reading.
    assert os.environ["GENBO_KEY"].startswith("gb_")


def test_every_output_belongs_to_something_that_says_it() -> None:
    told = [block for block in page_blocks() if block.told is not None]
    assert len(told) == text(PAGE).count("```text\n")
    assert {block.language for block in told} == {"python", "sh"}
