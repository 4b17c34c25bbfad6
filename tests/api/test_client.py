"""The client and its command against the real application, also while its book is away."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.client import Client, KeyUnusable, ServerAddressUnusable
from api.commands.report import EXIT_NOT_COUNTED
from api.terminal import EXIT_REFUSED
from ledger.store.embedded import EmbeddedServer
from locales.catalogues import message
from tests.api.doors import Door, events, lines
from tests.api.reported import an_event
from tests.api.test_app import away
from tests.services.firms import firm
from tests.tidy.sources import ROOT


def test_a_book_that_is_away_is_waited_for(door: Door, server: EmbeddedServer) -> None:
    sent = events(3)
    waits: list[float] = []
    with ExitStack() as absence:
        absence.enter_context(away(server, door))

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                absence.close()

        with Client(base_url=str(door.client.base_url), key=door.key, sleep=sleep) as client:
            answer = client.report(sent)
            again = client.report(sent)
    assert [result.status for result in answer.results] == ["accepted"] * 3
    assert [result.status for result in again.results] == ["duplicate"] * 3
    assert len(waits) == 3
    for failures, wait in enumerate(waits, start=1):
        assert 5 <= wait <= 5 + 0.25 * 2**failures  # What the server asks for, and some chance.
    assert len(firm(door.database).batches()) == 1


@pytest.mark.parametrize(
    "url", ["", "localhost:8400", "ftp://genbo.example", "http://", "http://[", "http://a:b", "a"]
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ServerAddressUnusable) as refused:
        Client(base_url=url, key="gb_live_1")
    assert refused.value.values == {"url": url}


@pytest.mark.parametrize("key", ["", " ", "gb_live_\n", "鍵", "gb_live_1 "])
def test_a_key_that_no_header_carries_is_refused_and_not_said_back(key: str) -> None:
    with pytest.raises(KeyUnusable) as refused:
        Client(base_url="http://127.0.0.1:8400", key=key)
    assert refused.value.values == {}


def command(*words: str, language: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``genbo report`` as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "report", *words],
        env=os.environ | {"GENBO_LANGUAGE": language, "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_file_is_reported_and_what_is_not_counted_is_written_down(
    door: Door, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "usage.ndjson"
    file.write_bytes(
        lines(
            [
                *events(2),
                an_event(id="unknown", quantity=None),
                an_event(id="refused", license="LIC-OF-NOBODY"),
                an_event(id="negative", quantity=-1),
                an_event(id="e-0", quantity=5),
            ]
        )
    )
    environment = {"GENBO_URL": str(door.client.base_url), "GENBO_KEY": door.key}
    for counted in ("accepted", "duplicate"):  # A second time, nothing is counted twice.
        told = command(str(file), language=language, **environment)
        assert (told.returncode, told.stderr) == (EXIT_NOT_COUNTED, "")
        assert message(language, f"cli.report.{counted}") in told.stdout
        kept = tmp_path / "usage.rejects.ndjson"
        rejects = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        assert [each["event"]["id"] for each in rejects] == ["refused", "negative", "e-0"]
        titles = [each["result"].get("problem", {}).get("title") for each in rejects]
        assert titles == [
            None,
            message(language, "problem.number_negative.title"),
            message(language, "problem.identity_conflict.title"),
        ]
    assert firm(door.database).count("generation") == 4


@pytest.mark.slow
def test_a_file_or_key_at_fault_says_why(door: Door, tmp_path: Path) -> None:
    good = tmp_path / "good.ndjson"
    good.write_bytes(lines(events(1)))
    url = str(door.client.base_url)
    for language, words, code, told in (
        ("ja", (tmp_path / "none.ndjson", "--key", door.key), "file_unreadable", "none.ndjson"),
        ("ja", (good, "--key", "gb_live_unknown"), "server_refused", "台帳"),
        ("en", (good, "--key", "鍵"), "key_unusable", "gb_live_"),
    ):
        ended = command(*map(str, words), language=language, GENBO_URL=url)
        assert ended.returncode == EXIT_REFUSED, ended
        title, detail = ended.stderr.splitlines()[:2]
        assert title == message(language, f"problem.{code}.title")
        assert told in detail
    assert firm(door.database).count("generation") == 0
