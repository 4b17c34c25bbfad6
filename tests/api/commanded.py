"""The command ``genbo report`` as tests run it, beside a server played in memory."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api import cli
from api.client import Client, Patience
from api.commands import report as command
from ledger.core.refusal import Refusal
from locales.catalogues import LANGUAGES, message
from tests.api.fakes import FakeServer
from tests.api.reported import an_event
from tests.api.test_tabular import row, table

LOST = httpx.ConnectError("connection refused")


def met(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """Return the server that the command meets; the command gives up after the first silence."""
    played = FakeServer()

    def connected(**given: Any) -> Client:
        return Client(**given, transport=played, patience=Patience(tries=1))

    monkeypatch.setattr(command, "Client", connected)
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    monkeypatch.setenv("GENBO_KEY", "gb_test_x")
    return played


def run(*arguments: object) -> tuple[int, str, Refusal | None]:
    """Run the command; return its exit code, what it said, and the refusal that ended it."""
    result = CliRunner().invoke(cli.app, ["report", *map(str, arguments)])
    if isinstance(result.exception, Refusal):
        for language in LANGUAGES:
            detail = f"problem.{result.exception.code}.detail"
            assert message(language, detail, **result.exception.values)
        return 1, result.output, result.exception
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output, None


def events(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [an_event(id=str(number)) for number in range(start, start + count)]


def ndjson(sent: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in sent)


def rejects(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def ids(fake: FakeServer) -> list[str]:
    return [event["id"] for batch in fake.batches for event in batch]


def array(sent: list[dict[str, Any]]) -> bytes:
    return json.dumps(sent, indent=1).encode()


def as_table(sent: list[dict[str, Any]]) -> bytes:
    return table(*(row(id=each["id"]) for each in sent))
