"""What must not become an invoice, told at the door: named, nothing issued, no number used."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from typer.testing import CliRunner, Result

from api import cli, terminal
from invoices import fonts
from invoices.fonts import NoJapaneseFont
from ledger.core import document_length
from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.refusal import Refusal
from ledger.services import archiving
from ledger.store.database import Database
from locales.catalogues import LANGUAGES, message
from tests import builders
from tests.database import connection_string
from tests.services.billed import OCTOBER, SEPTEMBER, bill, close, license_of, operator
from tests.services.usage import generation, report

BILL = ("bill", "2026-10", "--issued-on", "2026-11-05", "--due-on", "2026-11-30")
DRAFT = (*BILL, "--draft")

Genbo = Callable[..., Result]


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch) -> Genbo:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    terminal.language.cache_clear()
    return lambda *words: CliRunner(env={"GENBO_LANGUAGE": "en"}).invoke(cli.app, words)


def refused(result: Result, code: str) -> None:
    """Check by which refusal a command ended, and that both languages have words for it."""
    assert isinstance(result.exception, Refusal), result.output
    assert result.exception.code == code
    for language in LANGUAGES:
        assert message(language, f"problem.{code}.detail", **result.exception.values)


def nothing_is_issued(database: Database) -> None:
    assert not list(archiving.all_documents(database))


def used(database: Database, *works: str) -> None:
    """Close October with ten images of each work."""
    license_of(database, subjects=works or ("kaze-no-machi",))
    for work in works or ("kaze-no-machi",):
        report(database, generation(10, subjects=(work,), event_id=work))
    close(database, OCTOBER)


def test_a_wrong_registration_number_does_not_reach_an_invoice(
    database: Database, genbo: Genbo
) -> None:
    operator(database)
    used(database)
    wrong = ("--number", "T1234567890123")  # Seen in many templates; its check digit is wrong.
    why = ("--by", "keiri", "--because", "x")
    refused(genbo("party", "correct", "genbo", *wrong, *why), "wrong_check_digit")
    assert "INV-2026-000001" in genbo(*BILL).output
    (issued,) = archiving.all_documents(database)
    assert "T1234567890123" not in issued.snapshot


@pytest.mark.parametrize("command", [BILL, DRAFT])
def test_an_expired_registration_is_named_and_waits_for_a_decision(
    database: Database, genbo: Genbo, command: tuple[str, ...]
) -> None:
    period = replace(builders.new_company("genbo").registrations[0], valid_to=date(2026, 10, 1))
    operator(database, registrations=(period,))
    used(database)
    refused(genbo(*command), "registration_lapsed")
    nothing_is_issued(database)
    assert "INV-2026-000001" in genbo(*BILL, "--without-registration").output


def test_less_than_nothing_is_carried_and_said(database: Database, genbo: Genbo) -> None:
    operator(database)
    whole = NewRateLine(
        basis="per_image",
        rate=12,
        tier_mode="whole_volume",
        tiers=(NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=10)),
        counter_scope="life",
    )
    license_of(database, whole)
    report(database, generation(99, on=date(2026, 9, 1)))
    close(database, SEPTEMBER)
    bill(database, SEPTEMBER)
    report(database, generation(2))
    close(database, OCTOBER)
    told = genbo(*BILL)
    assert told.exit_code == 0
    assert "studio-a" in told.output
    assert "178" in told.output
    assert len(list(archiving.all_documents(database))) == 1  # That of September.


@pytest.mark.parametrize("command", [BILL, DRAFT])
def test_a_document_of_too_many_lines_is_named_before_it_has_a_number(
    database: Database,
    genbo: Genbo,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    operator(database)
    for work in ("a", "b"):
        builders.work(database, work)
    used(database, "a", "b")
    with monkeypatch.context() as shorter:
        shorter.setattr(document_length, "LINES_MAX", 1)
        refused(genbo(*command), "document_too_long")
    nothing_is_issued(database)
    assert "INV-2026-000001" in genbo(*BILL).output


@pytest.mark.parametrize("command", [BILL, DRAFT, ("bill-advances",)])
def test_without_a_japanese_font_no_number_is_used(
    database: Database,
    genbo: Genbo,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    operator(database)
    used(database)

    def none() -> None:
        raise NoJapaneseFont

    with monkeypatch.context() as bare:
        bare.setattr(fonts, "check_fonts", none)
        refused(genbo(*command), "japanese_font_missing")
    nothing_is_issued(database)
    assert "INV-2026-000001" in genbo(*BILL).output
