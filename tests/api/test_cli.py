"""The command line: a month by hand, and a sentence in the reader's language when it cannot be."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from api import cli, terminal
from ledger.core.invariants import INVARIANTS
from ledger.services import paying
from ledger.store.database import Database
from locales.catalogues import message
from tests import builders
from tests.database import connection_string
from tests.services import money
from tests.services.firms import select
from tests.services.usage import generation, report

ROOT = Path(__file__).resolve().parents[2]
CLIENT_CODE = "9900000001"


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass
class Desk:
    """A terminal on one book, with a calendar that can be turned."""

    database: Database
    today: datetime
    run: Callable[..., Told]

    def genbo(self, *words: str, language: str = "en") -> Told:
        """Run a command."""
        return self.run(*words, language=language)

    def done(self, *words: str) -> str:
        """Run a command that succeeds, and return what it said."""
        told = self.genbo(*words)
        assert (told.code, told.err) == (0, "")
        return told.out

    def refused(self, code: str, *words: str, **values: str) -> None:
        """Check that a command is refused by this refusal's words, in both languages."""
        for language in ("ja", "en"):
            told = self.genbo(*words, language=language)
            assert told.code == terminal.EXIT_REFUSED, told
            assert told.out == ""
            assert "Traceback" not in told.err
            title, detail = told.err.splitlines()[:2]
            assert title == message(language, f"problem.{code}.title")
            assert "{" not in detail
            for value in values.values():
                assert value in detail, (value, detail)


