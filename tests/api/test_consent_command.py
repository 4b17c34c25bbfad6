"""``genbo consent`` and ``genbo unauthorized``: what is entered, listed and claimed."""

from collections.abc import Callable
from datetime import date

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, Unit, UseClass
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.refusals import refusal
from tests.services.usage import generation, report

Genbo = Callable[..., str]

GIVEN = (
    *("consent", "give", "koe", "CON-1", "--performer", "Minami Hikari"),
    *("--use", "voice_synthesis", "--on", "2026-02-10", "--notice-days", "30", "--by", "Sato"),
)


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch) -> Genbo:
    """The command on a book with a voice that a firm may synthesize."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()
    builders.work(database, "koe", kind="voice", medium="")
    line = builders.new_rate_line(basis="per_1k_chars", rate="35")
    grant = builders.new_grant(
        subjects=("koe",),
        modalities=("audio",),
        use_classes=("voice_synthesis",),
        terms=builders.new_terms(rate_lines=(line,)),
        claim_multiple="2",
    )
    builders.license(database, grants=(grant,))

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.app, list(words))
        if isinstance(result.exception, Refusal):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_a_consent_is_given_listed_and_withdrawn(genbo: Genbo) -> None:
    assert "CON-1" in genbo(*GIVEN, "--language", "ja")
    (line,) = genbo("consent", "list").splitlines()
    assert line.startswith("koe  CON-1  Minami Hikari  voice_synthesis  ja  2026-02-10")
    withdrawn = genbo(
        *("consent", "withdraw", "koe", "CON-1", "--on", "2026-11-10"),
        *("--reason", "the performer asked for it", "--by", "Sato"),
    )
    assert "30" in withdrawn
    (line,) = genbo("consent", "list", "koe").splitlines()
    assert "2026-11-10" in line
    assert "the performer asked for it" in line
    assert genbo("consent", "list", "nobody") == ""


def test_what_cannot_be_entered_is_said(genbo: Genbo) -> None:
    genbo(*GIVEN)
    with refusal("reference_taken", "reference"):
        genbo(*GIVEN)
    with refusal("consent_unknown", "reference"):
        genbo(
            *("consent", "withdraw", "koe", "CON-2", "--on", "2026-11-10"),
            *("--reason", "-", "--by", "Sato"),
        )


def test_use_without_consent_is_listed_with_its_claim(genbo: Genbo, database: Database) -> None:
    assert "koe" not in genbo("unauthorized", "2026-10")
    spoken = generation(
        9_050,
        on=date(2026, 10, 15),
        subjects=("koe",),
        modality=Modality.AUDIO,
        use_class=UseClass.VOICE_SYNTHESIS,
        unit=Unit.CHARACTER,
    )
    report(database, spoken)
    (line,) = genbo("unauthorized", "2026-10", "2026-11").splitlines()
    # E7: 9,050 characters at ¥35 per 1,000, claimed twice, are ¥633.
    assert line.split("  ") == [
        *("2026-10", "studio-a", "hoshino", "koe", "LIC-2026-001", "consent_missing"),
        *("1 generations", "9050", "x2", "633 JPY"),
    ]
    assert genbo("unauthorized", "2026-10", "--party", "studio-a").splitlines() == [line]
    assert "studio-a" not in genbo("unauthorized", "2026-10", "--party", "somebody")
