"""``genbo key``: what it prints, what it leaves in the book, and how it is refused."""

import re
from collections.abc import Callable

import psycopg
import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.refusal import Refusal
from ledger.services import keeping
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.rows import rows

Genbo = Callable[..., str]


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch) -> Genbo:
    """The command on a book with one firm; what it prints comes back."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()
    builders.licensee(database)

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.app, ["key", *words])
        if isinstance(result.exception, Refusal):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


def new(genbo: Genbo, label: str = "first") -> str:
    words = ("new", "studio-a", "--label", label, "--scope", "read", "--by", "Sato")
    return genbo(*words).splitlines()[0]


def only(database: Database) -> str:
    [key] = keeping.list_keys(database, owner_id=None, limit=10).keys
    return key.reference


def test_a_new_key_is_shown_once_and_listed_without_its_secret(
    genbo: Genbo, database: Database
) -> None:
    text = new(genbo)
    assert re.fullmatch("gb_live_[0-9a-f]{64}", text)
    [line] = genbo("list").splitlines()
    told = (only(database), "studio-a", text[:12], "first", "read")
    assert line.startswith("  ".join(told))
    assert text not in line
    assert rows(database, "SELECT recorded_by FROM api_key") == [("Sato",)]


def test_the_word_new_may_be_left_out(genbo: Genbo) -> None:
    genbo("studio-a", "--label", "first", "--scope", "read")
    genbo("--label", "second", "--scope", "read", "studio-a")
    assert len(genbo("list", "studio-a").splitlines()) == 2
    with pytest.raises(Refusal, match="party_unknown"):
        genbo("list", "nobody")


def test_a_replaced_key_is_listed_beside_its_successor(genbo: Genbo, database: Database) -> None:
    old = new(genbo)
    words = ("--by", "Sato", "--reason", "yearly", "--overlap-hours", "1")
    successor = genbo("rotate", only(database), *words).splitlines()[0]
    assert re.fullmatch("gb_live_[0-9a-f]{64}", successor)
    assert successor != old
    before, after = genbo("list", "studio-a").splitlines()
    assert "expires" in before
    assert "expires" not in after


def test_a_test_key_makes_its_firms_sandbox(
    genbo: Genbo, database: Database, owner: psycopg.Connection
) -> None:
    words = ("new", "studio-a", "--label", "trying", "--scope", "read", "--test")
    assert re.match("gb_test_[0-9a-f]{64}\n", genbo(*words))
    [key] = keeping.list_keys(database, owner_id=None, mode="test", limit=10).keys
    name = f"{database.engine.url.database}_sandbox_{key.owner_id}"
    owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
    builders.party(database, "holder")
    with pytest.raises(Refusal, match="sandbox_for_firms"):
        genbo("new", "holder", "--label", "trying", "--scope", "read", "--test")


def test_an_ended_key_says_so(genbo: Genbo, database: Database) -> None:
    new(genbo)
    key = only(database)
    assert key in genbo("revoke", key, "--by", "Sato", "--reason", "lost")
    assert "revoked" in genbo("list")
    with pytest.raises(Refusal, match="key_ended"):
        genbo("revoke", key, "--by", "Sato", "--reason", "lost")
    with pytest.raises(Refusal, match="key_not_found"):
        genbo("revoke", "key_0", "--by", "Sato", "--reason", "lost")
