"""``genbo member``: who is let in, what is printed, and how it is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.refusal import Refusal
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.refusals import refusal
from tests.rows import rows

Genbo = Callable[..., str]

SATO = (
    "hoshino",
    "Sato@Hoshino.example",
    "--name",
    "佐藤みお",
    "--role",
    "holder",
    "--by",
    "house",
)


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Genbo:
    """The command on a book with a rights holder; what it prints comes back."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    monkeypatch.setenv("GENBO_DATA_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("GENBO_PORTAL_URL", "https://genbo.example")
    terminal.language.cache_clear()
    builders.party(database)

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.app, ["member", *words])
        if isinstance(result.exception, Refusal):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_without_a_mail_server_the_link_is_printed(genbo: Genbo, database: Database) -> None:
    member, _, link = genbo("invite", *SATO).splitlines()
    assert member.split("  ")[1:] == ["hoshino", "holder", "sato@hoshino.example", "佐藤みお"]
    assert link.startswith("https://genbo.example/portal/link/")
    assert rows(database, "SELECT FROM mail") == []
    assert genbo("list").splitlines() == [member]
    assert genbo("list", "hoshino").splitlines() == [member]


def test_with_a_mail_server_a_letter_is_written_and_no_link_shown(
    genbo: Genbo, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENBO_SMTP_HOST", "mail.example")
    assert "/portal/link/" not in genbo("invite", *SATO)
    assert rows(database, "SELECT number FROM mail_queue") == [(1,)]


def test_who_is_removed_is_listed_no_more_and_may_come_back(genbo: Genbo) -> None:
    reference = genbo("invite", *SATO).split("  ")[0]
    genbo("remove", reference, "--by", "house", "--reason", "moved on")
    assert genbo("list") == ""
    with refusal("member_unknown", "member"):
        genbo("remove", reference, "--by", "house", "--reason", "again")
    genbo("invite", *SATO)
    assert genbo("list").count("\n") == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({0: "nobody"}, "party_unknown", "organisation"),
        ({1: "sato"}, "email_malformed", "email"),
        ({1: "sato@hoshino.example\nBcc: x@y.example"}, "email_malformed", "email"),
        ({3: " "}, "text_missing", "name"),
        ({5: "operator"}, "role_not_of_organisation", "role"),  # That is the house's.
        ({5: "boss"}, "word_not_known", "role"),
    ],
)
def test_whoever_cannot_be_is_refused(
    changes: dict[int, str], code: str, field: str, genbo: Genbo, database: Database
) -> None:
    words = [changes.get(place, word) for place, word in enumerate(SATO)]
    with refusal(code, field):
        genbo("invite", *words)
    assert rows(database, "SELECT FROM person") == []


def test_nobody_is_a_member_twice(genbo: Genbo) -> None:
    genbo("invite", *SATO)
    with refusal("already_member", "email"):
        genbo("invite", *SATO)


def test_a_reset_prints_a_link(genbo: Genbo) -> None:
    reference = genbo("invite", *SATO).split("  ")[0]
    assert "/portal/link/" in genbo("reset", reference, "--by", "house")