@pytest.fixture
def desk(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Desk]:
    """A terminal in an empty folder, on an empty book with its house."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, language: str) -> Told:
        monkeypatch.setenv("GENBO_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["genbo", *words])
        terminal.language.cache_clear()
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfd.readouterr()
        return Told(int(ended.value.code or 0), said.out, said.err)

    desk = Desk(database=database, today=datetime(2026, 11, 5, 3, tzinfo=UTC), run=run)
    for module in ("book", "month", "months", "documents"):
        monkeypatch.setattr(f"api.commands.{module}.system_clock", lambda: desk.today)
    money.house(database)
    yield desk
    terminal.language.cache_clear()


def turn(desk: Desk, year: int, month: int, day: int) -> None:
    """Go on to noon of a day in Japan."""
    desk.today = datetime(year, month, day, 3, tzinfo=UTC)


def test_a_month_by_hand_from_its_preview_to_the_banks_file(desk: Desk, tmp_path: Path) -> None:
    money.sell(desk.database, 100_000)
    assert "100,000" in desk.done("preview", "2026-10")
    assert select(desk.database, "SELECT month FROM month_closing") == []
    close = ("close", "2026-10", "--by", "keiri", "--yes", "--through", "close")
    assert "100,000" in desk.done(*close)
    billed = desk.done("bill", "2026-10", "--issued-on", "2026-11-05", "--due-on", "2026-11-30")
    (invoice,) = re.findall("INV-[0-9-]+", billed)
    turn(desk, 2026, 11, 27)
    received = desk.done(
        *("receive", invoice, "110000", "--by", "keiri", "--on", "2026-11-27"),
        *("--bank-reference", "FURIKOMI"),
    )
    assert "110,000" in received
    turn(desk, 2026, 12, 10)
    settled = desk.done(
        *("settle", "2026-11", "--by", "keiri", "--issued-on", "2026-12-10"),
        *("--pay-on", "2026-12-25"),
    )
    ((run,),) = select(desk.database, "SELECT reference FROM payout_run")
    assert run in settled
    turn(desk, 2026, 12, 25)
    command = ("release", run, "--client-code", CLIENT_CODE, "--out", "bank")
    desk.refused("same_person_cannot_release", *command, "--by", " KEIRI ", run=run)
    assert not list((tmp_path / "bank").glob("*"))
    assert "bank" in desk.done(*command, "--by", "bucho")
    (file,) = (tmp_path / "bank").iterdir()
    assert file.name == f"{run}.zengin.txt"
    order = paying.order(desk.database, run_reference=run)
    assert file.read_bytes().count(b"\r\n") == len(order.payments) + 3
    desk.refused("payouts_already_released", *command, "--by", "bucho", by="bucho")
    assert [each.name for each in (tmp_path / "bank").iterdir()] == [file.name]

    when, *audited = desk.done("audit").splitlines()
    assert "2026-12-25" in when
    assert [line.split() for line in audited] == [["holds", each.name] for each in INVARIANTS]


def test_a_file_that_cannot_be_written_releases_nothing(desk: Desk, tmp_path: Path) -> None:
    money.sell(desk.database, 100_000)
    money.receive_all(desk.database, money.bill(desk.database))
    run = money.settle(desk.database).run_reference
    assert run is not None
    turn(desk, 2026, 12, 25)
    (tmp_path / "file").write_text("in the way")
    command = ("release", run, "--client-code", CLIENT_CODE, "--by", "bucho", "--out")
    desk.refused("file_cannot_be_used", *command, "file", file="file")
    (found,) = paying.list_runs(desk.database).runs
    assert found.released_at is None
    desk.done(*command, "bank")


# What is wrong with a command is said in a sentence.

MONTHS = ["2026-13", "2026", "26-10", "October", "2026-1", "2026/10", "１０"]
DAYS = ["2026-02-30", "20261105", "05.11.2026", "today", "2026-11", "2026-W45-4"]
PAID = ("--by", "keiri", "--bank-reference", "x", "--on")


def test_a_month_that_is_none_is_said_back(desk: Desk) -> None:
    for month in MONTHS:
        for command in (
            ("preview", month),
            ("close", month, "--by", "keiri"),
            ("bill", month),
            ("settle", month, "--by", "keiri", "--pay-on", "2026-12-25"),
        ):
            desk.refused("not_a_month", *command, value=month)


def test_a_day_that_is_none_is_said_back(desk: Desk) -> None:
    for day in DAYS:
        for command in (
            ("bill", "2026-10", "--issued-on", day),
            ("bill", "2026-10", "--due-on", day),
            ("receive", "INV-2026-000001", "1", *PAID, day),
            ("settle", "2026-11", "--by", "keiri", "--pay-on", day),
            ("settle", "2026-11", "--by", "k", "--pay-on", "2026-12-25", "--issued-on", day),
        ):
            desk.refused("not_a_day", *command, value=day)


def test_an_amount_is_a_whole_number_of_the_smallest_unit(desk: Desk) -> None:
    for amount in ("12.5", "1e3", "1,000", "１００", "+5", "ten", "", "9" * 30):
        command = ("receive", "INV-2026-000001", amount, *PAID, "2026-11-27")
        desk.refused("number_not_whole", *command, field="amount")


#: Commands on a book in which nothing was sold yet, and what each is refused for.
TOO_EARLY: list[tuple[tuple[str, ...], str, dict[str, str]]] = [
    (("close", "2026-11", "--by", "keiri"), "month_not_over_yet", {"month": "2026-11"}),
    (("bill", "2026-10"), "month_not_closed", {"month": "2026-10"}),
    (("close", "2026-10", "--by", " "), "text_missing", {"field": "asked_by"}),
    (
        ("receive", "INV-2026-000009", "110000", *PAID, "2026-11-05"),
        "invoice_unknown",
        {"invoice": "INV-2026-000009"},
    ),
    (
        ("settle", "2026-11", "--by", "keiri", "--pay-on", "2026-12-25"),
        "month_not_over",
        {"month": "2026-11"},
    ),
    (
        ("release", "PAY-2026-000001", "--by", "bucho", "--client-code", CLIENT_CODE),
        "payout_run_unknown",
        {"run": "PAY-2026-000001"},
    ),
    (("key", "nobody", "--label", "x", "--scope", "read"), "party_unknown", {"party": "nobody"}),
    (("key", "genbo", "--label", "", "--scope", "read"), "text_missing", {"field": "label"}),
    (("key", "genbo", "--label", "x", "--scope", "all"), "word_not_known", {"scope": "all"}),
    (("import", "nowhere.toml", "--by", "keiri"), "world_file_unreadable", {"f": "nowhere.toml"}),
    (("demo",), "book_is_in_use", {"place": "DATABASE_URL"}),
]


@pytest.mark.parametrize(("command", "code", "values"), TOO_EARLY)
def test_what_cannot_be_done_is_said_with_what_it_is_about(
    desk: Desk, command: tuple[str, ...], code: str, values: dict[str, str]
) -> None:
    desk.refused(code, *command, **values)


def test_money_that_does_not_fit_its_invoice_is_not_recorded(desk: Desk) -> None:
    money.sell(desk.database, 100_000)
    (invoice,) = money.bill(desk.database)
    turn(desk, 2026, 11, 27)
    receive = ("receive", invoice)
    desk.refused("receipt_beyond_invoice", *receive, "110001", *PAID, "2026-11-27", left="110")
    desk.refused("receipt_before_invoice", *receive, "110000", *PAID, "2026-11-01")
    desk.refused("receipt_in_future", *receive, "110000", *PAID, "2026-11-28")
    desk.refused(
        "receipt_in_other_currency", *receive, "110000", *PAID, "2026-11-27", "--currency", "USD"
    )
    assert select(desk.database, "SELECT FROM receipt") == []
    desk.done(*receive, "110000", *PAID, "2026-11-27")
    desk.done(*receive, "110000", *PAID, "2026-11-27")  # Told again: counted once.
    desk.refused("payment_recorded_otherwise", *receive, "1", *PAID, "2026-11-27")
    assert select(desk.database, "SELECT amount_minor FROM receipt") == [(110_000,)]


def test_months_close_one_after_another_and_once(desk: Desk) -> None:
    builders.license(desk.database)
    report(desk.database, generation(on=date(2026, 9, 3)), generation(on=date(2026, 10, 3)))
    close = ("--by", "keiri", "--yes", "--through", "close")
    desk.refused("earlier_month_not_closed", "close", "2026-10", *close, earlier="2026-09")
    desk.done("close", "2026-09", *close)
    desk.done("close", "2026-10", *close)
    closed = select(desk.database, "SELECT * FROM month_closing")
    assert "2026-10 is closed" in desk.done("close", "2026-10", *close)  # Nothing is left to do.
    assert select(desk.database, "SELECT * FROM month_closing") == closed


def test_a_day_on_which_banks_are_closed_is_refused_with_the_next(desk: Desk) -> None:
    money.sell(desk.database, 100_000)
    money.receive_all(desk.database, money.bill(desk.database))
    turn(desk, 2026, 12, 10)
    command = ("settle", "2026-11", "--by", "keiri", "--issued-on", "2026-12-10", "--pay-on")
    desk.refused("not_a_banking_day", *command, "2026-12-26", day="2026-12-26", next="2026-12-28")
    desk.refused("pay_on_before_issue", *command, "2026-12-09", day="2026-12-09")


@pytest.mark.parametrize("code", ["", "123", "99000000011", "990000000a", "９９００００００００"])
def test_a_client_code_that_no_bank_gives_writes_and_releases_nothing(
    desk: Desk, code: str
) -> None:
    money.sell(desk.database, 100_000)
    money.receive_all(desk.database, money.bill(desk.database))
    run = money.settle(desk.database).run_reference
    assert run is not None
    turn(desk, 2026, 12, 25)
    told = desk.genbo("release", run, "--by", "bucho", "--client-code", code)
    assert told.code == terminal.EXIT_REFUSED
    assert "Traceback" not in told.err
    (found,) = paying.list_runs(desk.database).runs
    assert found.released_at is None


UNUSABLE = [
    ("DATABASE_URL", "postgresql://genbo@127.0.0.1:1/genbo", "database_unavailable"),
    ("DATABASE_URL", "postgresql://genbo:hunter2@127.0.0.1:1/g", "database_unavailable"),
    ("DATABASE_URL", "mysql://genbo:hunter2@db/genbo", "database_url_unusable"),
    ("DATABASE_URL", "not an address", "database_url_unusable"),
    ("GENBO_PORT", "many", "setting_unusable"),
    ("GENBO_PORT", "0", "setting_unusable"),
]


@pytest.mark.parametrize(("name", "value", "code"), UNUSABLE)
def test_a_book_that_cannot_be_opened_is_said_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    desk.refused(code, "audit")
    assert "hunter2" not in desk.genbo("audit").err


# Keys and the audit.


def test_a_key_is_shown_once_and_works(desk: Desk) -> None:
    builders.licensee(desk.database)
    command = ("key", "studio-a", "--label", "first", "--scope", "report", "--scope", "read")
    ran = desk.genbo(*command)
    key = ran.out.strip()
    assert re.fullmatch("gb_live_[0-9a-f]{64}", key)  # Alone, for a script to take.
    assert ran.err.strip() == message("en", "cli.key.told")
    ((scopes, hash_),) = select(
        desk.database, "SELECT scopes, encode(key_hash, 'hex') FROM api_key"
    )
    assert scopes == ["read", "report"]
    assert key.removeprefix("gb_live_") not in hash_
    desk.refused("key_label_taken", *command, label="first")


def test_an_audit_that_finds_something_says_what_and_where(
    desk: Desk, owner: psycopg.Connection
) -> None:
    builders.license(desk.database)
    report(desk.database, generation(3))
    owner.execute("SET session_replication_role = replica")
    owner.execute("ALTER TABLE batch_total DISABLE TRIGGER append_only")
    owner.execute("UPDATE batch_total SET quantity = 4")
    told = desk.genbo("audit")
    assert told.code == 1
    broken = [line for line in told.out.splitlines() if line.startswith("BROKEN")]
    assert len(broken) == 1
    assert "kaze-no-machi" in told.out
